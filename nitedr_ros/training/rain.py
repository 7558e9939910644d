"""Rain for training: streaks, veil, drops on the lens and sensor noise, laid over clean frames.

Everything takes and returns float32 images [H, W, 3], RGB in [0, 1], and draws from the generator
that it is given, so that a seed fixes the data.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

Image = npt.NDArray[np.float32]
Generator = np.random.Generator


def _streak_layer(size: int, rng: Generator) -> Image:
    """Return one layer of streaks, float32 [size, size] in [0, 1].

    Half of the layers are far rain, thousands of short streaks a pixel wide; the others are near
    drops, few, long and wide.
    """
    layer = np.zeros((size, size), np.float32)
    slant = rng.normal(0.0, 0.35)
    if rng.random() < 0.5:
        length, width = rng.uniform(5, 28), 1.0
        count = int(size * size * rng.uniform(0.002, 0.03))
    else:
        length = rng.uniform(8, 90)
        width = rng.uniform(0.6, 4.5) * min(1.0, length / 25)
        count = int(rng.uniform(20, 400) * 30 / (10 + length))
    for _ in range(count):
        x, y = rng.uniform(-length, size + length, 2)
        reach = length * rng.uniform(0.5, 1.5)
        tilt = slant + rng.normal(0, 0.04)
        end = (x + reach * np.sin(tilt), y + reach * np.cos(tilt))
        start_px = (int(x * 16), int(y * 16))
        end_px = (int(end[0] * 16), int(end[1] * 16))
        thickness = max(1, round(width * rng.uniform(0.6, 1.4)))
        cv2.line(layer, start_px, end_px, rng.uniform(0.3, 1.0), thickness, cv2.LINE_AA, 4)
    if rng.random() < 0.3:
        return layer
    return np.asarray(cv2.GaussianBlur(layer, (0, 0), rng.uniform(0.4, 1.5)), np.float32)


@dataclass
class RainBank:
    """Streak layers drawn once, so that laying rain over a patch costs a crop and a product."""

    layers: list[Image]
    size: int

    @classmethod
    def draw(cls, count: int, size: int, rng: Generator) -> RainBank:
        """Draw `count` streak layers of `size` x `size` pixels."""
        return cls([_streak_layer(size, rng) for _ in range(count)], size)

    def crop(self, height: int, width: int, rng: Generator) -> Image:
        """Return a window of a random layer, float32 [height, width], mirrored at random."""
        layer = self.layers[int(rng.integers(len(self.layers)))]
        top = int(rng.integers(self.size - height + 1))
        left = int(rng.integers(self.size - width + 1))
        window = layer[top : top + height, left : left + width]
        return window[:, ::-1] if rng.random() < 0.5 else window


def _smooth_field(height: int, width: int, cells: int, rng: Generator) -> Image:
    coarse = rng.random((cells, cells)).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (width, height), interpolation=cv2.INTER_CUBIC))


def add_streaks(clean: Image, bank: RainBank, rng: Generator) -> Image:
    """Add one to three streak layers, lit by the ambient light and by the lamps around them."""
    height, width = clean.shape[:2]
    glow = cv2.GaussianBlur(clean, (0, 0), 12)
    strength = rng.uniform(0.08, 0.7)
    share = rng.uniform(0.0, 1.0)
    tint = 1.0 + rng.normal(0, 0.03, 3)
    light = ((1 - share) + share * np.clip(glow * 2.5, 0, 1.5)) * strength * tint
    rainy = clean.copy()
    for _ in range(int(rng.integers(1, 4))):
        streaks = bank.crop(height, width, rng)[..., None]
        rainy += streaks * light * (1 - 0.6 * rainy)
    return np.asarray(rainy, np.float32)


def add_veil(clean: Image, rng: Generator) -> Image:
    """Blend towards an uneven grey veil, as unresolved rain and mist do (Koschmieder's law)."""
    height, width = clean.shape[:2]
    airlight = rng.uniform(0.1, 0.75) * (1.0 + rng.normal(0, 0.05, 3))
    density = rng.uniform(0.03, 0.45) * (0.6 + 0.4 * _smooth_field(height, width, 4, rng))
    return np.asarray(clean * (1 - density[..., None]) + airlight * density[..., None], np.float32)


def add_lens_drops(clean: Image, rng: Generator) -> Image:
    """Put drops on the lens: each a blurred, inverted miniature of the scene in a dark rim."""
    height, width = clean.shape[:2]
    blurred = cv2.GaussianBlur(clean, (0, 0), 4)
    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    result = clean.copy()
    for _ in range(int(rng.integers(1, 8))):
        centre_x, centre_y = rng.uniform(0, width), rng.uniform(0, height)
        radius, squash = rng.uniform(4, 22), rng.uniform(0.8, 1.3)
        dx, dy = columns - centre_x, (rows - centre_y) * squash
        distance = np.sqrt(dx**2 + dy**2) / radius
        inside = np.clip((1 - distance) / rng.uniform(0.1, 0.4), 0, 1)
        rim = np.exp(-(((distance - 0.92) / rng.uniform(0.05, 0.14)) ** 2)) * rng.uniform(0, 0.8)
        zoom = rng.uniform(2, 5)
        seen = cv2.remap(
            blurred,
            centre_x - dx * zoom,
            centre_y - dy * zoom,
            cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REFLECT,
        )
        weight = (inside * rng.uniform(0.3, 0.95))[..., None]
        result = result * (1 - weight) + np.clip(seen * rng.uniform(0.8, 1.4), 0, 1) * weight
        result *= 1 - rim[..., None]
    return np.asarray(result, np.float32)


def darken(clean: Image, rng: Generator) -> Image:
    """Turn a frame towards night: gamma, gain and a lamp-coloured cast."""
    cast = 1.0 + rng.normal(0, 0.06, 3)
    return np.asarray(
        np.clip(clean ** rng.uniform(1.0, 2.0) * rng.uniform(0.35, 1) * cast, 0, 1), np.float32
    )


def add_noise(image: Image, rng: Generator) -> Image:
    """Add read and shot noise of a sensor at high gain."""
    read, shot = rng.uniform(0, 0.012), rng.uniform(0, 0.02)
    sigma = np.sqrt(read**2 + shot**2 * np.clip(image, 0, 1))
    return np.asarray(image + rng.standard_normal(image.shape, np.float32) * sigma, np.float32)


def rain_over(clean: Image, bank: RainBank, rng: Generator) -> Image:
    """Return the clean frame as a camera would see it through a random rain, clipped to [0, 1]."""
    rainy = clean
    kind = rng.random()
    if kind < 0.85:
        rainy = add_streaks(rainy, bank, rng)
    if kind < 0.5:
        rainy = add_veil(rainy, rng)
    if rng.random() < 0.2 or kind >= 0.85:
        rainy = add_lens_drops(rainy, rng)
    if rng.random() < 0.5:
        rainy = add_noise(rainy, rng)
    return np.clip(rainy, 0, 1)
