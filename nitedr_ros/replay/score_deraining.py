"""Scores of the de-raining: how near images come to the clean truth, on luma."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.metrics.luma import psnr
from nitedr_ros.metrics.ssim import WINDOW, ssim_map
from nitedr_ros.replay.compared import Compared, Mean

Float64 = npt.NDArray[np.float64]

SSIM_EVERY = 6
"""Structural similarity takes far longer than all the rest: of so many frames, one."""
BEST_DB = 100.0
"""What an image equal to the truth counts as: its PSNR is infinite."""


class DerainingScore:
    """Means over frames of PSNR and SSIM, of images known by name."""

    def __init__(self) -> None:
        self._frames = 0
        self._psnr: dict[str, Mean] = {}
        self._ssim: dict[str, Mean] = {}

    def add(self, images: Mapping[str, Compared]) -> None:
        """Take one frame's images."""
        for name, image in images.items():
            value = psnr(image.of(image.luma), image.of(image.true_luma))
            self._psnr.setdefault(name, Mean()).add(min(value, BEST_DB))
            similarity = self._ssim.setdefault(name, Mean())
            if self._frames % SSIM_EVERY == 0:
                places = _similarity(image)
                if places.size:
                    similarity.add(float(places.mean()))
        self._frames += 1

    def scores(self) -> dict[str, Any] | None:
        """Return the figures for the report; None without frames.

        By name of the image: frames, psnr_db, ssim_frames, ssim (None where none was measured).
        """
        return {
            name: {
                'frames': ratio.count,
                'psnr_db': ratio.rounded(3),
                'ssim_frames': self._ssim[name].count,
                'ssim': self._ssim[name].rounded(4),
            }
            for name, ratio in self._psnr.items()
        } or None


def _similarity(image: Compared) -> Float64:
    """Return the structural similarity where the whole window may be compared."""
    if min(image.luma.shape) < WINDOW:
        return np.zeros(0)
    places = ssim_map(image.luma, image.true_luma)
    if image.mask is None:
        return places
    edge = WINDOW // 2
    whole = cv2.erode(image.mask.astype(np.uint8), np.ones((WINDOW, WINDOW), np.uint8))
    return np.asarray(places[whole[edge:-edge, edge:-edge] != 0], np.float64)
