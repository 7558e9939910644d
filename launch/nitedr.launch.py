"""Run the live node: `ros2 launch nitedr_ros nitedr.launch.py visible_image:=/cam0/image_raw ...`.

An argument that is left out changes nothing: the parameter file and the node's own topics stand.
"""

from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, OpaqueFunction
from launch.conditions import evaluate_condition_expression
from launch.substitutions import LaunchConfiguration, TextSubstitution
from launch_ros.actions import Node
from launch_ros.parameter_descriptions import ParameterValue

PARAMETERS = Path(__file__).parent.parent / 'config' / 'vehicle.param.yaml'
RESPAWN_DELAY_S = 2.0

# argument: (parameter of the node, its type)
SETTINGS = {
    'model': ('model', str),
    'engine': ('engine.name', str),
    'autostart': ('node.autostart', bool),
    'use_sim_time': ('use_sim_time', bool),
}
ARGUMENTS = {
    'params_file': (str(PARAMETERS), 'parameter file of the node'),
    'visible_image': ('', 'topic of the visible images; empty for visible/image_raw'),
    'visible_info': ('', 'its calibration; empty for camera_info beside the images'),
    'thermal_image': ('', 'topic of the thermal images; empty for thermal/image_raw'),
    'thermal_info': ('', 'its calibration; empty for camera_info beside the images'),
    'model': ('', 'registered model; empty for what the parameter file says'),
    'engine': ('', 'engine; empty for what the parameter file says'),
    'autostart': ('', 'true or false: start working at once; empty for the parameter file'),
    'use_sim_time': ('', 'true or false: take the time from /clock; empty for the parameter file'),
    'namespace': ('', 'namespace of the node and of its topics'),
    'log_level': ('', "the node's log level, such as debug; empty for ROS's own"),
    'respawn': ('false', 'start the node again when it ends on its own'),
}


def remappings(given: dict[str, str]) -> list[tuple[str, str]]:
    """Return the topics to take in place of the node's own, images and calibrations."""
    topics = {}
    for camera in ('visible', 'thermal'):
        image, info = given[f'{camera}_image'], given[f'{camera}_info']
        if image:
            topics[f'{camera}/image_raw'] = image
            folder, slash, _ = image.rpartition('/')
            topics[f'{camera}/camera_info'] = f'{folder}{slash}camera_info'
        if info:
            topics[f'{camera}/camera_info'] = info
    return list(topics.items())


def node(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return the node as the arguments ask for it."""
    given = {name: LaunchConfiguration(name).perform(context) for name in ARGUMENTS}
    if not Path(given['params_file']).is_file():
        raise RuntimeError(
            f'expected params_file to name a parameter file, found none at {given["params_file"]}'
        )
    settings = {
        parameter: ParameterValue([TextSubstitution(text=given[argument])], value_type=kind)
        for argument, (parameter, kind) in SETTINGS.items()
        if given[argument]
    }
    logger = '.'.join([*given['namespace'].strip('/').split('/'), 'nitedr']).lstrip('.')
    return [
        Node(
            package='nitedr_ros',
            executable='nitedr_node',
            name='nitedr',
            # Always given: settings are then for this very node, which a file can't outdo.
            namespace=given['namespace'],
            parameters=[given['params_file'], *([settings] if settings else [])],
            remappings=remappings(given),
            ros_arguments=(
                ['--log-level', f'{logger}:={given["log_level"]}'] if given['log_level'] else []
            ),
            respawn=evaluate_condition_expression(
                context, [TextSubstitution(text=given['respawn'])]
            ),
            respawn_delay=RESPAWN_DELAY_S,
            output='screen',
        )
    ]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description; `ros2 launch` calls this."""
    declared = [
        DeclareLaunchArgument(name, default_value=default, description=description)
        for name, (default, description) in ARGUMENTS.items()
    ]
    return LaunchDescription([*declared, OpaqueFunction(function=node)])
