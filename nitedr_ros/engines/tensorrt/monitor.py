"""TensorRT's log and progress, as nitedr tells them."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from nitedr_ros.engines.progress import Progress
from nitedr_ros.errors import EngineError

_LONGEST = 200


class Complaints:
    """What TensorRT logged when something went wrong; it tells nothing else about that."""

    def __init__(self) -> None:
        self._first = ''

    def add(self, line: str) -> None:
        """Keep a line, unless there is one already.

        The first error names the cause, the ones after it what it led to.
        """
        self._first = self._first or ' '.join(line.split())

    def forget(self) -> None:
        """Forget what was said, as something else begins."""
        self._first = ''

    def take(self) -> str:
        """Return what was said and forget it; a stand-in where nothing was said."""
        said = self._first[:_LONGEST] or 'TensorRT gave no reason'
        self.forget()
        return said


def make_logger(trt: ModuleType, complaints: Complaints) -> Any:
    """Return a logger for TensorRT that passes errors on and is silent otherwise.

    It must live as long as anything that was made with it.
    """
    grave = (trt.ILogger.Severity.ERROR, trt.ILogger.Severity.INTERNAL_ERROR)

    class Logger(trt.ILogger):  # type: ignore[misc, name-defined]
        def __init__(self) -> None:
            # TensorRT's classes must be initialised by name.
            trt.ILogger.__init__(self)

        def log(self, severity: Any, message: str) -> None:
            if severity in grave:
                complaints.add(message)

    return Logger()


def made_with_cuda(make: Callable[[Any], Any], logger: Any, complaints: Complaints) -> Any:
    """Return what a class of TensorRT makes that needs a GPU, as Builder and Runtime do.

    Raises EngineError with the reason that was logged where there is none that works.
    """
    try:
        return make(logger)
    except TypeError:
        # All that the binding makes of a null pointer.
        raise EngineError(
            f'TensorRT finds no GPU that it can use: {complaints.take()}; check with nvidia-smi'
        ) from None


def make_monitor(trt: ModuleType, what: str, progress: Progress) -> Any | None:
    """Return what tells `progress` how far a build is; None where this TensorRT can't.

    what: is being built, in words.
    """
    if not hasattr(trt, 'IProgressMonitor'):
        return None

    class Monitor(trt.IProgressMonitor):  # type: ignore[misc, name-defined]
        """Phases contain each other: a step of the outer one has the inner one's steps in it."""

        def __init__(self) -> None:
            trt.IProgressMonitor.__init__(self)
            self._phases: dict[str, tuple[int, int]] = {}
            self._furthest = 0.0

        def phase_start(self, phase_name: str, parent_phase: str | None, num_steps: int) -> None:
            del parent_phase
            self._phases[phase_name] = (0, num_steps)
            self._tell(phase_name)

        def step_complete(self, phase_name: str, step: int) -> bool:
            _, steps = self._phases.get(phase_name, (0, 0))
            self._phases[phase_name] = (step + 1, steps)
            self._tell(phase_name)
            return not progress.cancelled

        def phase_finish(self, phase_name: str) -> None:
            self._phases.pop(phase_name, None)

        def _tell(self, phase_name: str) -> None:
            # Several of TensorRT's threads tell at once.
            share, step = 0.0, 1.0
            for done, steps in list(self._phases.values()):
                step /= max(1, steps)
                share += step * min(done, steps)
            # Phases that go on at once count as if one were in the other: too far, for a while.
            self._furthest = max(self._furthest, min(1.0, share))
            progress.moved(f'{what}: {phase_name}', self._furthest)

    return Monitor()
