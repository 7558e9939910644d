"""A ROS domain for each test, so that tests that run side by side don't hear each other."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Domains above 101 use ports that Linux hands out to clients; vehicles mostly have low ones.
DOMAINS = range(80, 102)


@contextmanager
def free_domain(turn: int) -> Iterator[int]:
    """Yield a domain that no other test on this machine uses; `turn` says where to begin looking.

    Raises RuntimeError where all are taken.
    """
    for number in range(len(DOMAINS)):
        domain = DOMAINS[(os.getpid() + turn + number) % len(DOMAINS)]
        path = Path(tempfile.gettempdir()) / f'nitedr-test-domain-{domain}-{os.getuid()}.lock'
        with path.open('w') as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                continue
            yield domain
            return
    raise RuntimeError(f'expected a free ROS domain, all of {DOMAINS} are taken by other tests')
