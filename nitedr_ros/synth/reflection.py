"""Reflections on the wet road: long streaks below every lamp, and a dim image of the houses."""

from __future__ import annotations

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.lights import Lamps

Image = npt.NDArray[np.float32]


def reflect(camera: PinholeCamera, lamps: Lamps, above: Image, top: int, coarse: int) -> Image:
    """Return the light that a wet ground mirrors, float32 [rows, W / coarse, 3].

    above: float32 [rows, W / coarse, 3], the image above the horizon, as high as the ground is
    below it. top: first image row of the ground. coarse: image pixels per coarse pixel.
    A rough wet surface mirrors each lamp at its true mirror place, drawn out along the line to
    the viewer.
    """
    mirrored = lamps.places.copy()
    mirrored[:, 1] = -2 * street.CAMERA_Y - mirrored[:, 1]
    pixels = camera.project(mirrored) / coarse
    depth = lamps.places[:, 2]
    foot = (camera.cy + camera.fy * -street.CAMERA_Y / depth)[:, None] / coarse
    # Centres of the coarse pixels, in units of their size.
    half = (coarse - 1) / 2 / coarse
    v = np.arange(len(above)) + top / coarse + half
    u = np.arange(camera.width // coarse) + half
    offset = v - pixels[:, 1:]
    length = np.maximum(0.4 * (pixels[:, 1:] - foot), 1.5) * np.where(offset > 0, 1.7, 1.0)
    along = np.exp(-0.5 * (offset / length) ** 2) * (v > foot)
    width = np.clip(0.11 * camera.fx / coarse / depth, 0.6, 6.0)[:, None]
    across = np.exp(-0.5 * ((u - pixels[:, :1]) / width) ** 2)
    strength = 0.12 * np.sqrt(lamps.power * 6.0) * np.minimum(1.0, (18.0 / depth) ** 0.7)
    coloured = across[:, :, None] * (lamps.colours * strength[:, None])[:, None, :]
    streaks = np.tensordot(along, coloured, axes=(0, 0)).astype(np.float32)
    houses = cv2.GaussianBlur(above[::-1], (0, 0), 1.2, sigmaY=7.0)
    return np.asarray(streaks + 0.5 * houses, np.float32)
