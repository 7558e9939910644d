"""The pipeline: messages of two cameras in, de-rained fused images out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import EngineError, FrameError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.frame import Frame
from nitedr_ros.frames.message import frame_from_message
from nitedr_ros.geometry.aligned import register_aligned
from nitedr_ros.pairing.drops import DropReason
from nitedr_ros.pairing.frame_set import FrameSet
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.synchroniser import Synchroniser
from nitedr_ros.pipeline.latency import StageClock
from nitedr_ros.pipeline.modes import Mode, ModeRules
from nitedr_ros.pipeline.output import Output
from nitedr_ros.pipeline.statistics import UNDECODABLE, Statistics
from nitedr_ros.thermal.intake import ThermalIntake

UInt8 = npt.NDArray[np.uint8]


class Pipeline:
    """Pairs, converts and runs the engine; knows no ROS, no bag and no clock of its own.

    The caller offers messages as they arrive and processes the frame sets that become ready:

        pipeline.offer(Sensor.VISIBLE, message, arrival_ns)
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
        self._synchroniser = Synchroniser(config.pairing, self._count_drop)
        self._intake = ThermalIntake(config.thermal)
        self._rules = ModeRules(config.modes)
        self._passes_through = isinstance(engine, PassthroughEngine)
        self._view: tuple[str, int, int] | None = None
        self._registered: tuple[Frame, UInt8] | None = None
        self._warm: tuple[int, int] | None = None
        self._preparation = 0.0
        self.last_failure = ''

    def offer(self, sensor: Sensor, message: object, arrival_ns: int) -> None:
        """Take in a sensor_msgs Image or CompressedImage of one camera.

        A message that holds no image is counted as undecodable, never raised.
        """
        compressed = hasattr(message, 'format')
        start = time.perf_counter()
        try:
            frame = frame_from_message(message)
        except FrameError:
            self.reject(sensor, arrival_ns)
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
                mono = self._intake.to_mono8(frame)
            except FrameError:
                self.reject(sensor, arrival_ns)
                return
            self._account('convert', start)
            height, width = mono.shape
            frame = Frame(frame.stamp_ns, frame.frame_id, 'mono8', mono, height, width)
        self.statistics.received[sensor] += 1
        start = time.perf_counter()
        self._synchroniser.add(sensor, frame, arrival_ns)
        self._account('pairing', start)

    def reject(self, sensor: Sensor, arrival_ns: int) -> None:
        """Count a message of one camera that holds no image that can be understood."""
        self.statistics.received[sensor] += 1
        self.statistics.dropped(sensor, UNDECODABLE)
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
        visible = None
        start = time.perf_counter()
        if frame_set.visible is not None:
            try:
                visible = to_rgb8(frame_set.visible)
            except FrameError:
                self.statistics.dropped(Sensor.VISIBLE, UNDECODABLE)
                return None
            self._see(frame_set.visible)
        thermal = None if frame_set.thermal is None else self._register(frame_set.thermal)
        self._account('convert', start)
        mode, reason = self._rules.next_mode(
            visible=visible is not None, thermal=thermal is not None
        )
        if visible is not None:
            output = self._with_visible(frame_set, visible, thermal, mode, reason)
        elif thermal is not None:
            output = self._thermal_alone(frame_set, thermal, reason)
        else:
            raise ValueError('expected a frame set with at least one frame')
        self.clock.add('prepare', self._preparation)
        self._preparation = 0.0
        self.statistics.delivered(output)
        return output

    def _with_visible(
        self, frame_set: FrameSet, visible: UInt8, thermal: UInt8 | None, mode: Mode, reason: str
    ) -> Output:
        fused = derained = visible
        stages: tuple[str, ...] = ()
        if self._passes_through:
            mode, reason = Mode.PASS_THROUGH, 'pass-through engine'
        if mode is not Mode.PASS_THROUGH:
            guide = np.zeros(visible.shape[:2], np.uint8) if thermal is None else thermal
            try:
                self._warm_up(*visible.shape[:2])
                inference = self.engine.infer(visible, guide)
            except EngineError as error:
                self._rules.engine_failed()
                self.statistics.engine_failures += 1
                self.last_failure = str(error)
                mode, reason = Mode.PASS_THROUGH, f'engine failed: {error}'
            else:
                self._rules.engine_succeeded()
                self.clock.add('infer', inference.seconds)
                fused = derained = inference.derained
                stages = ('clean',)
                if mode is Mode.FULL:
                    fused, stages = inference.fused, ('clean', 'fuse')
        return _output(
            frame_set, frame_set.visible, mode, reason, stages, fused, derained, thermal
        )

    def _thermal_alone(self, frame_set: FrameSet, thermal: UInt8, reason: str) -> Output:
        fused = np.repeat(thermal[..., None], 3, axis=2)
        output = _output(
            frame_set, frame_set.thermal, Mode.THERMAL_ONLY, reason, (), fused, None, thermal
        )
        # Registered, it is in the visible camera's view, as far as one is known.
        return output if self._view is None else replace(output, frame_id=self._view[0])

    def _warm_up(self, height: int, width: int) -> None:
        """Prepare the engine for a size not met before, outside the time counted as inference."""
        if self._warm != (height, width):
            with self.clock.measure('warm_up'):
                self.engine.warm_up(height, width)
            self._warm = (height, width)

    def _register(self, frame: Frame) -> UInt8:
        """Return the thermal frame in the visible camera's pixels, at its own where none was seen.

        The last result is kept: a slow thermal camera's frame serves several visible ones.
        """
        if self._view is None:
            return np.asarray(frame.data, np.uint8)
        _, height, width = self._view
        kept = self._registered
        if kept is None or kept[0] is not frame or kept[1].shape != (height, width):
            kept = (frame, register_aligned(frame.data, height, width))
            self._registered = kept
        return kept[1]

    def _see(self, frame: Frame) -> None:
        """Note whose view the outputs are in, and whether its size has changed."""
        view = (frame.frame_id, frame.height, frame.width)
        if self._view is not None and self._view[1:] != view[1:]:
            self.statistics.size_changes += 1
        self._view = view

    def _count_drop(self, sensor: Sensor, _frame: Frame, reason: DropReason) -> None:
        self.statistics.dropped(sensor, reason.value)

    def _account(self, stage: str, start: float) -> None:
        seconds = time.perf_counter() - start
        self.clock.add(stage, seconds)
        self._preparation += seconds


def _output(
    frame_set: FrameSet,
    stamped: Frame | None,
    mode: Mode,
    reason: str,
    stages: tuple[str, ...],
    fused: UInt8,
    derained: UInt8 | None,
    thermal: UInt8 | None,
) -> Output:
    """Return the output of a frame set with the stamp and frame of one of its frames."""
    if stamped is None:
        raise ValueError('expected the frame that gives the output its stamp')
    return Output(
        stamp_ns=stamped.stamp_ns,
        frame_id=stamped.frame_id,
        mode=mode,
        reason=reason,
        stages=stages,
        fused=fused,
        derained=derained,
        thermal_registered=thermal,
        skew_ns=frame_set.skew_ns,
        thermal_age_ns=frame_set.thermal_age_ns,
        waited_ns=frame_set.waited_ns,
        reused=frame_set.reused,
    )
