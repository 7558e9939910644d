"""What TF knows of frames: the transforms of a recording or a live system, fixed or moving."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from nitedr_ros.geometry.extrinsics import Extrinsics

MOST_FRAMES = 4096
"""Child frames that are remembered; of others that come later, no notice is taken."""


@dataclass(frozen=True)
class Transform:
    """The pose of a child frame in its parent: metres and a quaternion x, y, z, w, not of 0."""

    parent: str
    translation: tuple[float, ...]
    rotation_xyzw: tuple[float, ...]

    @cached_property
    def pose(self) -> Extrinsics:
        """X_parent = rotation @ X_child + translation; the quaternion is brought to length 1."""
        return Extrinsics.from_quaternion(self.rotation_xyzw, self.translation)


class TransformTree:
    """Frames and the latest transforms between them, as /tf_static and /tf give them (tf2_msgs).

    One entry for each child frame, and as little work as that takes: a robot's joints are sent
    hundreds of times a second.
    """

    def __init__(self) -> None:
        self._parents: dict[str, Transform] = {}

    def add(
        self,
        parent: str,
        child: str,
        translation: Sequence[float],
        rotation_xyzw: Sequence[float],
    ) -> bool:
        """Take in the pose of a child frame in its parent: metres and a quaternion x, y, z, w.

        The latest of a child wins, whatever its parent was; a quaternion is brought to length 1.
        Returns False, and changes nothing, for a transform that is none: a quaternion of length 0,
        NaN, a frame without a name or its own parent; and for one child frame too many.
        """
        parent, child = _name(parent), _name(child)
        numbers = (*translation, *rotation_xyzw)
        length = math.hypot(*rotation_xyzw)
        if not parent or not child or parent == child:
            return False
        if not all(map(math.isfinite, numbers)) or not 1e-9 <= length < math.inf:
            return False
        known = self._parents.get(child)
        if known is None and len(self._parents) >= MOST_FRAMES:
            return False
        transform = Transform(parent, numbers[:3], numbers[3:])
        if transform != known:
            self._parents[child] = transform
        return True

    def add_message(self, message: Any) -> bool:
        """Take in a tf2_msgs/TFMessage of rclpy or of a bag; False where a transform was none."""
        taken = True
        for stamped in message.transforms:
            t, q = stamped.transform.translation, stamped.transform.rotation
            taken &= self.add(
                stamped.header.frame_id,
                stamped.child_frame_id,
                (t.x, t.y, t.z),
                (q.x, q.y, q.z, q.w),
            )
        return taken

    def transform(self, child: str) -> Transform | None:
        """Return a child frame's latest transform, the same object until it says another thing."""
        return self._parents.get(_name(child))

    def lookup(self, target: str, source: str) -> Extrinsics | None:
        """Return the pose of the source frame in the target frame; None where nothing joins them.

        X_target = rotation @ X_source + translation, as tf2's lookup_transform(target, source).
        """
        to_target, to_source = self.chain(target, source)
        if to_target[-1] != to_source[-1]:
            return None
        return self._pose(to_target).inverse() @ self._pose(to_source)

    def chain(self, target: str, source: str) -> tuple[list[str], list[str]]:
        """Return the frames from both up to where they meet, or to the top where they don't."""
        to_target, to_source = self._ancestors(_name(target)), self._ancestors(_name(source))
        for place, frame in enumerate(to_target):
            if frame in to_source:
                return to_target[: place + 1], to_source[: to_source.index(frame) + 1]
        return to_target, to_source

    def _pose(self, frames: list[str]) -> Extrinsics:
        """Return the pose of the first of these frames in the last."""
        pose = Extrinsics.identity()
        for frame in frames[:-1]:
            pose = self._parents[frame].pose @ pose
        return pose

    def _ancestors(self, frame: str) -> list[str]:
        """Return the frame and all above it, nearest first."""
        frames = [frame]
        while (transform := self._parents.get(frames[-1])) is not None:
            if transform.parent in frames:
                break
            frames.append(transform.parent)
        return frames


class TransformLink:
    """The pose of one frame in another, looked up again only when something between them moves."""

    def __init__(self, tree: TransformTree, target: str, source: str) -> None:
        self._tree, self._frames = tree, (target, source)
        self._seen: list[tuple[str, Transform | None]] = []
        self._pose: Extrinsics | None = None
        self._look_up()

    @property
    def pose(self) -> Extrinsics | None:
        """What `TransformTree.lookup` says now; the same object as long as it is the same."""
        if any(self._tree.transform(frame) is not before for frame, before in self._seen):
            self._look_up()
        return self._pose

    def _look_up(self) -> None:
        to_target, to_source = self._tree.chain(*self._frames)
        if to_target[-1] == to_source[-1]:
            # What is above the frame where they meet moves both alike.
            to_target, to_source = to_target[:-1], to_source[:-1]
        self._seen = [(frame, self._tree.transform(frame)) for frame in to_target + to_source]
        self._pose = self._tree.lookup(*self._frames)


def _name(frame: str) -> str:
    """Return the frame's name as TF 2 writes it, without the slash that ROS 1 put before it."""
    return frame.lstrip('/')
