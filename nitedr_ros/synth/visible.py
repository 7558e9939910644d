"""Renders the scene as the visible camera would see it between the drops, in linear light."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.backdrop import Backdrop
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.lights import (
    AMBIENT,
    BEAM_COLOUR,
    LAMP_COLOUR,
    Lamps,
    light_on_figures,
    own_beam,
)
from nitedr_ros.synth.outline import SUBPIXEL_BITS, outline
from nitedr_ros.synth.reflection import reflect
from nitedr_ros.synth.scene import Moment

Image = npt.NDArray[np.float32]
Canvas = npt.NDArray[np.uint8]
Array = npt.NDArray[np.float64]

COARSE = 4
"""Glare and reflections are soft: they are drawn at a quarter of the size."""
CONE_LIGHT = 0.05
_TURN = np.arange(12) * (np.pi / 6)
_ROUND = np.stack([np.cos(_TURN), np.sin(_TURN)], axis=1)
_DECODE = ((np.arange(256) / 255.0) ** 2).astype(np.float32)


@dataclass(frozen=True)
class View:
    """A rendered moment.

    light: float32 [H, W, 3] linear blue, green, red; 1 is a bright lamp-lit surface.
    glow: float32 [H / 4, W / 4, 3], the light around the lamps, which falling rain catches.
    """

    light: Image
    glow: Image


def _encode(light: Image) -> Canvas:
    """Return linear light as bytes of its square root, in which dark tones keep their steps."""
    return np.asarray(cv2.convertScaleAbs(cv2.sqrt(light), alpha=255.0), np.uint8)


class VisibleRenderer:
    """Renders moments for the visible camera; height and width are multiples of 8."""

    def __init__(self, camera: PinholeCamera, backdrop: Backdrop) -> None:
        self.camera = camera
        ground = backdrop.ground_lines(camera)
        self._top = ground.start
        self._ground = backdrop.ground.visible.seen_along(ground)
        self._walls = [
            (lines.columns, surface.visible.seen_along(lines))
            for (_, surface), lines in zip(
                backdrop.walls, backdrop.wall_lines(camera), strict=True
            )
        ]
        sideways = ground.across - street.CAMERA_X
        beam = own_beam(sideways, ground.depth[:, None]).astype(np.float32)
        self._steady = [
            beam * np.float32(b) + np.float32(a) for a, b in zip(AMBIENT, BEAM_COLOUR, strict=True)
        ]
        up = np.maximum((camera.cy - np.arange(camera.height)) / camera.fy, 0.0)[:, None, None]
        haze, zenith = np.array([0.013, 0.014, 0.019]), np.array([0.0022, 0.0016, 0.0015])
        sky = (zenith + (haze - zenith) * np.exp(-up / 0.0915)).astype(np.float32)
        self._sky = _encode(np.repeat(sky, camera.width, axis=1))
        self._sky[self._top :] = 0

    def render(self, moment: Moment) -> View:
        """Return the moment without rain and without noise."""
        lamps = Lamps.of(moment)
        canvas = self._background(moment, lamps)
        sources = self._figures(canvas, moment, lamps)
        painted = np.asarray(cv2.LUT(canvas, _DECODE), np.float32)
        full = (self.camera.width, self.camera.height)
        small = (full[0] // COARSE, full[1] // COARSE)
        coarse = np.asarray(cv2.resize(painted, small, interpolation=cv2.INTER_AREA), np.float32)
        sources += np.maximum(coarse - 0.25, 0.0)
        near = np.asarray(cv2.GaussianBlur(sources, (0, 0), 1.0), np.float32)
        near += self._cones(lamps)
        halo = cv2.GaussianBlur(near, (0, 0), 3.5)
        tiny = cv2.resize(halo, (small[0] // 4, small[1] // 4), interpolation=cv2.INTER_AREA)
        wide = cv2.resize(cv2.GaussianBlur(tiny, (0, 0), 3.2), small)
        glare = 0.25 * near + 0.5 * halo + 0.6 * wide
        painted = np.asarray(cv2.add(painted, cv2.resize(glare, full)), np.float32)
        glow = np.asarray(0.6 * halo + 1.2 * wide, np.float32)
        return View(painted, glow)

    def _background(self, moment: Moment, lamps: Lamps) -> Canvas:
        travelled, top = moment.camera[2], self._top
        canvas = self._sky.copy()
        bare = np.full(canvas.shape, 255, np.uint8)
        for across, wall in self._walls:
            seen = cv2.transpose(wall.sample(travelled))
            clear = cv2.cvtColor(255 - cv2.extractChannel(seen, 3), cv2.COLOR_GRAY2BGR)
            behind = cv2.multiply(canvas[:, across], clear, scale=1 / 255)
            canvas[:, across] = cv2.add(behind, cv2.cvtColor(seen, cv2.COLOR_BGRA2BGR))
            bare[top:, across] = cv2.multiply(bare[top:, across], clear[top:], scale=1 / 255)
        ground = self._wet_ground(canvas, lamps, travelled)
        ground = np.asarray(cv2.multiply(ground, bare[top:], scale=1 / 255), np.uint8)
        canvas[top:] = cv2.add(ground, canvas[top:])
        return canvas

    def _wet_ground(self, canvas: Canvas, lamps: Lamps, travelled: float) -> Canvas:
        camera, top = self.camera, self._top
        rows, columns = -(-(camera.height - top) // COARSE), camera.width // COARSE
        # As much above the horizon as there is ground below it; beyond the image its edge goes on.
        shown = canvas[max(0, top - rows * COARSE) : top]
        missing = rows * COARSE - len(shown)
        padded = cv2.copyMakeBorder(shown, missing, 0, 0, 0, cv2.BORDER_REPLICATE)
        above = cv2.resize(padded, (columns, rows), interpolation=cv2.INTER_AREA)
        mirrored = reflect(camera, lamps, _DECODE[above], top, COARSE)
        size = (camera.width, rows * COARSE)
        sheen = np.asarray(cv2.resize(mirrored, size), np.float32)[: camera.height - top]
        seen = self._ground.sample(travelled)
        albedo, pool, wet = (plane * np.float32(1 / 255) for plane in cv2.split(seen))
        wet *= wet
        planes = [
            albedo * (pool * np.float32(LAMP_COLOUR[channel]) + self._steady[channel])
            + sheen[..., channel] * wet
            for channel in range(3)
        ]
        return _encode(np.asarray(cv2.merge(planes), np.float32))

    def _figures(self, canvas: Canvas, moment: Moment, lamps: Lamps) -> Image:
        """Paint the figures on the canvas; return the light sources, [H / 4, W / 4, 3]."""
        camera = self.camera
        sources = np.zeros((camera.height // COARSE, camera.width // COARSE, 3), np.float32)
        outlines = outline(moment, camera)
        light = outlines.albedo * light_on_figures(moment)[outlines.figure] + outlines.glow
        colours = (np.sqrt(np.clip(light, 0, 1)) * 255.0).tolist()
        cores = (np.sqrt(np.clip(lamps.colours * 2.0, 0, 1)) * 255.0).tolist()
        pixels, shine = camera.project(lamps.places), lamps.shine()
        radii = np.maximum(0.6, camera.fx * lamps.radius / lamps.places[:, 2])
        order = np.searchsorted(outlines.figure, lamps.figure, side='right')
        due = 0
        for index in range(len(outlines.polygons) + 1):
            while due < len(order) and order[due] <= index:
                _paint_core(canvas, pixels[due], float(radii[due]), cores[due])
                _add_source(sources, pixels[due], shine[due])
                due += 1
            if index < len(outlines.polygons):
                polygon = outlines.polygons[index]
                cv2.fillConvexPoly(canvas, polygon, colours[index], cv2.LINE_AA, SUBPIXEL_BITS)
                cv2.fillConvexPoly(sources, polygon, (0, 0, 0), cv2.LINE_8, SUBPIXEL_BITS + 2)
        return sources

    def _cones(self, lamps: Lamps) -> Image:
        """Return the light that the wet air scatters below the street lamps, [H / 4, W / 4, 3]."""
        camera = self.camera
        mist = np.zeros((camera.height // COARSE, camera.width // COARSE, 3), np.float32)
        for place in lamps.places[lamps.places[:, 1] < -2.0]:
            drop = -street.CAMERA_Y - place[1]
            for share, bright in ((1.0, 0.4), (0.7, 0.7), (0.4, 1.0)):
                reach, low = 3.2 * share, place[1] + drop * share
                corners = [(place[0], place[1]), (place[0] + reach, low), (place[0] - reach, low)]
                points = np.array([(x, y, place[2]) for x, y in corners])
                pixels = np.clip(camera.project(points) / COARSE, -1e4, 1e4)
                colour = (LAMP_COLOUR * (CONE_LIGHT * bright * min(1.0, place[2] / 16))).tolist()
                cv2.fillConvexPoly(
                    mist, np.rint(pixels * 16).astype(np.int32), colour, cv2.LINE_8, 4
                )
        return np.asarray(cv2.GaussianBlur(mist, (0, 0), 1.5), np.float32)


def _paint_core(canvas: Canvas, pixel: Array, radius: float, colour: list[float]) -> None:
    """Paint the lit face of a lamp; a polygon, as small circles of OpenCV come out as crosses."""
    corners = np.rint((pixel + radius * _ROUND) * 2**SUBPIXEL_BITS).astype(np.int32)
    cv2.fillConvexPoly(canvas, corners, colour, cv2.LINE_AA, SUBPIXEL_BITS)


def _add_source(sources: Image, pixel: Array, shine: Array) -> None:
    """Add a point of light, spread over four coarse pixels so that it moves without a flicker."""
    u, v = (pixel + 0.5) / COARSE - 0.5
    column, row = int(np.floor(u)), int(np.floor(v))
    if 0 <= row < sources.shape[0] - 1 and 0 <= column < sources.shape[1] - 1:
        right, down = u - column, v - row
        weights = np.outer((1 - down, down), (1 - right, right))[..., None]
        sources[row : row + 2, column : column + 2] += (weights * shine).astype(np.float32)
