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

ZENITH_KELVIN, HORIZON_KELVIN = 271.5, 279.0
"""Rain clouds hang low and are nearly as warm as the street; a clear sky would be far colder."""


class ThermalRenderer:
    """Renders moments for one thermal camera."""

    def __init__(self, camera: PinholeCamera, backdrop: Backdrop) -> None:
        self._camera = camera
        ground = backdrop.ground_lines(camera)
        self._top = ground.start
        self._ground = backdrop.ground.thermal.seen_along(ground)
        self._walls = [
            (lines.columns, surface.thermal.seen_along(lines))
            for (_, surface), lines in zip(
                backdrop.walls, backdrop.wall_lines(camera), strict=True
            )
        ]
        # By elevation, not by rows, so that cameras of other focal lengths see the same sky.
        up = np.maximum((camera.cy - np.arange(camera.height)) / camera.fy, 0.0)[:, None]
        sky = ZENITH_KELVIN + (HORIZON_KELVIN - ZENITH_KELVIN) * np.exp(-up / 0.125)
        self._sky = np.repeat(sky.astype(np.float32), camera.width, axis=1)

    def render(self, moment: Moment) -> Image:
        """Return apparent temperature, sharp and without noise, float32 [H, W] kelvin."""
        kelvin, _ = self.background(moment)
        outlines = outline(moment, self._camera)
        for polygon, value in zip(outlines.polygons, outlines.kelvin.tolist(), strict=True):
            cv2.fillConvexPoly(kelvin, polygon, value, cv2.LINE_8, SUBPIXEL_BITS)
        return kelvin

    def background(self, moment: Moment) -> tuple[Image, list[Image]]:
        """Return what stands still, float32 [H, W] kelvin, and how far each wall covers it.

        The cover is float32 in 0..1, for each of the backdrop's walls its part of the image.
        """
        travelled = moment.camera[2] + self._camera.mount[2]
        kelvin = self._sky.copy()
        kelvin[self._top :] = self._ground.sample(travelled)[..., 0]
        covers: list[Image] = []
        for columns, wall in self._walls:
            warmth, cover = cv2.split(cv2.transpose(wall.sample(travelled)))
            part = kelvin[:, columns]
            part *= 1 - np.asarray(cover, np.float32)
            part += warmth
            covers.append(np.asarray(cover, np.float32))
        return kelvin, covers
