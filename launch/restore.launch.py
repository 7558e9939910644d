"""Restore a recorded drive without a node, as `nitedr replay` does: bag_in:=... bag_out:=..."""

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, ExecuteProcess, OpaqueFunction
from launch.substitutions import LaunchConfiguration
from launch_ros.substitutions import ExecutableInPackage

# argument of the launch file: option of `nitedr replay`
OPTIONS = {'config': '--config', 'model': '--model', 'engine': '--engine'}


def restore(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the process, with an option for each argument that was given."""
    # The installed command knows its Python, which needn't be the one that runs `ros2 launch`.
    command = [
        ExecutableInPackage('replay', 'nitedr_ros'),
        LaunchConfiguration('bag_in'),
        LaunchConfiguration('bag_out'),
    ]
    for argument, option in OPTIONS.items():
        if LaunchConfiguration(argument).perform(context):
            command += [option, LaunchConfiguration(argument)]
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
            OpaqueFunction(function=restore),
        ]
    )
