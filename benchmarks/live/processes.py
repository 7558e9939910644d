"""The processes of a measurement: started, watched and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from typing_extensions import Self

FOLDER = Path(__file__).resolve().parents[1]
ROOT = FOLDER.parent
READY_S = 60.0
END_S = 20.0
SAMPLE_S = 1.0
POLL_S = 0.05


class MeasurementError(Exception):
    """A process did not do what it should; one line and the end of its output."""


@dataclass(frozen=True)
class Sample:
    """What a process has used up at one time.

    at_ns: CLOCK_MONOTONIC. cpu_s: user and system time so far. resident_mib: memory at hand.
    """

    at_ns: int
    cpu_s: float
    resident_mib: float


class Process:
    """One child process, its output in a file, its use of memory and CPU sampled meanwhile."""

    def __init__(self, name: str, command: Sequence[str], folder: Path) -> None:
        """Start it in the root of the sources."""
        self.name = name
        self.samples: list[Sample] = []
        self._output = folder / f'{name}.txt'
        paths = [str(ROOT), str(FOLDER), os.environ.get('PYTHONPATH', '')]
        with self._output.open('w') as output:
            self._process = subprocess.Popen(  # noqa: S603 - our own processes
                command,
                cwd=ROOT,
                env=os.environ | {'PYTHONPATH': os.pathsep.join(filter(None, paths))},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                # A Ctrl-C at the terminal is for the measurement, which then ends them all.
                start_new_session=True,
            )

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None

    def output(self) -> str:
        """What it has printed so far."""
        return self._output.read_text(errors='replace')

    def wait_for_line(self, line: str, timeout_s: float = READY_S) -> None:
        """Wait until it has printed a line."""
        deadline = time.monotonic() + timeout_s
        while line not in self.output().splitlines():
            if not self.running:
                raise self.error(f'ended with code {self._process.returncode}')
            if time.monotonic() > deadline:
                raise self.error(f'did not say {line!r} within {timeout_s:g} s')
            time.sleep(POLL_S)

    def wait(self, timeout_s: float) -> None:
        """Wait until it ends by itself, well."""
        try:
            self._process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            raise self.error(f'did not end within {timeout_s:g} s') from None
        self.check()

    def check(self) -> None:
        """Raise MeasurementError where it has failed."""
        if self._process.returncode:
            raise self.error(f'ended with code {self._process.returncode}')

    def stop(self) -> None:
        """End it by SIGINT."""
        if self.running:
            self._process.send_signal(signal.SIGINT)
        self.wait(END_S)

    def kill(self) -> None:
        """End it and all that it has started, whatever it does."""
        if self.running:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def sample(self) -> None:
        """Note what it has used up, if it still runs."""
        folder = Path('/proc') / str(self._process.pid)
        try:
            # The name of the program, in brackets, may hold blanks.
            fields = (folder / 'stat').read_text().rpartition(')')[2].split()
            status = (folder / 'status').read_text()
        except OSError:
            return
        resident = [line.split()[1] for line in status.splitlines() if line.startswith('VmRSS:')]
        if resident:
            cpu_s = (int(fields[11]) + int(fields[12])) / os.sysconf('SC_CLK_TCK')
            self.samples.append(Sample(time.monotonic_ns(), cpu_s, int(resident[0]) / 1024))

    def error(self, what: str) -> MeasurementError:
        """Return what went wrong, with the end of the output."""
        tail = '\n'.join(self.output().splitlines()[-15:])
        return MeasurementError(f'{self.name} {what}; the end of its output:\n{tail}')


class Processes:
    """All processes of one measurement; on leaving the `with`, none is left running."""

    def __init__(self, folder: Path) -> None:
        """folder: for their outputs and logs."""
        self.folder = folder
        self.all: dict[str, Process] = {}
        self._ended = threading.Event()
        self._sampler = threading.Thread(target=self._sample, daemon=True)

    def __enter__(self) -> Self:
        """Begin to sample."""
        self._sampler.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End all that still run."""
        self._ended.set()
        self._sampler.join()
        for process in self.all.values():
            process.kill()

    def start(self, name: str, *command: str) -> Process:
        """Start a process by its whole command."""
        process = Process(name, command, self.folder)
        self.all[name] = process
        return process

    def start_ours(self, name: str, *arguments: str) -> Process:
        """Start a module of this folder by its name."""
        return self.start(name, sys.executable, '-m', f'live.{name}', *arguments)

    def wait_for(self, process: Process, timeout_s: float) -> None:
        """Wait until one ends by itself, well, while all the others go on."""
        deadline = time.monotonic() + timeout_s
        while process.running and time.monotonic() < deadline:
            for other in self.all.values():
                if not other.running and other is not process:
                    raise other.error('ended before it was told to')
            time.sleep(POLL_S)
        process.wait(1.0)

    def log(self, name: str) -> Path:
        """Return the file for the log of a process."""
        return self.folder / f'{name}.json'

    def _sample(self) -> None:
        while not self._ended.wait(SAMPLE_S):
            for process in list(self.all.values()):
                process.sample()
