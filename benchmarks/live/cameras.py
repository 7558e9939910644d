"""Two cameras in one process: visible rgb8 and thermal mono16, with their camera_info."""

from __future__ import annotations

import argparse
import array
import heapq
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
from rclpy.node import Node
from rclpy.publisher import Publisher
from rclpy.qos import qos_profile_sensor_data
from sensor_msgs.msg import CameraInfo, Image

from live.wire import THERMAL, VISIBLE, ros_node, say_ready, write_log

THERMAL_SIZE = (640, 512)
# So many pictures that no two in a row are alike, and no camera seems to stand still.
RING = 8
CONNECT_S = 60.0
NS = 1_000_000_000


class Camera:
    """One camera: a ring of pictures made beforehand, so that sending costs little.

    sent: (stamp, CLOCK_MONOTONIC just before it was handed to ROS), ns, of each image.
    """

    def __init__(self, node: Node, topic: str, encoding: str, size: tuple[int, int]) -> None:
        frame_id = f'{topic.split("/")[1]}_optical_frame'
        self.messages = [picture(seed, encoding, size, frame_id) for seed in range(RING)]
        self.info = pinhole(size, frame_id)
        self.images: Publisher = node.create_publisher(Image, topic, qos_profile_sensor_data)
        self.infos: Publisher = node.create_publisher(
            CameraInfo, topic.replace('image_raw', 'camera_info'), qos_profile_sensor_data
        )
        self.sent: list[tuple[int, int]] = []

    def send(self, stamp_ns: int) -> None:
        """Send the next picture and the camera_info that belongs to it."""
        message = self.messages[len(self.sent) % RING]
        seconds, nanoseconds = divmod(stamp_ns, NS)
        for header in (message.header, self.info.header):
            header.stamp.sec, header.stamp.nanosec = seconds, nanoseconds
        self.sent.append((stamp_ns, time.monotonic_ns()))
        self.images.publish(message)
        self.infos.publish(self.info)


def picture(seed: int, encoding: str, size: tuple[int, int], frame_id: str) -> Image:
    """Return a picture of a night: noise, dark, or hundredths of a kelvin."""
    width, height = size
    rng = np.random.default_rng(seed)
    if encoding == 'mono16':
        pixels = rng.normal(28_500, 200, (height, width)).astype(np.uint16)
    else:
        pixels = rng.gamma(2.0, 12.0, (height, width, 3)).clip(0, 255).astype(np.uint8)
    message = Image(encoding=encoding, width=width, height=height, step=pixels.strides[0])
    message.header.frame_id = frame_id
    message.data = array.array('B', pixels.tobytes())
    return message


def pinhole(size: tuple[int, int], frame_id: str) -> CameraInfo:
    """Return the calibration of a camera without distortion."""
    width, height = size
    focal, x, y = 0.8 * width, (width - 1) / 2, (height - 1) / 2
    info = CameraInfo(width=width, height=height, distortion_model='plumb_bob', d=[0.0] * 5)
    info.header.frame_id = frame_id
    info.k = [focal, 0.0, x, 0.0, focal, y, 0.0, 0.0, 1.0]
    info.r = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0]
    info.p = [focal, 0.0, x, 0.0, 0.0, focal, y, 0.0, 0.0, 0.0, 1.0, 0.0]
    return info


def ticks(camera: Camera, rate: float, seconds: float, order: int) -> Iterator[Any]:
    """Yield when a camera sends: (nanoseconds from the start, order at the same instant, it)."""
    for number in range(int(seconds * rate)):
        yield int(number / rate * NS), order, camera


def connect(cameras: list[tuple[Camera, int]]) -> None:
    """Wait until each camera has as many subscribers as it shall have."""
    deadline = time.monotonic() + CONNECT_S
    for camera, count in cameras:
        while camera.images.get_subscription_count() < count:
            if time.monotonic() > deadline:
                raise SystemExit(
                    f'{camera.images.topic_name}: expected {count} subscribers, '
                    f'found {camera.images.get_subscription_count()}'
                )
            time.sleep(0.02)


def main() -> None:
    """Send, then write what was sent when."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--log', type=Path, required=True)
    parser.add_argument('--seconds', type=float, required=True)
    parser.add_argument('--rate', type=float, required=True)
    parser.add_argument('--thermal-rate', type=float, required=True)
    parser.add_argument('--size', type=int, nargs=2, required=True)
    parser.add_argument('--subscribers', type=int, nargs=2, required=True)
    options = parser.parse_args()
    with ros_node('cameras') as node:
        visible = Camera(node, VISIBLE, 'rgb8', tuple(options.size))
        thermal = Camera(node, THERMAL, 'mono16', THERMAL_SIZE)
        connect(list(zip((visible, thermal), options.subscribers, strict=True)))
        say_ready()
        # Triggered together, they have the same stamps; the thermal image comes first.
        schedule = heapq.merge(
            ticks(thermal, options.thermal_rate, options.seconds, 0),
            ticks(visible, options.rate, options.seconds, 1),
            key=lambda tick: tick[:2],
        )
        start_ns, epoch_ns = time.monotonic_ns(), time.time_ns()
        for offset_ns, _, camera in schedule:
            wait_ns = start_ns + offset_ns - time.monotonic_ns()
            if wait_ns > 0:
                time.sleep(wait_ns / NS)
            camera.send(epoch_ns + offset_ns)
        # The last frames are still on their way, and they end with the process that sent them.
        time.sleep(0.5)
        write_log(options.log, {'visible': visible.sent, 'thermal': thermal.sent})


if __name__ == '__main__':
    main()
