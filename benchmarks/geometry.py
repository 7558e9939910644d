"""Measure what bringing one pair of images into the output view costs, on one core.

Prints medians for a calibrated, distorted pair of cameras: the thermal intake (16 bit to 8 bit),
the visible image (rectified, and made smaller where the outputs are), the thermal picture for the
networks and the thermal values, and how long it takes to make the maps. All cases take turns in
one run, some pairs at a time, so that their ratios hold on a machine that is busy otherwise too.
"""

from __future__ import annotations

import argparse
import itertools
import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass

import cv2
import numpy as np

from nitedr_ros.config.schema import GeometryConfig, ThermalConfig
from nitedr_ros.frames.frame import Frame
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.extrinsics import Extrinsics
from nitedr_ros.geometry.registrar import Registrar
from nitedr_ros.thermal.intake import ThermalIntake

CASES = (((640, 480), (640, 480)), ((1920, 1080), (640, 480)), ((1920, 1080), (960, 540)))
"""Visible sizes and processing sizes, width and height."""
THERMAL = (640, 512)
PAIRS_A_TURN = 10
POSE = Extrinsics.from_quaternion((0.01, -0.02, 0.005, 1.0), (0.2, 0.05, -0.1))


@dataclass
class Figures:
    """Medians of one case, milliseconds."""

    case: str
    intake_ms: float
    visible_ms: float
    thermal_ms: float
    radiometric_ms: float
    pair_ms: float
    maps_ms: float


def camera(width: int, height: int, focal: float) -> CameraInfo:
    """Return a camera with a barrel lens."""
    k = (focal, 0.0, width / 2.0, 0.0, focal, height / 2.0, 0.0, 0.0, 1.0)
    p = (0.9 * focal, *k[1:3], 0.0, 0.0, 0.9 * focal, k[5], 0.0, 0.0, 0.0, 1.0, 0.0)
    return CameraInfo(width, height, 'plumb_bob', (-0.3, 0.1, 1e-3, -1e-3, 0.0), k, (), p)


def thermal_frames() -> itertools.cycle[Frame]:
    """Return noisy frames of one scene, for ever, hundredths of a kelvin at 9 Hz."""
    rng = np.random.default_rng(1)
    scene = cv2.resize(rng.normal(28_500, 600, (16, 20)), THERMAL)
    frames = []
    for number in range(16):
        image = (scene + rng.normal(0, 6, scene.shape)).astype(np.uint16)
        frames.append(Frame(number * 111_111_111, 'thermal', 'mono16', image, *image.shape))
    # Back and forth by less than a second: no stamp starts the intake anew.
    return itertools.cycle(frames[4:8])


def milliseconds(work: Callable[[], object]) -> float:
    """Return how long one call takes."""
    begin = time.perf_counter()
    work()
    return (time.perf_counter() - begin) * 1e3


def prepared(
    visible: tuple[int, int], processing: tuple[int, int]
) -> tuple[str, list[Callable[[], object]], float]:
    """Return the name of a case, its steps, and how long its maps took."""
    config = GeometryConfig(registration='tf', processing_size=processing)
    registrar = Registrar(config)
    registrar.visible_info = camera(*visible, 0.8 * visible[0])
    registrar.thermal_info = camera(*THERMAL, 0.9 * THERMAL[0])
    registrar.transform = POSE
    begin = time.perf_counter()
    view = registrar.view(visible[1], visible[0])
    thermal_map = registrar.thermal_map(view, THERMAL[1], THERMAL[0])
    maps_ms = (time.perf_counter() - begin) * 1e3
    rng = np.random.default_rng(0)
    intake, frames = ThermalIntake(ThermalConfig()), thermal_frames()
    rgb = rng.integers(0, 256, (visible[1], visible[0], 3), np.uint8)
    taken = intake.take(next(frames))
    levels, values = taken.levels, taken.data
    steps: list[Callable[[], object]] = [
        lambda: intake.take(next(frames)),
        lambda: view.apply(rgb),
        lambda: thermal_map.apply(levels),
        lambda: thermal_map.apply_radiometric(values),
    ]
    sizes = [f'{width}x{height}' for width, height in (visible, processing)]
    return ' to '.join(sizes), steps, maps_ms


def measure(rounds: int) -> list[Figures]:
    """Run all cases in turns."""
    cases = [prepared(*case) for case in CASES]
    times: list[list[list[float]]] = [[] for _ in cases]
    for _ in range(rounds):
        for (_, steps, _), taken in zip(cases, times, strict=True):
            for _ in range(PAIRS_A_TURN):
                taken.append([milliseconds(step) for step in steps])
    return [
        Figures(
            name,
            *(statistics.median(column) for column in zip(*taken, strict=True)),
            statistics.median(map(sum, taken)),
            maps_ms,
        )
        for (name, _, maps_ms), taken in zip(cases, times, strict=True)
    ]


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--rounds', type=int, default=20, help='turns of each case')
    parser.add_argument('--threads', type=int, default=1, help="OpenCV's threads")
    parser.add_argument('--json', action='store_true', help='print JSON instead of a table')
    options = parser.parse_args(arguments)
    cv2.setNumThreads(options.threads)
    results = measure(options.rounds)
    if options.json:
        sys.stdout.write(json.dumps([asdict(figures) for figures in results], indent=2) + '\n')
        return
    names = ('intake', 'visible', 'thermal', 'values', 'pair', 'of first')
    heads = ''.join(f'{name:>9}' for name in names)
    sys.stdout.write(f'{"medians, ms":22}{heads} {"maps, once":>11}\n')
    for f in results:
        columns = (f.intake_ms, f.visible_ms, f.thermal_ms, f.radiometric_ms, f.pair_ms)
        figures = ''.join(f'{value:9.2f}' for value in (*columns, f.pair_ms / results[0].pair_ms))
        sys.stdout.write(f'{f.case:22}{figures} {f.maps_ms:11.0f}\n')


if __name__ == '__main__':
    main()
