"""Calibration files of pinhole cameras."""

from __future__ import annotations

from typing import Any


def calibration(size: tuple[int, int], focal: float) -> dict[str, Any]:
    """Return what camera_info_manager would write, to be dumped as YAML; pixels."""
    width, height = size
    x, y = width / 2 - 0.5, height / 2 - 0.5
    return {
        'image_width': width,
        'image_height': height,
        'camera_name': 'camera',
        'camera_matrix': _matrix(3, focal, 0.0, x, 0.0, focal, y, 0.0, 0.0, 1.0),
        'distortion_model': 'plumb_bob',
        'distortion_coefficients': {'rows': 1, 'cols': 5, 'data': [0.0] * 5},
        'rectification_matrix': _matrix(3, 1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        'projection_matrix': _matrix(
            4, focal, 0.0, x, 0.0, 0.0, focal, y, 0.0, 0.0, 0.0, 1.0, 0.0
        ),
    }


def _matrix(columns: int, *data: float) -> dict[str, Any]:
    return {'rows': 3, 'cols': columns, 'data': list(data)}
