"""Plans that are loaded: they run their graph on the CPU, in the order of the fake's streams."""

from __future__ import annotations

import weakref
from math import prod
from typing import Any

import numpy as np
from fakes.cuda_memory import ALIGNMENT, OutOfMemoryError
from fakes.pybind import make_inside
from fakes.trt_builder import check_gpu
from fakes.trt_context import IExecutionContext
from fakes.trt_graph import Graph
from fakes.trt_plan import PlanError, PlanHeader, read_plan

__all__ = ['ICudaEngine', 'IExecutionContext', 'Runtime']


class Runtime:
    """Loads plans."""

    DLA_core = -1
    num_DLA_cores = 0  # noqa: N815
    max_threads = 1
    engine_host_code_allowed = False
    temporary_directory = ''

    def __init__(self, logger: Any) -> None:
        self._logger = logger
        check_gpu(self._trt, logger)

    @property
    def logger(self) -> Any:
        return self._logger

    def deserialize_cuda_engine(self, serialized: bytes) -> Any:
        try:
            header, onnx = read_plan(serialized)
            self._check(header)
            return make_inside(self._trt.ICudaEngine, self, header, onnx, serialized)
        except PlanError as error:
            return self._refuse(str(error))
        except OutOfMemoryError:
            return self._refuse('Error Code 2: OutOfMemory (no memory for the weights)')

    def _refuse(self, reason: str) -> None:
        said = f'IRuntime::deserializeCudaEngine: {reason}'
        self._trt._fake.say(self._logger, 'ERROR', said)

    def _check(self, header: PlanHeader) -> None:
        here, gpu = self._trt.__version__, self._trt._fake.device.gpu
        if header.version != here:
            raise PlanError(
                'Error Code 6: API Usage Error (The engine plan file is not compatible with this '
                f'version of TensorRT, expecting library version {here} got {header.version}, '
                'please rebuild.)'
            )
        theirs, ours = header.compute_capability, gpu.compute_capability
        if header.hardware_compatibility == 'AMPERE_PLUS' and min(theirs, ours) >= (8, 0):
            return
        if theirs != ours:
            raise PlanError(
                'Error Code 6: API Usage Error (The engine plan file is generated on an '
                f'incompatible device, expecting compute {ours[0]}.{ours[1]} got compute '
                f'{theirs[0]}.{theirs[1]}, please rebuild.)'
            )
        if header.gpu != gpu.name:
            self._trt._fake.say(
                self._logger,
                'WARNING',
                'Using an engine plan file across different models of devices is not recommended',
            )


class ICudaEngine:
    """One loaded plan; its weights lie on the GPU as long as it lives."""

    name = ''
    num_aux_streams = 0
    refittable = False
    has_implicit_batch_dimension = False
    streamable_weights_size = 0
    engine_capability = 'EngineCapability.STANDARD'

    def _begin(self, runtime: Any, header: PlanHeader, onnx: bytes, plan: bytes) -> None:
        self._runtime, self._header, self._plan = runtime, header, plan
        self._graph = Graph(onnx)
        self._shapes = {**header.shapes, **self._graph.output_shapes(header.shapes)}
        device = self._trt._fake.device
        weights = device.take_inside(len(onnx))
        weakref.finalize(self, device.drop_inside, weights)

    @property
    def num_io_tensors(self) -> int:
        return len(self._shapes)

    @property
    def num_layers(self) -> int:
        return self._header.layers

    @property
    def num_optimization_profiles(self) -> int:
        return max(1, len(self._header.profiles))

    @property
    def hardware_compatibility_level(self) -> Any:
        levels = self._trt.HardwareCompatibilityLevel.__members__
        return levels[self._header.hardware_compatibility]

    @property
    def profiling_verbosity(self) -> Any:
        return self._trt.ProfilingVerbosity.__members__[self._header.profiling_verbosity]

    @property
    def device_memory_size(self) -> int:
        return self._memory_size

    device_memory_size_v2 = device_memory_size

    @property
    def _memory_size(self) -> int:
        wanted = self._trt._fake.faults.context_bytes
        if wanted is not None:
            return int(wanted)
        largest = [
            self._header.profiles[0].get(name, (shape,))[-1] if self._header.profiles else shape
            for name, shape in self._header.shapes.items()
        ]
        count = 8 * sum(map(prod, largest))
        return int(count + -count % ALIGNMENT)

    def get_device_memory_size_for_profile(self, profile_index: int) -> int:
        return self._memory_size

    get_device_memory_size_for_profile_v2 = get_device_memory_size_for_profile

    def get_engine_stat(self, stat: Any) -> int:
        return len(self._plan) if stat.name == 'TOTAL_WEIGHTS_SIZE' else 0

    def get_tensor_name(self, index: int) -> Any:
        names = list(self._shapes)
        return names[index] if 0 <= index < len(names) else self._unknown(str(index))

    def get_tensor_mode(self, name: str) -> Any:
        modes = self._trt.TensorIOMode
        if name not in self._shapes:
            self._unknown(name)
            return modes.NONE
        return modes.INPUT if name in self._header.shapes else modes.OUTPUT

    def get_tensor_shape(self, name: str) -> Any:
        if name not in self._shapes:
            self._unknown(name)
        return self._trt.Dims(self._shapes.get(name, ()))

    def get_tensor_dtype(self, name: str) -> Any:
        types = self._trt.DataType.__members__
        if name not in self._shapes:
            self._unknown(name)
        return types.get(self._graph.data_type(name), types['INT32'])

    def get_tensor_location(self, name: str) -> Any:
        return self._trt.TensorLocation.DEVICE

    def get_tensor_bytes_per_component(self, name: str, profile_index: int = 0) -> int:
        return self._graph.numpy(name).itemsize

    def get_tensor_profile_shape(self, name: str, profile_index: int) -> list[Any]:
        profiles = self._header.profiles
        fixed = (self._shapes[name],) * 3
        three = profiles[profile_index].get(name, fixed) if profiles else fixed
        return [self._trt.Dims(shape) for shape in three]

    def is_shape_inference_io(self, name: str) -> bool:
        return False

    def serialize(self) -> Any:
        return self._trt._make_host_memory(self._plan)

    def create_execution_context(self, strategy: Any = None) -> Any:
        return self._context(own_memory=strategy is None or strategy.name != 'USER_MANAGED')

    def create_execution_context_without_device_memory(self) -> Any:
        return self._context(own_memory=False)

    def _context(self, *, own_memory: bool) -> Any:
        try:
            return make_inside(self._trt.IExecutionContext, self, own_memory)
        except OutOfMemoryError:
            self._trt._fake.say(
                self._runtime.logger,
                'ERROR',
                'ICudaEngine::createExecutionContext: Error Code 2: OutOfMemory (Requested size '
                f'was {self._memory_size} bytes.)',
            )
            return None

    def _unknown(self, name: str) -> None:
        self._trt._fake.say(self._runtime.logger, 'ERROR', f'no tensor {name} in the engine')

    def _compute(self, feeds: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        fake = self._trt._fake
        fake.runs += 1
        outputs = self._graph.run(feeds)
        spoil = fake.faults.outputs.get(self._header.precision)
        if spoil is None:
            return outputs
        return {name: spoil(name, values) for name, values in outputs.items()}
