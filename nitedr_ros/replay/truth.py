"""The topics on which a drawn drive tells what was really there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

from nitedr_ros.bags.reader import TopicInfo

_IMAGE = 'sensor_msgs/msg/Image'
_INFO = 'sensor_msgs/msg/CameraInfo'
_TIME = 'sensor_msgs/msg/TimeReference'


@dataclass(frozen=True)
class TruthTopics:
    """Names of the truth topics; None where the bag has none, or nothing on it.

    visible: the scene without rain and noise. thermal: its radiometric image at the same time and
    in the same view, that of the rectified visible camera. depth: metres along z, pixel by pixel
    of the thermal one. All with the stamp of the visible frame they belong to; visible_info,
    thermal_info: their camera_info. visible_time, thermal_time: for each frame of that camera,
    when it was really exposed.
    """

    visible: str | None
    visible_info: str | None
    thermal: str | None
    thermal_info: str | None
    depth: str | None
    visible_time: str | None
    thermal_time: str | None

    @property
    def names(self) -> frozenset[str]:
        """The topics there are."""
        return frozenset(name for name in astuple(self) if name is not None)


def find_truth(topics: Sequence[TopicInfo]) -> TruthTopics | None:
    """Return the truth topics of a bag, None where it has nothing to compare with."""
    filled = {(topic.name, topic.msgtype) for topic in topics if topic.count}

    def named(name: str, msgtype: str) -> str | None:
        return name if (name, msgtype) in filled else None

    found = TruthTopics(
        visible=named('/truth/visible/image', _IMAGE),
        visible_info=named('/truth/visible/camera_info', _INFO),
        thermal=named('/truth/thermal/image', _IMAGE),
        thermal_info=named('/truth/thermal/camera_info', _INFO),
        depth=named('/truth/depth/image', _IMAGE),
        visible_time=named('/truth/visible/time_reference', _TIME),
        thermal_time=named('/truth/thermal/time_reference', _TIME),
    )
    has_times = found.visible_time is not None and found.thermal_time is not None
    return found if found.visible or found.thermal or has_times else None
