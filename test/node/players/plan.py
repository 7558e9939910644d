"""The steps of a plan for the camera player, and the pictures it shows, known to both sides.

A plan is a list of steps; each is a dictionary that goes to the player as one line of JSON.
Needs no ROS.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Step = dict[str, Any]
"""One step of a plan, or the first line, which names the topics."""

IMAGE = 'sensor_msgs/msg/Image'
COMPRESSED = 'sensor_msgs/msg/CompressedImage'
CAMERA_INFO = 'sensor_msgs/msg/CameraInfo'
TF = 'tf2_msgs/msg/TFMessage'

CHANNELS = {'rgb8': 3, 'bgr8': 3, 'mono8': 1, 'mono16': 1, '16UC1': 1}


def pixels(seed: int, encoding: str, width: int, height: int) -> npt.NDArray[Any]:
    """Return the picture of a seed: dark noise [H, W, 3] or [H, W], or hundredths of a kelvin."""
    rng = np.random.default_rng(seed)
    if encoding in {'mono16', '16UC1'}:
        # Warm and cold corners keep the scene's range the same from picture to picture.
        image = rng.integers(28_000, 29_000, (height, width), np.uint16)
        image[: height // 8, : width // 8] = 31_000
        return image
    channels = CHANNELS[encoding]
    shape = (height, width, channels) if channels > 1 else (height, width)
    return rng.integers(0, 64, shape, np.uint8)


def topic(
    name: str,
    msgtype: str,
    *,
    reliable: bool = True,
    latched: bool = False,
    depth: int = 10,
    matched: int = 0,
) -> Step:
    """Describe a topic; it is published on once `matched` subscribers have been found."""
    return {
        'topic': name,
        'type': msgtype,
        'reliable': reliable,
        'latched': latched,
        'depth': depth,
        'matched': matched,
    }


def camera_topics(*, reliable: bool = True, matched: int = 1) -> dict[str, Step]:
    """Describe the four topics of two cameras, as the node under test names them."""
    topics = {}
    for sensor in ('visible', 'thermal'):
        topics[sensor] = topic(f'{sensor}/image_raw', IMAGE, reliable=reliable, matched=matched)
        topics[f'{sensor}_info'] = topic(f'{sensor}/camera_info', CAMERA_INFO, reliable=reliable)
    return topics


def image(
    to: str,
    stamp_ns: int | None,
    seed: int,
    *,
    encoding: str = 'rgb8',
    size: tuple[int, int] = (640, 480),
    frame_id: str = '',
    step_error: int = 0,
    size_error: int = 0,
    **pace: Any,
) -> Step:
    """Show the picture of a seed on topic `to`; stamp None is the time when it is sent.

    step_error: added to the true `step`. size_error: bytes added to the data, or taken off it.
    pace: after_s, seconds after the step before; acknowledged, wait until it has arrived.
    """
    picture = {
        'seed': seed,
        'encoding': encoding,
        'size': size,
        'step_error': step_error,
        'size_error': size_error,
    }
    return {'do': 'image', 'to': to, **_header(to, stamp_ns, frame_id), **picture, **pace}


def compressed_image(
    to: str,
    stamp_ns: int | None,
    seed: int,
    *,
    encoding: str = 'bgr8',
    size: tuple[int, int] = (640, 480),
    file: str = 'png',
    frame_id: str = '',
    size_error: int = 0,
    **pace: Any,
) -> Step:
    """Show the same picture as a sensor_msgs/CompressedImage, a png or jpeg file."""
    picture = {'seed': seed, 'encoding': encoding, 'size': size, 'file': file}
    header = _header(to, stamp_ns, frame_id)
    return {
        'do': 'compressed',
        'to': to,
        **header,
        **picture,
        'size_error': size_error,
        **pace,
    }


def camera_info(
    to: str,
    stamp_ns: int | None,
    *,
    size: tuple[int, int] = (640, 480),
    focal: float = 500.0,
    frame_id: str = '',
    d: tuple[float, ...] = (0.0,) * 5,
    model: str = 'plumb_bob',
    **pace: Any,
) -> Step:
    """Send a pinhole camera's calibration; focal 0 is an uncalibrated one, all zero."""
    width, height = size
    k = [0.0] * 9
    p = [0.0] * 12
    if focal:
        k = [focal, 0.0, width / 2 - 0.5, 0.0, focal, height / 2 - 0.5, 0.0, 0.0, 1.0]
        p = [*k[:3], 0.0, *k[3:6], 0.0, *k[6:], 0.0]
    fields = {'width': width, 'height': height, 'distortion_model': model, 'd': d, 'k': k, 'p': p}
    header = _header(to.removesuffix('_info'), stamp_ns, frame_id)
    return {'do': 'camera_info', 'to': to, **header, 'fields': fields, **pace}


def transform(
    to: str,
    parent: str,
    child: str,
    translation: tuple[float, float, float] = (0.0, 0.0, 0.0),
    rotation: tuple[float, float, float, float] = (0.0, 0.0, 0.0, 1.0),
    **pace: Any,
) -> Step:
    """Send the pose of a child frame in its parent frame, metres and quaternion x, y, z, w."""
    pose = {'child': child, 'translation': translation, 'rotation': rotation}
    return {'do': 'transform', 'to': to, 'stamp_ns': 0, 'frame_id': parent, **pose, **pace}


def bag(path: str, topics: dict[str, str], *, limit: int = 0, **pace: Any) -> Step:
    """Play a bag: `topics` says which of its topics goes where; limit is a number of messages.

    pace: speed, times the recorder's; 0, as by default, is as fast as can be. `acknowledged`
    waits after each message. `now` set to true gives each the stamp of the moment.
    """
    return {'do': 'bag', 'path': path, 'topics': topics, 'limit': limit, **pace}


def pause(seconds: float) -> Step:
    """Wait."""
    return {'do': 'pause', 'after_s': seconds}


def switch_off(to: str) -> Step:
    """Take the camera off the network."""
    return {'do': 'off', 'to': to}


def switch_on(to: str) -> Step:
    """Bring a camera back that was taken off."""
    return {'do': 'on', 'to': to}


def _header(to: str, stamp_ns: int | None, frame_id: str) -> Step:
    return {'stamp_ns': stamp_ns, 'frame_id': frame_id or f'{to}_optical_frame'}
