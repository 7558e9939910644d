"""The sensors behind the lenses: from light and temperature to counts, with noise."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]

EXPOSURE = 1.45
NOISE = 3.0
"""Standard deviation of shot and read noise, of 255, at the gain of a night exposure."""
NOISE_KELVIN, PATTERN_KELVIN = 0.06, 0.09
COUNTS_PER_KELVIN = 100


class VisibleSensor:
    """Turns linear light into bytes, with noise that a seed and the frame's number fix."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        rng = np.random.default_rng([seed, 30])
        self._shape = (height, width)
        self._seed = seed
        noise = rng.standard_normal((height + 64, width + 256, 3), np.float32) * np.float32(NOISE)
        self._noise = np.asarray(cv2.GaussianBlur(noise, (3, 3), 0.45), np.float32)

    def develop(self, light: Image) -> Bytes:
        """Return the picture before noise, uint8 [H, W, 3], from linear light float32.

        The film curve 1 - exp(-x) saves the highlights; the square root stands for sRGB's gamma.
        """
        dark = cv2.exp(light * np.float32(-EXPOSURE))
        shares = cv2.sqrt(1.0 - np.asarray(dark, np.float32))
        return np.asarray(cv2.convertScaleAbs(shares, alpha=255.0), np.uint8)

    def expose(self, picture: Bytes, number: int) -> Bytes:
        """Return the frame of this number, uint8 [H, W, 3], of a picture without noise.

        Shot noise has one spread for all tones after a square root (Anscombe, Biometrika 1948), so
        one field of noise serves light and dark; each frame takes another part of it.
        """
        rng = np.random.default_rng([self._seed, 31, number])
        top, left = int(rng.integers(64)), int(rng.integers(256))
        height, width = self._shape
        noise = self._noise[top : top + height, left : left + width]
        mirrored = noise[:, ::-1] if rng.random() < 0.5 else noise
        return np.asarray(cv2.add(picture, mirrored, dtype=cv2.CV_8U), np.uint8)


class ThermalSensor:
    """Turns temperatures into counts, with noise that a seed and the frame's number fix."""

    def __init__(self, width: int, height: int, seed: int) -> None:
        self._seed = seed
        rng = np.random.default_rng([seed, 40])
        columns, pixels = rng.normal(0, 0.7, (1, width)), rng.normal(0, 0.7, (height, width))
        self._pattern = (PATTERN_KELVIN * (columns + pixels)).astype(np.float32)

    def expose(self, kelvin: Image, number: int) -> npt.NDArray[np.uint16]:
        """Return the frame of this number, uint16 [H, W] in hundredths of a kelvin."""
        rng = np.random.default_rng([self._seed, 41, number])
        noise = rng.standard_normal(kelvin.shape, np.float32) * np.float32(NOISE_KELVIN)
        return to_counts(kelvin + self._pattern + noise)


def to_counts(kelvin: Image) -> npt.NDArray[np.uint16]:
    """Return temperatures in hundredths of a kelvin, as FLIR's Lepton and Boson count them."""
    return np.asarray(np.rint(kelvin * np.float32(COUNTS_PER_KELVIN)), np.uint16)
