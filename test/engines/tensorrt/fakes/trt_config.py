"""How a plan is to be built: configuration, profiles and what earlier builds learnt."""

from __future__ import annotations

import json
from typing import Any

from fakes.pybind import make_inside

MAGIC = b'FAKE-TIMINGS\0'


class IBuilderConfig:
    """A configuration."""

    DLA_core = -1
    avg_timing_iterations = 1
    builder_optimization_level = 3
    default_device_type = 'DeviceType.GPU'
    engine_capability = 'EngineCapability.STANDARD'
    hardware_compatibility_level = 'HardwareCompatibilityLevel.NONE'
    l2_limit_for_tiling = -1
    max_aux_streams = -1
    max_num_tactics = -1
    max_workspace_size = 0
    profile_stream = 0
    profiling_verbosity = 'ProfilingVerbosity.LAYER_NAMES_ONLY'
    progress_monitor = None
    runtime_platform = 'RuntimePlatform.SAME_AS_BUILD'
    tiling_optimization_level = 'TilingOptimizationLevel.NONE'

    def _begin(self, logger: Any) -> None:
        self._logger = logger
        self._cache: Any = None
        self.reset()

    def reset(self) -> None:
        self._limits: dict[str, int] = {}
        self._profiles: list[Any] = []
        self._previews: set[int] = set()
        self._sources = 0
        # TensorRT allows TF32 unless told otherwise.
        self._bits = 1 << int(self._trt.BuilderFlag.TF32)

    @property
    def flags(self) -> int:
        return self._bits

    @flags.setter
    def flags(self, value: int) -> None:
        self._bits = value

    @property
    def _flag_names(self) -> tuple[str, ...]:
        members = self._trt.BuilderFlag.__members__
        return tuple(name for name, flag in members.items() if self._bits & 1 << int(flag))

    def set_flag(self, flag: Any) -> None:
        self._bits |= 1 << int(flag)

    def clear_flag(self, flag: Any) -> None:
        self._bits &= ~(1 << int(flag))

    def get_flag(self, flag: Any) -> bool:
        return bool(self._bits & 1 << int(flag))

    def set_memory_pool_limit(self, pool: Any, pool_size: int) -> None:
        self._limits[pool.name] = pool_size

    def get_memory_pool_limit(self, pool: Any) -> int:
        return self._limits.get(pool.name, self._trt._fake.device.gpu.memory_bytes)

    def create_timing_cache(self, serialized: bytes) -> Any:
        try:
            return make_inside(self._trt.ITimingCache, serialized)
        except ValueError as error:
            self._trt._fake.say(self._logger, 'ERROR', f'Error Code 1: Serialization ({error})')
            return None

    def set_timing_cache(self, cache: Any, ignore_mismatch: bool) -> bool:
        if not cache._is_of_this_gpu(ignore_mismatch):
            self._trt._fake.say(
                self._logger, 'ERROR', 'the timing cache is of another version or device'
            )
            return False
        self._cache = cache
        return True

    def get_timing_cache(self) -> Any:
        return self._cache

    def add_optimization_profile(self, profile: Any) -> int:
        if profile is None or not profile:
            self._trt._fake.say(self._logger, 'ERROR', 'the optimization profile is not valid')
            return -1
        self._profiles.append(profile)
        return len(self._profiles) - 1

    @property
    def num_optimization_profiles(self) -> int:
        return len(self._profiles)

    def set_tactic_sources(self, sources: int) -> bool:
        self._sources = sources
        return True

    def get_tactic_sources(self) -> int:
        return self._sources

    def set_preview_feature(self, feature: Any, enable: bool) -> None:
        (self._previews.add if enable else self._previews.discard)(int(feature))

    def get_preview_feature(self, feature: Any) -> bool:
        return int(feature) in self._previews


class IOptimizationProfile:
    """The least, best and largest shape of each input."""

    def _begin(self) -> None:
        self._shapes: dict[str, tuple[tuple[int, ...], ...]] = {}

    def set_shape(self, name: str, least: Any, best: Any, most: Any) -> None:
        self._shapes[name] = (tuple(least), tuple(best), tuple(most))

    def get_shape(self, name: str) -> list[Any]:
        return [self._trt.Dims(shape) for shape in self._shapes.get(name, ())]

    def __bool__(self) -> bool:
        return bool(self._shapes)


class ITimingCache:
    """What earlier builds learnt: here, only which builds there were."""

    def _begin(self, serialized: bytes) -> None:
        gpu = self._trt._fake.device.gpu
        self._here = [self._trt.__version__, gpu.name]
        self._of, self._entries = self._here, set()
        if not serialized:
            return
        if not serialized.startswith(MAGIC):
            raise ValueError('Serialization assertion magicTagRead == kMAGIC_TAG failed.')
        self._of, entries = json.loads(serialized.removeprefix(MAGIC))
        self._entries = set(entries)

    def _is_of_this_gpu(self, ignore_mismatch: bool) -> bool:
        version, gpu = self._of
        return bool(version == self._here[0] and (ignore_mismatch or gpu == self._here[1]))

    def serialize(self) -> Any:
        content = json.dumps([self._of, sorted(self._entries)]).encode()
        return self._trt._make_host_memory(MAGIC + content)

    def combine(self, other: Any, ignore_mismatch: bool) -> bool:
        if not other._is_of_this_gpu(ignore_mismatch):
            return False
        self._entries |= other._entries
        return True

    def reset(self) -> bool:
        self._entries = set()
        return True
