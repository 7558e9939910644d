"""replay.launch.py plays a drive to the node when that is active, and ends after the drive."""

import os
from pathlib import Path

import pytest

# Its `actions`: a folder named `launch`, like this tree's, would pass for the package itself.
pytest.importorskip('launch.actions', reason='the ROS 2 package `launch` is not installed')
pytest.importorskip('launch_ros.actions', reason='the ROS 2 package `launch_ros` is not installed')

NODE = """
import rclpy
from rclpy.clock import Clock, ClockType
from rclpy.executors import ExternalShutdownException
from rclpy.lifecycle import LifecycleNode

rclpy.init()
node = LifecycleNode('nitedr')


def activate():
    timer.cancel()
    node.trigger_configure()
    Path(ACTIVE).touch()
    node.trigger_activate()


timer = node.create_timer(DELAY_S, activate, clock=Clock(clock_type=ClockType.STEADY_TIME))
try:
    rclpy.spin(node)
except (KeyboardInterrupt, ExternalShutdownException):
    pass
"""
ROS2 = """
import signal

if sys.argv[2] == 'record':
    signal.sigwait({signal.SIGINT})
elif not Path(ACTIVE).exists():
    raise SystemExit('the node is not active')
"""
HOURS = 3600.0
QUIT = 'raise SystemExit(6)'


def node(active: Path, delay_s: float) -> str:
    """Return the code of a node that makes a file and becomes active after a while."""
    return NODE.replace('ACTIVE', repr(str(active))).replace('DELAY_S', str(delay_s))


@pytest.fixture
def active(workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return the file that the node makes before it becomes active."""
    file = tmp_path / 'active'
    path = f'{tmp_path / "bin"}{os.pathsep}{os.environ["PATH"]}'
    monkeypatch.setenv('PATH', path)
    monkeypatch.setenv('ROS_AUTOMATIC_DISCOVERY_RANGE', 'LOCALHOST')
    monkeypatch.setenv('ROS_DOMAIN_ID', str(50 + os.getpid() % 25))
    workspace.write(tmp_path / 'bin' / 'ros2', ROS2.replace('ACTIVE', repr(str(file))))
    workspace.add('nitedr_ros', 'nitedr_node', node(file, 0.5))
    (tmp_path / 'drive.mcap').touch()
    return file


def after(argv: list[str], option: str) -> str:
    return argv[argv.index(option) + 1]


@pytest.mark.slow
def test_drive_starts_when_the_node_is_active_and_ends_it_all(
    workspace, run_launch, active: Path, tmp_path: Path
) -> None:
    reasons = run_launch(
        'replay',
        bag=str(tmp_path / 'drive.mcap'),
        record=str(tmp_path / 'result'),
        rate='2.0',
        start_offset='1.5',
        visible_image='/cam0/image',
        thermal_info='calibration',
        namespace='front',
        engine='passthrough',
    )
    assert reasons == ['the drive has ended']
    assert active.exists()
    record, play = (call.argv for call in workspace.calls('ros2'))
    assert play[:3] == ['bag', 'play', str(tmp_path / 'drive.mcap')]
    assert after(play, '--rate') == '2.0'
    assert after(play, '--start-offset') == '1.5'
    assert after(play, '--storage') == 'mcap'
    assert '--clock' in play
    assert '--loop' not in play
    assert play[play.index('--topics') + 1 :] == [
        '/cam0/image',
        '/cam0/image/compressed',
        '/cam0/camera_info',
        '/front/thermal/image_raw',
        '/front/thermal/image_raw/compressed',
        '/front/calibration',
        '/tf',
        '/tf_static',
    ]
    assert record[:4] == ['bag', 'record', '--output', str(tmp_path / 'result')]
    (started,) = workspace.calls('nitedr_node')
    assert started.remappings['visible/image_raw'] == '/cam0/image'
    (settings,) = started.parameters[-1].values()
    assert settings['ros__parameters'] == {
        'engine.name': 'passthrough',
        'node.autostart': True,
        'use_sim_time': True,
    }


@pytest.mark.slow
def test_ends_when_the_node_does(workspace, run_launch, active: Path, tmp_path: Path) -> None:
    workspace.add('nitedr_ros', 'nitedr_node', QUIT)
    (reason,) = run_launch('replay', bag=str(tmp_path / 'drive.mcap'))
    assert 'nitedr_node' in reason
    assert workspace.calls('ros2') == []


@pytest.mark.slow
def test_ends_when_the_node_stays_unconfigured(
    workspace, run_launch, active: Path, tmp_path: Path
) -> None:
    workspace.add('nitedr_ros', 'nitedr_node', node(active, HOURS))
    (reason,) = run_launch('replay', bag=str(tmp_path / 'drive.mcap'))
    assert 'could not be started' in reason
    assert workspace.calls('ros2') == []


def test_bag_must_exist(workspace, run_launch, active: Path) -> None:
    (reason,) = run_launch('replay', bag='/no/such/drive')
    assert 'expected bag to name a recorded drive' in reason
    assert workspace.calls('nitedr_node') == []


def test_nothing_is_recorded_over(workspace, run_launch, active: Path, tmp_path: Path) -> None:
    (reason,) = run_launch('replay', bag=str(tmp_path / 'drive.mcap'), record=str(tmp_path))
    assert 'expected record to name a new folder' in reason
    assert workspace.calls('nitedr_node') == []
