"""Measures combinations in turns, so that what else the machine does meets all of them alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from nitedr_ros.bench.against import PublishedFrame, run_published
from nitedr_ros.bench.combination import Combination, Device
from nitedr_ros.bench.energy import EnergyMeter
from nitedr_ros.bench.measurement import Measurement
from nitedr_ros.bench.multiplications import gmac
from nitedr_ros.bench.nvml import Nvml
from nitedr_ros.bench.opening import EngineOpener, Opened, Refused
from nitedr_ros.bench.quality import restored
from nitedr_ros.bench.rates import CpuProbe, RateProbe, Rates
from nitedr_ros.bench.scenes import Pair, scenes
from nitedr_ros.engines.engine import Engine, Inference
from nitedr_ros.errors import EngineError, InputError

ROUNDS = 5
"""Each combination takes so many turns."""
PROBED = 0.2
"""Longest time for a rate of the machine in each round, seconds."""

OnProgress = Callable[[int, int], None]
ProbeMaker = Callable[[str], RateProbe]
"""Makes what measures a device's rates in a precision."""
Task = tuple[str, tuple[int, int]]
"""A model, and height and width of its images, pixels."""
Rated = tuple[Device, str]
"""A device and a precision."""


@dataclass(frozen=True)
class BenchJob:
    """What is wanted.

    seconds: of each combination, and again for each further way to run it. folder: of `visible`
    and `thermal` images; None for drawn ones. beside: name of the model that runs beside; None for
    none.
    """

    combinations: Sequence[Combination]
    seconds: float = 5.0
    folder: Path | None = None
    beside: str | None = None


@dataclass(frozen=True)
class Benchmark:
    """What was found.

    scenes: how many there were. gmac: billions of multiply-accumulates of a frame, by model and
    size; None where not known. rates: by device and precision. published: by height and width;
    empty where they were not asked for. neighbours: why nothing could run beside some. energy:
    what told it, by device; None where nothing did.
    """

    measurements: list[Measurement]
    refused: list[Refused]
    scenes: int
    gmac: dict[Task, float | None]
    rates: dict[Rated, Rates]
    published: dict[tuple[int, int], PublishedFrame]
    neighbours: list[Refused]
    energy: dict[Device, str | None]
    seconds: float


def run_benchmark(
    job: BenchJob,
    opener: EngineOpener,
    nvml: Nvml | None = None,
    gpu_probes: ProbeMaker | None = None,
    load_published: Callable[[], Engine] | None = None,
    on_progress: OnProgress = lambda done, total: None,
) -> Benchmark:
    """Measure all combinations that can run; those that can't are kept with the reason.

    gpu_probes: of the GPU; None where nothing measures it.
    load_published: makes the engine of the published networks; None to leave them out. Raises
    InputError for frames that can't be read, EngineError where the published networks are wanted
    and can't be had.
    """
    start = time.perf_counter()
    sizes = dict.fromkeys(each.size for each in job.combinations)
    frames = {size: scenes(size, job.folder) for size in sizes}
    steps = _Steps(len(job.combinations) * (1 + ROUNDS), on_progress)
    with closing(EnergyMeter.find(nvml)) as meter:
        opened, refused = _open(job, opener, frames, steps)
        multiplied = {
            task: _gmac(opener, *task)
            for task in dict.fromkeys(_task(each.combination) for each in opened)
        }
        neighbours: list[Refused] = []
        measurements = [
            Measurement(
                each,
                frames[each.combination.size],
                meter,
                _neighbour(job, opener, each.combination, neighbours),
            )
            for each in opened
        ]
        probes = _probes(opened, opener.config.threads, gpu_probes)
        rates = dict.fromkeys(probes, Rates())
        published: dict[tuple[int, int], PublishedFrame] = {}
        for turn in range(ROUNDS):
            for measurement in measurements:
                measurement.take(job.seconds / ROUNDS)
                steps.done()
            for rated, probe in probes.items():
                rates[rated] = rates[rated].best(probe.measure(min(PROBED, job.seconds / ROUNDS)))
            if turn == ROUNDS // 2 and load_published is not None:
                published = run_published(
                    load_published, {size: pairs[0] for size, pairs in frames.items()}
                )
        refused += [
            Refused(each.opened.combination, f'failed while it was measured: {each.failure}')
            for each in measurements
            if each.failure
        ]
        return Benchmark(
            [each for each in measurements if not each.failure],
            refused,
            max((len(pairs) for pairs in frames.values()), default=0),
            multiplied,
            rates,
            published,
            neighbours,
            {'cpu': meter.source('cpu'), 'gpu': meter.source('gpu')},
            time.perf_counter() - start,
        )


class _Steps:
    def __init__(self, total: int, on_progress: OnProgress) -> None:
        self._done, self._total, self._tell = 0, total, on_progress

    def done(self) -> None:
        self._done += 1
        self._tell(self._done, self._total)


def _task(combination: Combination) -> Task:
    return combination.model, combination.size


def _gmac(opener: EngineOpener, model: str, size: tuple[int, int]) -> float | None:
    graph = opener.models[model]
    return gmac(graph.read_verified(), *graph.padded(*size))


def _open(
    job: BenchJob,
    opener: EngineOpener,
    frames: Mapping[tuple[int, int], Sequence[Pair]],
    steps: _Steps,
) -> tuple[list[Opened], list[Refused]]:
    """Open all combinations, each beside what it is compared with."""
    # All of them before the first engine is opened: what they leave in memory is not the engines'.
    right = {
        key: _right(opener, *key, frames[key[1]])
        for key in dict.fromkeys(map(_task, job.combinations))
    }
    opened: list[Opened] = []
    refused: list[Refused] = []
    for combination in job.combinations:
        try:
            opened.append(
                opener.open(combination, frames[combination.size], right[_task(combination)])
            )
        except (EngineError, InputError) as error:
            refused.append(Refused(combination, str(error)))
        steps.done()
    return opened, refused


def _right(
    opener: EngineOpener, model: str, size: tuple[int, int], pairs: Sequence[Pair]
) -> list[Inference] | None:
    """Return what ONNX Runtime makes of scenes in fp32 on the CPU; None where it can't run."""
    try:
        engine = opener.make(Combination(model, 'onnxruntime', 'fp32', *size))
        return restored(engine, pairs)
    except EngineError:
        return None


def _neighbour(
    job: BenchJob, opener: EngineOpener, ours: Combination, refused: list[Refused]
) -> Engine | None:
    """Return what runs beside a combination, by the same engine in the same precision."""
    if job.beside is None:
        return None
    wanted = Combination(job.beside, ours.engine, ours.precision, ours.height, ours.width)
    try:
        return opener.make(wanted)
    except (EngineError, InputError) as error:
        refused.append(Refused(wanted, str(error)))
        return None


def _probes(
    opened: Sequence[Opened], threads: int, gpu_probes: ProbeMaker | None
) -> dict[Rated, RateProbe]:
    probes: dict[Rated, RateProbe] = {}
    for each in opened:
        rated = (each.combination.device, each.combination.precision)
        if rated in probes:
            continue
        if rated[0] == 'cpu':
            probes[rated] = CpuProbe(rated[1], threads)
        elif gpu_probes is not None:
            probes[rated] = gpu_probes(rated[1])
    return probes
