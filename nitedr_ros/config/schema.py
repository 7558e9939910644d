"""The one configuration schema: it serves YAML files, the command line and ROS parameters."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

EngineName = Literal['auto', 'onnxruntime', 'openvino', 'passthrough']
"""The engines there are; `auto` chooses."""

Milliseconds = Annotated[float, Field(ge=0.0, le=60_000.0)]
Offset = Annotated[float, Field(ge=-3_600_000.0, le=3_600_000.0)]


class _Section(BaseModel):
    model_config = ConfigDict(extra='forbid', frozen=True, allow_inf_nan=False)


class PairingConfig(_Section):
    """How visible and thermal frames find each other."""

    visible_offset_ms: Offset = Field(0.0, description='added to visible stamps before matching')
    thermal_offset_ms: Offset = Field(0.0, description='added to thermal stamps before matching')
    max_skew_ms: Milliseconds = Field(
        50.0, description='largest time between the two frames of a pair'
    )
    max_thermal_age_ms: Milliseconds = Field(
        150.0,
        description='how much older than a visible frame the thermal frame that serves it may be',
    )
    wait_ms: Milliseconds = Field(
        20.0, description='how long a visible frame may wait for a better thermal frame'
    )
    use_once: bool = Field(False, description='use each thermal frame for one visible frame only')
    lost_after_ms: Milliseconds = Field(
        500.0, description='a camera silent for this long is declared lost'
    )
    clock_jump_ms: Milliseconds = Field(
        1000.0, description='a stamp that runs back by more than this starts a new recording'
    )
    queue_size: int = Field(
        64, ge=2, le=4096, description='most frames of each camera that wait for a partner'
    )


class ModesConfig(_Section):
    """When a degraded mode is left again."""

    recover_after: int = Field(
        5, ge=1, le=1000, description='complete pairs in a row before full mode resumes'
    )
    engine_failures: int = Field(
        3,
        ge=1,
        le=1000,
        description='engine failures in a row before frames pass through untouched',
    )
    engine_retry: int = Field(
        100, ge=1, le=100_000, description='frames passed through before the engine is tried again'
    )


class EngineConfig(_Section):
    """Which engine runs the networks, and how."""

    name: EngineName = Field(
        'auto', description='engine; auto takes the first that is installed and computes rightly'
    )
    threads: int = Field(0, ge=0, le=256, description='CPU threads; 0 leaves it to the runtime')
    precision: Literal['auto', 'fp32', 'bf16'] = Field(
        'auto', description='arithmetic of the engine; auto is bf16 where the CPU has it'
    )
    providers: tuple[str, ...] = Field(
        ('CPUExecutionProvider',), description='ONNX Runtime execution providers, best first'
    )


class ThermalConfig(_Section):
    """How 16-bit and float thermal images become 8 bit."""

    low_percentile: float = Field(
        1.0, ge=0.0, le=49.0, description='percentile that becomes black'
    )
    high_percentile: float = Field(
        99.5, ge=51.0, le=100.0, description='percentile that becomes white'
    )
    smoothing_ms: Milliseconds = Field(
        1000.0, description='time constant with which the range follows the scene'
    )
    white_hot: bool = Field(True, description='false where the camera shows warm things dark')


class Config(_Section):
    """Everything that can be set."""

    model: str = Field('nitedr-lite', min_length=1, description='name of a registered model')
    pairing: PairingConfig = PairingConfig()
    modes: ModesConfig = ModesConfig()
    engine: EngineConfig = EngineConfig()
    thermal: ThermalConfig = ThermalConfig()
