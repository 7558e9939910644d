"""The pipeline: messages of two cameras in, de-rained fused images out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import cast

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.errors import FrameError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.frame import Frame
from nitedr_ros.frames.message import frame_from_message
from nitedr_ros.geometry.visible_view import VisibleView
from nitedr_ros.pairing.clock_domains import ClockDomains
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.synchroniser import Synchroniser
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.modes import Mode
from nitedr_ros.pipeline.output import Output, UInt8
from nitedr_ros.pipeline.registration import RegisteredThermal, Registration
from nitedr_ros.pipeline.restoration import Restoration, Restored
from nitedr_ros.pipeline.statistics import UNDECODABLE, UNREGISTERED, Statistics
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
    receive times of a bag. Not thread-safe: a live node's callbacks hand their messages to one
    worker, and that offers and processes.
    """

    def __init__(self, config: Config, engine: Engine) -> None:
        self.engine = engine
        self.statistics = Statistics()
        self.clock = StageClock()
        self.registration = Registration(config)
        self.clock_domains = ClockDomains(config.pairing)
        self._synchroniser = Synchroniser(config.pairing, self._count_drop)
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

    def advance(self, arrival_ns: int) -> None:
        """Let time pass without a frame, so that waiting ends when its budget does."""
        self._synchroniser.advance(arrival_ns)

    def finish(self) -> None:
        """Decide all that still waits: the recording has ended."""
        self._synchroniser.flush()

    def ready(self) -> Iterator[FrameSet]:
        """Hand out the frame sets that are decided, each once, in stamp order."""
        return self._synchroniser.ready()

    def process(self, frame_set: FrameSet) -> Output | None:
        """Turn a frame set into an output; None where its visible frame can't be understood.

        An engine that fails makes this frame pass through, and is counted.
        """
        view, visible = self.registration.view, None
        if frame_set.visible is not None:
            start = time.perf_counter()
            try:
                rgb = to_rgb8(frame_set.visible)
            except FrameError as error:
                self._undecodable(Sensor.VISIBLE, str(error))
                return None
            self._account('convert', start)
            self._see(frame_set.visible)
            start = time.perf_counter()
            before, view = view, self.registration.view_visible(*rgb.shape[:2])
            visible = view.apply(rgb)
            self._account_register(start, new=view is not before)
        thermal, frozen = None, False
        # Only what went through the intake reaches the synchroniser as a thermal frame.
        frame = cast('ThermalFrame | None', frame_set.thermal)
        if frame is not None:
            start, there = time.perf_counter(), self.registration.thermal_map
            thermal, frozen = self.registration.register(frame), frame.frozen
            self._account_register(start, new=self.registration.thermal_map is not there)
        if visible is None and thermal is None:
            self.statistics.dropped(Sensor.THERMAL, UNREGISTERED)
            return None
        restored = self._restoration.run(visible, thermal, frozen=frozen)
        output = self._output(frame_set, view, visible, thermal, restored, frozen=frozen)
        self.clock.add('prepare', self._preparation)
        self._preparation = 0.0
        self.statistics.delivered(output)
        self.statistics.engine_failures = self._restoration.failures
        return output

    def _output(
        self,
        frame_set: FrameSet,
        view: VisibleView | None,
        visible: UInt8 | None,
        thermal: RegisteredThermal | None,
        restored: Restored,
        *,
        frozen: bool,
    ) -> Output:
        """Put together what goes out, with the stamp and optical frame of its main image."""
        main = frame_set.visible or frame_set.thermal
        if main is None:
            raise ValueError('expected a frame set with at least one frame')
        frame_id = main.frame_id
        if frame_set.visible is None and self._seen is not None:
            # Registered, it is in the visible camera's view.
            frame_id = self._seen[0]
        reason = restored.reason
        if restored.mode is Mode.VISIBLE_ONLY:
            reason = self.registration.problem or self.clock_domains.advice or reason
        fused, derained = restored.fused, restored.derained
        if self._enlarges and view is not None:
            with self.clock.measure('enlarge'):
                fused = view.enlarge(fused)
                derained = None if derained is None else view.enlarge(derained)
        info = None if view is None else view.camera_info
        full = None if view is None else view.full_camera_info
        return Output(
            stamp_ns=main.stamp_ns,
            frame_id=frame_id,
            mode=restored.mode,
            reason=reason,
            stages=restored.stages,
            fused=fused,
            derained=derained,
            visible=visible,
            thermal_registered=None if thermal is None else thermal.levels,
            radiometric=None if thermal is None else thermal.radiometric,
            mask=None if thermal is None else thermal.mask,
            image_info=full if self._enlarges else info,
            camera_info=info,
            skew_ns=frame_set.skew_ns,
            thermal_age_ns=frame_set.thermal_age_ns,
            thermal_frozen=frozen,
            waited_ns=frame_set.waited_ns,
            reused=frame_set.reused,
            visible_stamp_ns=None if frame_set.visible is None else frame_set.visible.stamp_ns,
            thermal_stamp_ns=None if frame_set.thermal is None else frame_set.thermal.stamp_ns,
        )

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
