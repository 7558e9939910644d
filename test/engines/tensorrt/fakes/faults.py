"""What a test can make the fake of TensorRT do wrong, and what it learns from it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from fakes.cuda_device import CudaDevice

Precision = Literal['fp32', 'fp16', 'bf16', 'int8']
Spoiler = Callable[[str, np.ndarray], np.ndarray]
"""Takes an output's name and its right values; returns others of the same shape and type."""


def black(name: str, values: np.ndarray) -> np.ndarray:
    """What NaN within a network comes out as, cast to UINT8."""
    return np.zeros_like(values)


def inverted(name: str, values: np.ndarray) -> np.ndarray:
    """An image that is not blank, and wrong everywhere."""
    return (255 - values).astype(values.dtype)


def off_by(levels: int) -> Spoiler:
    """Return what makes each value larger by so much, up to 255."""

    def spoil(name: str, values: np.ndarray) -> np.ndarray:
        return np.minimum(values.astype(np.int64) + levels, 255).astype(values.dtype)

    return spoil


@dataclass
class Faults:
    """What is to go wrong; may be changed at any time.

    parser_errors: said of any graph. build_errors: by precision, why no plan comes of it. outputs:
    by precision, what becomes of the outputs of plans that are built or loaded. context_bytes:
    memory of the GPU that a context takes; None for as much as its inputs times 8. no_capture:
    whether contexts refuse to run in a capture. enqueue_errors: how many of the next runs fail.
    steps: of the phase of a build that takes longest. on_step: is called before each of these,
    with its number.
    """

    parser_errors: list[str] = field(default_factory=list)
    build_errors: dict[Precision, str] = field(default_factory=dict)
    outputs: dict[Precision, Spoiler] = field(default_factory=dict)
    context_bytes: int | None = None
    no_capture: bool = False
    enqueue_errors: int = 0
    steps: int = 4
    on_step: Callable[[int], None] = lambda step: None


@dataclass(frozen=True)
class Build:
    """One build, as it was asked for; `workspace` in bytes, None where no limit was set.

    flags: names of the builder's flags. known_timings: entries of the timing cache before it.
    layers: types that were set by hand, by name of the layer: its precision and its outputs'.
    """

    precision: str
    strongly_typed: bool
    flags: tuple[str, ...]
    shapes: dict[str, tuple[int, ...]]
    workspace: int | None
    optimization_level: int
    known_timings: int
    layers: dict[str, tuple[str, ...]]


@dataclass(eq=False)
class FakeState:
    """What stands behind a fake module: `module._fake`.

    log: all that was logged, by severity. builds: all that were begun. runs: how often a plan ran
    on the GPU, captured work at each launch. swallowed: exceptions of loggers and monitors, which
    TensorRT doesn't pass on.
    """

    version: str
    device: CudaDevice
    faults: Faults
    log: list[tuple[str, str]] = field(default_factory=list)
    builds: list[Build] = field(default_factory=list)
    runs: int = 0
    swallowed: list[BaseException] = field(default_factory=list)

    def say(self, logger: Any, severity: str, message: str) -> None:
        """Log something, as TensorRT does: exceptions of the logger go nowhere."""
        self.log.append((severity, message))
        try:
            logger.log(type(logger).Severity.__members__[severity], message)
        except Exception as error:  # noqa: BLE001 - as in TensorRT, whatever it is
            self.swallowed.append(error)
