"""The node under test, cameras that play to it, and a recorder of what it says.

Each test has a ROS domain of its own, on this machine only. Without rclpy, tests that ask for
one of these fixtures are skipped.
"""

from __future__ import annotations

import itertools
import os
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# The players are scripts and modules of the tests, in no package that is installed.
sys.path.insert(0, str(Path(__file__).parent))

if TYPE_CHECKING:
    from players.camera_player import CameraPlayer
    from players.node_process import NodeProcess
    from players.recorder import Recorder

_turns = itertools.count()


@pytest.fixture
def ros_domain(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A ROS_DOMAIN_ID that nobody else uses, set for this process and its children."""
    pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')
    from players.domain import free_domain

    if os.environ.get('ROS_DISTRO') == 'humble':
        monkeypatch.setenv('ROS_LOCALHOST_ONLY', '1')
    else:
        monkeypatch.delenv('ROS_LOCALHOST_ONLY', raising=False)
        monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    with free_domain(next(_turns)) as domain:
        monkeypatch.setenv('ROS_DOMAIN_ID', str(domain))
        yield domain


@pytest.fixture
def recorder(ros_domain: int) -> Iterator[Recorder]:
    """A node in a thread of the test's process that keeps what it hears."""
    from players.recorder import Recorder

    heard = Recorder(ros_domain)
    try:
        yield heard
    finally:
        heard.close()


@pytest.fixture
def start_cameras(ros_domain: int) -> Iterator[Callable[..., CameraPlayer]]:
    """Starts cameras in another process: `start_cameras(topics) -> CameraPlayer`."""
    from players.camera_player import CameraPlayer

    started: list[CameraPlayer] = []

    def start(topics: dict[str, Any]) -> CameraPlayer:
        started.append(CameraPlayer(topics))
        return started[-1]

    yield start
    for player in started:
        player.kill()


@pytest.fixture
def start_node(recorder: Recorder, tmp_path: Path) -> Iterator[Callable[..., NodeProcess]]:
    """Starts the node: `start_node(parameters, state='active', ...) -> NodeProcess`.

    Waits until it is in that state (None: doesn't). At the end of the test, nodes that still run
    are stopped and must end with exit code 0.
    """
    from players.node_process import NodeProcess

    started: list[NodeProcess] = []

    def start(
        parameters: dict[str, Any] | None = None,
        *,
        state: str | None = 'active',
        **options: Any,
    ) -> NodeProcess:
        node = NodeProcess(recorder, tmp_path, parameters, **options)
        started.append(node)
        if state is not None:
            node.wait_for_state(state)
        return node

    yield start
    try:
        for node in started:
            if node.running:
                node.stop()
    finally:
        for node in started:
            node.kill()
