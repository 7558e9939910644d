"""A key, a cache and plans to put in it."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.plans.key import Gpu, PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest, Refusal

ROOT = Path(__file__).resolve().parents[3]
NOBODY = 65534


@pytest.fixture(scope='session')
def key() -> PlanKey:
    return PlanKey(
        model='nitedr-s',
        onnx_sha256='0123456789abcdef' * 4,
        tensorrt='10.3.0',
        gpu=Gpu('Orin', '8.7', '540.4.0'),
        precision='fp16',
        shapes=(('thermal', (1, 480, 640)), ('visible', (1, 480, 640, 3))),
        options=(('workspace_mb', '1024'),),
    )


@pytest.fixture(scope='session')
def manifest_of() -> Callable[[PlanKey, bytes], PlanManifest]:
    """Describes a plan as the builder does."""
    return lambda key, content: PlanManifest.of(
        key,
        content,
        build_seconds=83.25,
        verdict='differs by 0.10 grey levels on average, 99.9 % by at most 2',
        mean_difference=0.1,
        tail_difference=2.0,
        refused=(Refusal(precision='int8', reason='differs by 3.00 grey levels'),),
    )


@pytest.fixture
def opened_files() -> Callable[[], int]:
    """Counts the files that this process has open."""
    return lambda: sum(1 for _ in Path('/proc/self/fd').iterdir())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the plans go; not there yet."""
    return tmp_path / 'caches' / 'plans'


@pytest.fixture
def cache(folder: Path) -> PlanCache:
    return PlanCache(folder)


@pytest.fixture
def store(
    cache: PlanCache, manifest_of: Callable[[PlanKey, bytes], PlanManifest]
) -> Callable[[PlanKey, bytes], PlanManifest]:
    """Puts a plan into the cache, and returns its manifest."""

    def put(key: PlanKey, content: bytes) -> PlanManifest:
        manifest = manifest_of(key, content)
        cache.store(key, content, manifest)
        return manifest

    return put


@pytest.fixture
def program(key: PlanKey, folder: Path) -> Iterator[Callable[[str], subprocess.Popen[str]]]:
    """Starts a Python program that knows KEY, FOLDER and what makes a MANIFEST of a plan."""
    running = []
    beginning = f"""
import os, signal, sys, time
from pathlib import Path
from nitedr_ros.engines.plans.build_lock import BuildLock
from nitedr_ros.engines.plans.cache import CachedPlan, PlanCache
from nitedr_ros.engines.plans.key import Gpu, PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest

KEY, FOLDER = {key!r}, Path({str(folder)!r})

def MANIFEST(plan):
    return PlanManifest.of(
        KEY, plan, build_seconds=1, verdict='', mean_difference=0, tail_difference=0
    )

"""

    def start(text: str) -> subprocess.Popen[str]:
        process = subprocess.Popen(
            [sys.executable, '-c', beginning + text],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        running.append(process)
        return process

    yield start
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture
def unprivileged() -> Iterator[Callable[[], AbstractContextManager[Path]]]:
    """Gives a folder of a user whom permissions bind, and makes us that user meanwhile."""
    with tempfile.TemporaryDirectory() as made:

        @contextmanager
        def become() -> Iterator[Path]:
            if os.geteuid() != 0:
                yield Path(made)
                return
            os.chown(made, NOBODY, -1)
            os.seteuid(NOBODY)
            try:
                if not os.access(made, os.W_OK, effective_ids=True):
                    pytest.skip(f'NOT TESTED: other users than root can not reach {made}')
                yield Path(made)
            finally:
                os.seteuid(0)

        yield become
        Path(made).chmod(0o700)


@pytest.fixture
def chown() -> Callable[[Path], None]:
    """Gives a file or folder to another user."""
    if os.geteuid() != 0:
        pytest.skip('NOT TESTED: only root can give files to others')
    return lambda path: os.chown(path, NOBODY, NOBODY, follow_symlinks=False)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A folder of ours on a file system of 1 MiB of its own."""
    disk = tmp_path / 'disk'
    disk.mkdir()
    command = ['mount', '-t', 'tmpfs', '-o', 'size=1m,mode=0700', 'none', str(disk)]
    try:
        mounted = subprocess.run(command, capture_output=True, check=False).returncode == 0
    except FileNotFoundError:
        mounted = False
    if not mounted:
        pytest.skip('NOT TESTED: mounting is not allowed here')
    yield disk
    subprocess.run(['umount', str(disk)], check=True)
