"""The topics of one camera, on a real middleware."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import rclpy
from rclpy.callback_groups import MutuallyExclusiveCallbackGroup
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions
from sensor_msgs.msg import CameraInfo, CompressedImage, Image

from nitedr_ros.node.camera_input import CameraInput
from nitedr_ros.pairing.sensor import Sensor

if TYPE_CHECKING:
    from players.recorder import Recorder


class Camera:
    """A node with the input of one camera, run in a thread, and what the input hands over."""

    def __init__(self, domain: int, sensor: Sensor, transport: str, arguments: list[str]) -> None:
        self.images: list[tuple[Sensor, object]] = []
        self.infos: list[tuple[Sensor, CameraInfo]] = []
        self.context = Context()
        rclpy.init(
            args=[],
            context=self.context,
            domain_id=domain,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = Node(
            'nitedr',
            context=self.context,
            cli_args=['--ros-args', *arguments] if arguments else [],
            start_parameter_services=False,
        )
        self.input = CameraInput(self.node, sensor, transport, MutuallyExclusiveCallbackGroup())
        self.executor = SingleThreadedExecutor(context=self.context)
        self.executor.add_node(self.node)
        self.thread = threading.Thread(target=self.executor.spin, daemon=True)
        self.thread.start()

    def listen(self) -> None:
        self.input.subscribe_camera_info(lambda *handed: self.infos.append(handed))
        self.input.subscribe_images(lambda *handed: self.images.append(handed))

    def close(self) -> None:
        self.executor.shutdown(timeout_sec=5.0)
        self.thread.join(5.0)
        self.input.close()
        self.node.destroy_node()
        self.context.try_shutdown()


@pytest.fixture
def start(ros_domain: int) -> Iterator[Callable[..., Camera]]:
    started: list[Camera] = []

    def make(
        *arguments: str,
        sensor: Sensor = Sensor.VISIBLE,
        transport: str = 'raw',
        listen: bool = True,
    ) -> Camera:
        started.append(Camera(ros_domain, sensor, transport, list(arguments)))
        if listen:
            started[-1].listen()
        return started[-1]

    yield make
    for camera in started:
        camera.close()


class Driver:
    """Publishes to one topic; `send` returns once so many messages were handed over."""

    def __init__(self, recorder: Recorder, kind: Any, topic: str, listeners: int = 1) -> None:
        self.recorder = recorder
        self.publisher = recorder.node.create_publisher(kind, topic, 10)
        self.wait_for_listeners(listeners)

    def wait_for_listeners(self, count: int) -> None:
        self.recorder.wait_for(lambda: self.publisher.get_subscription_count() == count)

    def send(self, message: Any, until: Callable[[], bool]) -> None:
        self.publisher.publish(message)
        self.recorder.wait_for(until)


@pytest.mark.parametrize('sensor', Sensor)
def test_images_are_handed_over_with_their_camera(
    start: Callable[..., Camera], recorder: Recorder, sensor: Sensor
) -> None:
    camera = start(sensor=sensor)
    driver = Driver(recorder, Image, f'/{sensor.value}/image_raw')
    for number in range(3):
        sent = Image(height=number + 1, width=1, step=1, encoding='mono8', data=bytes(number + 1))
        driver.send(sent, lambda number=number: len(camera.images) == number + 1)
    assert [handed for handed, _ in camera.images] == [sensor] * 3
    assert [message.height for _, message in camera.images] == [1, 2, 3]
    assert all(isinstance(message, Image) for _, message in camera.images)
    assert camera.input.images == 3
    assert camera.input.publishers() == 1


def test_compressed_images_come_from_the_topic_of_that_transport(
    start: Callable[..., Camera], recorder: Recorder
) -> None:
    camera = start(transport='compressed')
    assert camera.input.image_topic == '/visible/image_raw/compressed'
    assert camera.input.info_topic == '/visible/camera_info'
    driver = Driver(recorder, CompressedImage, '/visible/image_raw/compressed')
    driver.send(CompressedImage(format='jpeg'), lambda: bool(camera.images))
    assert isinstance(camera.images[0][1], CompressedImage)
    assert camera.input.publishers() == 1


@pytest.mark.parametrize(
    ('transport', 'kind', 'suffix'),
    [('raw', Image, ''), ('compressed', CompressedImage, '/compressed')],
)
def test_topics_can_be_remapped_as_those_of_any_node(
    start: Callable[..., Camera], recorder: Recorder, transport: str, kind: Any, suffix: str
) -> None:
    camera = start(
        *('-r', '__ns:=/car'),
        *('-r', 'visible/image_raw:=/front/image'),
        *('-r', 'visible/camera_info:=front/info'),
        transport=transport,
    )
    assert camera.input.image_topic == f'/front/image{suffix}'
    assert camera.input.info_topic == '/car/front/info'
    Driver(recorder, kind, f'/front/image{suffix}').send(kind(), lambda: bool(camera.images))
    Driver(recorder, CameraInfo, '/car/front/info').send(CameraInfo(), lambda: bool(camera.infos))


def test_the_namespace_of_the_node_holds(start: Callable[..., Camera]) -> None:
    camera = start('-r', '__ns:=/car', sensor=Sensor.THERMAL, listen=False)
    assert camera.input.image_topic == '/car/thermal/image_raw'
    assert camera.input.info_topic == '/car/thermal/camera_info'


def test_cameras_can_change_places(start: Callable[..., Camera], recorder: Recorder) -> None:
    camera = start(
        *('-r', 'visible/image_raw:=thermal/image_raw'),
        *('-r', 'thermal/image_raw:=visible/image_raw'),
    )
    assert camera.input.image_topic == '/thermal/image_raw'
    Driver(recorder, Image, '/thermal/image_raw').send(Image(), lambda: bool(camera.images))


def change(info: CameraInfo, name: str) -> None:
    if name == 'd':
        info.d = [-0.3, 0.1, 0.0, 0.0, 0.0]
    elif name in ('k', 'r', 'p'):
        values = [0.0] * len(getattr(info, name))
        values[0] = 500.0
        setattr(info, name, values)
    elif name == 'frame_id':
        info.header.frame_id = 'other_optical_frame'
    elif name == 'do_rectify':
        info.roi.do_rectify = True
    elif name.startswith('roi_'):
        setattr(info.roi, name.removeprefix('roi_'), 7)
    elif name == 'distortion_model':
        info.distortion_model = 'equidistant'
    else:
        setattr(info, name, 7)


FIELDS = ('height', 'width', 'distortion_model', 'd', 'k', 'r', 'p', 'binning_x', 'binning_y')
ROI = ('roi_x_offset', 'roi_y_offset', 'roi_height', 'roi_width', 'do_rectify')


def test_a_calibration_is_handed_over_when_it_changes_only(
    start: Callable[..., Camera], recorder: Recorder
) -> None:
    camera = start()
    driver = Driver(recorder, CameraInfo, '/visible/camera_info')
    info, sent = CameraInfo(), 0

    def send() -> None:
        nonlocal sent
        sent += 1
        info.header.stamp.nanosec = sent
        driver.send(info, lambda: camera.input.camera_infos == sent)

    for _ in range(3):
        send()
    assert len(camera.infos) == 1
    for number, name in enumerate((*FIELDS, 'frame_id', *ROI), 2):
        change(info, name)
        send()
        assert len(camera.infos) == number, name
        send()
        assert len(camera.infos) == number, name
    assert {sensor for sensor, _ in camera.infos} == {Sensor.VISIBLE}
    assert camera.infos[-1][1].roi == info.roi


def test_a_calibration_that_comes_back_is_handed_over_again(
    start: Callable[..., Camera], recorder: Recorder
) -> None:
    camera = start()
    driver = Driver(recorder, CameraInfo, '/visible/camera_info')
    for number, width in enumerate((640, 320, 640), 1):
        driver.send(CameraInfo(width=width), lambda n=number: camera.input.camera_infos == n)
    assert [message.width for _, message in camera.infos] == [640, 320, 640]


def test_images_can_be_left_and_taken_up_again(
    start: Callable[..., Camera], recorder: Recorder
) -> None:
    camera = start()
    driver = Driver(recorder, Image, '/visible/image_raw')
    driver.send(Image(), lambda: len(camera.images) == 1)
    camera.input.unsubscribe_images()
    driver.wait_for_listeners(0)
    camera.input.unsubscribe_images()
    camera.input.subscribe_images(lambda *handed: camera.images.append(handed))
    driver.wait_for_listeners(1)
    driver.send(Image(), lambda: len(camera.images) == 2)


def test_closing_leaves_both_topics(start: Callable[..., Camera], recorder: Recorder) -> None:
    camera = start()
    images = Driver(recorder, Image, '/visible/image_raw')
    infos = Driver(recorder, CameraInfo, '/visible/camera_info')
    camera.input.close()
    images.wait_for_listeners(0)
    infos.wait_for_listeners(0)
    camera.input.close()
