"""The scores of one image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import InputError
from nitedr_ros.metrics.fusion import fusion_scores
from nitedr_ros.metrics.luma import luma, luma_psnr, psnr
from nitedr_ros.metrics.ssim import ssim
from nitedr_ros.metrics.trivial_fusions import trivial_fusions
from nitedr_ros.metrics.vif import SMALLEST
from nitedr_ros.replay.score_deraining import BEST_DB
from nitedr_ros.replay.still_restorer import RestoredStill

UInt8 = npt.NDArray[np.uint8]
Scores = dict[str, float]


@dataclass(frozen=True)
class ImageScores:
    """How the pictures of one pair compare.

    input, derained: `psnr_y` and `psnr_rgb` in dB, BEST_DB where equal, and `ssim_y`, of the
    visible input and the de-rained image against the clean target; None without one. dry: the
    input is the target, so there was no rain to take out; None without a target.
    fusion: by name of the fusion (`fused` and the trivial ones), the scores of
    `metrics.fusion.fusion_scores`.
    """

    dry: bool | None
    input: Scores | None
    derained: Scores | None
    fusion: dict[str, Scores]

    @property
    def gain_db(self) -> float | None:
        """By how much the de-raining raised the luma PSNR, dB; None where dry or not compared."""
        if self.dry is not False or self.input is None or self.derained is None:
            return None
        return self.derained['psnr_y'] - self.input['psnr_y']


def score_image(still: RestoredStill) -> ImageScores:
    """Score a restored pair; the visible input stands in for a clean image where none was given.

    Raises InputError for images smaller than the scores can take.
    """
    height, width = still.visible.shape[:2]
    if min(height, width) < SMALLEST:
        raise InputError(
            f'expected images of at least {SMALLEST} pixels each way, got {width}x{height}: '
            'too small for VIF'
        )
    clean = still.visible if still.target is None else still.target
    fusion = _fusion(clean, still.thermal, still.fused)
    if still.target is None:
        return ImageScores(None, None, None, fusion)
    dry = np.array_equal(still.visible, still.target)
    seen = None if dry else _against(still.visible, still.target)
    return ImageScores(dry, seen, _against(still.derained, still.target), fusion)


def grey(rgb: UInt8) -> UInt8:
    """Return an RGB image as fusion is scored: OpenCV's grey, rounded; uint8 [H, W]."""
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _against(image: UInt8, target: UInt8) -> Scores:
    return {
        'psnr_y': min(luma_psnr(image, target), BEST_DB),
        'psnr_rgb': min(psnr(image, target), BEST_DB),
        'ssim_y': ssim(luma(image), luma(target)),
    }


def _fusion(clean: UInt8, thermal: UInt8, fused: UInt8) -> dict[str, Scores]:
    visible = grey(clean)
    fusions: dict[str, npt.NDArray[Any]] = {
        'fused': grey(fused),
        **trivial_fusions(visible, thermal),
    }
    return {name: fusion_scores(visible, thermal, image) for name, image in fusions.items()}
