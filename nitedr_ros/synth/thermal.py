"""Renders the scene as a radiometric thermal camera sees it: temperature, not light."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth.backdrop import Backdrop
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.outline import SUBPIXEL_BITS, outline
from nitedr_ros.synth.scene import Moment

Image = npt.NDArray[np.float32]

ZENITH_KELVIN, HORIZON_KELVIN = 256.0, 276.0
NOISE_KELVIN, PATTERN_KELVIN = 0.06, 0.09
BLUR_PX = 0.75
COUNTS_PER_KELVIN = 100
"""The TLinear output of FLIR's Lepton and Boson counts hundredths of a kelvin."""


class ThermalRenderer:
    """Renders moments for one thermal camera."""

    def __init__(self, camera: PinholeCamera, backdrop: Backdrop, seed: int) -> None:
        self._camera = camera
        self._backdrop = backdrop
        self._seed = seed
        self._ground = backdrop.ground_lines(camera)
        self._walls = backdrop.wall_lines(camera)
        up = np.clip((camera.cy - np.arange(camera.height)) / camera.cy, 0, 1)[:, None]
        sky = ZENITH_KELVIN + (HORIZON_KELVIN - ZENITH_KELVIN) * np.exp(-up / 0.3)
        self._sky = np.repeat(sky.astype(np.float32), camera.width, axis=1)
        rng = np.random.default_rng([seed, 40])
        columns = rng.normal(0, 0.7, (1, camera.width))
        pixels = rng.normal(0, 0.7, (camera.height, camera.width))
        self._pattern = (PATTERN_KELVIN * (columns + pixels)).astype(np.float32)

    def render(self, moment: Moment) -> Image:
        """Return apparent temperature without noise, float32 [H, W] kelvin."""
        travelled = moment.camera[2]
        kelvin = self._sky.copy()
        ground = self._backdrop.ground.thermal.sample(self._ground, travelled)
        kelvin[self._ground.start :] = ground[..., 0]
        for (_, surface), lines in zip(self._backdrop.walls, self._walls, strict=True):
            warmth, cover = cv2.split(surface.thermal.sample(lines, travelled))
            part = kelvin[:, lines.start : lines.start + len(lines.depth)]
            part *= 1 - cover.T
            part += warmth.T
        outlines = outline(moment, self._camera)
        for polygon, value in zip(outlines.polygons, outlines.kelvin.tolist(), strict=True):
            cv2.fillConvexPoly(kelvin, polygon, value, cv2.LINE_8, SUBPIXEL_BITS)
        return np.asarray(cv2.GaussianBlur(kelvin, (0, 0), BLUR_PX), np.float32)

    def expose(self, kelvin: Image, number: int) -> npt.NDArray[np.uint16]:
        """Return the frame of this number, uint16 [H, W] in hundredths of a kelvin."""
        rng = np.random.default_rng([self._seed, 41, number])
        noise = rng.standard_normal(kelvin.shape, np.float32) * np.float32(NOISE_KELVIN)
        counts = (kelvin + self._pattern + noise) * np.float32(COUNTS_PER_KELVIN)
        return np.rint(counts).astype(np.uint16)
