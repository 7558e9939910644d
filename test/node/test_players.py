"""What the cameras in another process send is what the recorder hears, byte for byte."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

from players import plan
from rclpy.serialization import serialize_message
from sensor_msgs.msg import CameraInfo, CompressedImage, Image
from tf2_msgs.msg import TFMessage

from nitedr_ros.bags.messages import image_message
from nitedr_ros.bags.writer import BagWriter

if TYPE_CHECKING:
    from players.camera_player import CameraPlayer
    from players.recorder import Recorder

MS = 1_000_000
START_NS = 1_700_000_000_000_000_000
VISIBLE, THERMAL = '/visible/image_raw', '/thermal/image_raw'


def stamp_ns(message: Image) -> int:
    return message.header.stamp.sec * 1_000_000_000 + message.header.stamp.nanosec


def test_images_of_both_cameras_arrive_byte_for_byte(
    recorder: Recorder, start_cameras: Callable[..., CameraPlayer]
) -> None:
    recorder.listen(VISIBLE, Image)
    recorder.listen(THERMAL, Image)
    cameras = start_cameras(plan.camera_topics())
    for number in range(5):
        stamp = START_NS + number * 33 * MS
        cameras.play(
            plan.image('thermal', stamp + 2, 100 + number, encoding='mono16', size=(640, 512)),
            plan.image('visible', stamp, number, acknowledged=True, after_s=0.01),
        )
    sent = cameras.finish()

    assert [message['to'] for message in sent] == ['thermal', 'visible'] * 5
    for topic, encoding, first, size in (
        (VISIBLE, 'rgb8', 0, (640, 480)),
        (THERMAL, 'mono16', 100, (640, 512)),
    ):
        heard = recorder.wait_for_messages(topic, 5)
        for number, message in enumerate(heard):
            expected = plan.pixels(first + number, encoding, *size)
            assert (message.encoding, message.width, message.height) == (encoding, *size)
            assert message.step == expected.strides[0]
            assert bytes(message.data) == expected.tobytes()
        told = [m for m in sent if f'/{m["to"]}/image_raw' == topic]
        assert [(m['stamp_ns'], m['size'], m['crc32']) for m in told] == [
            (stamp_ns(m), len(m.data), zlib.crc32(m.data)) for m in heard
        ]


def test_wrong_step_and_size_are_sent_as_told(
    recorder: Recorder, start_cameras: Callable[..., CameraPlayer]
) -> None:
    recorder.listen(VISIBLE, Image)
    cameras = start_cameras({'visible': plan.topic(VISIBLE, plan.IMAGE, matched=1)})
    cameras.play(
        plan.image('visible', START_NS, 1, size=(64, 48), step_error=-3),
        plan.image('visible', START_NS + 1, 1, size=(64, 48), size_error=-10),
        plan.image('visible', START_NS + 2, 1, size=(64, 48), size_error=7),
    )
    cameras.finish()

    shorter, cut, longer = recorder.wait_for_messages(VISIBLE, 3)

    assert (shorter.step, len(shorter.data)) == (189, 9216)
    assert [len(cut.data), len(longer.data)] == [9206, 9223]


def test_compressed_images_hold_the_same_picture(
    recorder: Recorder, start_cameras: Callable[..., CameraPlayer]
) -> None:
    cv2 = pytest.importorskip('cv2')
    recorder.listen('/thermal/image_raw/compressed', CompressedImage)
    topic = plan.topic('/thermal/image_raw/compressed', plan.COMPRESSED, matched=1)
    cameras = start_cameras({'thermal': topic})
    cameras.play(plan.compressed_image('thermal', None, 7, encoding='mono16', size=(64, 48)))
    cameras.finish()

    (message,) = recorder.wait_for_messages('/thermal/image_raw/compressed', 1)

    assert message.format == 'mono16; png compressed mono16'
    picture = cv2.imdecode(np.frombuffer(message.data, np.uint8), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(picture, plan.pixels(7, 'mono16', 64, 48))


def test_a_camera_goes_off_and_comes_back(
    recorder: Recorder, start_cameras: Callable[..., CameraPlayer]
) -> None:
    recorder.listen(VISIBLE, Image)
    cameras = start_cameras({'visible': plan.topic(VISIBLE, plan.IMAGE, matched=1)})
    cameras.play(plan.image('visible', 1, 1, size=(64, 48), acknowledged=True))
    recorder.wait_for_messages(VISIBLE, 1)
    cameras.play(plan.switch_off('visible'))
    recorder.wait_for_publishers(VISIBLE, 0)
    cameras.play(plan.switch_on('visible'), plan.image('visible', 2, 2, size=(64, 48)))
    cameras.finish()

    heard = recorder.wait_for_messages(VISIBLE, 2)

    assert [stamp_ns(message) for message in heard] == [1, 2]


def test_calibrations_and_latched_transforms_arrive(
    recorder: Recorder, start_cameras: Callable[..., CameraPlayer]
) -> None:
    info = plan.topic('/visible/camera_info', plan.CAMERA_INFO, matched=1)
    recorder.listen('/visible/camera_info', CameraInfo)
    cameras = start_cameras(
        {'visible_info': info, 'tf': plan.topic('/tf_static', plan.TF, latched=True)}
    )
    cameras.play(
        plan.transform('tf', 'base_link', 'visible_optical_frame', (1.0, 2.0, 3.0)),
        plan.camera_info('visible_info', 5, focal=400.0),
        plan.camera_info('visible_info', 6, focal=0.0),
    )
    calibrated, uncalibrated = recorder.wait_for_messages('/visible/camera_info', 2)
    recorder.listen('/tf_static', TFMessage, latched=True)
    (tree,) = recorder.wait_for_messages('/tf_static', 1)
    cameras.finish()

    assert calibrated.header.frame_id == 'visible_optical_frame'
    assert (calibrated.k[0], calibrated.p[0], calibrated.r[0]) == (400.0, 400.0, 1.0)
    assert not any((*uncalibrated.k, *uncalibrated.p, *uncalibrated.r))
    (transform,) = tree.transforms
    assert transform.child_frame_id == 'visible_optical_frame'
    assert transform.transform.translation.z == 3.0


def test_a_bag_is_played_message_by_message(
    recorder: Recorder, start_cameras: Callable[..., CameraPlayer], tmp_path: Path
) -> None:
    pictures = [plan.pixels(number, 'rgb8', 64, 48) for number in range(4)]
    with BagWriter(tmp_path / 'drive') as writer:
        for number, picture in enumerate(pictures):
            message = image_message(START_NS + number, 'camera', 'rgb8', picture)
            writer.write('/cam0/image', message, START_NS + number)
    recorder.listen(VISIBLE, Image)
    cameras = start_cameras({'visible': plan.topic(VISIBLE, plan.IMAGE, matched=1)})
    step = plan.bag(
        str(tmp_path / 'drive'), {'/cam0/image': 'visible'}, limit=3, acknowledged=True
    )
    cameras.play(step)
    assert len(cameras.finish()) == 3

    heard = recorder.wait_for_messages(VISIBLE, 3)

    for number, message in enumerate(heard):
        assert stamp_ns(message) == START_NS + number
        assert message.header.frame_id == 'camera'
        assert bytes(message.data) == pictures[number].tobytes()
        assert len(serialize_message(message)) > len(message.data)


def test_cameras_that_nobody_watches_say_so(start_cameras: Callable[..., CameraPlayer]) -> None:
    cameras = start_cameras({'visible': plan.topic(VISIBLE, plan.IMAGE)})
    cameras.play({'do': 'dance', 'to': 'visible'})

    with pytest.raises(AssertionError, match="KeyError: 'dance'"):
        cameras.finish()
