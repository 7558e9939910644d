"""A process that is killed while it stores a plan leaves the old one, or none."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable

import pytest

from nitedr_ros.engines.plans.cache import CachedPlan, Miss, PlanCache
from nitedr_ros.engines.plans.key import PlanKey

CRASH = """
working, replace = {working}, os.replace

def killed(*arguments, **options):
    global working
    if not working:
        os.kill(os.getpid(), signal.SIGKILL)
    working -= 1
    replace(*arguments, **options)

os.replace = killed
with BuildLock(FOLDER, KEY):
    PlanCache(FOLDER).store(KEY, b'newer', MANIFEST(b'newer'))
"""


@pytest.mark.parametrize('older', [b'', b'older', b'another length'])
@pytest.mark.parametrize('working', [0, 1], ids=['before the plan', 'before the manifest'])
def test_killed_in_mid_store(
    cache: PlanCache,
    key: PlanKey,
    store: Callable[..., object],
    program: Callable[[str], subprocess.Popen[str]],
    working: int,
    older: bytes,
) -> None:
    if older:
        store(key, older)
    process = program(CRASH.format(working=working))
    process.communicate()
    assert process.returncode == -signal.SIGKILL
    found = cache.load(key)
    if older and not working:
        assert isinstance(found, CachedPlan)
        assert found.content == older
    else:
        assert isinstance(found, Miss)
        assert '\n' not in found.reason
    (leftover,) = cache.folder.glob('.*.part')
    os.utime(leftover, (time.time() - 3700, time.time() - 3700))
    store(key, b'newest')
    found = cache.load(key)
    assert isinstance(found, CachedPlan)
    assert found.content == b'newest'
    assert list(cache.folder.glob('.*')) == []
