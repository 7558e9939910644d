"""Options of `nitedr export` for a graph that takes images as the cameras give them."""

from __future__ import annotations

import re
from typing import Annotated

import typer
from pydantic import ValidationError

from nitedr_ros.engines.camera_frames import CameraFormat, CameraFrames

CameraVisibleOption = Annotated[
    str | None,
    typer.Option(
        metavar='HxW:ENCODING',
        help="The visible camera's images, to be taken as they come: the graph undistorts, "
        'registers and blends, too. Such as 720x1280:bgr8.',
    ),
]
CameraThermalOption = Annotated[
    str | None,
    typer.Option(
        metavar='HxW:ENCODING',
        help="The thermal camera's images, cropped, such as 512x640:mono16.",
    ),
]
BinsOption = Annotated[
    str,
    typer.Option(metavar='XxY', help='Columns and rows averaged before resampling; powers of 2.'),
]


def parse_camera_frames(
    visible: str | None, thermal: str | None, visible_bins: str, thermal_bins: str
) -> CameraFrames | None:
    """Return what the options say; None where no camera is given.

    Raises BadParameter where they can't be understood.
    """
    if visible is None and thermal is None:
        if (visible_bins, thermal_bins) != ('1x1', '1x1'):
            raise typer.BadParameter('--visible-bins and --thermal-bins need --camera-visible')
        return None
    if visible is None or thermal is None:
        raise typer.BadParameter('--camera-visible and --camera-thermal go together: give both')
    bins = {
        'visible_bins': _bins('--visible-bins', visible_bins),
        'thermal_bins': _bins('--thermal-bins', thermal_bins),
    }
    cameras = {
        'visible': _camera('--camera-visible', visible),
        'thermal': _camera('--camera-thermal', thermal),
    }
    try:
        return CameraFrames.model_validate({**cameras, **bins})
    except ValidationError as error:
        raise _refused('--camera-visible, --camera-thermal', error) from None


def _camera(option: str, text: str) -> CameraFormat:
    match = re.fullmatch(r'(\d{1,5})x(\d{1,5}):(\w+)', text)
    if match is None:
        raise typer.BadParameter(
            f'expected {option} HEIGHTxWIDTH:ENCODING, such as 720x1280:bgr8, got {text!r}'
        )
    height, width, encoding = match.groups()
    try:
        return CameraFormat(height=int(height), width=int(width), encoding=encoding)
    except ValidationError as error:
        raise _refused(option, error) from None


def _bins(option: str, text: str) -> tuple[int, int]:
    match = re.fullmatch(r'(\d{1,2})x(\d{1,2})', text)
    if match is None:
        raise typer.BadParameter(f'expected {option} COLUMNSxROWS, such as 2x2, got {text!r}')
    return int(match.group(1)), int(match.group(2))


def _refused(options: str, error: ValidationError) -> typer.BadParameter:
    first = error.errors()[0]
    where = ' '.join((options, *map(str, first['loc'])))
    return typer.BadParameter(f'{where}: {first["msg"].removeprefix("Value error, ")}')
