"""An example to copy: a detector that looks at nitedr's images instead of the camera's.

The detector is somebody else's node, named by the arguments; its image topic is remapped to an
output of nitedr. No benefit to any detector has been measured: compare its detections on your own
drives, by night and by day, with and without nitedr, before you rely on them.
"""

from pathlib import Path

from launch import LaunchDescription
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node


def generate_launch_description() -> LaunchDescription:
    """Return the launch description; `ros2 launch` calls this."""
    nitedr = Path(__file__).parent / 'nitedr.launch.py'
    return LaunchDescription(
        [
            DeclareLaunchArgument('detector_package', description='package of the detector'),
            DeclareLaunchArgument('detector_executable', description='its executable'),
            DeclareLaunchArgument(
                'detector_topic',
                default_value='image_raw',
                description='the name by which the detector itself calls its image topic',
            ),
            DeclareLaunchArgument(
                'image',
                default_value='fused',
                choices=['fused', 'derained'],
                description='which of the images of nitedr it gets',
            ),
            # Its arguments can be given to this file too.
            IncludeLaunchDescription(PythonLaunchDescriptionSource(str(nitedr))),
            Node(
                package=LaunchConfiguration('detector_package'),
                executable=LaunchConfiguration('detector_executable'),
                namespace=LaunchConfiguration('namespace'),
                remappings=[
                    (
                        LaunchConfiguration('detector_topic'),
                        ['nitedr/', LaunchConfiguration('image'), '/image'],
                    )
                ],
                output='screen',
            ),
        ]
    )
