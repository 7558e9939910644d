"""What never moves: the ground and the rows of houses, drawn anew from each camera position."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nitedr_ros.synth import street
from nitedr_ros.synth.camera import PinholeCamera
from nitedr_ros.synth.strip import FARTHEST_M, Lines, ground_lines, wall_lines
from nitedr_ros.synth.textures import Surface, paint_ground, paint_wall


@dataclass(frozen=True)
class Backdrop:
    """ground, and walls from back to front: [(x of the wall, surface)]."""

    ground: Surface
    walls: tuple[tuple[float, Surface], ...]

    @classmethod
    def paint(cls, seed: int) -> Backdrop:
        """Paint all surfaces of the street that this seed stands for."""
        walls = []
        for number, (x, back) in enumerate(((street.BACK_WALL_X, True), (street.WALL_X, False))):
            for side in (-1, 1):
                rng = np.random.default_rng([seed, 1, number, side + 1])
                walls.append((side * x, paint_wall(rng, side, back=back)))
        return cls(paint_ground(np.random.default_rng([seed, 2])), tuple(walls))

    def ground_lines(self, camera: PinholeCamera) -> Lines:
        """Return the rows of the image in which the ground can be seen."""
        x, y = _place(camera)
        return ground_lines(camera, x, y)

    def wall_lines(self, camera: PinholeCamera) -> list[Lines]:
        """Return, for each wall, the columns of the image in which it can be seen."""
        x, y = _place(camera)
        return [wall_lines(camera, x, y, wall_x) for wall_x, _ in self.walls]

    def depth(self, camera: PinholeCamera) -> npt.NDArray[np.float32]:
        """Return roughly how far the camera sees, float32 [H, W] metres, at most 400."""
        depth = np.full((camera.height, camera.width), FARTHEST_M, np.float32)
        ground = self.ground_lines(camera)
        depth[ground.start :] = ground.depth[:, None]
        for lines in self.wall_lines(camera)[-2:]:
            part = depth[:, lines.columns]
            low = (lines.across < 12.0).T
            part[low] = np.minimum(part, lines.depth[None, :])[low]
        return depth


def _place(camera: PinholeCamera) -> tuple[float, float]:
    """Return x and y of a camera in the world, metres."""
    return street.CAMERA_X + camera.mount[0], street.CAMERA_Y + camera.mount[1]
