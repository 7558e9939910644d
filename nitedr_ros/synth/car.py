"""Cars: the body as convex patches, with the lamps at either end."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nitedr_ros.synth.mesh import Light, Material, Mesh, MeshBuilder

_GLASS = Material((0.02, 0.018, 0.016), 279.0)
_TRIM = Material((0.025, 0.025, 0.025), 284.0)
_PLATE = Material((0.5, 0.55, 0.55), 283.0)
_DARK_RED = Material((0.02, 0.02, 0.25), 284.0)
_LENS = Material((0.3, 0.3, 0.3), 285.0)
_CIRCLE = [(np.cos(a), np.sin(a)) for a in np.arange(12) * np.pi / 6]

TAIL_COLOUR = (0.03, 0.05, 1.0)
BEAM_COLOUR = (1.0, 0.97, 0.88)


@dataclass(frozen=True)
class CarShape:
    """Half width, heights (waist, roof) and the z of the cabin's four corners, metres."""

    half: float = 0.9
    waist: float = 0.92
    roof: float = 1.46
    cabin: tuple[float, float, float, float] = (-1.85, -1.2, 0.15, 1.0)


SHAPES = (
    CarShape(),
    CarShape(waist=0.95, roof=1.5, cabin=(-2.15, -1.75, 0.1, 1.0)),
    CarShape(half=0.95, waist=1.05, roof=1.75, cabin=(-2.1, -1.85, 0.2, 0.95)),
    CarShape(half=0.97, waist=1.15, roof=2.0, cabin=(-2.15, -2.1, 0.75, 1.5)),
)


def _quad(x: float, y: tuple[float, float], z: float, width: float) -> list[list[float]]:
    return [
        [x - width, -y[0], z],
        [x + width, -y[0], z],
        [x + width, -y[1], z],
        [x - width, -y[1], z],
    ]


def _wheels(mesh: MeshBuilder, half: float, running: bool) -> None:
    tyre = Material((0.012, 0.012, 0.012), 299.0 if running else 282.5)
    hub = Material((0.2, 0.2, 0.2), 306.0 if running else 282.5)
    for side in (-1.0, 1.0):
        for z in (-1.35, 1.4):
            for radius, material in ((0.33, tyre), (0.19, hub)):
                x = side * (half + 0.01)
                corners = [[x, -0.33 + radius * s, z + radius * c] for c, s in _CIRCLE]
                mesh.add(corners, material, (side, 0.0, 0.0))


def _between(outline: list[list[float]], along: float, up: float) -> list[float]:
    """Return a point inside a side of the cabin; (0, 0) is its lower rear corner."""
    rear, rear_top, front_top, front = (np.array(corner) for corner in outline)
    low, high = rear + along * (front - rear), rear_top + along * (front_top - rear_top)
    point: list[float] = (low + up * (high - low)).tolist()
    return point


def _cabin(mesh: MeshBuilder, shape: CarShape, paint: Material) -> None:
    rear, rear_top, front_top, front = shape.cabin
    low, high = -shape.waist, -shape.roof
    foot, top = shape.half - 0.06, shape.half - 0.24
    for side in (-1.0, 1.0):
        outline = [
            [side * foot, low, rear],
            [side * top, high, rear_top],
            [side * top, high, front_top],
            [side * foot, low, front],
        ]
        normal = (side, -0.3, 0.0)
        mesh.add(outline, paint, normal)
        for start, end in ((0.05, 0.48), (0.53, 0.95)):
            pane = [_between(outline, along, up) for up in (0.06, 0.88) for along in (start, end)]
            mesh.add([pane[0], pane[2], pane[3], pane[1]], _GLASS, normal)
    for near, far, sign in ((rear, rear_top, -1.0), (front, front_top, 1.0)):
        pane = [[-foot, low, near], [foot, low, near], [top, high, far], [-top, high, far]]
        mesh.add(pane, paint, (0.0, -0.5, sign))
        inset = 0.08
        pane = [
            [-foot + inset, low, near],
            [foot - inset, low, near],
            [top - inset, high + 0.06, far],
            [-top + inset, high + 0.06, far],
        ]
        mesh.add(pane, _GLASS, (0.0, -0.5, sign))
    roof = [
        [-top, high, rear_top],
        [top, high, rear_top],
        [top, high, front_top],
        [-top, high, front_top],
    ]
    mesh.add(roof, paint, (0.0, -1.0, 0.0))


def build_car(shape: CarShape, paint: tuple[float, float, float], *, running: bool) -> Mesh:
    """Return a car that faces +z, its ground point at the origin, about 4.4 m long.

    running: engine, wheels and exhaust are warm, as in a car that is being driven.
    """
    half, waist, front = shape.half, shape.waist, shape.cabin[3]
    body = Material(paint, 285.0 if running else 281.0)
    lower = Material((0.6 * paint[0], 0.6 * paint[1], 0.6 * paint[2]), body.kelvin)
    bonnet = Material(paint, 297.0 if running else 280.0)
    grille = Material((0.02, 0.02, 0.02), 312.0 if running else 282.0)
    under = Material((0.004, 0.004, 0.004), 287.0 if running else 282.5)
    mesh = MeshBuilder()
    mesh.add([[-half, 0, -2.2], [half, 0, -2.2], [half, 0, 2.2], [-half, 0, 2.2]], under)
    for side in (-1.0, 1.0):
        profile = [(-2.2, 0.3), (-2.2, waist), (front, waist), (2.2, 0.78), (2.2, 0.3)]
        normal = (side, 0.0, 0.0)
        mesh.add([[side * half, -y, z] for z, y in profile], body, normal)
        sill = [(-2.15, 0.18), (-2.15, 0.4), (2.15, 0.4), (2.15, 0.18)]
        mesh.add([[side * half, -y, z] for z, y in sill], lower, normal)
    for end, top in ((-1.0, waist), (1.0, 0.78)):
        normal, z = (0.0, 0.0, end), 2.2 * end
        mesh.add(_quad(0, (0.2, top), z, half), body, normal)
        mesh.add(_quad(0, (0.18, 0.42), z, half), _TRIM, normal)
    mesh.add(_quad(0, (0.42, 0.6), 2.2, 0.55), grille, (0.0, 0.0, 1.0))
    mesh.add(_quad(0, (0.52, 0.64), -2.2, 0.26), _PLATE, (0.0, 0.0, -1.0))
    for side in (-1.0, 1.0):
        mesh.add(_quad(side * (half - 0.2), (0.62, 0.78), -2.2, 0.18), _DARK_RED, (0.0, 0.0, -1.0))
        mesh.add(_quad(side * (half - 0.22), (0.58, 0.72), 2.2, 0.2), _LENS, (0.0, 0.0, 1.0))
    if running:
        hot = Material((0.02, 0.02, 0.02), 335.0)
        mesh.add(_quad(-half + 0.35, (0.18, 0.28), -2.2, 0.07), hot, (0.0, 0.0, -1.0))
    mesh.add(
        [[-half, -waist, front], [half, -waist, front], [half, -0.78, 2.2], [-half, -0.78, 2.2]],
        bonnet,
        (0.0, -1.0, 0.15),
    )
    mesh.add(
        [[-half, -waist, -2.2], [half, -waist, -2.2], [half, -waist, -1.6], [-half, -waist, -1.6]],
        body,
        (0.0, -1.0, 0.0),
    )
    _cabin(mesh, shape, body)
    _wheels(mesh, half, running)
    return mesh.build()


def head_lights(shape: CarShape) -> tuple[Light, ...]:
    """Return the two dipped beams, for a car that faces the camera."""
    xs = (-(shape.half - 0.22), shape.half - 0.22)
    return tuple(Light((x, -0.65, 2.25), BEAM_COLOUR, 60.0, 0.09, 10.0) for x in xs)


def tail_lights(shape: CarShape) -> tuple[Light, ...]:
    """Return the two tail lamps, for a car that drives ahead of the camera."""
    xs = (-(shape.half - 0.2), shape.half - 0.2)
    return tuple(Light((x, -0.7, -2.25), TAIL_COLOUR, 6.0, 0.09) for x in xs)
