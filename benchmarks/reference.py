"""Measure one frame of the published networks, through ONNX Runtime, beside one of our models.

Prints seconds for a frame and their ratio. Our model runs before and after, and the ratio is
given for its fastest and slowest frame too: where these lie far apart, the machine was busy with
other things and the run says little. The published networks have their full size; what they cost
doesn't depend on their weights, so random ones do where the authors' checkpoints are not given.
Needs torch and onnx, minutes, and 5 GB of memory at 640 x 480.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from nitedr_ros.config.load import load_config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.registry import open_engine
from nitedr_ros.networks.reference.stand_in import published_model

OURS_FRAMES = 20
"""Frames of our model before, and again after each frame of the published networks."""


@dataclass
class Figures:
    """Seconds of each frame; how many times longer the published networks take."""

    width: int
    height: int
    threads: int
    runtime: str
    ours: str
    published_s: list[float]
    ours_s: list[float]
    ratio: float
    ratio_lowest: float
    ratio_highest: float


def options_of(arguments: list[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--width', type=int, default=640)
    parser.add_argument('--height', type=int, default=480)
    parser.add_argument('--frames', type=int, default=1, help='of the published networks')
    parser.add_argument('--threads', type=int, default=os.cpu_count() or 1)
    parser.add_argument('--model', help='of ours; the configured one where not given')
    parser.add_argument('--engine', help='that runs ours, as `nitedr eval` takes it')
    parser.add_argument('--cleannet', type=Path, help='best_net_g.pth')
    parser.add_argument('--fusionnet', type=Path, help='fusion.pth')
    parser.add_argument('--json', action='store_true')
    return parser.parse_args(arguments)


def published(options: argparse.Namespace, folder: Path) -> Engine:
    """Export the published networks into `folder` and load them."""
    model = published_model(folder, options.cleannet, options.fusionnet)
    return OnnxRuntimeEngine(model, threads=options.threads)


def measure(options: argparse.Namespace) -> Figures:
    """Run both in turn on noise."""
    rng = np.random.default_rng(1)
    size = (options.height, options.width)
    pair = rng.integers(0, 256, (*size, 3), np.uint8), rng.integers(0, 256, size, np.uint8)
    wanted = {'model': options.model, 'engine.name': options.engine}
    config = load_config(None, {name: value for name, value in wanted.items() if value})
    ours = open_engine(config).engine
    with tempfile.TemporaryDirectory() as folder:
        large = published(options, Path(folder))
    ours.infer(*pair)
    published_s: list[float] = []
    ours_s = [ours.infer(*pair).seconds for _ in range(OURS_FRAMES)]
    for _ in range(options.frames):
        published_s.append(large.infer(*pair).seconds)
        ours_s += [ours.infer(*pair).seconds for _ in range(OURS_FRAMES)]
    typical = statistics.median(published_s)
    return Figures(
        width=options.width,
        height=options.height,
        threads=options.threads,
        runtime=large.info.runtime,
        ours=f'{ours.info.model} on {ours.info.runtime}, {ours.info.precision}',
        published_s=published_s,
        ours_s=ours_s,
        ratio=typical / statistics.median(ours_s),
        ratio_lowest=typical / max(ours_s),
        ratio_highest=typical / min(ours_s),
    )


def main(arguments: list[str] | None = None) -> None:
    """Measure and print."""
    options = options_of(arguments)
    figures = measure(options)
    if options.json:
        sys.stdout.write(json.dumps(asdict(figures), indent=2) + '\n')
        return
    published_s, ours_s = (statistics.median(s) for s in (figures.published_s, figures.ours_s))
    sys.stdout.write(
        f'{figures.width}x{figures.height}, {figures.threads} threads, {figures.runtime}\n'
        f'published {published_s:.2f} s, {figures.ours} {ours_s:.4f} s: {figures.ratio:.0f} times '
        f'({figures.ratio_lowest:.0f} to {figures.ratio_highest:.0f})\n'
    )


if __name__ == '__main__':
    main()
