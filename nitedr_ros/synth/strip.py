"""Long flat surfaces of the street - the ground and the rows of houses - as repeating textures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth.camera import PinholeCamera

Floats = npt.NDArray[np.float64]
MAX_LEVEL = 7
FARTHEST_M = 400.0


@dataclass(frozen=True)
class Lines:
    """Image lines along which a surface keeps one depth: rows of the ground, columns of a wall.

    start: index of the first line in the image. depth: [L], metres ahead of the camera.
    across: [L, S], place on the surface for each pixel of a line, metres: x or height.
    footprint: [L], metres of depth that one line covers.
    """

    start: int
    depth: Floats
    across: Floats
    footprint: Floats

    @property
    def columns(self) -> slice:
        """The image columns, where the lines are columns."""
        return slice(self.start, self.start + len(self.depth))


def ground_lines(camera: PinholeCamera, x: float, y: float) -> Lines:
    """Return the image rows below the horizon; (x, y) is the camera, the ground is y = 0."""
    start = int(np.floor(camera.cy)) + 1
    rows = np.arange(start, camera.height) - camera.cy
    depth = np.minimum(camera.fy * -y / rows, FARTHEST_M)
    sideways = (np.arange(camera.width) - camera.cx) / camera.fx
    return Lines(start, depth, x + depth[:, None] * sideways, depth**2 / (camera.fy * -y))


def wall_lines(camera: PinholeCamera, x: float, y: float, wall_x: float) -> Lines:
    """Return the image columns that meet the wall x = wall_x; across is the height in metres."""
    distance = wall_x - x
    columns = np.arange(camera.width) - camera.cx
    columns = columns[columns * distance > 0]
    depth = np.minimum(camera.fx * distance / columns, FARTHEST_M)
    upwards = (camera.cy - np.arange(camera.height)) / camera.fy
    start = 0 if distance < 0 else camera.width - len(columns)
    return Lines(
        start, depth, -y + depth[:, None] * upwards, depth**2 / (camera.fx * abs(distance))
    )


class Strip:
    """A texture that repeats along the street, kept at several scales so that it never flickers.

    texture: uint8 or float32 [A, S, C]; rows run along the street, columns across.
    metres: size of one texel (along, across). across_start: place of the first column's edge.
    endless: the outermost columns go on for ever; otherwise the texture is zero beside its edges.
    """

    def __init__(
        self,
        texture: npt.NDArray[Any],
        metres: tuple[float, float],
        across_start: float,
        *,
        endless: bool = False,
    ) -> None:
        self._metres = metres
        self._border = cv2.BORDER_REPLICATE if endless else cv2.BORDER_CONSTANT
        self._across_start = across_start
        self._levels: list[tuple[npt.NDArray[Any], float, float]] = []
        length, width = texture.shape[:2]
        for level in range(MAX_LEVEL + 1):
            rows, columns = max(2, length >> level), max(2, width >> max(0, level - 1))
            small = cv2.resize(texture, (columns, rows), interpolation=cv2.INTER_AREA)
            small = small.reshape(rows, columns, -1)
            wrapped = np.concatenate([small[-1:], small, small[:1]])
            self._levels.append((wrapped, rows / length, columns / width))
        self._length_m = length * metres[0]

    def seen_along(self, lines: Lines) -> Sampler:
        """Return what samples the texture along these lines again and again."""
        across = (lines.across - self._across_start) / self._metres[1]
        wanted = np.log2(np.maximum(lines.footprint / self._metres[0], 1.0)).astype(int)
        wanted = np.minimum(wanted, MAX_LEVEL)
        pieces = []
        for level in np.unique(wanted):
            texture, along_scale, across_scale = self._levels[level]
            chosen = np.flatnonzero(wanted == level)
            part = slice(int(chosen[0]), int(chosen[-1]) + 1)
            columns = (across[part] * across_scale - 0.5).astype(np.float32)
            pieces.append(_Piece(part, texture, along_scale / self._metres[0], columns))
        return Sampler(lines.depth, self._length_m, self._border, tuple(pieces))


@dataclass(frozen=True)
class _Piece:
    """Neighbouring lines that one scale of the texture serves; columns: of it, [L, S]."""

    part: slice
    texture: npt.NDArray[Any]
    texels_per_m: float
    columns: npt.NDArray[np.float32]


@dataclass(frozen=True)
class Sampler:
    """A strip as certain lines of an image see it. depth: [L] metres ahead of the camera."""

    depth: Floats
    length_m: float
    border: int
    pieces: tuple[_Piece, ...]

    def sample(self, travelled_m: float) -> npt.NDArray[Any]:
        """Return the texture as the lines see it from there, [L, S, C]."""
        first = self.pieces[0]
        samples = first.columns.shape[1]
        seen = np.empty((len(self.depth), samples, first.texture.shape[2]), first.texture.dtype)
        along = np.mod(self.depth + travelled_m, self.length_m)
        for piece in self.pieces:
            rows = np.empty_like(piece.columns)
            rows[:] = (along[piece.part] * piece.texels_per_m + 0.5)[:, None]
            cv2.remap(
                piece.texture,
                piece.columns,
                rows,
                cv2.INTER_LINEAR,
                dst=seen[piece.part],
                borderMode=self.border,
            )
        return seen
