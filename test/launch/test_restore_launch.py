"""restore.launch.py starts `nitedr replay` with the arguments that it was given."""

import shutil
import sys
from pathlib import Path

import pytest

# Its `actions`: a folder named `launch`, like this tree's, would pass for the package itself.
pytest.importorskip('launch.actions', reason='the ROS 2 package `launch` is not installed')
pytest.importorskip('launch_ros.actions', reason='the ROS 2 package `launch_ros` is not installed')

import launch

from nitedr_ros.errors import InputError

ROOT = Path(__file__).resolve().parents[2]


def test_only_the_bags(workspace, run_launch) -> None:
    workspace.add('nitedr_ros', 'replay')
    run_launch('restore', bag_in='/in put', bag_out='/out')
    assert [call.argv for call in workspace.calls('replay')] == [['/in put', '/out']]


def test_every_option(workspace, run_launch) -> None:
    workspace.add('nitedr_ros', 'replay')
    arguments = {'bag_in': 'a', 'bag_out': 'b', 'config': 'c.yaml', 'model': 'm', 'engine': 'e'}
    run_launch('restore', **arguments)
    options = ['--config', 'c.yaml', '--model', 'm', '--engine', 'e']
    assert workspace.calls('replay')[0].argv == ['a', 'b', *options]


def test_bags_must_be_given(workspace, run_launch) -> None:
    workspace.add('nitedr_ros', 'replay')
    (reason,) = run_launch('restore', bag_in='a')
    assert 'bag_out' in reason
    assert workspace.calls('replay') == []


@pytest.mark.slow
def test_missing_bag_ends_with_its_exit_code(workspace, run_launch, tmp_path: Path) -> None:
    workspace.add('nitedr_ros', 'nitedr').write_text(
        f'#!/bin/sh\nPYTHONPATH="{ROOT}:$PYTHONPATH" exec "{sys.executable}" -m nitedr_ros "$@"\n'
    )
    shutil.copy(ROOT / 'scripts/ros/replay', workspace.prefix / 'lib/nitedr_ros/replay')
    codes: list[int] = []
    watch = launch.event_handlers.OnProcessExit(
        on_exit=lambda event, context: codes.append(event.returncode)
    )
    run_launch('restore', watch, bag_in=str(tmp_path / 'none'), bag_out=str(tmp_path / 'result'))
    assert codes == [InputError.exit_code]
    assert not (tmp_path / 'result').exists()
