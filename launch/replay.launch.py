"""Run a recorded drive through nitedr: `ros2 launch nitedr_ros replay.launch.py bag_in:=...`."""

import sys

from launch import LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.launch_context import LaunchContext
from launch.substitutions import LaunchConfiguration

# argument of the launch file: option of `nitedr replay`
OPTIONS = {'config': '--config', 'model': '--model', 'engine': '--engine'}


def replay(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the process, with an option for each argument that was given."""
    command = [
        sys.executable,
        '-m',
        'nitedr_ros',
        'replay',
        LaunchConfiguration('bag_in').perform(context),
        LaunchConfiguration('bag_out').perform(context),
    ]
    for argument, option in OPTIONS.items():
        value = LaunchConfiguration(argument).perform(context)
        if value:
            command += [option, value]
    return [ExecuteProcess(cmd=command, output='screen')]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description; `ros2 launch` calls this."""
    return LaunchDescription(
        [
            DeclareLaunchArgument('bag_in', description='recorded drive: a bag folder or file'),
            DeclareLaunchArgument('bag_out', description='folder for the results; must not exist'),
            DeclareLaunchArgument(
                'config', default_value='', description='parameter file; empty for the defaults'
            ),
            DeclareLaunchArgument(
                'model', default_value='', description='registered model; empty for the configured'
            ),
            DeclareLaunchArgument(
                'engine', default_value='', description='engine; empty for the configured one'
            ),
            OpaqueFunction(function=replay),
        ]
    )
