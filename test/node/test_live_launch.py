"""The launch file starts a node that works and ends well, as launch_testing sees it."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')
pytest.importorskip('launch_testing.launch_test', reason='NOT TESTED: no launch_testing')
pytest.importorskip('launch_ros.actions', reason='NOT TESTED: no launch_ros')

from players.child import ROOT, Child

TIMEOUT_S = 150.0
HERE = Path(__file__).resolve().parent
NODE = """\
#!{python}
from nitedr_ros.node.main import main

main()
"""


@pytest.fixture
def index(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An ament index in which the sources are the installed package."""
    marker = tmp_path / 'share/ament_index/resource_index/packages/nitedr_ros'
    node = tmp_path / 'lib/nitedr_ros/nitedr_node'
    for path in (marker, node):
        path.parent.mkdir(parents=True)
        path.touch()
    node.write_text(NODE.format(python=sys.executable))
    node.chmod(0o755)
    paths = {
        'AMENT_PREFIX_PATH': [str(tmp_path), os.environ.get('AMENT_PREFIX_PATH', '')],
        'PYTHONPATH': [str(ROOT), str(HERE), os.environ.get('PYTHONPATH', '')],
    }
    for name, places in paths.items():
        monkeypatch.setenv(name, os.pathsep.join(filter(None, places)))
    monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path / 'log'))


def test_nitedr_launch(ros_domain: int, index: None) -> None:
    # Its plugin for pytest needs one older than 8.
    file = HERE / 'launch' / 'node_in_launch.py'
    command = [sys.executable, '-m', 'launch_testing.launch_test', str(file)]
    run = Child('launch_test', command)
    try:
        code = run.join(TIMEOUT_S)
    finally:
        run.kill()
    assert code == 0, run.log
    # One while it ran, one afterwards.
    assert [line.split(' in ')[0] for line in run.lines if line.startswith('Ran ')] == [
        'Ran 1 test'
    ] * 2
