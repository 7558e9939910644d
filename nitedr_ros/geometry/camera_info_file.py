"""Calibration files, as ROS's camera_calibration_parsers and camera_info_manager write them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

import yaml

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.camera_info import CameraInfo, RegionOfInterest
from nitedr_ros.geometry.camera_model import CameraModel

_ROI = ('x_offset', 'y_offset', 'width', 'height')


def read_camera_info(path: Path) -> CameraInfo:
    """Return the calibration that a YAML file holds.

    Keys: image_width, image_height, and camera_matrix (3 x 3), distortion_coefficients,
    rectification_matrix (3 x 3), projection_matrix (3 x 4), each with rows, cols and data, row by
    row; distortion_model, plumb_bob where it is left out; binning_x, binning_y and roi, as in
    sensor_msgs/CameraInfo, where there are any. Others are left alone.
    Raises CalibrationError where the file can't be read or the calibration can't be used.
    """
    try:
        info = _camera_info(_document(path))
        # What can be found out now shall not wait for the first image.
        roi = info.roi
        height = (roi.height or info.height - roi.y_offset) // max(1, info.binning_y)
        width = (roi.width or info.width - roi.x_offset) // max(1, info.binning_x)
        CameraModel.of(info, height, width)
    except CalibrationError as error:
        raise CalibrationError(f'{path}: {error}') from None
    return info


def _document(path: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(path.read_text('utf-8'))
    except OSError as error:
        raise CalibrationError(
            f'expected a calibration file, could not read it ({error.strerror}); correct the path'
        ) from None
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = ' '.join(str(error).split())
        raise CalibrationError(f'expected YAML, got something else ({reason})') from None
    if not isinstance(document, dict):
        raise CalibrationError(
            f'expected a calibration with image_width and camera_matrix, got {_short(document)}; '
            'use the file that camera_calibration or camera_info_manager writes'
        )
    return document


def _camera_info(document: dict[str, Any]) -> CameraInfo:
    model = document.get('distortion_model', 'plumb_bob')
    if not isinstance(model, str):
        raise CalibrationError(f'distortion_model: expected a name, got {_short(model)}')
    return CameraInfo(
        _integer(document, 'image_width', 1),
        _integer(document, 'image_height', 1),
        model,
        _matrix(document, 'distortion_coefficients', None),
        _matrix(document, 'camera_matrix', (3, 3)),
        _matrix(document, 'rectification_matrix', (3, 3)),
        _matrix(document, 'projection_matrix', (3, 4)),
        _integer(document, 'binning_x', 0) if 'binning_x' in document else 0,
        _integer(document, 'binning_y', 0) if 'binning_y' in document else 0,
        _region(document.get('roi')),
    )


def _region(roi: Any) -> RegionOfInterest:
    if roi is None:
        return RegionOfInterest()
    if not isinstance(roi, dict):
        raise CalibrationError(f'roi: expected {", ".join(_ROI)}, got {_short(roi)}')
    x, y, width, height = (_integer(roi, name, 0) if name in roi else 0 for name in _ROI)
    return RegionOfInterest(x, y, width, height, bool(roi.get('do_rectify', False)))


def _integer(document: dict[str, Any], name: str, least: int) -> int:
    value = _present(document, name)
    if not isinstance(value, int) or isinstance(value, bool) or value < least:
        raise CalibrationError(
            f'{name}: expected a whole number of at least {least}, got {_short(value)}'
        )
    return value


def _matrix(
    document: dict[str, Any], name: str, shape: tuple[int, int] | None
) -> tuple[float, ...]:
    """Return a matrix row by row; shape: rows and columns, None for one row or column."""
    given = _present(document, name)
    if not isinstance(given, dict) or not isinstance(given.get('data'), list):
        raise CalibrationError(f'{name}: expected rows, cols and data, got {_short(given)}')
    data = given['data']
    rows, columns = _integer(given, 'rows', 0), _integer(given, 'cols', 0)
    fits = (rows, columns) == shape if shape else min(rows, columns) <= 1
    if not fits or rows * columns != len(data):
        wanted = f'{shape[0]} x {shape[1]} numbers' if shape else 'one row of numbers'
        raise CalibrationError(
            f'{name}: expected {wanted}, got rows {rows}, cols {columns} and {len(data)} in data'
        )
    return tuple(_number(value, name) for value in data)


def _number(value: Any, name: str) -> float:
    # YAML 1.1 takes 1e-05, as C++ writes it, for text.
    try:
        number = math.nan if isinstance(value, bool) else float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise CalibrationError(f'{name}: expected finite numbers in data, got {_short(value)}')
    return number


def _present(document: dict[str, Any], name: str) -> Any:
    if name not in document:
        raise CalibrationError(
            f'expected {name}, it is missing; use the file that camera_calibration or '
            'camera_info_manager writes'
        )
    return document[name]


def _short(value: Any) -> str:
    text = ' '.join(repr(value).split())
    return text if len(text) <= 60 else f'{text[:59]}…'
