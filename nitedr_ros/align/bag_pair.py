"""The two images from a bag."""

from __future__ import annotations

from pathlib import Path

from nitedr_ros.align.bag_excerpt import BagExcerpt
from nitedr_ros.align.image_pair import ImagePair, UInt8
from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import CameraTopics, find_topics
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import CalibrationError, FrameError, InputError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.camera_model import CameraModel
from nitedr_ros.geometry.visible_view import VisibleView
from nitedr_ros.thermal.intake import ThermalIntake

_MS = 1_000_000


def pair_from_bag(
    path: Path,
    config: Config,
    at_seconds: float | None = None,
    visible: str | None = None,
    thermal: str | None = None,
    *,
    rectify: bool = True,
) -> ImagePair:
    """Return the two frames nearest to each other in time around a moment of a recording.

    at_seconds: the moment, from the start of the recording; None is its middle. visible, thermal:
    the image topics; None finds them. rectify: each camera that is calibrated, by its camera_info.
    Of `config`, the thermal section and the offsets of the stamps count.
    Raises InputError and CalibrationError.
    """
    with BagReader(path) as reader:
        topics = find_topics(reader.topics, visible, thermal)
        _check(topics, path)
        moment_ns = _moment(reader, at_seconds)
        names = (topics.visible, topics.thermal, topics.visible_info, topics.thermal_info)
        messages = reader.messages([name for name in names if name is not None])
        excerpt = BagExcerpt(messages, topics, moment_ns)
        notes = list(reader.losses)
        start_ns = reader.start_ns
    pairing = config.pairing
    chosen = excerpt.nearest(
        round(pairing.visible_offset_ms * _MS), round(pairing.thermal_offset_ms * _MS)
    )
    if not chosen.by_stamp:
        notes.append(
            "the cameras' stamps don't agree, so the frames were paired by when they were received"
        )
    crop = (config.thermal.crop_top, config.thermal.crop_bottom)
    try:
        rgb = to_rgb8(chosen.visible)
        levels = ThermalIntake(config.thermal).take(chosen.thermal).levels
    except FrameError as error:
        raise InputError(f'{path}: {error}') from None
    infos = {'visible': excerpt.visible_info, 'thermal': excerpt.thermal_info}
    if rectify:
        rgb = _straight('visible', rgb, infos['visible'], (0, 0), notes)
        levels = _straight('thermal', levels, infos['thermal'], crop, notes)
    seconds = (chosen.receive_ns - start_ns) / 1e9
    return ImagePair(
        rgb,
        levels,
        rectified=tuple(name for name, info in infos.items() if rectify and info is not None),
        source=(
            f'{path} at {seconds:.2f} s, {topics.visible} and {topics.thermal}, '
            f'skew {chosen.skew_ns / _MS:.1f} ms'
        ),
        notes=tuple(notes),
    )


def _straight(
    name: str, image: UInt8, info: CameraInfo | None, crop: tuple[int, int], notes: list[str]
) -> UInt8:
    if info is None:
        notes.append(f'the {name} camera is not calibrated in this bag; its image stays as it is')
        return image
    size = (image.shape[0], image.shape[1])
    try:
        camera = CameraModel.of(info, *size, crop)
        # The view of any camera, at its images' own size.
        return VisibleView.rectified(camera, size).apply(image)
    except CalibrationError as error:
        raise CalibrationError(
            f'{name} camera_info: {error}; or leave it aside with --no-rectify'
        ) from None


def _check(topics: CameraTopics, path: Path) -> None:
    for name, topic in (('visible', topics.visible), ('thermal', topics.thermal)):
        if topic is None:
            raise InputError(
                f'{path}: expected images of both cameras, found none of the {name} one: '
                f'name its topic with --{name}'
            )


def _moment(reader: BagReader, at_seconds: float | None) -> int:
    length_ns = reader.end_ns - reader.start_ns
    if at_seconds is None:
        return reader.start_ns + length_ns // 2
    # The length is shown rounded, and what is shown must be allowed.
    if not 0.0 <= at_seconds <= length_ns / 1e9 + 0.05:
        raise InputError(
            f'{reader.path}: expected --at from 0 to {length_ns / 1e9:.1f} s, got {at_seconds:g}'
        )
    return reader.start_ns + min(length_ns, round(at_seconds * 1e9))
