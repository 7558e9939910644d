"""The messages of both cameras around one moment of a bag."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from nitedr_ros.bags.message import BagMessage
from nitedr_ros.bags.topics import CameraTopics
from nitedr_ros.errors import CalibrationError, FrameError, InputError
from nitedr_ros.frames.frame import Frame
from nitedr_ros.frames.message import frame_from_message
from nitedr_ros.geometry.camera_info import CameraInfo

WINDOW_NS = 300_000_000
"""How far from the moment frames are looked for, time of receipt; the next ones at least."""
# Cameras whose clocks agree never stamp neighbouring frames this far apart.
_SAME_CLOCK_NS = 500_000_000


@dataclass(frozen=True, eq=False)
class Candidate:
    """Two frames that could be the pair.

    skew_ns: thermal minus visible time. by_stamp: whether that is of the stamps (offsets added),
    else of the times of receipt.
    """

    visible: Frame
    thermal: Frame
    receive_ns: int
    skew_ns: int
    by_stamp: bool


class _Camera:
    """What was received of one camera around the moment."""

    def __init__(self, moment_ns: int) -> None:
        self.messages: deque[BagMessage] = deque()
        self.info: CameraInfo | None = None
        self.problem = ''
        self._moment_ns = moment_ns

    def add(self, message: BagMessage) -> None:
        """Keep a message; of those long before the moment the last one only."""
        if message.receive_ns > self._moment_ns + WINDOW_NS and self.messages:
            return
        self.messages.append(message)
        while len(self.messages) > 1 and self.messages[1].receive_ns <= self._moment_ns:
            if self.messages[0].receive_ns >= self._moment_ns - WINDOW_NS:
                break
            self.messages.popleft()

    def frames(self) -> Iterator[tuple[int, Frame]]:
        """Yield receive time and frame of those that can be decoded; note why others can't."""
        for message in self.messages:
            try:
                yield message.receive_ns, frame_from_message(message.decode())
            except FrameError as error:
                self.problem = f' ({error})'


class BagExcerpt:
    """Reads a bag up to a moment and a little on.

    visible_info, thermal_info: the calibrations in force; None where the bag has none, or one that
    can't be read.
    """

    def __init__(
        self, messages: Iterable[BagMessage], topics: CameraTopics, moment_ns: int
    ) -> None:
        """Read; moment_ns: time of receipt. Damaged messages are passed over."""
        self._visible, self._thermal = _Camera(moment_ns), _Camera(moment_ns)
        self._moment_ns = moment_ns
        images = {topics.visible: self._visible, topics.thermal: self._thermal}
        infos = {topics.visible_info: self._visible, topics.thermal_info: self._thermal}
        awaited = {name for name in infos if name is not None}
        for message in messages:
            if message.topic in images:
                images[message.topic].add(message)
            elif message.receive_ns <= moment_ns or message.topic in awaited:
                infos[message.topic].info = _calibration(message)
                awaited.discard(message.topic)
            if message.receive_ns > moment_ns + WINDOW_NS and not awaited and self._complete:
                break

    @property
    def visible_info(self) -> CameraInfo | None:
        """The visible camera's calibration."""
        return self._visible.info

    @property
    def thermal_info(self) -> CameraInfo | None:
        """The thermal camera's calibration."""
        return self._thermal.info

    @property
    def _complete(self) -> bool:
        return bool(self._visible.messages and self._thermal.messages)

    def nearest(self, visible_offset_ns: int, thermal_offset_ns: int) -> Candidate:
        """Return the frames nearest to each other in time; among equals nearest to the moment.

        The offsets are added to the stamps. Where the cameras' clocks don't agree, or a camera
        doesn't stamp, the times of receipt decide.
        Raises InputError where a camera has no frame that can be decoded.
        """
        seen, warm = list(self._visible.frames()), list(self._thermal.frames())
        for name, frames, camera in (
            ('visible', seen, self._visible),
            ('thermal', warm, self._thermal),
        ):
            if not frames:
                raise InputError(
                    f'expected a {name} image at that moment, found none that can be decoded'
                    f'{camera.problem}: choose another moment with --at'
                )
        by_stamp, by_receipt = [], []
        for v_receive, v in seen:
            for t_receive, t in warm:
                skew = t.stamp_ns + thermal_offset_ns - v.stamp_ns - visible_offset_ns
                if v.stamp_ns and t.stamp_ns and abs(skew) <= _SAME_CLOCK_NS:
                    by_stamp.append(Candidate(v, t, v_receive, skew, by_stamp=True))
                by_receipt.append(
                    Candidate(v, t, v_receive, t_receive - v_receive, by_stamp=False)
                )
        return min(
            by_stamp or by_receipt,
            key=lambda c: (abs(c.skew_ns), abs(c.receive_ns - self._moment_ns)),
        )


def _calibration(message: BagMessage) -> CameraInfo | None:
    try:
        info = CameraInfo.from_message(message.decode())
    except (FrameError, CalibrationError):
        return None
    return info if info.calibrated else None
