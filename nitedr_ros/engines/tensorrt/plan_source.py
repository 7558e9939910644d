"""Where a plan comes from: the cache, or a build that the acceptance gate lets pass."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy.typing as npt

from nitedr_ros.engines.model import GraphPrecision, Model
from nitedr_ros.engines.plans.build_lock import BuildLock
from nitedr_ros.engines.plans.cache import CachedPlan, PlanCache
from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest, Refusal
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.builder import BuildSettings, PlanBuilder
from nitedr_ros.engines.tensorrt.cuda import Cuda
from nitedr_ros.engines.tensorrt.execution import Execution, bytes_needed
from nitedr_ros.engines.tensorrt.gate import Gate
from nitedr_ros.engines.tensorrt.graph_inputs import Shapes, input_shapes
from nitedr_ros.engines.tensorrt.plan import Plan
from nitedr_ros.engines.tensorrt.settings import TensorRtSettings
from nitedr_ros.errors import EngineError, PlanFolderError


@dataclass(frozen=True)
class Acquired:
    """A plan in use: its precision, itself, its first execution, and its manifest."""

    precision: GraphPrecision
    plan: Plan
    execution: Execution
    manifest: PlanManifest


class PlanSource:
    """Finds or builds the plans of one model on one GPU."""

    def __init__(
        self, model: Model, settings: TensorRtSettings, trt: ModuleType, cuda: Cuda
    ) -> None:
        self._model, self._settings, self._trt, self._cuda = model, settings, trt, cuda
        self._cache = PlanCache(settings.folder)
        self._failures: dict[tuple[int, int], str] = {}
        self.unkept = ''
        """Why the plan that was built last could not be kept; '' where it could."""
        self.verdict = ''
        """What the gate said of the plan that was acquired last."""
        self.refusals: tuple[Refusal, ...] = ()
        """The faster precisions that were refused for it."""

    def acquire(self, size: tuple[int, int], progress: Progress) -> Acquired:
        """Return a plan for images of this height and width, pixels.

        A plan that is not cached is built, compared with fp32 and, where it is too far off, left
        for the next safer precision. Raises EngineError where none comes of it, or where others
        could have put plans into the folder, and again, without another try, for the same size.
        """
        if size in self._failures:
            raise EngineError(self._failures[size])
        try:
            acquired = self._acquired(size, progress)
        except EngineError as error:
            if not progress.cancelled:
                self._failures[size] = str(error)
            raise
        finally:
            progress.done()
        self.verdict = acquired.manifest.verdict
        self.refusals = acquired.manifest.refused
        return acquired

    def _acquired(self, size: tuple[int, int], progress: Progress) -> Acquired:
        shapes = input_shapes(self._model, size)
        cached = self._cached(shapes)
        if cached is not None:
            return cached
        if not self._settings.build:
            raise EngineError(
                f'expected a plan for {size[1]}x{size[0]} in {self._settings.folder}, '
                f'{self._missing(shapes)}; engine.build_plans forbids to build one: build it with '
                'nitedr build-engine on this computer'
            )
        key = self._key(self._settings.precisions[0], shapes)

        def waiting(seconds: float) -> None:
            if progress.cancelled:
                raise EngineError('waiting for the plan was ended before its time')
            progress.moved(f'another program has been building the same plan for {seconds:.0f} s')

        with ExitStack() as held:
            # Where nothing can be kept there is nothing to wait for.
            with suppress(PlanFolderError):
                held.enter_context(BuildLock(self._settings.folder, key, waiting=waiting))
            # Another may have built it while we waited.
            return self._cached(shapes) or self._build(size, shapes, progress)

    def _cached(self, shapes: Shapes) -> Acquired | None:
        """Return the plan of the fastest precision that nothing speaks against."""
        passed_over: set[str] = set()
        for precision in self._settings.precisions:
            found = self._cache.load(self._key(precision, shapes))
            # A safer one serves only where the faster ones have been refused.
            if isinstance(found, CachedPlan) and passed_over <= {
                refusal.precision for refusal in found.manifest.refused
            }:
                try:
                    plan = Plan(self._trt, found.content)
                except EngineError:
                    # Whole, and of the same TensorRT and GPU by name: built anew all the same.
                    return None
                return Acquired(precision, plan, self._execution(plan), found.manifest)
            passed_over.add(precision)
        return None

    def _missing(self, shapes: Shapes) -> str:
        found = self._cache.load(self._key(self._settings.precisions[0], shapes))
        return 'TensorRT refuses it' if isinstance(found, CachedPlan) else found.reason

    def _build(self, size: tuple[int, int], shapes: Shapes, progress: Progress) -> Acquired:
        builder = PlanBuilder(self._trt)
        progress.moved('computing sample frames in fp32')
        gate = Gate(self._model, size)
        refused: list[Refusal] = []
        for precision in self._settings.precisions:
            key = self._key(precision, shapes)
            start = time.monotonic()
            try:
                built = builder.build(
                    self._model.at(precision).read_verified(),
                    BuildSettings(precision, shapes, self._settings.workspace_mb),
                    progress,
                    self._cache.load_timings(key),
                )
                plan = Plan(self._trt, built.plan)
            except EngineError as error:
                if progress.cancelled:
                    raise
                refused.append(Refusal(precision=precision, reason=str(error)))
                continue
            seconds = time.monotonic() - start
            # Too little memory speaks against no precision, and safer ones take more.
            execution = self._execution(plan)
            progress.moved(f'comparing the {precision} plan with fp32')
            try:
                verdict = gate.judge(f'the {precision} plan', _runner(execution))
            except EngineError as error:
                execution.close()
                refused.append(Refusal(precision=precision, reason=str(error)))
                continue
            manifest = PlanManifest.of(
                key,
                built.plan,
                build_seconds=seconds,
                verdict=f'{verdict} from fp32',
                mean_difference=verdict.mean,
                tail_difference=verdict.tail,
                refused=tuple(refused),
            )
            self._store(key, built.plan, manifest, built.timings)
            return Acquired(precision, plan, execution, manifest)
        reasons = '; '.join(f'{refusal.precision}: {refusal.reason}' for refusal in refused)
        raise EngineError(f'no TensorRT plan for {size[1]}x{size[0]} passes: {reasons}')

    def _store(self, key: PlanKey, plan: bytes, manifest: PlanManifest, timings: bytes) -> None:
        try:
            self._cache.store(key, plan, manifest)
            self._cache.store_timings(key, timings)
        except EngineError as error:
            self.unkept = f'the plan is not kept, the next start builds it again: {error}'

    def _execution(self, plan: Plan) -> Execution:
        settings = self._settings
        settings.check_memory(bytes_needed(plan, 1))
        return Execution(
            self._cuda, plan, priority=settings.priority, use_graph=settings.use_graph
        )

    def _key(self, precision: GraphPrecision, shapes: Shapes) -> PlanKey:
        return PlanKey(
            model=self._model.name,
            onnx_sha256=self._model.at(precision).sha256,
            tensorrt=self._trt.__version__,
            gpu=self._cuda.gpu,
            precision=precision,
            shapes=tuple(sorted(shapes.items())),
            options=(('workspace_mb', str(self._settings.workspace_mb)),),
        )


def _runner(execution: Execution) -> Any:
    def run(inputs: Mapping[str, npt.NDArray[Any]]) -> Mapping[str, npt.NDArray[Any]]:
        execution.begin(inputs)
        execution.end()
        return execution.outputs()

    return run
