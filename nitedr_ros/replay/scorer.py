"""Scores a replay against the truth that lies in the bag."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.errors import CalibrationError, FrameError
from nitedr_ros.frames.convert import to_rgb8, to_single_channel
from nitedr_ros.frames.frame import Frame
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.metrics.displacement import displacement
from nitedr_ros.metrics.luma import luma
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pipeline.output import Output
from nitedr_ros.replay.compared import Compared
from nitedr_ros.replay.score_deraining import DerainingScore
from nitedr_ros.replay.score_flicker import FlickerScore, ThermalFlickerScore
from nitedr_ros.replay.score_pairing import PairingScore
from nitedr_ros.replay.score_registration import RegistrationScore
from nitedr_ros.replay.truth import TruthTopics
from nitedr_ros.replay.truth_frames import TruthFrames, TruthName
from nitedr_ros.replay.truth_view import TruthView, truth_view

Displaced = Callable[
    [npt.NDArray[np.float64], npt.NDArray[np.float64]], npt.NDArray[np.float64] | None
]
"""Of output pixels [N, 2] and depths [N] in metres: how far thermal shows things from their place,
pixels [N, 2]; None where the registration knows no depth."""


class Scorer:
    """Gathers the scores of one replay.

    Takes the messages of `topics` as they lie in the bag and each output once it is there; the
    truth of an output may come before it or some frames after it.

    seconds: time spent here, so that it can be left out of the pipeline's.
    """

    def __init__(
        self, truth: TruthTopics, displaced: Displaced = lambda pixels, depth_m: None
    ) -> None:
        """Begin. displaced: what parallax the registration expects, see `Displaced`."""
        self.topics = truth.names
        self.seconds = 0.0
        self._times = {
            truth.visible_time: Sensor.VISIBLE,
            truth.thermal_time: Sensor.THERMAL,
        }
        self._frames = TruthFrames(truth)
        self._outputs = self._scored = 0
        self._problem: str | None = None
        self._pairing = PairingScore()
        self._registration = RegistrationScore()
        self._displaced = displaced
        self._deraining = DerainingScore()
        self._flicker = FlickerScore()
        self._thermal_flicker = ThermalFlickerScore()

    def take_message(self, topic: str, message: Any) -> None:
        """Take a decoded message of one of `topics`."""
        with self._timed():
            sensor = self._times.get(topic)
            if sensor is None:
                self._frames.take_message(topic, message)
                self._settle()
            else:
                stamp, true = message.header.stamp, message.time_ref
                self._pairing.add_time(sensor, _nanoseconds(stamp), _nanoseconds(true))

    def take_output(self, output: Output) -> None:
        """Take the next output of the pipeline; its images must stay as they are."""
        with self._timed():
            self._outputs += 1
            if output.visible_stamp_ns is None:
                # Without a visible frame there is no telling what the truth was.
                self._settle(finished=True)
                self._interrupt()
                return
            if output.thermal_stamp_ns is not None and output.skew_ns is not None:
                self._pairing.add_pair(
                    output.visible_stamp_ns, output.thermal_stamp_ns, output.skew_ns
                )
            self._frames.take_output(output, output.visible_stamp_ns)
            self._settle()

    def scores(self) -> dict[str, Any]:
        """Return all figures for the report, once all messages and outputs were taken.

        A part is None where the bag has no truth for it, or no output could be compared.
        """
        with self._timed():
            self._settle(finished=True)
            scores = {
                'outputs': self._outputs,
                'outputs_with_truth': self._scored,
                'problem': self._problem or self._frames.problem,
                'pairing': self._pairing.scores(),
                'registration': self._registration.scores(self._pairing.true_skews_ns),
                'deraining': self._deraining.scores(),
                'flicker': self._flicker.scores(),
                'thermal_flicker': self._thermal_flicker.scores(),
            }
        return {**scores, 'seconds': round(self.seconds, 3)}

    @contextmanager
    def _timed(self) -> Iterator[None]:
        start = time.perf_counter()
        try:
            yield
        finally:
            self.seconds += time.perf_counter() - start

    def _settle(self, *, finished: bool = False) -> None:
        for output, truth in self._frames.matched(finished=finished):
            if not truth:
                self._interrupt()
                continue
            self._scored += 1
            try:
                if 'visible' in truth:
                    self._score_visible(output, truth['visible'])
                if 'thermal' in truth:
                    self._score_thermal(output, truth['thermal'], truth.get('depth'))
            except (CalibrationError, FrameError) as error:
                self._problem = str(error)

    def _interrupt(self) -> None:
        self._flicker.interrupt()
        self._thermal_flicker.interrupt()

    def _score_visible(self, output: Output, truth: Frame) -> None:
        true_rgb = to_rgb8(truth)
        images: dict[str, Compared] = {}
        true_lumas: dict[TruthView, npt.NDArray[np.float64]] = {}
        for name, image, info in (
            ('visible', output.visible, output.camera_info),
            ('derained', output.derained, output.image_info),
            ('fused', output.fused, output.image_info),
        ):
            if image is None:
                continue
            view = self._view('visible', truth, image.shape, info)
            if view not in true_lumas:
                true_lumas[view] = luma(view.apply(true_rgb))
            if view.mask is None or view.mask.any():
                images[name] = Compared(luma(image), true_lumas[view], view.mask)
        self._flicker.add(images)
        self._deraining.add({name: images[name] for name in images if name != 'fused'})

    def _score_thermal(self, output: Output, truth: Frame, depth: Frame | None) -> None:
        levels, stamp_ns = output.thermal_registered, output.thermal_stamp_ns
        if levels is None or stamp_ns is None or output.visible_stamp_ns is None:
            self._thermal_flicker.interrupt()
            return
        view = self._view('thermal', truth, levels.shape, output.camera_info)
        true_values = to_single_channel(truth)
        if not np.isfinite(true_values).all():
            raise FrameError('the true thermal image: expected finite values, got NaN or infinity')
        true = view.apply(true_values)
        usable = np.ones(levels.shape, bool) if view.mask is None else view.mask.copy()
        if output.mask is not None:
            usable &= output.mask != 0
        self._thermal_flicker.add(stamp_ns, levels, true, usable)
        if self._registration.wants_next():
            moved = levels if output.radiometric is None else output.radiometric
            measured = displacement(true, moved, usable.astype(np.uint8))
            expected = None
            if depth is not None and self._fits(depth, truth):
                columns, rows = measured.points.astype(int).T
                away = view.apply(depth.data)[rows, columns].astype(np.float64)
                expected = self._displaced(measured.points.astype(np.float64), away)
            self._registration.add(output.visible_stamp_ns, stamp_ns, measured, expected)

    def _fits(self, depth: Frame, truth: Frame) -> bool:
        """Say whether a true depth is one, pixel by pixel of the true thermal image."""
        fits = depth.data.dtype == np.float32 and depth.data.shape == (truth.height, truth.width)
        if not fits:
            self._problem = (
                f'the true depth: expected 32FC1 of {truth.width}x{truth.height}, as the true '
                f'thermal image, got {depth.encoding} of {depth.width}x{depth.height}'
            )
        return fits

    def _view(
        self, name: TruthName, truth: Frame, shape: tuple[int, ...], info: CameraInfo | None
    ) -> TruthView:
        true_size, size = (truth.height, truth.width), (shape[0], shape[1])
        return truth_view(true_size, self._frames.infos.get(name), size, info)


def _nanoseconds(stamp: Any) -> int:
    return int(stamp.sec) * 1_000_000_000 + int(stamp.nanosec)
