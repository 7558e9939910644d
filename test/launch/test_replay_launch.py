"""The launch file starts `nitedr replay` with the arguments that it was given."""

import importlib.util
import sys
from pathlib import Path

import pytest

# Its `actions`: a folder named `launch`, like this tree's, would pass for the package itself.
pytest.importorskip('launch.actions', reason='the ROS 2 package `launch` is not installed')

import launch
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction

from nitedr_ros.errors import InputError
from nitedr_ros.resources import launch_folder


def description() -> 'launch.LaunchDescription':
    path = launch_folder() / 'replay.launch.py'
    spec = importlib.util.spec_from_file_location('replay_launch', path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.generate_launch_description()


def command(arguments: dict[str, str]) -> list[str]:
    """Return the command that the launch file would run with these arguments."""
    context = launch.LaunchContext()
    context.launch_configurations.update(arguments)
    processes: list[ExecuteProcess] = []
    for entity in description().entities:
        if isinstance(entity, DeclareLaunchArgument):
            entity.execute(context)
        elif isinstance(entity, OpaqueFunction):
            processes += entity.execute(context)
    (process,) = processes
    return [
        ''.join(substitution.perform(context) for substitution in part) for part in process.cmd
    ]


def test_only_the_bags() -> None:
    assert command({'bag_in': '/in put', 'bag_out': '/out'}) == [
        sys.executable,
        '-m',
        'nitedr_ros',
        'replay',
        '/in put',
        '/out',
    ]


def test_every_option() -> None:
    arguments = {'bag_in': 'a', 'bag_out': 'b', 'config': 'c.yaml', 'model': 'm', 'engine': 'e'}
    options = ['--config', 'c.yaml', '--model', 'm', '--engine', 'e']
    assert command(arguments)[4:] == ['a', 'b', *options]


def test_bags_must_be_given() -> None:
    with pytest.raises(RuntimeError, match='bag_out'):
        command({'bag_in': 'a'})


@pytest.mark.slow
def test_missing_bag_ends_with_its_exit_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('ROS_LOG_DIR', str(tmp_path / 'log'))
    bags = {'bag_in': str(tmp_path / 'none'), 'bag_out': str(tmp_path / 'out')}
    codes: list[int] = []
    watch = launch.event_handlers.OnProcessExit(
        on_exit=lambda event, context: codes.append(event.returncode)
    )
    included = launch.actions.IncludeLaunchDescription(
        launch.LaunchDescriptionSource(description()), launch_arguments=bags.items()
    )
    service = launch.LaunchService(noninteractive=True)
    service.include_launch_description(
        launch.LaunchDescription([launch.actions.RegisterEventHandler(watch), included])
    )
    service.run()
    assert codes == [InputError.exit_code]
    assert not (tmp_path / 'out').exists()
