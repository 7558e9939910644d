"""What is shown of one image: what went in, what came out, and what it is compared with."""

from __future__ import annotations

import base64
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.evaluate.image_scores import grey
from nitedr_ros.evaluate.tables import FUSIONS
from nitedr_ros.metrics.trivial_fusions import trivial_fusions
from nitedr_ros.replay.still_restorer import RestoredStill

UInt8 = npt.NDArray[np.uint8]

ERROR_GAIN = 4
"""Differences are shown so many times as large."""
# High enough, and without coarser colour, that what is seen is the model's doing.
_JPEG = (cv2.IMWRITE_JPEG_QUALITY, 95, cv2.IMWRITE_JPEG_SAMPLING_FACTOR, 0x111111)


@dataclass(frozen=True)
class Panel:
    """A picture of the page at full size: JPEG as base64."""

    title: str
    jpeg: str


@dataclass(frozen=True)
class PanelRow:
    """Pictures that belong together; `reference` is shown in place of one that is pressed."""

    title: str
    panels: list[Panel]
    reference: str


def panel_rows(still: RestoredStill, *, dry: bool) -> list[PanelRow]:
    """Return the rows of pictures of a restored pair; all have its size."""
    if still.target is None:
        clean, clean_title, seen_title = still.visible, 'visible', 'visible'
        restoring = {f'{seen_title} input': still.visible, 'de-rained': still.derained}
    elif dry:
        clean, clean_title, seen_title = still.target, 'dry', 'dry'
        restoring = {
            f'{seen_title} input': still.visible,
            'de-rained': still.derained,
            f'what changed, {ERROR_GAIN} times': _error(still.derained, clean),
        }
    else:
        clean, clean_title, seen_title = still.target, 'clean', 'rainy'
        restoring = {
            f'{seen_title} input': still.visible,
            'de-rained': still.derained,
            f'error of the rainy input, {ERROR_GAIN} times': _error(still.visible, clean),
            f'error of the de-rained image, {ERROR_GAIN} times': _error(still.derained, clean),
            'clean': clean,
        }
    fusions = {
        FUSIONS[name]: np.asarray(np.clip(np.rint(image), 0, 255), np.uint8)
        for name, image in trivial_fusions(grey(clean), still.thermal).items()
    }
    fusing = {'thermal': still.thermal, 'fused': still.fused, **fusions}
    reference = _jpeg(clean)
    rows = (('De-raining', restoring), ('Fusion', fusing))
    return [
        PanelRow(
            f'{title}; press a picture to see the {clean_title} image in its place',
            [Panel(name, _jpeg(image)) for name, image in images.items()],
            reference,
        )
        for title, images in rows
    ]


def _error(image: UInt8, target: UInt8) -> UInt8:
    """Return the absolute difference, ERROR_GAIN times as large."""
    return np.asarray(cv2.convertScaleAbs(cv2.absdiff(image, target), alpha=ERROR_GAIN), np.uint8)


def _jpeg(image: UInt8) -> str:
    bgr = image if image.ndim == 2 else cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return base64.b64encode(cv2.imencode('.jpg', bgr, _JPEG)[1].tobytes()).decode()
