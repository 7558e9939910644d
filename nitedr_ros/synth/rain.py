"""Rain between the camera and the scene: falling drops, the veil of the far ones, lens drops."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.visible import COARSE, View

Image = npt.NDArray[np.float32]
Array = npt.NDArray[np.float64]
Generator = np.random.Generator

FALL_MPS, WIND_MPS, EXPOSURE_S = 8.5, 1.2, 0.014
DROP_M = 0.0026
VEIL_PER_M = 0.006
"""Share of light that is lost per metre at rain = 1."""
LIT_AIR_M = 70.0
"""Rain beyond this, and above the lamps, is dark and hides nothing more."""
LENS_DROPS = 9
_SHELLS = ((0.45, 1.3, 60), (1.3, 3.0, 220), (3.0, 6.0, 500), (6.0, 12.0, 900), (12.0, 25.0, 1400))
"""Nearest and farthest depth in metres, and how many drops fall there at rain = 1."""
AIRLIGHT = np.array([0.062, 0.057, 0.055], np.float32)
_BITS = 4


@dataclass(frozen=True)
class _Shell:
    """Drops of one range of depth; they leave it on one side and come back on the other.

    low, size: [3], the box around the camera. drops: [N, 3] places at time 0. speed: [N] metres
    per second of fall. strength: how bright a streak is, 255 = full.
    """

    low: Array
    size: Array
    drops: Array
    speed: Array
    thickness: int
    strength: float


@dataclass(frozen=True)
class _LensDrop:
    """A drop on the lens: the part of the image it covers and where it takes its light from."""

    rows: slice
    columns: slice
    map_x: Image
    map_y: Image
    weight: Image
    gain: float


def _shell(near: float, far: float, count: int, camera: PinholeCamera, rng: Generator) -> _Shell:
    half_x = far * max(camera.cx, camera.width - camera.cx) / camera.fx + 0.3
    half_y = far * max(camera.cy, camera.height - camera.cy) / camera.fy + 0.3
    size = np.array([2 * half_x, 2 * half_y, far - near])
    middle = (near + far) / 2
    width_px = camera.fx * DROP_M / middle
    return _Shell(
        low=np.array([-half_x, -half_y, near]),
        size=size,
        drops=rng.uniform(0, 1, (count, 3)) * size,
        speed=FALL_MPS * rng.uniform(0.8, 1.15, count),
        thickness=max(1, round(2.2 * width_px)),
        strength=255.0 * min(0.5, 0.28 * max(width_px, 0.5) ** 0.2),
    )


def _lens_drop(camera: PinholeCamera, rng: Generator) -> _LensDrop:
    scale = camera.width / 640
    x, y = rng.uniform(0, camera.width), rng.uniform(0, camera.height)
    radius, tall = scale * rng.choice([8, 13, 24]) * rng.uniform(0.8, 1.2), rng.uniform(1.0, 1.35)
    reach = int(np.ceil(radius * tall)) + 1
    top, left = max(0, int(y) - reach), max(0, int(x) - reach)
    bottom = min(camera.height, int(y) + reach)
    right = min(camera.width, int(x) + reach)
    dy, dx = np.mgrid[top:bottom, left:right].astype(np.float32) - np.array([y, x])[:, None, None]
    wobble = 1 + 0.08 * np.sin(2 * np.arctan2(dy, dx) + rng.uniform(0, 6))
    off = np.sqrt(dx**2 + (dy / tall) ** 2) / (radius * wobble)
    inside = np.clip((1.0 - off) / 0.45, 0, 1)
    zoom = rng.uniform(3, 5)
    return _LensDrop(
        slice(top, bottom),
        slice(left, right),
        ((x - dx * zoom) / COARSE).astype(np.float32),
        ((y - dy * zoom) / COARSE).astype(np.float32),
        (0.8 * inside)[..., None].astype(np.float32),
        float(rng.uniform(1.1, 1.9)),
    )


class Rain:
    """The rain of one drive, the same for one seed.

    amount: 0 is dry, 1 is heavy rain. depth: float32 [H, W] metres, what the camera looks at.
    """

    def __init__(self, camera: PinholeCamera, depth: Image, amount: float, seed: int) -> None:
        rng = np.random.default_rng([seed, 20])
        self._camera = camera
        self._shells = [
            _shell(near, far, max(1, round(count * amount)), camera, rng)
            for near, far, count in _SHELLS
        ]
        self._lens = [_lens_drop(camera, rng) for _ in range(round(LENS_DROPS * amount))]
        soft = cv2.GaussianBlur(np.minimum(depth, LIT_AIR_M), (0, 0), 0.04 * camera.width)
        lost = 1 - np.exp(-VEIL_PER_M * amount * np.asarray(soft, np.float32))
        self._kept = np.asarray(cv2.merge([1 - lost] * 3), np.float32)
        self._veil = np.asarray(cv2.merge([lost * air for air in AIRLIGHT]), np.float32)
        self._amount = amount
        rows = np.linspace(0, 1, camera.height, dtype=np.float32)[:, None]
        own_light = 0.06 + 0.13 * np.clip(rows * 2 - 0.8, 0, 1)
        self._own_light = np.repeat(np.repeat(own_light[..., None], camera.width, 1), 3, 2)

    def fall(self, view: View, time_s: float, travelled_m: float) -> Image:
        """Return the view through the rain, float32 [H, W, 3] linear light."""
        if self._amount == 0:
            return view.light
        glow = cv2.resize(np.minimum(view.glow, 1.2), (self._camera.width, self._camera.height))
        seen = cv2.add(cv2.multiply(view.light, self._kept), self._veil)
        seen = cv2.scaleAdd(glow, 0.3 * min(self._amount, 2.0), seen)
        lit = cv2.scaleAdd(glow, 1.5, self._own_light)
        streaks = cv2.cvtColor(self._streaks(time_s, travelled_m), cv2.COLOR_GRAY2BGR)
        rainy = np.asarray(cv2.add(seen, cv2.multiply(lit, streaks)), np.float32)
        self._through_lens(rainy)
        return rainy

    def _streaks(self, time_s: float, travelled_m: float) -> Image:
        """Return how much of each pixel falling drops cover while the shutter is open, [H, W]."""
        camera = self._camera
        mask = np.zeros((camera.height, camera.width), np.uint8)
        blurred = np.zeros((camera.height // 2, camera.width // 2), np.uint8)
        for shell in reversed(self._shells):
            moved = np.zeros_like(shell.drops)
            moved[:, 0] = WIND_MPS * time_s
            moved[:, 1] = shell.speed * time_s
            moved[:, 2] = -travelled_m
            start = np.mod(shell.drops + moved, shell.size) + shell.low
            end = start.copy()
            end[:, 0] += WIND_MPS * EXPOSURE_S
            end[:, 1] += shell.speed * EXPOSURE_S
            end[:, 2] = np.maximum(end[:, 2] - street.SPEED_MPS * EXPOSURE_S, 0.3)
            lines = np.stack([camera.project(start), camera.project(end)], axis=1)
            fixed = np.rint(lines * 2**_BITS).astype(np.int32)
            near = shell.thickness > 2
            target, bits = (blurred, _BITS + 1) if near else (mask, _BITS)
            thick = max(1, shell.thickness // 2) if near else shell.thickness
            cv2.polylines(target, list(fixed), False, shell.strength, thick, cv2.LINE_AA, bits)
        soft = cv2.GaussianBlur(blurred, (0, 0), 1.2)
        soft = cv2.resize(soft, (camera.width, camera.height), interpolation=cv2.INTER_LINEAR)
        both = cv2.addWeighted(cv2.GaussianBlur(mask, (3, 3), 0.6), 1.0, soft, 0.8, 0.0)
        return np.asarray(both, np.float32) * np.float32(1 / 255)

    def _through_lens(self, rainy: Image) -> None:
        small = (self._camera.width // COARSE, self._camera.height // COARSE)
        coarse = cv2.resize(rainy, small, interpolation=cv2.INTER_AREA)
        coarse = cv2.GaussianBlur(np.minimum(coarse, 1.5), (0, 0), 1.6)
        for drop in self._lens:
            part = rainy[drop.rows, drop.columns]
            bent = cv2.remap(
                coarse, drop.map_x, drop.map_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT
            )
            part += drop.weight * (np.asarray(bent, np.float32) * np.float32(drop.gain) - part)
