"""cameras.launch.py and detector.launch.py start what they say, joined to nitedr."""

import pytest

# Its `actions`: a folder named `launch`, like this tree's, would pass for the package itself.
pytest.importorskip('launch.actions', reason='the ROS 2 package `launch` is not installed')
pytest.importorskip('launch_ros.actions', reason='the ROS 2 package `launch_ros` is not installed')

DRIVERS = (
    ('v4l2_camera', 'v4l2_camera_node'),
    ('usb_cam', 'usb_cam_node_exe'),
    ('tf2_ros', 'static_transform_publisher'),
)


@pytest.fixture
def packages(workspace):
    workspace.add('nitedr_ros', 'nitedr_node')
    for package, executable in DRIVERS:
        workspace.add(package, executable)
    return workspace


def test_drivers_and_the_pose_between_the_cameras(packages, run_launch) -> None:
    run_launch('cameras', visible_device='/dev/video7', translation_m='0.1 -0.2 0')
    (visible,), (thermal,), (pose,) = (packages.calls(executable) for _, executable in DRIVERS)
    assert visible.remappings['__ns'] == '/visible'
    assert thermal.remappings['__ns'] == '/thermal'
    (settings,) = visible.parameters[0].values()
    assert settings['ros__parameters']['video_device'] == '/dev/video7'
    (settings,) = thermal.parameters[0].values()
    assert settings['ros__parameters']['pixel_format'] == 'mono16'
    given = dict(zip(pose.argv[:18:2], pose.argv[1:18:2], strict=True))
    assert given == {
        '--x': '0.1',
        '--y': '-0.2',
        '--z': '0',
        '--qx': '0.0',
        '--qy': '0.0',
        '--qz': '0.0',
        '--qw': '1.0',
        '--frame-id': 'visible_optical_frame',
        '--child-frame-id': 'thermal_optical_frame',
    }
    # The drivers' topics are nitedr's own already.
    (nitedr,) = packages.calls('nitedr_node')
    assert set(nitedr.remappings) == {'__node', '__ns'}


@pytest.mark.parametrize('given', ['0.1 0.2', '0.1 0.2 zero', '0.1, 0.2, 0.3'])
def test_pose_must_be_numbers(packages, run_launch, given: str) -> None:
    (reason,) = run_launch('cameras', translation_m=given)
    assert 'expected translation_m to be 3 numbers' in reason
    assert repr(given) in reason


def test_detector_gets_the_image_that_was_asked_for(packages, run_launch) -> None:
    packages.add('theirs', 'detect')
    run_launch(
        'detector',
        detector_package='theirs',
        detector_executable='detect',
        detector_topic='images',
        image='derained',
        namespace='front',
        model='mine',
    )
    (detector,), (nitedr,) = packages.calls('detect'), packages.calls('nitedr_node')
    assert detector.remappings == {'images': 'nitedr/derained/image', '__ns': '/front'}
    assert nitedr.parameters[-1] == {'/front/nitedr': {'ros__parameters': {'model': 'mine'}}}
