"""Side-by-side pictures of a drive, chosen evenly over its length."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.pipeline.output import Output

UInt8 = npt.NDArray[np.uint8]

PANEL_WIDTH = 640
"""Panels are shown at most this wide, pixels."""
JPEG_QUALITY = 88


@dataclass(frozen=True, eq=False)
class Picture:
    """Rainy visible, registered thermal, de-rained and fused of one moment, as JPEG.

    seconds: stamp after the first output's. caption: mode and skew in words.
    """

    seconds: float
    caption: str
    panels: dict[str, bytes]


def _panel_size(image: UInt8) -> tuple[int, int]:
    """Return width and height of the panel that shows an image."""
    height, width = image.shape[:2]
    if width <= PANEL_WIDTH:
        return width, height
    return PANEL_WIDTH, round(height * PANEL_WIDTH / width)


def _resized(image: UInt8, size: tuple[int, int]) -> UInt8:
    if image.shape[1::-1] == size:
        return image
    method = cv2.INTER_AREA if size[0] < image.shape[1] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(image, size, interpolation=method), np.uint8)


def _bgr(image: UInt8) -> UInt8:
    code = cv2.COLOR_GRAY2BGR if image.ndim == 2 else cv2.COLOR_RGB2BGR
    return np.asarray(cv2.cvtColor(image, code), np.uint8)


def _jpeg(image: UInt8) -> bytes:
    encoded: bytes = cv2.imencode('.jpg', image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[
        1
    ].tobytes()
    return encoded


def panels(output: Output) -> dict[str, UInt8]:
    """Return the panels there are, by title, as uint8 [h, w, 3] BGR at most PANEL_WIDTH wide.

    All have one size, also where fused images are larger than what they were made from.
    """
    size = _panel_size(output.fused)
    images = {
        'visible': output.visible,
        'thermal, registered': output.thermal_registered,
        'de-rained': output.derained,
        'fused': output.fused,
    }
    return {
        title: _resized(_bgr(image), size) for title, image in images.items() if image is not None
    }


def montage(tiles: dict[str, UInt8]) -> UInt8:
    """Return panels of one size as a picture of two columns, uint8 BGR, titles written in."""
    titled = []
    for title, tile in tiles.items():
        labelled = tile.copy()
        # Thicker letters would be wider letters, so the dark rim is made of shifted ones.
        for x, y, grey in ((9, 25, 0), (11, 25, 0), (9, 27, 0), (11, 27, 0), (10, 26, 255)):
            where, colour = (x, y), (grey, grey, grey)
            font = cv2.FONT_HERSHEY_SIMPLEX
            cv2.putText(labelled, title, where, font, 0.7, colour, 1, cv2.LINE_AA)
        titled.append(labelled)
    if len(titled) % 2:
        titled.append(np.zeros_like(titled[0]))
    rows = [np.hstack(titled[i : i + 2]) for i in range(0, len(titled), 2)]
    return np.asarray(np.vstack(rows), np.uint8)


class Album:
    """Keeps pictures of a drive of which only the length is known beforehand.

    expected: outputs to come, about; count: pictures wanted. Memory holds the pictures only.
    """

    def __init__(self, expected: int, count: int = 8) -> None:
        self.pictures: list[Picture] = []
        self.preview: UInt8 | None = None
        self._every = max(1, expected // count)
        self._limit = 2 * count
        self._middle = expected // 2
        self._seen = 0
        self._first_ns = 0

    def _is_pictured(self) -> bool:
        return self._seen % self._every == self._every // 2 and len(self.pictures) < self._limit

    def add(self, output: Output) -> None:
        """Look at the next output."""
        if self._seen == 0:
            self._first_ns = output.stamp_ns
        if self._is_pictured() or self._seen == self._middle:
            tiles = panels(output)
            if self.preview is None or self._seen == self._middle:
                self.preview = montage(tiles)
            if self._is_pictured():
                skew = (
                    'no pair' if output.skew_ns is None else f'skew {output.skew_ns / 1e6:.1f} ms'
                )
                self.pictures.append(
                    Picture(
                        (output.stamp_ns - self._first_ns) / 1e9,
                        f'{output.mode.value}, {skew}',
                        {title: _jpeg(tile) for title, tile in tiles.items()},
                    )
                )
        self._seen += 1
