"""Compare ways of pairing a 30 Hz visible with a 9 Hz thermal stream, once and in a loop.

Prints pairs and skew of this project's synchroniser, of the optimum that knows the whole recording
and, where it can be imported (after sourcing a ROS 2 installation), of the Python
message_filters.ApproximateTimeSynchronizer. All get the same frames in the same order of arrival.
"""

from __future__ import annotations

import argparse
import importlib
import json
import random
import sys
import time
from dataclasses import asdict, dataclass
from types import SimpleNamespace
from typing import Any

import numpy as np

from nitedr_ros.config.schema import PairingConfig
from nitedr_ros.frames.frame import Frame
from nitedr_ros.pairing.assignment import best_pairs
from nitedr_ros.pairing.sensor import Sensor
from nitedr_ros.pairing.synchroniser import Synchroniser

PASSES = 3
START_NS = 1_700_000_000 * 10**9
IMAGE = np.zeros((1, 1), np.uint8)


@dataclass(frozen=True)
class Arrival:
    """A frame's sensor, stamp and arrival, nanoseconds, and the pass of the bag it belongs to."""

    sensor: Sensor
    stamp_ns: int
    arrival_ns: int
    loop: int


@dataclass
class Figures:
    """Pairs per pass, their skew in milliseconds, and the cost of a frame in microseconds.

    mixed: pairs of frames from different passes; they count in no pass, nor in the skew.
    """

    pairs: list[int]
    mixed: int
    mean_skew_ms: float
    max_skew_ms: float
    us_per_frame: float | None = None


@dataclass(frozen=True)
class Stamped:
    """A pair: the passes and the stamps of its visible and thermal frame."""

    loops: tuple[int, int]
    visible_ns: int
    thermal_ns: int


def camera(
    sensor: Sensor, rate_hz: float, latency_ms: float, options: argparse.Namespace
) -> list[Arrival]:
    """Frames of one camera: a random phase, jitter of stamps and of latency."""
    rng = random.Random(f'{options.seed} {sensor.value}')  # noqa: S311 - a simulation
    period_ns = 1e9 / rate_hz
    phase = rng.random()
    frames: list[Arrival] = []
    for k in range(int(options.seconds * rate_hz)):
        jitter_ns = rng.gauss(0.0, options.stamp_jitter_ms * 1e6)
        stamp_ns = START_NS + round((k + phase) * period_ns + jitter_ns)
        delay_ns = max(0.0, rng.gauss(latency_ms, options.latency_jitter_ms)) * 1e6
        if frames and stamp_ns <= frames[-1].stamp_ns:
            continue
        arrival_ns = stamp_ns - START_NS + round(delay_ns)
        if frames:
            arrival_ns = max(arrival_ns, frames[-1].arrival_ns)
        frames.append(Arrival(sensor, stamp_ns, arrival_ns, 0))
    return frames


def recording(options: argparse.Namespace) -> list[Arrival]:
    """Both cameras in order of arrival."""
    frames = camera(Sensor.VISIBLE, 30.0, options.visible_latency_ms, options)
    frames += camera(Sensor.THERMAL, 9.0, options.thermal_latency_ms, options)
    return sorted(frames, key=lambda frame: frame.arrival_ns)


def looped(frames: list[Arrival], seconds: float) -> list[Arrival]:
    """Play the recording PASSES times: stamps restart, arrival goes on."""
    return [
        Arrival(f.sensor, f.stamp_ns, f.arrival_ns + round(loop * seconds * 1e9), loop)
        for loop in range(PASSES)
        for f in frames
    ]


def figures(pairs: list[Stamped], passes: int, us_per_frame: float | None = None) -> Figures:
    """Summarise pairs."""
    sound = [p for p in pairs if p.loops[0] == p.loops[1]]
    skews = [abs(p.thermal_ns - p.visible_ns) / 1e6 for p in sound]
    return Figures(
        [sum(p.loops[0] == loop for p in sound) for loop in range(passes)],
        len(pairs) - len(sound),
        sum(skews) / len(skews) if skews else 0.0,
        max(skews, default=0.0),
        us_per_frame,
    )


def synchronised(frames: list[Arrival], passes: int, config: PairingConfig) -> Figures:
    """Pair with this project's synchroniser."""
    synchroniser = Synchroniser(config)
    given = [
        (f.sensor, Frame(f.stamp_ns, str(f.loop), 'mono8', IMAGE, 1, 1), f.arrival_ns)
        for f in frames
    ]
    pairs = []
    begin = time.perf_counter()
    for arrival in given:
        synchroniser.add(*arrival)
        pairs += [s for s in synchroniser if s.visible and s.thermal]
    elapsed = time.perf_counter() - begin
    synchroniser.flush()
    pairs += [s for s in synchroniser if s.visible and s.thermal]
    stamped = [
        Stamped(
            (int(s.visible.frame_id), int(s.thermal.frame_id)),
            s.visible.stamp_ns,
            s.thermal.stamp_ns,
        )
        for s in pairs
        if s.visible and s.thermal
    ]
    return figures(stamped, passes, elapsed / len(given) * 1e6)


def optimum(frames: list[Arrival], max_skew_ms: float) -> Figures:
    """Pair the whole recording at once."""
    visible = [f.stamp_ns for f in frames if f.sensor is Sensor.VISIBLE]
    thermal = [f.stamp_ns for f in frames if f.sensor is Sensor.THERMAL]
    pairs = best_pairs(visible, thermal, round(max_skew_ms * 1e6))
    return figures([Stamped((0, 0), visible[i], thermal[j]) for i, j in pairs], 1)


def message_filters(
    frames: list[Arrival], passes: int, max_skew_ms: float, queue_size: int
) -> Figures | None:
    """Pair with message_filters' Python synchroniser; None where it isn't installed."""
    try:
        library: Any = importlib.import_module('message_filters')
        stamp_type: Any = importlib.import_module('rclpy.time').Time
    except ImportError:
        return None
    filters = {sensor: library.SimpleFilter() for sensor in Sensor}
    synchroniser = library.ApproximateTimeSynchronizer(
        list(filters.values()), queue_size=queue_size, slop=max_skew_ms / 1e3
    )
    pairs: list[Stamped] = []

    def take(visible: Any, thermal: Any) -> None:
        stamps = visible.header.stamp.nanoseconds, thermal.header.stamp.nanoseconds
        pairs.append(Stamped((visible.loop, thermal.loop), *stamps))

    synchroniser.registerCallback(take)
    messages = [
        (
            f.sensor,
            SimpleNamespace(
                loop=f.loop, header=SimpleNamespace(stamp=stamp_type(nanoseconds=f.stamp_ns))
            ),
        )
        for f in frames
    ]
    begin = time.perf_counter()
    for sensor, message in messages:
        filters[sensor].signalMessage(message)
    elapsed = time.perf_counter() - begin
    return figures(pairs, passes, elapsed / len(messages) * 1e6)


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--seconds', type=float, default=100.0, help='length of the recording')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--stamp-jitter-ms', type=float, default=1.0, help='standard deviation')
    parser.add_argument('--visible-latency-ms', type=float, default=15.0, help='mean')
    parser.add_argument('--thermal-latency-ms', type=float, default=15.0, help='mean')
    parser.add_argument('--latency-jitter-ms', type=float, default=2.0, help='standard deviation')
    parser.add_argument('--max-skew-ms', type=float, default=50.0)
    parser.add_argument('--wait-ms', type=float, default=20.0, help='the default of the package')
    parser.add_argument('--long-wait-ms', type=float, default=250.0, help='for a second run')
    parser.add_argument('--queue-size', type=int, default=10, help='of message_filters')
    parser.add_argument('--json', action='store_true', help='print JSON instead of a table')
    return parser.parse_args(arguments)


def measure(options: argparse.Namespace) -> dict[str, dict[str, Figures]]:
    """Run every method on the recording, once and in a loop."""
    frames = recording(options)
    skew = options.max_skew_ms
    configs = {
        f'{name}, wait {wait_ms:g} ms': PairingConfig(
            use_once=use_once, wait_ms=wait_ms, max_skew_ms=skew
        )
        for name, use_once in (('use_once', True), ('latest', False))
        for wait_ms in (options.wait_ms, options.long_wait_ms)
    }
    loop = looped(frames, options.seconds)
    results: dict[str, dict[str, Figures]] = {'once': {}, 'loop': {}}
    results['once']['optimum'] = optimum(frames, skew)
    for run, arrivals, passes in (('once', frames, 1), ('loop', loop, PASSES)):
        for name, config in configs.items():
            results[run][name] = synchronised(arrivals, passes, config)
        theirs = message_filters(arrivals, passes, skew, options.queue_size)
        if theirs is not None:
            results[run]['message_filters'] = theirs
    return results


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = options_of(arguments)
    results = measure(options)
    if options.json:
        report = {
            'options': vars(options),
            'results': {
                run: {name: asdict(f) for name, f in rows.items()} for run, rows in results.items()
            },
        }
        sys.stdout.write(json.dumps(report, indent=2) + '\n')
        return
    for run, rows in results.items():
        title = f'played {run}' if run == 'once' else f'played {PASSES} times in a loop'
        sys.stdout.write(
            f'\n{title:26} {"pairs":>18} {"mixed":>6} {"mean skew ms":>13} {"max skew ms":>12} '
            f'{"us/frame":>9}\n'
        )
        for name, f in rows.items():
            pairs = ' '.join(map(str, f.pairs))
            cost = '' if f.us_per_frame is None else f'{f.us_per_frame:.0f}'
            sys.stdout.write(
                f'{name:26} {pairs:>18} {f.mixed:6} {f.mean_skew_ms:13.2f} {f.max_skew_ms:12.1f} '
                f'{cost:>9}\n'
            )


if __name__ == '__main__':
    main()
