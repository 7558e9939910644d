"""One builder at a time for each plan, among all threads and processes of a computer."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.engines.plans.trusted_file import open_trusted_file
from nitedr_ros.engines.plans.trusted_folder import open_trusted_folder
from nitedr_ros.errors import EngineError, PlanFolderError

TIMEOUT_S = 3600.0
"""Builds take minutes; on a small GPU that is in use, many."""
_LOOK_EVERY_S = 0.1
_TELL_EVERY_S = 1.0


class BuildLock:
    """Held, as a context manager, while a plan is built.

    Who had to wait looks into the cache again: the plan may be there by now. A holder that crashes
    frees the lock. Raises PlanFolderError where the folder can't be used, EngineError where it
    can't be trusted, or where another still holds the lock after timeout_s.

    waiting: is told the seconds waited so far, at once and then about every second; what it raises
    ends the waiting.
    """

    def __init__(
        self,
        folder: Path,
        key: PlanKey,
        *,
        timeout_s: float = TIMEOUT_S,
        waiting: Callable[[float], None] = lambda seconds: None,
    ) -> None:
        self._folder, self._name = folder, f'{key.stem}.lock'
        self._timeout_s = timeout_s
        self._waiting = waiting
        self._descriptor = -1

    def __enter__(self) -> None:
        # An open file of its own for each holder excludes threads of one process too. The file
        # stays: were it deleted, one could lock it while another locks its successor.
        with open_trusted_folder(self._folder, create=True) as folder:
            try:
                descriptor = open_trusted_file(folder, self._name, os.O_RDWR | os.O_CREAT)
            except OSError as error:
                raise self._unusable(error) from None
        try:
            self._wait(descriptor)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor = descriptor

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        # A process that was forked meanwhile has the file open too; unlocking reaches it.
        fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)

    def _wait(self, descriptor: int) -> None:
        start = time.monotonic()
        tell_at_s = 0.0
        while not self._locked(descriptor):
            waited_s = time.monotonic() - start
            if waited_s >= self._timeout_s:
                raise EngineError(
                    f'expected {self._folder / self._name} to be free within '
                    f'{self._timeout_s:g} s, another process is still building this plan: '
                    'wait for it, or end it'
                )
            if waited_s >= tell_at_s:
                self._waiting(waited_s)
                tell_at_s = waited_s + _TELL_EVERY_S
            time.sleep(min(_LOOK_EVERY_S, self._timeout_s - waited_s))

    def _locked(self, descriptor: int) -> bool:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            raise self._unusable(error) from None
        return True

    def _unusable(self, error: OSError) -> PlanFolderError:
        return PlanFolderError(
            f'expected to lock {self._folder / self._name}: {error.strerror}: '
            'choose another folder for plans'
        )
