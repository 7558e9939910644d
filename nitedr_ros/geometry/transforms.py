"""The static transforms of a recording or a live system: what TF knows of fixed frames."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from nitedr_ros.errors import CalibrationError
from nitedr_ros.geometry.extrinsics import Extrinsics


class TransformTree:
    """Frames and the fixed transforms between them, as /tf_static gives them (tf2_msgs)."""

    def __init__(self) -> None:
        self._parents: dict[str, tuple[str, Extrinsics]] = {}

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
        NaN, a frame without a name or its own parent.
        """
        parent, child = _name(parent), _name(child)
        if not parent or not child or parent == child:
            return False
        try:
            pose = Extrinsics.from_quaternion(rotation_xyzw, translation)
        except CalibrationError:
            return False
        self._parents[child] = (parent, pose)
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

    def lookup(self, target: str, source: str) -> Extrinsics | None:
        """Return the pose of the source frame in the target frame; None where nothing joins them.

        X_target = rotation @ X_source + translation, as tf2's lookup_transform(target, source).
        """
        from_source = self._ancestors(_name(source))
        for frame, target_in_frame in self._ancestors(_name(target)).items():
            if frame in from_source:
                return target_in_frame.inverse() @ from_source[frame]
        return None

    def _ancestors(self, frame: str) -> dict[str, Extrinsics]:
        """Return the frame and all above it, nearest first, with its pose in each of them."""
        poses = {frame: Extrinsics.identity()}
        pose = poses[frame]
        while frame in self._parents:
            frame, in_parent = self._parents[frame]
            if frame in poses:
                break
            pose = in_parent @ pose
            poses[frame] = pose
        return poses


def _name(frame: str) -> str:
    """Return the frame's name as TF 2 writes it, without the slash that ROS 1 put before it."""
    return frame.lstrip('/')
