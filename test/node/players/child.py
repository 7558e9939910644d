"""A process that a test starts, whose lines can be waited for."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TIMEOUT_S = 60.0


class Child:
    """A process whose output is kept line by line; it runs in the root of the sources.

    lines: what it has printed so far, on stdout and stderr.
    """

    def __init__(self, name: str, command: Sequence[str], *, talks: bool = False) -> None:
        """Start it; `talks` keeps its standard input open, and stderr apart from `lines`."""
        self.name = name
        self.lines: list[str] = []
        self.errors: list[str] = []
        self._changed = threading.Condition()
        paths = [str(ROOT), os.environ.get('PYTHONPATH', '')]
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=os.environ
            | {'PYTHONPATH': os.pathsep.join(filter(None, paths)), 'PYTHONUNBUFFERED': '1'},
            stdin=subprocess.PIPE if talks else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE if talks else subprocess.STDOUT,
            text=True,
            # A Ctrl-C at the terminal is for the tests, which then stop their children.
            start_new_session=True,
        )
        self._readers = [self._read(self.process.stdout, self.lines)]
        if talks:
            self._readers.append(self._read(self.process.stderr, self.errors))

    @property
    def log(self) -> str:
        """All it has printed so far, for messages."""
        with self._changed:
            return f'{self.name}:\n' + '\n'.join([*self.lines, *self.errors])

    @property
    def running(self) -> bool:
        """Whether it has not ended."""
        return self.process.poll() is None

    def wait_for(self, predicate: Callable[[], object], timeout: float = TIMEOUT_S) -> None:
        """Wait until what it printed makes the predicate true; fail when it ends before."""

        def done() -> bool:
            return bool(predicate()) or not any(thread.is_alive() for thread in self._readers)

        with self._changed:
            self._changed.wait_for(done, timeout)
            reached = bool(predicate())
        assert reached, f'the output waited for never came from {self.log}'

    def wait_for_line(self, text: str, timeout: float = TIMEOUT_S) -> str:
        """Wait until a line holds this text; return the first such line."""
        self.wait_for(lambda: any(text in line for line in self.lines), timeout)
        return next(line for line in self.lines if text in line)

    def join(self, timeout: float = TIMEOUT_S) -> int:
        """Wait until it ends; return its exit code, negative for a signal."""
        try:
            self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f'expected an end within {timeout} s of {self.log}') from None
        for thread in self._readers:
            thread.join()
        for stream in (self.process.stdin, self.process.stdout, self.process.stderr):
            if stream is not None:
                stream.close()
        return self.process.returncode

    def interrupt(self) -> None:
        """Send it SIGINT, as Ctrl-C does."""
        if self.running:
            self.process.send_signal(signal.SIGINT)

    def kill(self) -> None:
        """End it, whatever it does, and all that it has started."""
        if self.running:
            os.killpg(self.process.pid, signal.SIGKILL)
        self.join()

    def _read(self, stream: object, lines: list[str]) -> threading.Thread:
        def read() -> None:
            for line in stream:
                with self._changed:
                    lines.append(line.rstrip('\n'))
                    self._changed.notify_all()
            with self._changed:
                self._changed.notify_all()

        thread = threading.Thread(target=read, name=f'{self.name} output', daemon=True)
        thread.start()
        return thread
