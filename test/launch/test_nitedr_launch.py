"""nitedr.launch.py hands to the node what it was given, and nothing else."""

import gc
from pathlib import Path

import pytest

# Its `actions`: a folder named `launch`, like this tree's, would pass for the package itself.
pytest.importorskip('launch.actions', reason='the ROS 2 package `launch` is not installed')
pytest.importorskip('launch_ros.actions', reason='the ROS 2 package `launch_ros` is not installed')

import launch
import yaml

from nitedr_ros.resources import config_folder


@pytest.fixture
def start(workspace, run_launch):
    """Run the launch file and return how it called the node."""
    workspace.add('nitedr_ros', 'nitedr_node')

    def run(**arguments: str):
        run_launch('nitedr', **arguments)
        (call,) = workspace.calls('nitedr_node')
        return call

    return run


def test_without_arguments_the_parameter_file_stands(start) -> None:
    call = start()
    vehicle = yaml.safe_load((config_folder() / 'vehicle.param.yaml').read_text())
    assert call.parameters == [vehicle]
    assert call.remappings == {'__node': 'nitedr', '__ns': '/'}
    assert '--log-level' not in call.argv


def test_settings_are_for_this_very_node(start, tmp_path: Path) -> None:
    mine = tmp_path / 'my parameters.yaml'
    mine.write_text('/front/nitedr: {ros__parameters: {model: of-the-file}}')
    call = start(
        params_file=str(mine),
        namespace='front',
        model='123',
        engine='passthrough',
        autostart='false',
        use_sim_time='True',
        log_level='debug',
    )
    expected = {
        'model': '123',
        'engine.name': 'passthrough',
        'node.autostart': False,
        'use_sim_time': True,
    }
    # A file's parameters for a named node outdo those for any node, so these must name it too.
    assert call.parameters == [
        {'/front/nitedr': {'ros__parameters': {'model': 'of-the-file'}}},
        {'/front/nitedr': {'ros__parameters': expected}},
    ]
    assert call.argv[call.argv.index('--log-level') + 1] == 'front.nitedr:=debug'
    assert call.remappings['__ns'] == '/front'


def test_calibration_is_beside_the_images(start) -> None:
    call = start(visible_image='/cam0/image_raw', thermal_image='image')
    assert (
        call.remappings.items()
        >= {
            'visible/image_raw': '/cam0/image_raw',
            'visible/camera_info': '/cam0/camera_info',
            'thermal/image_raw': 'image',
            'thermal/camera_info': 'camera_info',
        }.items()
    )


def test_calibration_of_another_place(start) -> None:
    call = start(visible_image='/cam0/image', visible_info='/c/info', thermal_info='/t/info')
    assert (
        call.remappings.items()
        >= {
            'visible/image_raw': '/cam0/image',
            'visible/camera_info': '/c/info',
            'thermal/camera_info': '/t/info',
        }.items()
    )
    assert 'thermal/image_raw' not in call.remappings


def test_parameter_file_must_exist(workspace, run_launch) -> None:
    workspace.add('nitedr_ros', 'nitedr_node')
    (reason,) = run_launch('nitedr', params_file='/no/such.yaml')
    assert 'params_file' in reason
    assert '/no/such.yaml' in reason
    assert workspace.calls('nitedr_node') == []


@pytest.mark.slow
# `launch` itself leaves the first process's transport open.
@pytest.mark.filterwarnings('ignore::pytest.PytestUnraisableExceptionWarning')
def test_respawn(workspace, run_launch) -> None:
    workspace.add('nitedr_ros', 'nitedr_node', 'raise SystemExit(1)')
    ends: list[int] = []

    def on_exit(event, context):
        ends.append(event.pid)
        return [launch.actions.Shutdown(reason='ended twice')] if len(ends) == 2 else None

    watch = launch.event_handlers.OnProcessExit(on_exit=on_exit)
    run_launch('nitedr', watch, respawn='true')
    assert len(set(ends)) == 2
    gc.collect()  # what is left open is told here, not in another test
