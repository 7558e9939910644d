"""Figures made of flat convex patches, each with a colour and a temperature, and their lights."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

Points = npt.NDArray[np.float64]
Colour = tuple[float, float, float]


@dataclass(frozen=True)
class Material:
    """albedo: linear blue, green, red. kelvin: apparent temperature. glow: light of its own."""

    albedo: Colour
    kelvin: float
    glow: Colour = (0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Light:
    """A lamp that the camera sees.

    position: [3] metres. colour: linear blue, green, red. power: energy of its glare, relative.
    radius: of the lit face, metres. beam: how narrow it shines against z; 0 is all round.
    """

    position: tuple[float, float, float]
    colour: Colour
    power: float
    radius: float
    beam: float = 0.0


@dataclass(frozen=True)
class Mesh:
    """Convex patches in the order in which they are painted.

    points: [M, 3] metres, the corners of all patches. counts: [P] corners of each patch.
    normals: [P, 3] outward; zero where both sides show. albedo, glow: [P, 3]. kelvin: [P].
    """

    points: Points
    counts: npt.NDArray[np.int64]
    normals: Points
    albedo: Points
    glow: Points
    kelvin: Points


class MeshBuilder:
    """Collects patches and turns them into a Mesh."""

    def __init__(self) -> None:
        self._corners: list[Sequence[float]] = []
        self._counts: list[int] = []
        self._normals: list[tuple[float, float, float]] = []
        self._materials: list[Material] = []

    def add(
        self,
        corners: Sequence[Sequence[float]],
        material: Material,
        normal: tuple[float, float, float] = (0.0, 0.0, 0.0),
    ) -> None:
        """Add a patch with corners [N, 3]."""
        self._corners.extend(corners)
        self._counts.append(len(corners))
        self._normals.append(normal)
        self._materials.append(material)

    def build(self) -> Mesh:
        """Return everything added so far."""
        return Mesh(
            np.array(self._corners, np.float64),
            np.array(self._counts),
            np.array(self._normals),
            np.array([material.albedo for material in self._materials]),
            np.array([material.glow for material in self._materials]),
            np.array([material.kelvin for material in self._materials]),
        )


@dataclass(frozen=True)
class Figure:
    """A mesh somewhere in the street.

    kind: 'car', 'person' or 'lamp'. position: [3] metres in the world, on the ground.
    turned: faces the camera's way back, as oncoming cars do. lights: in the figure's own axes.
    """

    kind: str
    mesh: Mesh
    position: tuple[float, float, float]
    turned: bool = False
    lights: tuple[Light, ...] = field(default=())

    def to_world(self, points: Points) -> Points:
        """Move points or, with no position, directions [..., 3] from own axes to the world's."""
        moved: Points = self.rotate(points) + np.array(self.position)
        return moved

    def rotate(self, directions: Points) -> Points:
        """Turn directions [..., 3] from own axes to the world's."""
        return directions * np.array([-1.0, 1.0, -1.0]) if self.turned else directions
