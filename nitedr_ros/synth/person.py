"""People who walk: a head, a coat, arms and legs that swing, some under an umbrella."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, pi, sin

import numpy as np

from nitedr_ros.synth.mesh import Colour, Material, Mesh, MeshBuilder

STRIDE_M = 1.45
"""Length of two steps."""
Point = tuple[float, float, float]
_ROUND = [(cos(k * pi / 7), sin(k * pi / 7)) for k in range(14)]
_UPPER = [(cos(k * pi / 10), -sin(k * pi / 10)) for k in range(11)]
_SKIN, _HAIR = Material((0.22, 0.3, 0.42), 305.5), Material((0.02, 0.025, 0.03), 299.5)
_SHOE = Material((0.015, 0.015, 0.015), 289.0)


@dataclass(frozen=True)
class Person:
    """How somebody looks: size as a share of 1.75 m, and the colours of coat and trousers."""

    size: float
    coat: Colour
    trousers: Colour
    umbrella: Colour | None


def draw_person(rng: np.random.Generator) -> Person:
    """Draw somebody at random."""
    tint = 1.0 + rng.normal(0, 0.25, 3)
    coat = np.clip(rng.choice([0.03, 0.06, 0.12, 0.3]) * tint, 0.01, 0.6).tolist()
    legs = np.clip(rng.uniform(0.02, 0.08) * tint[::-1], 0.01, 0.6).tolist()
    cloth = rng.choice([0.02, 0.05, 0.25], 3).tolist() if rng.random() < 0.35 else None
    return Person(
        size=float(rng.uniform(0.93, 1.07)),
        coat=(coat[0], coat[1], coat[2]),
        trousers=(legs[0], legs[1], legs[2]),
        umbrella=None if cloth is None else (cloth[0], cloth[1], cloth[2]),
    )


class _Body:
    """Collects the parts of one body; its width always shows to the camera."""

    def __init__(self, size: float, heading: tuple[float, float]) -> None:
        self.mesh = MeshBuilder()
        self._size = size
        self._ahead = heading
        self.aside = abs(heading[1]) if heading != (0.0, 0.0) else 1.0

    def add(self, corners: list[Point], what: Material) -> None:
        size = self._size
        self.mesh.add([(x * size, y * size, z * size) for x, y, z in corners], what)

    def swung(self, start: Point, length: float, angle: float) -> Point:
        """Return the end of a limb that hangs at an angle towards the heading."""
        reach, (x, z) = length * sin(angle), self._ahead
        return start[0] + reach * x, start[1] + length * cos(angle), start[2] + reach * z

    def limb(self, start: Point, end: Point, wide: float, narrow: float, what: Material) -> None:
        """Add a tapered limb with a rounded end."""
        length = max(hypot(end[0] - start[0], end[1] - start[1]), 1e-6)
        tip_x = (end[0] - start[0]) / length * narrow * 0.7
        tip_y = (end[1] - start[1]) / length * narrow * 0.7
        corners = [
            (start[0] - wide, start[1], start[2]),
            (start[0] + wide, start[1], start[2]),
            (end[0] + narrow, end[1], end[2]),
            (end[0] + tip_x, end[1] + tip_y, end[2]),
            (end[0] - narrow, end[1], end[2]),
        ]
        self.add(corners, what)

    def disc(self, centre: Point, width: float, height: float, what: Material) -> None:
        x, y, z = centre
        self.add([(x + width * c, y + height * s, z) for c, s in _ROUND], what)

    def dome(self, centre: Point, width: float, height: float, what: Material) -> None:
        x, y, z = centre
        self.add([(x + width * c, y + height * s, z) for c, s in _UPPER], what)


def _arm(body: _Body, sign: float, breadth: float, swing: float, coat: Material) -> None:
    shoulder = (sign * (breadth - 0.02) * body.aside, -1.4, 0.0)
    bend = -sign * swing * 0.9
    x, y, z = body.swung(shoulder, 0.29, bend)
    elbow = (x + 0.05 * sign * body.aside, y, z)
    hand = body.swung(elbow, 0.25, bend + 0.35)
    body.limb(shoulder, elbow, 0.06, 0.05, coat)
    body.limb(elbow, hand, 0.05, 0.035, coat)
    body.disc(hand, 0.045, 0.05, _SKIN)


def _leg(body: _Body, turn: float, lifted: float, sign: float, trousers: Material) -> None:
    hip = (sign * 0.09 * body.aside, -0.92, 0.0)
    knee = body.swung(hip, 0.45, turn)
    x, y, z = body.swung(knee, 0.43, turn - 0.75 * lifted - 0.05)
    foot = (x, y - 0.08 * lifted * body.aside, z)
    body.limb(hip, knee, 0.095, 0.07, trousers)
    body.limb(knee, foot, 0.07, 0.05, trousers)
    toe = body.swung(foot, 0.14, pi / 2)
    body.limb(
        (foot[0], foot[1] + 0.01, foot[2]), (toe[0], toe[1] + 0.03, toe[2]), 0.055, 0.05, _SHOE
    )


def _torso(body: _Body, breadth: float, coat: Material) -> None:
    half = [(0.85, -0.76), (0.8, -0.92), (1.0, -1.36), (0.6, -1.45), (0.35, -1.48)]
    left = [(-breadth * share, y, 0.0) for share, y in half]
    right = [(breadth * share, y, 0.0) for share, y in reversed(half)]
    body.add(left + right, coat)


def pose_person(person: Person, walked_m: float, heading: tuple[float, float]) -> Mesh:
    """Return somebody in the middle of a step, feet at the origin, turned to the camera's plane.

    walked_m: way walked so far, which sets the phase. heading: (x, z) of the walk, a unit vector;
    (0, 0) stands still.
    """
    coat, trousers = Material(person.coat, 296.5), Material(person.trousers, 294.5)
    walks = heading != (0.0, 0.0)
    phase = 2 * pi * walked_m / STRIDE_M
    swing, lift = (0.46 * sin(phase), cos(phase)) if walks else (0.0, 0.0)
    body = _Body(person.size, heading)
    breadth = 0.15 + 0.08 * body.aside
    _arm(body, -1.0, breadth, swing, coat)
    _leg(body, -swing, max(0.0, -lift), -1.0, trousers)
    _leg(body, swing, max(0.0, lift), 1.0, trousers)
    _torso(body, breadth, coat)
    _arm(body, 1.0, breadth, swing, coat)
    head_x, head_z = 0.02 * heading[0], 0.02 * heading[1]
    body.limb((0.0, -1.56, 0.0), (0.0, -1.46, 0.0), 0.05, 0.06, _SKIN)
    body.disc((head_x, -1.63, head_z), 0.095, 0.125, _SKIN)
    body.dome((0.0, -1.63, 0.0), 0.105, 0.135, _HAIR)
    if person.umbrella is not None:
        grip = (0.2 * heading[0] + 0.06 * body.aside, -1.3, 0.2 * heading[1])
        top = (grip[0], -2.0, grip[2])
        body.limb(grip, top, 0.012, 0.012, _SHOE)
        body.dome(top, 0.52, 0.24, Material(person.umbrella, 282.5))
    return body.mesh.build()
