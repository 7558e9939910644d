"""An example to copy: two camera drivers, the pose between the cameras, and nitedr behind them.

The drivers are other people's packages (`apt install ros-$ROS_DISTRO-v4l2-camera
ros-$ROS_DISTRO-usb-cam`) and have not been run with nitedr. Each runs in the namespace `visible`
or `thermal`, so that its topics are the ones that nitedr listens to.
"""

from pathlib import Path

from launch import LaunchContext, LaunchDescription, LaunchDescriptionEntity
from launch.actions import DeclareLaunchArgument, IncludeLaunchDescription, OpaqueFunction
from launch.launch_description_sources import PythonLaunchDescriptionSource
from launch.substitutions import LaunchConfiguration
from launch_ros.actions import Node

ARGUMENTS = {
    'visible_device': ('/dev/video0', 'video device of the visible camera'),
    'thermal_device': ('/dev/video2', 'video device of the thermal camera'),
    'visible_info_url': ('', 'its calibration, such as file:///etc/nitedr/visible.yaml'),
    'thermal_info_url': ('', 'its calibration, such as file:///etc/nitedr/thermal.yaml'),
    'translation_m': (
        '0.12 0.0 0.0',
        'place of the thermal camera in the visible optical frame (x right, y down, z ahead)',
    ),
    'rotation_xyzw': ('0.0 0.0 0.0 1.0', 'rotation from the thermal to the visible optical frame'),
}


def numbers(context: LaunchContext, name: str, count: int) -> list[str]:
    """Return the numbers of an argument, as they were written."""
    text = LaunchConfiguration(name).perform(context)
    try:
        complete = len([float(word) for word in text.split()]) == count
    except ValueError:
        complete = False
    if not complete:
        raise RuntimeError(f'expected {name} to be {count} numbers with spaces, got {text!r}')
    return text.split()


def cameras(context: LaunchContext) -> list[LaunchDescriptionEntity]:
    """Return both drivers and the transform between their optical frames."""
    place = zip(('--x', '--y', '--z'), numbers(context, 'translation_m', 3), strict=True)
    turn = zip(('--qx', '--qy', '--qz', '--qw'), numbers(context, 'rotation_xyzw', 4), strict=True)
    frames = ['--frame-id', 'visible_optical_frame', '--child-frame-id', 'thermal_optical_frame']
    visible = Node(
        package='v4l2_camera',
        executable='v4l2_camera_node',
        namespace='visible',
        parameters=[
            {
                'video_device': LaunchConfiguration('visible_device'),
                'image_size': [640, 480],
                'camera_frame_id': 'visible_optical_frame',
                'camera_info_url': LaunchConfiguration('visible_info_url'),
            }
        ],
    )
    # A UVC thermal camera with 16-bit values, as the FLIR Boson is. For one with GigE Vision, put
    # the driver's own node here, such as spinnaker_camera_driver's, with a configuration of yours.
    thermal = Node(
        package='usb_cam',
        executable='usb_cam_node_exe',
        namespace='thermal',
        parameters=[
            {
                'video_device': LaunchConfiguration('thermal_device'),
                'image_width': 320,
                'image_height': 256,
                'pixel_format': 'mono16',
                'frame_id': 'thermal_optical_frame',
                'camera_info_url': LaunchConfiguration('thermal_info_url'),
            }
        ],
    )
    pose = Node(
        package='tf2_ros',
        executable='static_transform_publisher',
        arguments=[*(word for pair in (*place, *turn) for word in pair), *frames],
    )
    return [visible, thermal, pose]


def generate_launch_description() -> LaunchDescription:
    """Return the launch description; `ros2 launch` calls this."""
    nitedr = Path(__file__).parent / 'nitedr.launch.py'
    return LaunchDescription(
        [
            *(
                DeclareLaunchArgument(name, default_value=default, description=description)
                for name, (default, description) in ARGUMENTS.items()
            ),
            OpaqueFunction(function=cameras),
            # Its arguments can be given to this file too.
            IncludeLaunchDescription(PythonLaunchDescriptionSource(str(nitedr))),
        ]
    )
