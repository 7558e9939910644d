"""Replay: a recorded drive in, a de-rained fused drive out."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import cv2

from nitedr_ros.bags.message import BagMessage
from nitedr_ros.bags.reader import BagReader
from nitedr_ros.bags.topics import CameraTopics, find_topics
from nitedr_ros.bags.writer import BagWriter, Storage
from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import EngineError, FrameError, InputError
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.pipeline import Pipeline
from nitedr_ros.replay.feed import BagFeed
from nitedr_ros.replay.pictures import Album
from nitedr_ros.replay.report import Report, build_report
from nitedr_ros.replay.report_page import render_page
from nitedr_ros.replay.scorer import Scorer
from nitedr_ros.replay.topics import OutputTopics
from nitedr_ros.replay.truth import find_truth


@dataclass(frozen=True)
class ReplayJob:
    """What is to be replayed.

    visible, thermal: image topics, None to find them by type and name.
    keep_inputs: copy the cameras' messages into the output bag too.
    """

    bag_in: Path
    bag_out: Path
    visible: str | None = None
    thermal: str | None = None
    storage: Storage = 'mcap'
    force: bool = False
    keep_inputs: bool = False


def replay(
    job: ReplayJob,
    config: Config,
    engine: Engine,
    notes: list[str],
    on_progress: Callable[[int, int], None] = lambda done, total: None,
) -> Report:
    """Run a bag through the pipeline and return the report that lies in the output folder.

    notes: what the user was told so far; what is noticed here is appended. on_progress is called
    with messages done and messages in all. The output appears under its final name only when all
    went well. Raises InputError, OutputError or EngineError where the job can't be done.
    """
    with BagReader(job.bag_in) as reader:
        topics = find_topics(reader.topics, job.visible, job.thermal)
        with BagWriter(job.bag_out, job.storage, force=job.force, input_path=job.bag_in) as writer:
            run = _Run(job, config, engine, reader, topics, writer)
            run.go(on_progress)
            if topics.visible is None:
                notes.append('no visible camera in this bag: thermal frames go out alone')
            if topics.thermal is None:
                notes.append('no thermal camera in this bag: visible frames go out without fusion')
            return run.write_report(notes)


class _Run:
    """One replay under way."""

    def __init__(
        self,
        job: ReplayJob,
        config: Config,
        engine: Engine,
        reader: BagReader,
        topics: CameraTopics,
        writer: BagWriter,
    ) -> None:
        self.job, self.config, self.reader, self.topics = job, config, reader, topics
        self.writer = writer
        self.pipeline = Pipeline(config, engine)
        self.output_topics = OutputTopics(writer, self.pipeline)
        truth = find_truth(reader.topics)
        displaced = self.pipeline.registration.displaced
        self.scorer = None if truth is None else Scorer(truth, displaced)
        if self.scorer is None:
            self.feed = BagFeed(reader, topics, self.pipeline)
        else:
            self.feed = BagFeed(
                reader, topics, self.pipeline, self.scorer.topics, self.scorer.take_message
            )
        counts = {topic.name: topic.count for topic in reader.topics}
        # Outputs have the visible camera's rate; without one, the thermal camera's.
        self.album = Album(counts.get(topics.visible or topics.thermal or '', 0))
        self.seconds = 0.0

    def go(self, on_progress: Callable[[int, int], None]) -> None:
        """Take all messages through the pipeline."""
        start = time.perf_counter()
        receive_ns = 0
        for message in self.feed.messages(on_progress):
            receive_ns = message.receive_ns
            if self.job.keep_inputs and message.topic in self.feed.cameras:
                self._copy(message)
            self.feed.take(message)
            self._deliver(self.pipeline.ready(), receive_ns)
        self.pipeline.finish()
        self._deliver(self.pipeline.ready(), receive_ns)
        scoring = 0.0 if self.scorer is None else self.scorer.seconds
        self.seconds = time.perf_counter() - start - scoring
        self._refuse_nothing()
        self.output_topics.write_diagnostics(receive_ns)

    def _copy(self, message: BagMessage) -> None:
        """Write a camera's message as it came; what can't be converted is counted when decoded."""
        with suppress(FrameError), self.pipeline.clock.measure('write'):
            self.writer.write_raw(
                message.topic, message.msgtype, message.cdr(), message.receive_ns, message.channel
            )

    def _deliver(self, frame_sets: Iterator[FrameSet], receive_ns: int) -> None:
        """Process and write what is ready."""
        pipeline = self.pipeline
        for frame_set in frame_sets:
            output = pipeline.process(frame_set)
            if output is None:
                continue
            with pipeline.clock.measure('write'):
                self.output_topics.write(output, receive_ns)
            self.album.add(output)
            if self.scorer is not None:
                self.scorer.take_output(output)

    def _refuse_nothing(self) -> None:
        """Raise where there is no output worth a bag."""
        statistics = self.pipeline.statistics
        if not statistics.outputs:
            drops = ', '.join(f'{s.value} {r} {n}' for (s, r), n in statistics.drops.items())
            raise InputError(
                f'expected frames that can be de-rained in {self.job.bag_in}, '
                f'none could be ({drops or "no messages on the camera topics"})'
                + ''.join(f'; {line}' for line in self.pipeline.rejections)
            )
        if (
            statistics.modes[Mode.PASS_THROUGH] == statistics.outputs
            and statistics.engine_failures
        ):
            reason = self.pipeline.last_failure
            raise EngineError(f'the engine failed on every frame, the last time with: {reason}')

    def write_report(self, notes: list[str]) -> Report:
        """Write report.json, report.html and preview.png beside the bag's files."""
        statistics = self.pipeline.statistics
        if statistics.engine_failures:
            notes.append(
                f'the engine failed on {statistics.engine_failures} frames, which passed through '
                f'untouched; the last time: {self.pipeline.last_failure}'
            )
        notes.extend(self.pipeline.warnings)
        notes.extend(self.pipeline.rejections)
        if statistics.size_changes:
            notes.append(f'size changes of the visible image: {statistics.size_changes}')
        source = {
            'path': str(self.job.bag_in),
            'topics': {'visible': self.topics.visible, 'thermal': self.topics.thermal},
            'losses': list(self.reader.losses),
        }
        report = build_report(
            self.pipeline, self.config, source=source, seconds=self.seconds, notes=notes
        )
        if self.scorer is not None:
            report['scores'] = self.scorer.scores()
        folder = self.writer.folder
        text = json.dumps(report, indent=2, ensure_ascii=False)
        page = render_page(report, self.album.pictures, self.pipeline.clock.series)
        with self.writer.refusals():
            (folder / 'report.json').write_text(text + '\n', 'utf-8')
            (folder / 'report.html').write_text(page, 'utf-8')
            if self.album.preview is not None:
                (folder / 'preview.png').write_bytes(
                    cv2.imencode('.png', self.album.preview)[1].tobytes()
                )
        return report
