"""Builders: from a network and a configuration to a plan, or to nothing and a line in the log."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

from fakes.faults import Build
from fakes.pybind import make_inside
from fakes.trt_plan import PlanHeader, write_plan

BY_FLAG = {'INT8': 'int8', 'FP16': 'fp16', 'BF16': 'bf16'}
"""What a flag allows in a weakly typed network, lowest precision first."""
WEAK_FLAGS = (*BY_FLAG, 'FP8', 'INT4', 'FP4')
"""Flags that a strongly typed network does not go with."""


class BuildError(Exception):
    """Why no plan comes of it, as it is logged."""


class Builder:
    """Makes networks, configurations and plans."""

    max_threads = 1
    num_DLA_cores = 0  # noqa: N815
    platform_has_fast_fp16 = True
    platform_has_fast_int8 = True
    platform_has_tf32 = True

    def __init__(self, logger: Any) -> None:
        self._logger = logger
        check_gpu(self._trt, logger)

    @property
    def logger(self) -> Any:
        return self._logger

    def reset(self) -> None:
        pass

    def create_network(self, flags: int) -> Any:
        known = self._trt.NetworkDefinitionCreationFlag.__members__.values()
        if flags & ~sum({1 << int(flag) for flag in known}):
            self._trt._fake.say(self._logger, 'ERROR', f'unknown network creation flags {flags:b}')
            return None
        return make_inside(self._trt.INetworkDefinition, self, flags)

    def create_builder_config(self) -> Any:
        return make_inside(self._trt.IBuilderConfig, self._logger)

    def create_optimization_profile(self) -> Any:
        return make_inside(self._trt.IOptimizationProfile)

    def is_network_supported(self, network: Any, config: Any) -> bool:
        try:
            self._check(network, config)
        except BuildError:
            return False
        return True

    def build_serialized_network(self, network: Any, config: Any, *kernel_text: Any) -> Any:
        results: list[Any] = []
        # TensorRT works in threads of its own, and tells loggers and monitors from there.
        worker = threading.Thread(target=lambda: results.append(self._built(network, config)))
        worker.start()
        worker.join()
        return results[0]

    def _built(self, network: Any, config: Any) -> Any:
        fake = self._trt._fake
        try:
            header = self._check(network, config)
            self._work(config)
        except BuildError as error:
            where = 'IBuilder::buildSerializedNetwork: '
            fake.say(self._logger, 'ERROR', f'{where}{error}')
            return None
        plan = write_plan(header, network._graph.content)
        if config._cache is not None:
            config._cache._entries.add(hashlib.sha256(plan).hexdigest())
        return self._trt._make_host_memory(plan)

    def _check(self, network: Any, config: Any) -> PlanHeader:
        fake, graph = self._trt._fake, network._graph
        if graph is None or not network.num_outputs:
            raise BuildError('Error Code 4: Internal Error (Network must have an output)')
        strong = network._strongly_typed
        flags = tuple(flag for flag in config._flag_names if flag != 'TF32')
        if strong:
            for flag in set(flags) & set(WEAK_FLAGS):
                raise BuildError(
                    'Error Code 3: API Usage Error (Parameter check failed, condition: '
                    f'!config.getFlag(BuilderFlag::k{flag}). )'
                )
        else:
            _check_weak(graph, flags)
        shapes = {tensor.name: tuple(tensor.shape) for tensor in network._inputs}
        profiles = tuple(profile._shapes for profile in config._profiles)
        _check_profiles(shapes, profiles)
        weak = next((BY_FLAG[flag] for flag in BY_FLAG if flag in flags), 'fp32')
        precision = graph.precision if strong else weak
        fake.builds.append(self._record(network, config, precision, shapes))
        if precision in fake.faults.build_errors:
            raise BuildError(fake.faults.build_errors[precision])
        gpu = fake.device.gpu
        return PlanHeader(
            version=self._trt.__version__,
            gpu=gpu.name,
            compute_capability=gpu.compute_capability,
            hardware_compatibility=config.hardware_compatibility_level.name,
            strongly_typed=strong,
            flags=config._flag_names,
            precision=precision,
            shapes=shapes,
            profiles=profiles,
            layers=network.num_layers,
            profiling_verbosity=config.profiling_verbosity.name,
        )

    def _record(self, network: Any, config: Any, precision: str, shapes: Any) -> Build:
        by_hand = {
            layer.name: tuple(
                dtype.name for dtype in (layer._precision, *layer._types.values()) if dtype
            )
            for layer in network._layers
        }
        return Build(
            precision=precision,
            strongly_typed=network._strongly_typed,
            flags=config._flag_names,
            shapes=shapes,
            workspace=config._limits.get('WORKSPACE'),
            optimization_level=config.builder_optimization_level,
            known_timings=0 if config._cache is None else len(config._cache._entries),
            layers={name: types for name, types in by_hand.items() if types},
        )

    def _work(self, config: Any) -> None:
        """Go through the phases of a build; raises BuildError where a monitor ends it."""
        fake = self._trt._fake
        monitor = getattr(config, 'progress_monitor', None)
        phases = [('Building engine', None, 2), ('Timing kernels', 'Building engine', 0)]

        def tell(method: str, *values: Any) -> Any:
            if monitor is None:
                return True
            try:
                return getattr(monitor, method)(*values)
            except Exception as error:  # noqa: BLE001 - TensorRT prints it, and ends the build
                fake.swallowed.append(error)
                return False

        steps = fake.faults.steps
        (outer, _, outer_steps), (inner, parent, _) = phases
        tell('phase_start', outer, None, outer_steps)
        going = bool(tell('step_complete', outer, 0))
        tell('phase_start', inner, parent, steps)
        for step in range(steps):
            if not going:
                break
            fake.faults.on_step(step)
            going = bool(tell('step_complete', inner, step))
        tell('phase_finish', inner)
        going = going and bool(tell('step_complete', outer, 1))
        tell('phase_finish', outer)
        if not going:
            raise BuildError('Error Code 10: Internal Error (the build was cancelled)')


def check_gpu(trt: Any, logger: Any) -> None:
    """Raise what pybind11 raises where CUDA has no GPU."""
    gpu = trt._fake.device.gpu
    if gpu.driver == 0 or gpu.count == 0:
        error = 35 if gpu.driver == 0 else 100
        trt._fake.say(logger, 'ERROR', f'CUDA initialization failure with error: {error}')
        raise TypeError('pybind11::init(): factory function returned nullptr')


def _check_weak(graph: Any, flags: tuple[str, ...]) -> None:
    wanted = {'fp16': 'FP16', 'int8': 'INT8', 'bf16': 'BF16'}.get(graph.precision)
    if wanted is not None and wanted not in flags:
        kind = graph.precision
        raise BuildError(
            f'Error Code 4: Internal Error ({kind} precision has been set for a layer or layer '
            f'output, but {kind} is not configured in the builder)'
        )


def _check_profiles(shapes: dict[str, tuple[int, ...]], profiles: Any) -> None:
    opened = {name for name, shape in shapes.items() if -1 in shape}
    if opened and not profiles:
        raise BuildError(
            'Error Code 4: API Usage Error (Network has dynamic or shape inputs, but no '
            'optimization profile has been defined.)'
        )
    for profile in profiles:
        for name in opened:
            least, best, most = profile.get(name, ((), (), ()))
            fits = len(least) == len(shapes[name]) and all(
                low <= middle <= high and side in (-1, middle)
                for low, middle, high, side in zip(least, best, most, shapes[name], strict=True)
            )
            if not fits:
                raise BuildError(
                    f'Error Code 4: API Usage Error (optimization profile does not fit {name})'
                )
