"""Shows how well the two cameras of a recording are registered, before anything is fused."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import cv2

from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import find_topics
from nitedr_ros.config.schema import Config
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import InputError, OutputError
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.replay.feed import BagFeed
from nitedr_ros.replay.overlay import overlay_pair


@dataclass(frozen=True)
class CheckJob:
    """What is to be checked.

    visible, thermal: image topics, None to find them. pictures: how many, evenly over the bag.
    distances_m: where parallax is wanted, metres along the visible camera's optical axis.
    """

    bag: Path
    out: Path
    visible: str | None = None
    thermal: str | None = None
    pictures: int = 6
    distances_m: Sequence[float] = (5.0, 20.0, 50.0)


def check(
    job: CheckJob,
    config: Config,
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> dict[str, Any]:
    """Draw overlay pictures into `job.out` and return what is known of the registration.

    Parallax is None where it can't be told: where the cameras don't both see the place.
    Raises InputError where the bag has no pair of frames that can be registered, saying why, and
    OutputError where the pictures can't be written.
    """
    with BagReader(job.bag) as reader:
        topics = find_topics(reader.topics, job.visible, job.thermal)
        pipeline = Pipeline(config, PassthroughEngine())
        feed = BagFeed(reader, topics, pipeline)
        expected = {topic.name: topic.count for topic in reader.topics}.get(
            topics.visible or '', 0
        )
        written: list[str] = []
        for frame_set in _chosen(_frame_sets(feed, pipeline, on_progress), expected, job.pictures):
            output = pipeline.process(frame_set)
            if output is not None and output.thermal_registered is not None:
                written.append(_draw(job.out, len(written), output))
    if not written:
        raise InputError(_why_not(pipeline, topics.visible, topics.thermal, job.bag))
    return _report(pipeline, job, written)


def _frame_sets(
    feed: BagFeed, pipeline: Pipeline, on_progress: Callable[[int, int], None]
) -> Iterator[FrameSet]:
    for message in feed.messages(on_progress):
        feed.take(message)
        yield from pipeline.ready()
    pipeline.finish()
    yield from pipeline.ready()


def _chosen(frame_sets: Iterator[FrameSet], expected: int, count: int) -> Iterator[FrameSet]:
    """Hand out at most `count` pairs, evenly over the `expected` visible frames; the last if none.

    A pair is handed out as soon as it is due: for longer than that its calibration may not hold.
    """
    due = [(2 * number + 1) * expected // (2 * count) for number in range(count)]
    seen, chosen, last = 0, 0, None
    for frame_set in frame_sets:
        seen += frame_set.visible is not None
        if frame_set.visible is None or frame_set.thermal is None:
            continue
        last = frame_set
        if due and seen > due[0]:
            due = [number for number in due if number >= seen]
            chosen += 1
            yield frame_set
    if not chosen and last is not None:
        yield last


def _draw(folder: Path, number: int, output: Output) -> str:
    """Write one overlay picture; return its path."""
    if output.visible is None or output.thermal_registered is None:
        raise ValueError('expected an output of both cameras')
    path = folder / f'overlay_{number:02}.png'
    picture = overlay_pair(output.visible, output.thermal_registered)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path.write_bytes(cv2.imencode('.png', picture)[1].tobytes())
    except OSError as error:
        raise OutputError(f'expected to write {path}: {error.strerror}') from None
    return str(path)


def _why_not(pipeline: Pipeline, visible: str | None, thermal: str | None, bag: Path) -> str:
    missing = [name for name, topic in (('visible', visible), ('thermal', thermal)) if not topic]
    if missing:
        reason = f'no {missing[0]} camera was found; name its topic with --{missing[0]}'
    else:
        drops = ', '.join(
            f'{sensor.value} {reason} {count}'
            for sensor in Sensor
            for reason, count in pipeline.statistics.drops_of(sensor).items()
        )
        apart = 'no two frames were close enough in time' + (f' ({drops})' if drops else '')
        reason = '; '.join((*pipeline.warnings, *pipeline.rejections)) or apart
    return f'{bag}: expected a pair of frames that can be registered, got none: {reason}'


def _report(pipeline: Pipeline, job: CheckJob, written: list[str]) -> dict[str, Any]:
    registration = pipeline.registration
    view, there = registration.view, registration.thermal_map
    if view is None or there is None:
        raise ValueError('expected that something was registered')
    info = view.camera_info
    return {
        'registration': registration.kind,
        'output': {
            'width': view.width,
            'height': view.height,
            'k': None if info is None else [round(value, 3) for value in info.k],
        },
        'thermal_covers': round(float((there.mask != 0).mean()), 4),
        'parallax_px': [
            {
                name: round(value, 2) if math.isfinite(value) else None
                for name, value in asdict(row).items()
            }
            for row in there.parallax(job.distances_m)
        ],
        'warnings': [*pipeline.warnings, *pipeline.rejections],
        'pictures': written,
    }
