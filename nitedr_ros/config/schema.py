"""The one configuration schema: it serves YAML files, the command line and ROS parameters."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator

EngineName = Literal['auto', 'tensorrt', 'openvino', 'onnxruntime', 'passthrough']
"""The engines there are; `auto` chooses."""
PrecisionName = Literal['auto', 'fp32', 'bf16', 'fp16', 'int8']
"""Arithmetic that an engine may compute in; not every engine has each."""

Milliseconds = Annotated[float, Field(ge=0.0, le=60_000.0)]
# A clock that starts with the device is half a century away from the epoch's.
Offset = Annotated[float, Field(ge=-1e13, le=1e13)]
Vector = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]
Matrix = tuple[float, float, float, float, float, float, float, float, float]
Side = Annotated[int, Field(ge=0, le=16_384)]

ExecutorName = Literal['auto', 'single', 'multi', 'events']
"""The executors of rclpy that can run the node's callbacks; `auto` chooses."""
TransportName = Literal['raw', 'compressed']
"""How a camera's images come: sensor_msgs/Image, or sensor_msgs/CompressedImage."""

RegistrationName = Literal['auto', 'aligned', 'homography', 'extrinsics', 'tf']
"""Ways to bring the thermal image into the visible view; `auto` chooses."""


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
    precision: PrecisionName = Field(
        'auto', description='arithmetic of the engine; auto is the fastest that is safe'
    )
    providers: tuple[str, ...] = Field(
        ('CPUExecutionProvider',),
        min_length=1,
        description='ONNX Runtime execution providers, best first',
    )
    fallback: bool = Field(
        False, description='go on with the next engine where the one asked for cannot run'
    )
    device: int = Field(0, ge=0, le=63, description='index of the GPU')
    build_plans: bool = Field(
        True, description='build the TensorRT plans that are missing, which takes minutes'
    )
    plans_folder: str = Field('', description='folder of built TensorRT plans')
    workspace_mb: int = Field(
        1024, ge=1, le=1_048_576, description='scratch memory for a TensorRT kernel, MiB'
    )
    gpu_memory_mb: int = Field(
        0, ge=0, le=1_048_576, description='most GPU memory to take, MiB; 0 for no limit'
    )
    stream_priority: Literal['low', 'normal', 'high'] = Field(
        'normal', description='priority on the GPU against other programs and streams'
    )
    cuda_graph: bool = Field(True, description='launch the networks as one CUDA graph')


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
    max_change_per_s: float = Field(
        6.0,
        ge=0.1,
        le=10_000.0,
        description='most that a steady scene may change in brightness, grey levels a second',
    )
    white_hot: bool = Field(True, description='false where the camera shows warm things dark')
    crop_top: int = Field(0, ge=0, le=1024, description='telemetry rows above the image')
    crop_bottom: int = Field(0, ge=0, le=1024, description='telemetry rows below the image')
    frozen_after_ms: Milliseconds = Field(
        250.0,
        description='an image that stays the same for this long is frozen; 0 never',
    )


class GeometryConfig(_Section):
    """How both images become one view: undistorted, rectified and registered."""

    registration: RegistrationName = Field(
        'auto',
        description='auto: tf where it joins two calibrated cameras, else aligned',
    )
    rectify: bool = Field(
        True, description='undistort and rectify by camera_info, unless the cameras are aligned'
    )
    processing_size: tuple[Side, Side] = Field(
        (0, 0), description='width and height of the outputs, pixels; 0, 0 is the visible size'
    )
    full_size_output: bool = Field(
        False, description='enlarge fused and de-rained images to the visible size again'
    )
    plane_distance_m: float = Field(
        20.0, gt=0.0, le=100_000.0, description='distance of the plane that is registered, metres'
    )
    plane_normal: Vector = Field(
        (0.0, 0.0, 1.0), description='its normal, away from the visible camera, optical frame'
    )
    translation_m: Vector = Field(
        (0.0, 0.0, 0.0), description='place of the thermal camera in the visible optical frame'
    )
    rotation_xyzw: Quaternion = Field(
        (0.0, 0.0, 0.0, 1.0),
        description='rotation from the thermal to the visible optical frame, quaternion',
    )
    homography: Matrix = Field(
        (1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0),
        description='from visible to thermal pixels, rectified, row by row',
    )
    homography_visible_size: tuple[Side, Side] = Field(
        (0, 0), description='visible width and height it was made at; 0, 0 is as they come'
    )
    homography_thermal_size: tuple[Side, Side] = Field(
        (0, 0), description='thermal width and height it was made at; 0, 0 is as they come'
    )

    @field_validator('processing_size', 'homography_visible_size', 'homography_thermal_size')
    @classmethod
    def _both_or_none(cls, size: tuple[int, int]) -> tuple[int, int]:
        if (size[0] == 0) != (size[1] == 0) or 0 < min(size) < 16:
            raise ValueError('expected a width and a height of at least 16 pixels each, or 0, 0')
        return size

    @field_validator('plane_normal')
    @classmethod
    def _has_direction(cls, normal: Vector) -> Vector:
        if math.hypot(*normal) < 1e-6:
            raise ValueError('expected a direction, that is a vector longer than 0')
        return normal

    @field_validator('rotation_xyzw')
    @classmethod
    def _is_rotation(cls, rotation: Quaternion) -> Quaternion:
        if abs(math.hypot(*rotation) - 1.0) > 1e-3:
            raise ValueError('expected a quaternion x, y, z, w of length 1')
        return rotation


AT_START: dict[str, JsonValue] = {'settable': 'at start'}
"""Mark of a parameter that the live node reads once, when it starts."""
AT_CONFIGURE: dict[str, JsonValue] = {'settable': 'at configure'}
"""Mark of a parameter that the live node reads whenever it is configured."""


class NodeConfig(_Section):
    """What only a live node needs; a replay takes no notice of it."""

    autostart: bool = Field(
        True,
        description='configure and activate at the start, without being told to',
        json_schema_extra=AT_START,
    )
    executor: ExecutorName = Field(
        'auto',
        description='rclpy executor: auto, single, multi or events',
        json_schema_extra=AT_START,
    )
    visible_transport: TransportName = Field(
        'raw', description='how visible images come', json_schema_extra=AT_CONFIGURE
    )
    thermal_transport: TransportName = Field(
        'raw', description='how thermal images come', json_schema_extra=AT_CONFIGURE
    )
    visible_calibration: str = Field(
        '',
        description='calibration file of camera_info_manager, in place of visible/camera_info',
        json_schema_extra=AT_CONFIGURE,
    )
    thermal_calibration: str = Field(
        '',
        description='calibration file of camera_info_manager, in place of thermal/camera_info',
        json_schema_extra=AT_CONFIGURE,
    )
    newest_wins: bool = Field(
        True,
        description='of frames that wait, take the newest where the engine is too slow for all',
    )
    max_age_ms: Milliseconds = Field(
        250.0, description='a frame that arrived longer ago than this is dropped; 0 never'
    )
    jpeg_quality: int = Field(90, ge=1, le=100, description='quality of compressed outputs')
    diagnostics_period_ms: float = Field(
        1000.0,
        ge=100.0,
        le=60_000.0,
        description='time between two messages on /diagnostics',
        json_schema_extra=AT_START,
    )


class Config(_Section):
    """Everything that can be set."""

    model: str = Field('nitedr-s', min_length=1, description='name of a registered model')
    models_folder: str = Field('', description='folder of further models, one folder each')
    pairing: PairingConfig = PairingConfig()
    modes: ModesConfig = ModesConfig()
    engine: EngineConfig = EngineConfig()
    thermal: ThermalConfig = ThermalConfig()
    geometry: GeometryConfig = GeometryConfig()
    node: NodeConfig = NodeConfig()
