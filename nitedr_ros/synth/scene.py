"""Who and what stands and moves in the street at a given time, endless and fixed by a seed."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nitedr_ros.synth import street
from nitedr_ros.synth.car import SHAPES, CarShape, build_car, head_lights, tail_lights
from nitedr_ros.synth.mesh import Colour, Figure, Light, Material, Mesh, MeshBuilder
from nitedr_ros.synth.person import Person, draw_person, pose_person

VIEW_M, BEHIND_M = 115.0, 5.0
CELL_M = street.LAMP_SPACING_M / 2
CYCLE_S = 12.0
"""Traffic repeats its plot in this time, each time with other cars and people."""
MEETINGS_S = (1.5, 3.2, 5.2, 9.4, 10.9)
"""Times within a cycle at which an oncoming car passes the camera."""
ONCOMING_MPS, WALK_MPS, HURRY_MPS = 11.0, 1.35, 1.9
_PAINTS: tuple[Colour, ...] = (
    (0.03, 0.03, 0.03),
    (0.4, 0.4, 0.4),
    (0.5, 0.52, 0.52),
    (0.13, 0.06, 0.03),
    (0.03, 0.025, 0.16),
    (0.12, 0.13, 0.12),
)


@dataclass(frozen=True)
class Moment:
    """The street at one time.

    time_s: since the start of the drive. camera: position of the visible camera in the world,
    metres.
    figures: from far to near.
    """

    time_s: float
    camera: tuple[float, float, float]
    figures: tuple[Figure, ...]

    def seen_from(self, mount: tuple[float, float, float]) -> Moment:
        """Return the moment for a camera beside that of the moment; mount: metres off."""
        x, y, z = (here + off for here, off in zip(self.camera, mount, strict=True))
        return replace(self, camera=(x, y, z))


@dataclass(frozen=True)
class _Walker:
    person: Person
    x: float
    z: float
    heading: float
    phase: float


@dataclass(frozen=True)
class _Cell:
    """What belongs to one stretch of the street, on both sides."""

    still: tuple[Figure, ...]
    walkers: tuple[_Walker, ...]


def _lamp(side: int) -> tuple[Mesh, tuple[Light, ...]]:
    post, head = street.LAMP_POST_X * side, street.LAMP_HEAD_X * side
    top = -street.LAMP_HEIGHT_M
    steel, case = Material((0.05, 0.05, 0.05), 282.0), Material((0.08, 0.08, 0.08), 303.0)
    mesh = MeshBuilder()
    foot, neck = 0.09, 0.05
    mesh.add(
        [[post - foot, 0, 0], [post + foot, 0, 0], [post + neck, top, 0], [post - neck, top, 0]],
        steel,
    )
    mesh.add(
        [[post, top - 0.12, 0], [head, top - 0.22, 0], [head, top - 0.14, 0], [post, top, 0]],
        steel,
    )
    low, high = top - 0.02, top - 0.22
    mesh.add(
        [
            [head - 0.35, low, 0],
            [head + 0.35, low, 0],
            [head + 0.3, high, 0],
            [head - 0.3, high, 0],
        ],
        case,
    )
    return mesh.build(), (Light((head, top + 0.02, 0.0), street.LAMP_COLOUR, 14.0, 0.2),)


class Scene:
    """The street: `at` gives it at any time, always the same for one seed."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._cells: dict[int, _Cell] = {}
        self._lamps = {side: _lamp(side) for side in (-1, 1)}
        rng = np.random.default_rng([seed, 10])
        self._lead_shape = SHAPES[int(rng.integers(2))]
        self._lead = build_car(self._lead_shape, _PAINTS[int(rng.integers(6))], running=True)
        self._traffic: dict[tuple[int, int], tuple[CarShape, Mesh]] = {}
        self._crossers: dict[int, Person] = {}

    def at(self, time_s: float) -> Moment:
        """Return the street `time_s` seconds after the start of the drive."""
        camera_z = street.SPEED_MPS * time_s
        figures: list[Figure] = []
        first = int(np.floor((camera_z - BEHIND_M) / CELL_M))
        for index in range(first, int((camera_z + VIEW_M) / CELL_M) + 1):
            cell = self._cell(index)
            figures.extend(cell.still)
            passing_s = index * CELL_M / street.SPEED_MPS
            figures.extend(_walk(walker, time_s - passing_s) for walker in cell.walkers)
        figures.extend(self._moving_cars(time_s))
        figures.extend(self._crossing(time_s))
        seen = [f for f in figures if -BEHIND_M < f.position[2] - camera_z < VIEW_M]
        seen.sort(key=lambda figure: -figure.position[2])
        return Moment(time_s, (street.CAMERA_X, street.CAMERA_Y, camera_z), tuple(seen))

    def _cell(self, index: int) -> _Cell:
        if index not in self._cells:
            self._cells[index] = self._fill(index)
        return self._cells[index]

    def _fill(self, index: int) -> _Cell:
        rng = np.random.default_rng([self._seed, 11, index & 0xFFFFFFFF])
        start = index * CELL_M
        still: list[Figure] = []
        walkers: list[_Walker] = []
        lamp_side = 1 if index % 2 == 0 else -1
        mesh, lights = self._lamps[lamp_side]
        still.append(Figure('lamp', mesh, (0.0, 0.0, start), lights=lights))
        for side in (-1, 1):
            for place in (0.25, 0.72):
                if rng.random() < 0.42:
                    shape = SHAPES[int(rng.integers(len(SHAPES)))]
                    warm = rng.random() < 0.15
                    car = build_car(shape, _PAINTS[int(rng.integers(6))], running=warm)
                    z = start + place * CELL_M + rng.uniform(-0.6, 0.6)
                    x = side * street.PARKED_X + rng.uniform(-0.1, 0.1)
                    still.append(Figure('car', car, (x, 0.0, z), turned=side < 0))
            for _ in range(int(rng.choice([0, 1, 2], p=[0.35, 0.45, 0.2]))):
                heading = float(rng.choice([-1, 1]))
                x = side * rng.uniform(6.7, 8.9)
                z = start + rng.uniform(0, CELL_M)
                walkers.append(_Walker(draw_person(rng), x, z, heading, rng.uniform(0, 2)))
        return _Cell(tuple(still), tuple(walkers))

    def _car(self, cycle: int, number: int) -> tuple[CarShape, Mesh]:
        key = (cycle, number)
        if key not in self._traffic:
            rng = np.random.default_rng([self._seed, 12, cycle, number])
            shape = SHAPES[int(rng.integers(len(SHAPES)))]
            self._traffic[key] = (
                shape,
                build_car(shape, _PAINTS[int(rng.integers(6))], running=True),
            )
        return self._traffic[key]

    def _moving_cars(self, time_s: float) -> list[Figure]:
        ahead = 30.0 - 14.0 * np.cos(2 * np.pi * time_s / CYCLE_S)
        lead_z = street.SPEED_MPS * time_s + ahead
        lights = tail_lights(self._lead_shape)
        cars = [Figure('car', self._lead, (street.LANE_X, 0.0, lead_z), lights=lights)]
        for cycle in range(int(time_s // CYCLE_S), int(time_s // CYCLE_S) + 2):
            for number, meeting in enumerate(MEETINGS_S):
                shape, mesh = self._car(cycle, number)
                met_s = cycle * CYCLE_S + meeting
                z = street.SPEED_MPS * met_s - ONCOMING_MPS * (time_s - met_s)
                place = (-street.LANE_X, 0.0, z)
                cars.append(Figure('car', mesh, place, turned=True, lights=head_lights(shape)))
        return cars

    def _crossing(self, time_s: float) -> list[Figure]:
        """Return whoever hurries across the street behind the car ahead, once in a cycle."""
        figures = []
        for cycle in range(int(time_s // CYCLE_S), int(time_s // CYCLE_S) + 2):
            if cycle not in self._crossers:
                self._crossers[cycle] = draw_person(np.random.default_rng([self._seed, 13, cycle]))
            enters_s = cycle * CYCLE_S + 3.6
            z = street.SPEED_MPS * enters_s + 36.0
            x = float(np.clip(3.6 - HURRY_MPS * (time_s - enters_s), -7.5, 7.5))
            moves = abs(x) < 7.5
            mesh = pose_person(self._crossers[cycle], -x, (-1.0 if moves else 0.0, 0.0))
            figures.append(Figure('person', mesh, (x, 0.0, z)))
        return figures


def _walk(walker: _Walker, since_passing_s: float) -> Figure:
    way = WALK_MPS * since_passing_s
    mesh = pose_person(walker.person, way + walker.phase, (0.0, walker.heading))
    return Figure('person', mesh, (walker.x, 0.0, walker.z + walker.heading * way))
