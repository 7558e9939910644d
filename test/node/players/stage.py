"""The nodes and cameras of one test module, and what is heard of them."""

from __future__ import annotations

import itertools
import os
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from diagnostic_msgs.msg import DiagnosticArray
from lifecycle_msgs.srv import GetState
from players.camera_player import CameraPlayer
from players.domain import free_domain
from players.node_process import NodeProcess
from players.plan import image
from players.recorder import Recorder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from pathlib import Path

    import numpy.typing as npt
    from players.plan import Step

DIAGNOSTICS = '/diagnostics'
LOSSLESS = {
    'node.newest_wins': False,
    'node.max_age_ms': 0.0,
    'pairing.wait_ms': 60_000.0,
    'pairing.lost_after_ms': 60_000.0,
}
"""Parameters with which a machine that is slow just now changes no output."""
STATUS = '/nitedr/status'
SIZE = (64, 48)
"""Of small images, width and height."""
_DTYPES = {'rgb8': np.uint8, 'mono8': np.uint8, 'mono16': np.uint16, '32FC1': np.float32}


@dataclass(frozen=True)
class Report:
    """One status; stamp_ns is that of its array."""

    stamp_ns: int
    level: int
    message: str
    values: dict[str, str]


def stamp_ns(message: Any) -> int:
    """Return the stamp in the header."""
    stamp = message.header.stamp
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)


def picture(message: Any) -> npt.NDArray[Any]:
    """Return the pixels of a sensor_msgs/Image, [H, W] or [H, W, 3]."""
    pixels = np.frombuffer(message.data, _DTYPES[message.encoding])
    shape = (message.height, message.width)
    return pixels.reshape((*shape, 3) if message.encoding == 'rgb8' else shape)


def kept_all(*topics: str) -> dict[str, Any]:
    """Return parameters by which a publisher keeps what a slow subscriber hasn't got yet."""
    policies = {'history': 'keep_last', 'depth': 1000}
    return {
        f'qos_overrides.{topic}.publisher.{policy}': value
        for topic in topics
        for policy, value in policies.items()
    }


def heard_all(*topics: str) -> dict[str, Any]:
    """Return parameters by which a subscription asks again for what got lost."""
    policies = {'reliability': 'reliable', 'history': 'keep_last', 'depth': 1000}
    return {
        f'qos_overrides.{topic}.subscription.{policy}': value
        for topic in topics
        for policy, value in policies.items()
    }


def pair(stamp_ns: int, seed: int = 0, *, skew_ns: int = 0, **pace: Any) -> list[Step]:
    """Return the steps that show one picture to each camera, the thermal one first."""
    thermal = {'encoding': 'mono16', 'size': SIZE}
    return [
        image('thermal', stamp_ns + skew_ns, seed, **thermal, **pace),
        image('visible', stamp_ns, seed, size=SIZE),
    ]


class Stage:
    """One ROS domain. Say what to listen to before the node starts: then nothing is missed."""

    def __init__(self, domain: int, folder: Path) -> None:
        self.recorder = Recorder(domain)
        self.recorder.listen(DIAGNOSTICS, DiagnosticArray)
        self._folder = folder
        self._numbers = itertools.count()
        self._nodes: list[NodeProcess] = []
        self._since: dict[str, int] = {}
        self._players: list[CameraPlayer] = []

    def start_node(
        self,
        parameters: Mapping[str, Any] | None = None,
        *,
        state: str | None = 'active',
        **options: Any,
    ) -> NodeProcess:
        """Start a node that reports often, and wait until it is in that state (None: don't)."""
        folder = self._folder / f'node{next(self._numbers)}'
        folder.mkdir()
        path = f'{options.get("namespace", "")}/nitedr'
        # A question that goes to a node that has just ended is never answered.
        gone = f'{path}/get_state'
        self.recorder.wait_for(lambda: not self.recorder.serves(GetState, gone), why='its end')
        often = {'node.diagnostics_period_ms': 100.0}
        node = NodeProcess(self.recorder, folder, {**often, **(parameters or {})}, **options)
        self._nodes.append(node)
        self._since[node.path] = len(self.recorder.heard(DIAGNOSTICS))
        if state is not None:
            node.wait_for_state(state)
        return node

    def start_cameras(self, topics: dict[str, Step], node: str = '/nitedr') -> CameraPlayer:
        """Start cameras and wait until a node that is active has found both."""
        player = CameraPlayer(topics)
        self._players.append(player)
        for camera in {'visible', 'thermal'} & topics.keys():
            self.wait_for_part(
                f'{camera} camera', lambda part: part.values['publishers'] == '1', node
            )
        return player

    def parts(self, node: str = '/nitedr') -> dict[str, Report]:
        """Return what a node said last on /diagnostics, by the names of its parts."""
        prefix = f'{node.lstrip("/")}: '
        for message in reversed(self.recorder.heard(DIAGNOSTICS)[self._since[node] :]):
            if message.status and message.status[0].name.startswith(prefix):
                return {
                    status.name.removeprefix(prefix): _report(message, status)
                    for status in message.status
                }
        return {}

    def wait_for_part(
        self, name: str, predicate: Callable[[Report], object], node: str = '/nitedr'
    ) -> Report:
        """Wait until what a node says of a part makes the predicate true."""

        def found() -> Report | None:
            part = self.parts(node).get(name)
            return part if part is not None and predicate(part) else None

        try:
            return self.recorder.wait_for(found, why=f'the right {name}')
        except AssertionError as error:
            raise AssertionError(f'{error}; it says {self.parts(node).get(name)}') from None

    def let_report(self) -> None:
        """Wait for diagnostics that were put together after this call."""
        told, nodes = len(self.recorder.heard(DIAGNOSTICS)), [n for n in self._nodes if n.running]
        self.recorder.wait_for_messages(DIAGNOSTICS, told + 2 * len(nodes))

    def frames(self, topic: str = STATUS) -> list[Report]:
        """Return the statuses of the frames so far."""
        return [_report(message, message.status[0]) for message in self.recorder.heard(topic)]

    def wait_for_frame(self, stamp_ns: int, topic: str = STATUS, *, times: int = 1) -> Report:
        """Wait until the frame of this stamp has gone out so many times; return its status."""

        def found() -> list[Report]:
            frames = [frame for frame in self.frames(topic) if frame.stamp_ns == stamp_ns]
            return frames if len(frames) >= times else []

        return self.recorder.wait_for(found, why=f'the frame of {stamp_ns}')[-1]

    def clear(self) -> None:
        """End all nodes and cameras; those that still run must end with exit code 0."""
        children = (*self._players, *self._nodes)
        self._players.clear()
        self._nodes.clear()
        try:
            for child in children:
                if child.running:
                    # One that is killed leaves the others waiting for its word.
                    child.interrupt()
                    code = child.join()
                    assert code == 0, f'expected exit code 0, got {code}: {child.log}'
        finally:
            for child in children:
                child.kill()

    def close(self) -> None:
        """End everything."""
        try:
            self.clear()
        finally:
            self.recorder.close()


def _report(message: Any, status: Any) -> Report:
    values = {pair.key: pair.value for pair in status.values}
    return Report(stamp_ns(message), status.level[0], status.message, values)


@contextmanager
def open_stage(folder: Path) -> Iterator[Stage]:
    """Yield a stage on a domain of its own, on this machine only."""
    with pytest.MonkeyPatch.context() as patch, free_domain(os.getpid()) as domain:
        if os.environ.get('ROS_DISTRO') == 'humble':
            patch.setenv('ROS_LOCALHOST_ONLY', '1')
        else:
            patch.delenv('ROS_LOCALHOST_ONLY', raising=False)
            patch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
        patch.setenv('ROS_DOMAIN_ID', str(domain))
        stage = Stage(domain, folder)
        try:
            yield stage
        finally:
            stage.close()
