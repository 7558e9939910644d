"""A Jetson's power, as its tool tegrastats tells it."""

from __future__ import annotations

import re
import shutil
import subprocess
import threading
import time
from collections.abc import Iterable

_EVERY_MS = 100
_RAILS = ('VDD_IN', 'POM_5V_IN', 'VIN_SYS_5V0')
"""What the whole module takes, by generation; a board has one of them."""
_POWER = re.compile(rf'\b(?:{"|".join(_RAILS)}) (\d+)(?:mW)?/')


def watts_in(line: str) -> float | None:
    """Return the power of the whole module in a line of tegrastats; None where it says none."""
    found = _POWER.search(line)
    return None if found is None else int(found.group(1)) / 1e3


class Tegrastats:
    """Adds up the module's power while it runs, in a thread of its own."""

    def __init__(self, program: str) -> None:
        """program: path of tegrastats."""
        self._lock = threading.Lock()
        self._joules = 0.0
        self._process = subprocess.Popen(  # noqa: S603 - the board's own tool
            [program, '--interval', str(_EVERY_MS)], stdout=subprocess.PIPE, text=True
        )
        lines = self._process.stdout or ()
        self._thread = threading.Thread(target=self._follow, args=(lines,), daemon=True)
        self._thread.start()

    @classmethod
    def find(cls) -> Tegrastats | None:
        """Start it where there is one."""
        program = shutil.which('tegrastats')
        return None if program is None else cls(program)

    def joules(self) -> float:
        """Return the energy that the module has used since the start, joules."""
        with self._lock:
            return self._joules

    def close(self) -> None:
        """End the tool."""
        with self._process:
            self._process.terminate()
            self._thread.join()

    def _follow(self, lines: Iterable[str]) -> None:
        before = time.perf_counter()
        for line in lines:
            now = time.perf_counter()
            watts = watts_in(line)
            if watts is not None:
                with self._lock:
                    self._joules += watts * (now - before)
            before = now
