"""One builder at a time: among threads, among processes, and after a crash."""

from __future__ import annotations

import fcntl
import stat
import subprocess
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest

from nitedr_ros.engines.plans.build_lock import BuildLock
from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.errors import EngineError

Program = Callable[[str], 'subprocess.Popen[str]']
LONG_S = 60.0


class Clock:
    """Time that passes in sleep only."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def monotonic(self) -> float:
        return self.now_s

    def sleep(self, seconds: float) -> None:
        self.now_s += seconds


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(time, 'monotonic', clock.monotonic)
    monkeypatch.setattr(time, 'sleep', clock.sleep)
    return clock


def is_free(folder: Path, key: PlanKey) -> bool:
    with suppress(EngineError), BuildLock(folder, key, timeout_s=0):
        return True
    return False


def test_is_held_until_the_end_of_the_block(folder: Path, key: PlanKey) -> None:
    with BuildLock(folder, key):
        assert not is_free(folder, key)
        assert is_free(folder, replace(key, precision='fp32'))
    assert is_free(folder, key)
    with pytest.raises(RuntimeError), BuildLock(folder, key):
        raise RuntimeError
    assert is_free(folder, key)
    for path in folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_says_every_second_that_it_waits_and_gives_up(
    folder: Path, key: PlanKey, clock: Clock, opened_files: Callable[[], int]
) -> None:
    told: list[float] = []
    before = opened_files()
    with BuildLock(folder, key, waiting=told.append):
        lock = BuildLock(folder, key, timeout_s=3.55, waiting=told.append)
        with pytest.raises(EngineError, match=r'within 3\.55 s, another process') as caught, lock:
            pass
    assert '\n' not in str(caught.value)
    assert told == pytest.approx([0, 1, 2, 3], abs=0.11 * 3)
    assert clock.now_s == pytest.approx(3.55)
    assert opened_files() == before


def test_is_taken_soon_after_it_is_free(folder: Path, key: PlanKey, clock: Clock) -> None:
    holder = BuildLock(folder, key)
    holder.__enter__()

    def waiting(seconds: float) -> None:
        if seconds > 1:
            holder.__exit__(None, None, None)

    with BuildLock(folder, key, waiting=waiting):
        assert 1 < clock.now_s < 1.5
    assert is_free(folder, key)


def test_what_waiting_raises_ends_the_waiting(
    folder: Path, key: PlanKey, opened_files: Callable[[], int]
) -> None:
    def cancel(seconds: float) -> None:
        raise EngineError('the node is stopping')

    before = opened_files()
    with BuildLock(folder, key):
        with (
            pytest.raises(EngineError, match='stopping'),
            BuildLock(folder, key, waiting=cancel),
        ):
            pass
        assert not is_free(folder, key)
    assert is_free(folder, key)
    assert opened_files() == before


def test_excludes_threads_of_one_process(folder: Path, key: PlanKey) -> None:
    inside = []
    most = []

    def build() -> None:
        for _ in range(3):
            with BuildLock(folder, key, timeout_s=LONG_S):
                inside.append(1)
                most.append(len(inside))
                time.sleep(0.01)
                inside.pop()

    threads = [threading.Thread(target=build) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == [1] * 12


def test_a_holder_that_is_killed_frees_it(folder: Path, key: PlanKey, program: Program) -> None:
    process = program("""
with BuildLock(FOLDER, KEY):
    print('held', flush=True)
    sys.stdin.read()
""")
    assert process.stdout.readline() == 'held\n'
    assert not is_free(folder, key)
    process.kill()
    process.wait()
    assert is_free(folder, key)


def test_a_process_forked_meanwhile_does_not_hold_it(
    folder: Path, key: PlanKey, program: Program
) -> None:
    process = program("""
with BuildLock(FOLDER, KEY):
    child = os.fork()
    if not child:
        sys.stdin.read()
        os._exit(0)
print('released', flush=True)
os.waitpid(child, 0)
""")
    assert process.stdout.readline() == 'released\n'
    assert process.poll() is None
    assert is_free(folder, key)


BUILDER = """
print('ready', flush=True)
sys.stdin.readline()
cache = PlanCache(FOLDER)
found = cache.load(KEY)
if not isinstance(found, CachedPlan):
    with BuildLock(FOLDER, KEY, timeout_s=60, waiting=lambda seconds: print('waits')):
        found = cache.load(KEY)
        if not isinstance(found, CachedPlan):
            time.sleep(0.3)
            plan = os.urandom(100_000)
            cache.store(KEY, plan, MANIFEST(plan))
            print('built')
            found = cache.load(KEY)
print('has', found.manifest.plan_sha256, found.manifest.describes(found.content))
"""


def test_of_many_processes_one_builds_and_all_have_the_same_plan(program: Program) -> None:
    builders = [program(BUILDER) for _ in range(5)]
    for builder in builders:
        assert builder.stdout.readline() == 'ready\n'
    for builder in builders:
        builder.stdin.write('go\n')
        builder.stdin.flush()
    said = [builder.communicate()[0].splitlines() for builder in builders]
    assert [builder.returncode for builder in builders] == [0] * 5
    assert sum(lines.count('built') for lines in said) == 1
    assert {lines[-1].split()[0] for lines in said} == {'has'}
    assert {lines[-1].split()[2] for lines in said} == {'True'}
    assert len({lines[-1].split()[1] for lines in said}) == 1


def test_the_folder_must_be_trusted(folder: Path, key: PlanKey) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    with pytest.raises(EngineError, match='chmod go-w'), BuildLock(folder, key):
        pass
    assert list(folder.iterdir()) == []


def test_a_link_in_the_place_of_the_lock_is_refused(folder: Path, key: PlanKey) -> None:
    folder.mkdir(parents=True, mode=0o700)
    (folder / f'{key.stem}.lock').symlink_to(folder.parent / 'other')
    with pytest.raises(EngineError, match='it is a symbolic link'), BuildLock(folder, key):
        pass
    assert not (folder.parent / 'other').exists()


def test_a_file_system_without_locks_is_told_in_one_line(
    folder: Path,
    key: PlanKey,
    monkeypatch: pytest.MonkeyPatch,
    opened_files: Callable[[], int],
) -> None:
    def refuse(descriptor: int, operation: int) -> None:
        raise OSError(37, 'No locks available')

    monkeypatch.setattr(fcntl, 'flock', refuse)
    before = opened_files()
    with pytest.raises(EngineError, match='No locks available: choose') as caught:
        BuildLock(folder, key).__enter__()
    assert '\n' not in str(caught.value)
    assert opened_files() == before


def test_a_disk_that_is_only_read_is_told_in_one_line(small_disk: Path, key: PlanKey) -> None:
    subprocess.run(['mount', '-o', 'remount,ro', str(small_disk)], check=True)
    with (
        pytest.raises(EngineError, match='Read-only file system') as caught,
        BuildLock(small_disk, key),
    ):
        pass
    assert '\n' not in str(caught.value)
