"""Paints the ground and the rows of houses, as light and as temperature."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.strip import Strip

Image = npt.NDArray[np.float32]
Generator = np.random.Generator

GROUND_LENGTH_M, GROUND_HALF_M = 100.0, 14.0
GROUND_TEXEL = (0.05, 0.025)
WALL_LENGTH_M, WALL_TEXEL_M, BACK_WALL_TEXEL_M = 200.0, 0.05, 0.1
ROAD_KELVIN, WALKWAY_KELVIN, WALL_KELVIN = 281.0, 281.6, 284.0
_WARM, _COOL, _TELEVISION = (0.35, 0.66, 1.0), (0.85, 1.0, 0.95), (1.0, 0.7, 0.55)
_AMBIENT = (0.035, 0.028, 0.026)
_SIGNS = ((0.15, 0.15, 1.0), (0.9, 0.35, 0.1), (0.25, 0.9, 0.3), (0.8, 0.2, 0.9), (0.2, 0.7, 1.0))


@dataclass(frozen=True)
class Surface:
    """A strip in both spectra.

    visible: the ground holds uint8 (albedo, lamp light, wetness), 255 = 1; a wall holds uint8
        blue, green, red as square root of linear light, and coverage.
    thermal: float32 (kelvin, coverage), the kelvin already multiplied by the coverage.
    """

    visible: Strip
    thermal: Strip


def _clouds(shape: tuple[int, int], cells: tuple[int, int], rng: Generator) -> Image:
    """Return smooth noise in [0, 1] of this shape that repeats along the rows."""
    coarse = rng.random(cells).astype(np.float32)
    coarse[-1] = coarse[0]
    size = (shape[1], shape[0])
    return np.asarray(cv2.resize(coarse, size, interpolation=cv2.INTER_CUBIC), np.float32)


def _bytes(values: npt.NDArray[np.floating]) -> npt.NDArray[np.uint8]:
    return np.asarray(np.clip(values * 255.0 + 0.5, 0, 255), np.uint8)


def paint_ground(rng: Generator) -> Surface:
    """Paint the wet road with its markings, kerbs, walkways and the pools of lamp light."""
    rows = round(GROUND_LENGTH_M / GROUND_TEXEL[0])
    columns = round(2 * GROUND_HALF_M / GROUND_TEXEL[1])
    x = ((np.arange(columns) + 0.5) * GROUND_TEXEL[1] - GROUND_HALF_M)[None, :]
    z = ((np.arange(rows) + 0.5) * GROUND_TEXEL[0])[:, None]
    side = np.abs(x)
    grain = rng.normal(0, 0.022, (rows, columns)).astype(np.float32)
    patches = _clouds((rows, columns), (60, 12), rng)
    albedo = 0.12 + grain + 0.06 * (patches - 0.5)
    tracks = np.exp(-(((np.abs(side - street.LANE_X) - 0.75) / 0.28) ** 2))
    albedo = albedo - 0.03 * tracks
    slabs = (np.mod(z, 1.2) < 0.04) | (np.mod(x, 1.2) < 0.04)
    walkway = side > street.KERB_X
    albedo = np.where(walkway, 0.2 + grain - 0.07 * slabs, albedo)
    albedo = np.where((side > street.KERB_X - 0.02) & (side < street.KERB_X + 0.2), 0.4, albedo)
    worn = 0.75 + 0.5 * (_clouds((rows, columns), (400, 90), rng) - 0.5)
    dashes = (side < 0.075) & (np.mod(z, 10.0) < 4.0)
    edges = np.abs(side - 3.55) < 0.06
    albedo = np.where(dashes | edges, 0.85 * worn, albedo)
    kelvin = np.where(walkway, WALKWAY_KELVIN, ROAD_KELVIN) + 0.5 * tracks
    kelvin = kelvin + 0.8 * (patches - 0.5) + np.where(dashes | edges, -0.3, 0.0)
    covers = np.zeros((rows, columns), np.uint8)
    for cover_z in rng.uniform(0, GROUND_LENGTH_M, 5):
        centre = (cover_z, rng.uniform(-3, 3))
        covers |= ((x - centre[1]) ** 2 + (z - centre[0]) ** 2 < 0.33**2).astype(np.uint8)
    albedo = np.where(covers > 0, 0.1, albedo)
    kelvin = np.where(covers > 0, WALKWAY_KELVIN + 4.0, kelvin)
    puddles = np.clip((_clouds((rows, columns), (70, 24), rng) - 0.55) * 5, 0, 1)
    wetness = np.where(walkway, 0.3, 0.5 + 0.15 * tracks) + 0.4 * puddles + 0.8 * grain
    albedo = albedo * (1 - 0.3 * puddles)
    kelvin = kelvin - 1.5 * puddles
    period = round(street.LAMP_SPACING_M / GROUND_TEXEL[0])
    light = np.tile(street.lamp_light(x, z[:period]), (rows // period, 1))
    visible = np.stack([_bytes(albedo), _bytes(0.7 * light), _bytes(wetness)], axis=2)
    thermal = np.stack([kelvin, np.ones_like(kelvin)], axis=2).astype(np.float32)
    return Surface(
        Strip(visible, GROUND_TEXEL, -GROUND_HALF_M, endless=True),
        Strip(thermal, GROUND_TEXEL, -GROUND_HALF_M, endless=True),
    )


@dataclass
class _Wall:
    """The layers of a row of houses while it is painted: [along, height] or [along, height, 3]."""

    albedo: Image
    emission: Image
    kelvin: Image
    coverage: Image
    texel_m: float

    @classmethod
    def blank(cls, height_m: float, texel_m: float) -> _Wall:
        rows, columns = round(WALL_LENGTH_M / texel_m), round(height_m / texel_m)
        shape = (rows, columns)
        zeros = [np.zeros((*shape, 3), np.float32) for _ in range(2)]
        kelvin = np.full(shape, WALL_KELVIN, np.float32)
        return cls(zeros[0], zeros[1], kelvin, np.zeros(shape, np.float32), texel_m)

    def area(self, z: tuple[float, float], height: tuple[float, float]) -> tuple[slice, slice]:
        def edge(metres: float) -> int:
            return max(0, round(metres / self.texel_m))

        return slice(edge(z[0]), edge(z[1])), slice(edge(height[0]), edge(height[1]))


def _paint_shop(wall: _Wall, start: float, end: float, rng: Generator) -> None:
    colour = np.array(_WARM if rng.random() < 0.6 else _COOL)
    for left in np.arange(start + 0.6, end - 3.0, 3.4):
        pane = wall.area((left, left + 2.9), (0.5, 2.6))
        wall.emission[pane] = colour * rng.uniform(0.35, 0.9)
        wall.kelvin[pane] = WALL_KELVIN + 3.0
        for goods in rng.uniform(left + 0.2, left + 2.5, 5):
            wall.emission[wall.area((goods, goods + 0.3), (0.5, rng.uniform(0.8, 1.8)))] *= 0.35
    sign = np.array(_SIGNS[int(rng.integers(len(_SIGNS)))])
    width = rng.uniform(2.0, max(2.1, min(5.0, end - start - 2.0)))
    left = rng.uniform(start + 0.8, max(start + 0.9, end - width - 0.8))
    wall.emission[wall.area((left, left + width), (2.9, 3.4))] = sign * 0.7


def _paint_windows(wall: _Wall, start: float, end: float, top: float, rng: Generator) -> None:
    pitch, floor_m = rng.uniform(2.2, 3.4), rng.uniform(3.0, 3.5)
    width, height = rng.uniform(1.0, 1.5), rng.uniform(1.3, 1.8)
    for base in np.arange(4.6, top - height - 0.6, floor_m):
        for left in np.arange(start + 0.8, end - width - 0.5, pitch):
            pane = wall.area((left, left + width), (base, base + height))
            wall.albedo[pane] = 0.03
            wall.kelvin[pane] = WALL_KELVIN - 1.5
            frame = wall.area((left - 0.1, left + width + 0.1), (base - 0.15, base - 0.02))
            wall.albedo[frame] *= 1.6
            if rng.random() < 0.24:
                kind = (
                    _TELEVISION if rng.random() < 0.15 else _WARM if rng.random() < 0.7 else _COOL
                )
                wall.emission[pane] = np.array(kind) * rng.uniform(0.08, 0.55)
                wall.kelvin[pane] = WALL_KELVIN + rng.uniform(0.5, 2.5)
                if rng.random() < 0.5:
                    blind = wall.area(
                        (left, left + width),
                        (base + height * rng.uniform(0.4, 0.8), base + height),
                    )
                    wall.emission[blind] *= 0.3
                middle = left + width / 2
                wall.emission[
                    wall.area((middle - 0.04, middle + 0.04), (base, base + height))
                ] *= 0.2


def paint_wall(rng: Generator, side: int, *, back: bool) -> Surface:
    """Paint a row of houses with windows and shops; back: the row behind, dark and taller."""
    wall = _Wall.blank(36.0, BACK_WALL_TEXEL_M) if back else _Wall.blank(20.0, WALL_TEXEL_M)
    z = 0.0
    while z < WALL_LENGTH_M - 8.0:
        end = min(z + rng.uniform(10, 26), WALL_LENGTH_M - 3.0)
        top = rng.uniform(14, 34) if back else rng.uniform(8, 19)
        body = wall.area((z, end), (0.0, top))
        tint = 1.0 + rng.normal(0, 0.08, 3)
        wall.albedo[body] = rng.uniform(0.12, 0.32) * tint
        wall.coverage[body] = 1.0
        wall.kelvin[body] = WALL_KELVIN + rng.uniform(-1.0, 1.0)
        wall.albedo[wall.area((z, end), (top - 0.35, top))] *= 1.5
        wall.albedo[wall.area((z, end), (3.7, 3.95))] *= 1.4
        _paint_windows(wall, z, end, top, rng)
        if not back and rng.random() < 0.55:
            _paint_shop(wall, z, end, rng)
        z = end + (rng.uniform(3.0, 7.0) if rng.random() < 0.4 else 0.0)
    rows, columns = wall.kelvin.shape
    along = ((np.arange(rows) + 0.5) * wall.texel_m)[:, None]
    height = ((np.arange(columns) + 0.5) * wall.texel_m)[None, :].astype(np.float32)
    lamps = np.zeros_like(wall.kelvin)
    if not back:
        period = round(street.LAMP_SPACING_M / wall.texel_m)
        lit = street.wall_light(along[:period], height, side).astype(np.float32)
        lamps = np.tile(lit, (rows // period, 1))
    visible = np.empty((rows, columns, 4), np.uint8)
    for channel, (lamp, ambient) in enumerate(zip(street.LAMP_COLOUR, _AMBIENT, strict=True)):
        light = lamps * (0.45 * lamp) + ambient * (0.35 if back else 1.0)
        light = wall.albedo[..., channel] * light
        light += wall.emission[..., channel] * (0.25 if back else 1.0)
        visible[..., channel] = _bytes(np.sqrt(light) * wall.coverage)
    visible[..., 3] = _bytes(wall.coverage)
    warmer_below = wall.kelvin - np.float32(0.12) * height
    thermal = np.stack([warmer_below * wall.coverage, wall.coverage], axis=2)
    texel = (wall.texel_m, wall.texel_m)
    return Surface(Strip(visible, texel, 0.0), Strip(thermal, texel, 0.0))
