"""The visible sensor: the curve from light to 8 bits, and its noise."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]

EXPOSURE = 1.45
NOISE = 3.0
"""Standard deviation of shot and read noise, of 255, at the gain of a night exposure."""


class VisibleSensor:
    """Turns linear light into bytes, with noise that a seed and the frame's number fix."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 30])
        self._shape = (height, width)
        self._seed = seed
        noise = rng.standard_normal((height + 64, width + 256, 3), np.float32) * np.float32(NOISE)
        self._noise = np.asarray(cv2.GaussianBlur(noise, (3, 3), 0.45), np.float32)

    def develop(self, light: Image) -> Image:
        """Return the picture before noise, float32 [H, W, 3] in 0..255, from linear light.

        The film curve 1 - exp(-x) saves the highlights; the square root stands for sRGB's gamma.
        """
        dark = cv2.exp(light * np.float32(-EXPOSURE))
        return np.asarray(
            cv2.sqrt(1.0 - np.asarray(dark, np.float32)) * np.float32(255.0), np.float32
        )

    def expose(self, light: Image, number: int) -> npt.NDArray[np.uint8]:
        """Return the frame of this number, uint8 [H, W, 3] blue, green, red.

        Shot noise has one spread for all tones after a square root (Anscombe, Biometrika 1948), so
        one field of noise serves light and dark; each frame takes another part of it.
        """
        rng = np.random.default_rng([self._seed, 31, number])
        top, left = int(rng.integers(64)), int(rng.integers(256))
        height, width = self._shape
        noise = self._noise[top : top + height, left : left + width]
        noisy = cv2.add(self.develop(light), noise[:, ::-1] if rng.random() < 0.5 else noise)
        return np.asarray(cv2.convertScaleAbs(np.maximum(noisy, 0.0)), np.uint8)
