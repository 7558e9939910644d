"""Waits until an output and all truth of its moment have come together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal

from nitedr_ros.errors import CalibrationError, FrameError
from nitedr_ros.frames.frame import Frame
from nitedr_ros.frames.message import frame_from_message
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.pipeline.output import Output
from nitedr_ros.replay.truth import TruthTopics

MOST_TRUTHS = 64
"""Moments whose truth waits for its output."""
MOST_OUTPUTS = 8
"""Outputs that wait for their truth; they hold far more memory."""

TruthName = Literal['visible', 'thermal', 'depth']
Truth = dict[TruthName, Frame]


class TruthFrames:
    """Matches truth images with outputs by the exact stamp of the visible frame.

    Both sides wait in bounded memory, in the order in which they came. An output whose truth is
    still incomplete when too many wait behind it gets what there is.

    infos: the latest camera_info of each truth image, None where there is none of use. problem:
    why a truth image could not be read, None where all could.
    """

    def __init__(self, topics: TruthTopics) -> None:
        self.infos: dict[TruthName, CameraInfo | None] = {}
        self._images = _by_topic(
            {'visible': topics.visible, 'thermal': topics.thermal, 'depth': topics.depth}
        )
        self._infos = _by_topic({'visible': topics.visible_info, 'thermal': topics.thermal_info})
        self._truths: dict[int, Truth] = {}
        self._outputs: dict[int, Output] = {}
        self.problem: str | None = None

    def take_message(self, topic: str, message: Any) -> None:
        """Take a truth image or its camera_info; one that can't be read counts as missing."""
        if topic in self._infos:
            try:
                info = CameraInfo.from_message(message)
            except CalibrationError:
                info = None
            self.infos[self._infos[topic]] = info
        elif topic in self._images:
            try:
                frame = frame_from_message(message)
            except FrameError as error:
                self.problem = f'{topic}: {error}'
                return
            self._truths.setdefault(frame.stamp_ns, {})[self._images[topic]] = frame
            if len(self._truths) > MOST_TRUTHS:
                self._truths.pop(next(iter(self._truths)))

    def take_output(self, output: Output, visible_stamp_ns: int) -> None:
        """Take an output made from the visible frame with this stamp."""
        self._outputs[visible_stamp_ns] = output

    def matched(self, *, finished: bool = False) -> Iterator[tuple[Output, Truth]]:
        """Hand out what is complete, each output once and in order.

        finished: hand out all that waits, with what truth there is.
        """
        while self._outputs:
            stamp_ns = next(iter(self._outputs))
            waits = not self._complete(stamp_ns) and len(self._outputs) <= MOST_OUTPUTS
            if waits and not finished:
                return
            output = self._outputs.pop(stamp_ns)
            yield output, self._take(stamp_ns)

    def _complete(self, stamp_ns: int) -> bool:
        has_infos = all(name in self.infos for name in self._infos.values())
        return has_infos and len(self._truths.get(stamp_ns, {})) == len(self._images)

    def _take(self, stamp_ns: int) -> Truth:
        """Return the truth of a moment; what came before it is of no more use."""
        if stamp_ns not in self._truths:
            return {}
        while True:
            oldest = next(iter(self._truths))
            truth = self._truths.pop(oldest)
            if oldest == stamp_ns:
                return truth


def _by_topic(topics: dict[TruthName, str | None]) -> dict[str, TruthName]:
    return {topic: name for name, topic in topics.items() if topic is not None}
