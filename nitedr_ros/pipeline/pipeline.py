"""The pipeline: messages of two cameras in, de-rained fused images out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from typing import cast

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import FrameError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.frame import Frame
from nitedr_ros.frames.message import frame_from_message
from nitedr_ros.pairing.clock_domains import ClockDomains
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.synchroniser import Synchroniser
from nitedr_ros.pipeline.assembly import Prepared, assemble
from nitedr_ros.pipeline.camera_pairs import matches
from nitedr_ros.pipeline.deferred import Deferred
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.registration import RegisteredThermal, Registration
from nitedr_ros.pipeline.restoration import Restoration, Restored
from nitedr_ros.pipeline.statistics import UNDECODABLE, UNREGISTERED, Statistics
from nitedr_ros.pipeline.thermal_account import ThermalAccount
from nitedr_ros.pipeline.visible_image import VisibleImage
from nitedr_ros.thermal.intake import ThermalIntake
from nitedr_ros.thermal.thermal_frame import ThermalFrame


class Pipeline:
    """Pairs, registers and runs the engine; knows no ROS, no bag and no clock of its own.

    The caller offers messages as they arrive and processes the frame sets that become ready:

        pipeline.registration.learn_camera_info(Sensor.VISIBLE, camera_info)
        pipeline.offer(Sensor.VISIBLE, image, arrival_ns)
        for frame_set in pipeline.ready():
            output = pipeline.process(frame_set)

    arrival_ns counts on one clock that never runs back: the steady clock of a car computer, the
    receive times of a bag. Every frame set that is ready goes to `process` or to `skip`. Not
    thread-safe, but for `restore`: a live node takes images in while its engine runs.
    """

    def __init__(self, config: Config, engine: Engine, clock: StageClock | None = None) -> None:
        """clock: times the stages; None for one that keeps them all."""
        self.engine = engine
        self.statistics = Statistics()
        self.clock = StageClock() if clock is None else clock
        self.registration = Registration(config)
        self.clock_domains = ClockDomains(config.pairing)
        self._thermal_account = ThermalAccount(self.statistics)
        self._synchroniser = Synchroniser(
            config.pairing, self._count_drop, self._thermal_account.leave
        )
        self._intake = ThermalIntake(config.thermal)
        self._restoration = Restoration(config.modes, engine, self.clock)
        self._enlarges = config.geometry.full_size_output
        self._seen: tuple[str, int, int] | None = None
        self._preparation = 0.0
        self._rejections: dict[Sensor, str] = {}

    @property
    def last_failure(self) -> str:
        """What the engine said when it failed last; '' while it never has."""
        return self._restoration.last_failure

    @property
    def warnings(self) -> list[str]:
        """What the user should put right, a line each."""
        lines = (self.registration.problem, self.clock_domains.advice, self.registration.doubt)
        return [line for line in lines if line]

    @property
    def rejections(self) -> list[str]:
        """Of which camera images could not be understood, and why the last one, a line each."""
        return [
            f'{self.statistics.drops[sensor, UNDECODABLE]} of '
            f'{self.statistics.received[sensor]} {sensor.value} images could not be understood, '
            f'the last: {reason}'
            for sensor, reason in self._rejections.items()
        ]

    def reconfigure(self, config: Config) -> None:
        """Go on under another configuration, from the next frame or frame set on.

        What was learnt is kept: calibrations and transforms, held frames, the cameras' rhythm,
        the thermal range, degrade modes. Only other pairing offsets, or `pairing.use_once`, begin
        the pairing anew, with all that waits decided as at the end of a recording; and other
        telemetry rows the thermal range. The model and the engine are left to `use_engine`.
        """
        self._synchroniser.reconfigure(config.pairing)
        self.clock_domains.reconfigure(config.pairing)
        self._restoration.rules.reconfigure(config.modes)
        self._intake.reconfigure(config.thermal)
        self.registration.reconfigure(config)
        self._enlarges = config.geometry.full_size_output

    def use_engine(self, engine: Engine) -> None:
        """Run this engine from the next frame set on; failures in a row are forgotten."""
        self.engine = engine
        self._restoration.use_engine(engine)

    def offer(self, sensor: Sensor, message: object, arrival_ns: int) -> None:
        """Take in a sensor_msgs Image or CompressedImage of one camera.

        A message that holds no image is counted as undecodable, never raised.
        """
        compressed = hasattr(message, 'format')
        start = time.perf_counter()
        try:
            frame = frame_from_message(message)
        except FrameError as error:
            self.reject(sensor, arrival_ns, str(error))
            return
        seconds = time.perf_counter() - start
        self.clock.add('codec' if compressed else 'decode', seconds)
        self._preparation += 0.0 if compressed else seconds
        self.offer_frame(sensor, frame, arrival_ns)

    def offer_frame(self, sensor: Sensor, frame: Frame, arrival_ns: int) -> None:
        """Take in a frame of one camera."""
        if sensor is Sensor.THERMAL:
            # Every thermal frame passes here, paired or not: the range follows the scene alike
            # whichever frames find a partner.
            start = time.perf_counter()
            try:
                frame = self._intake.take(frame)
            except FrameError as error:
                self.reject(sensor, arrival_ns, str(error))
                return
            self._account('convert', start)
        self.statistics.received[sensor] += 1
        start = time.perf_counter()
        self.registration.see(sensor, frame.frame_id)
        self.clock_domains.observe(sensor, frame.stamp_ns, arrival_ns)
        self._synchroniser.add(sensor, frame, arrival_ns)
        self._account('pairing', start)

    def reject(self, sensor: Sensor, arrival_ns: int, reason: str) -> None:
        """Count a message of one camera that holds no image that can be understood; say why."""
        self.statistics.received[sensor] += 1
        self._undecodable(sensor, reason)
        self._synchroniser.advance(arrival_ns)

    def discard(self, sensor: Sensor, reason: str, count: int = 1) -> None:
        """Count images of one camera that come no further than the caller; reason: a label."""
        self.statistics.received[sensor] += count
        self.statistics.dropped(sensor, reason, count)

    def advance(self, arrival_ns: int) -> None:
        """Let time pass without a frame, so that waiting ends when its budget does."""
        self._synchroniser.advance(arrival_ns)

    def finish(self) -> None:
        """Decide all that still waits: the recording has ended."""
        self._synchroniser.flush()

    def ready(self) -> Iterator[FrameSet]:
        """Hand out the frame sets that are decided, each once, in stamp order."""
        return self._synchroniser.ready()

    @property
    def next_deadline_ns(self) -> int | None:
        """Arrival time at which `advance` should be called if no frame comes; None for never."""
        return self._synchroniser.next_deadline_ns

    def skip(self, frame_set: FrameSet, reason: str) -> None:
        """Count a frame set that is not processed; reason: such as OVERTAKEN, a label in reports.

        Its visible frame is dropped; its thermal frame only if it serves no other output.
        """
        if frame_set.visible is not None:
            self.statistics.dropped(Sensor.VISIBLE, reason)
        if frame_set.thermal is not None:
            self._thermal_account.miss(frame_set.thermal, reason)

    def process(self, frame_set: FrameSet, *, restore: bool = True) -> Output | None:
        """Turn a frame set into an output.

        None where its visible frame can't be understood, and where it has none and its thermal
        frame can't be registered. An engine that fails makes this frame pass through, and is
        counted. restore: False leaves the engine alone, where nobody wants its images: fused and
        derained are then the visible image at the processing size, whatever the mode.
        """
        prepared = self.prepare(frame_set)
        if prepared is None:
            return None
        return self.complete(prepared, self.restore(prepared, restore=restore))

    def prepare(self, frame_set: FrameSet) -> Prepared | None:
        """Do the first part of `process`: both images in the output view; None as there."""
        visible = None
        # An engine that takes camera images leaves nothing to be done here but what is asked for.
        taken = self._taken(frame_set)
        if frame_set.visible is not None:
            start = time.perf_counter()
            try:
                rgb = Deferred(partial(to_rgb8, frame_set.visible))
                if not taken:
                    rgb.get()
            except FrameError as error:
                self._undecodable(Sensor.VISIBLE, str(error))
                if frame_set.thermal is not None:
                    self._thermal_account.miss(frame_set.thermal, DropReason.NO_PARTNER.value)
                return None
            self._account('convert', start)
            self._see(frame_set.visible)
            start, before = time.perf_counter(), self.registration.view
            view = self.registration.view_visible(
                frame_set.visible.height, frame_set.visible.width
            )
            visible = VisibleImage(
                frame_set.visible, view, Deferred(lambda: view.apply(rgb.get()))
            )
            if not taken:
                visible.made.get()
            self._account_register(start, new=view is not before)
        thermal = None
        if frame_set.thermal is not None:
            thermal = self._register(frame_set.thermal, at_once=not taken)
        if visible is None and thermal is None:
            return None
        self.clock.add('prepare', self._preparation)
        self._preparation = 0.0
        seen = None
        if self.registration.view is not None and self._seen is not None:
            seen = (self.registration.view, self._seen[0])
        return Prepared(frame_set, seen, visible, thermal)

    def restore(self, prepared: Prepared, *, restore: bool = True) -> Restored:
        """Do the second part: the engine's.

        It may run in one thread while another calls what else a pipeline has, one at a time.
        """
        frame = prepared.frame_set.thermal
        restored = self._restoration.run(
            prepared.visible,
            prepared.thermal,
            frozen=isinstance(frame, ThermalFrame) and frame.frozen,
            restore=restore,
        )
        if self._enlarges and restore and prepared.seen is not None:
            with self.clock.measure('enlarge'):
                restored = restored.enlarged(prepared.seen[0])
        return restored

    def warm_up(self, height: int, width: int) -> None:
        """Make ready for visible images of this size, pixels, so that the first is not late.

        What can't be used says so when an image comes.
        """
        view = self.registration.view_visible(height, width)
        self._restoration.warm_up(view.height, view.width)

    def complete(self, prepared: Prepared, restored: Restored) -> Output:
        """Do the last part: the output, and the account of it."""
        if restored.mode is Mode.VISIBLE_ONLY:
            why = self.registration.problem or self.clock_domains.advice or restored.reason
            restored = replace(restored, reason=why)
        output = assemble(prepared, restored)
        self.statistics.served[Sensor.VISIBLE] += prepared.visible is not None
        self.statistics.delivered(output)
        self.statistics.engine_failures = self._restoration.failures
        return output

    def _taken(self, frame_set: FrameSet) -> bool:
        """Whether the engine takes the visible image of this frame set as it came."""
        frames, visible = self.engine.camera_frames, frame_set.visible
        return frames is not None and visible is not None and matches(visible, frames.visible)

    def _register(self, frame: Frame, *, at_once: bool) -> RegisteredThermal | None:
        # Only what went through the intake reaches the synchroniser as a thermal frame.
        start, there = time.perf_counter(), self.registration.thermal_map
        thermal = self.registration.register(cast('ThermalFrame', frame))
        if thermal is not None and at_once:
            thermal.levels_made.get()
        self._account_register(start, new=self.registration.thermal_map is not there)
        if thermal is None:
            self._thermal_account.miss(frame, UNREGISTERED)
        else:
            self._thermal_account.serve(frame)
        return thermal

    def _see(self, frame: Frame) -> None:
        """Note whose view the outputs are in, and whether its size has changed."""
        seen = (frame.frame_id, frame.height, frame.width)
        if self._seen is not None and self._seen[1:] != seen[1:]:
            self.statistics.size_changes += 1
        self._seen = seen

    def _undecodable(self, sensor: Sensor, reason: str) -> None:
        self.statistics.dropped(sensor, UNDECODABLE)
        self._rejections[sensor] = reason

    def _count_drop(self, sensor: Sensor, _frame: Frame, reason: DropReason) -> None:
        self.statistics.dropped(sensor, reason.value)

    def _account_register(self, start: float, *, new: bool) -> None:
        """Note a registration; where new maps were made for it, as what is done once."""
        if new:
            self.clock.add('warm_up', time.perf_counter() - start)
        else:
            self._account('register', start)

    def _account(self, stage: str, start: float) -> None:
        seconds = time.perf_counter() - start
        self.clock.add(stage, seconds)
        self._preparation += seconds
