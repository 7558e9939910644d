"""Plans go in and come out unchanged, or there is a reason why not."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path

import pytest

from nitedr_ros.engines.plans.cache import CachedPlan, Miss, PlanCache
from nitedr_ros.engines.plans.key import PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest
from nitedr_ros.errors import EngineError

Store = Callable[[PlanKey, bytes], PlanManifest]
Describe = Callable[[PlanKey, bytes], PlanManifest]


def reason(cache: PlanCache, key: PlanKey) -> str:
    found = cache.load(key)
    assert isinstance(found, Miss)
    assert '\n' not in found.reason
    return found.reason


def test_a_plan_comes_out_as_it_went_in(cache: PlanCache, key: PlanKey, store: Store) -> None:
    content = os.urandom(100_000)
    manifest = store(key, content)
    assert cache.load(key) == CachedPlan(content, manifest)
    assert PlanCache(cache.folder).load(replace(key)) == CachedPlan(content, manifest)
    names = sorted(path.name for path in cache.folder.iterdir())
    assert names == [f'{key.stem}.json', f'{key.stem}.plan']
    for path in cache.folder.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_plan_replaces_an_older_one(cache: PlanCache, key: PlanKey, store: Store) -> None:
    store(key, b'older')
    manifest = store(key, b'newer')
    assert cache.load(key) == CachedPlan(b'newer', manifest)


def test_an_empty_cache_says_so_and_makes_nothing(cache: PlanCache, key: PlanKey) -> None:
    assert reason(cache, key) == f'there are no plans in {cache.folder} yet'
    assert cache.entries() == []
    assert cache.load_timings(key) == b''
    assert not cache.folder.parent.exists()
    cache.folder.mkdir(parents=True, mode=0o700)
    assert reason(cache, key) == f'there are no plans in {cache.folder} yet'


@pytest.mark.parametrize(
    'change, told',
    [
        ({'tensorrt': '10.7.0'}, "tensorrt '10.3.0', now '10.7.0'"),
        ({'precision': 'fp32'}, "precision 'fp16', now 'fp32'"),
        ({'onnx_sha256': 'f' * 64}, f"onnx_sha256 '{'0123456789abcdef' * 4}', now '{'f' * 64}'"),
        ({'options': ()}, "options (('workspace_mb', '1024'),), now ()"),
    ],
)
def test_says_which_field_differs_from_the_nearest_plan(
    cache: PlanCache, key: PlanKey, store: Store, change: dict[str, object], told: str
) -> None:
    store(replace(key, model='another', tensorrt='9'), b'plan')
    store(key, b'plan')
    assert reason(cache, replace(key, **change)) == (
        f'no plan in {cache.folder} is for this; the nearest was built for {told}'
    )


def test_a_plan_under_the_name_of_another_is_refused(
    cache: PlanCache, key: PlanKey, store: Store
) -> None:
    store(key, b'plan')
    asked = replace(key, gpu=replace(key.gpu, driver='560.1', name='Xavier'))
    for ending in ('.plan', '.json'):
        shutil.copy2(cache.folder / f'{key.stem}{ending}', cache.folder / f'{asked.stem}{ending}')
    told = reason(cache, asked)
    assert told.endswith(
        f"{asked.stem}.plan was built for gpu name 'Orin', now 'Xavier'; "
        "gpu driver '540.4.0', now '560.1'"
    )
    assert [entry.key for entry in cache.entries()] == [key]


def test_the_manifest_of_another_plan_is_the_callers_mistake(
    cache: PlanCache, key: PlanKey, manifest_of: Describe
) -> None:
    for manifest in (manifest_of(key, b'other'), manifest_of(replace(key, model='m'), b'plan')):
        with pytest.raises(ValueError, match='expected the manifest of this plan'):
            cache.store(key, b'plan', manifest)
    assert not cache.folder.exists()


def test_half_a_plan_is_none(cache: PlanCache, key: PlanKey, store: Store) -> None:
    store(key, b'plan')
    (cache.folder / f'{key.stem}.plan').unlink()
    assert 'is missing, only its manifest is there' in reason(cache, key)
    store(key, b'plan')
    (cache.folder / f'{key.stem}.json').unlink()
    assert 'there are no plans' in reason(cache, key)


def test_says_whether_a_plan_was_cut_or_altered(
    cache: PlanCache, key: PlanKey, store: Store
) -> None:
    store(key, b'plan')
    path = cache.folder / f'{key.stem}.plan'
    path.write_bytes(b'pl')
    assert reason(cache, key) == f'{path} was cut: 2 of 4 bytes are there'
    path.write_bytes(b'plaN')
    assert reason(cache, key).startswith(f'{path} was altered')


@pytest.mark.parametrize('ending', ['.plan', '.json'])
def test_what_may_not_be_the_users_own_is_not_used(
    cache: PlanCache, key: PlanKey, store: Store, ending: str
) -> None:
    store(key, b'plan')
    path = cache.folder / f'{key.stem}{ending}'
    path.chmod(0o666)
    assert f'{path} to be a file that you own' in reason(cache, key)
    path.chmod(0o600)
    assert isinstance(cache.load(key), CachedPlan)
    path.rename(path.with_suffix('.aside'))
    path.symlink_to(path.with_suffix('.aside'))
    assert 'it is a symbolic link' in reason(cache, key)
    path.unlink()
    os.mkfifo(path, 0o600)
    assert 'it is no regular file' in reason(cache, key)


def test_a_plan_of_another_user_is_not_used(
    cache: PlanCache, key: PlanKey, store: Store, chown: Callable[[Path], None]
) -> None:
    store(key, b'plan')
    chown(cache.folder / f'{key.stem}.plan')
    assert 'it belongs to uid' in reason(cache, key)


def test_a_folder_that_others_can_write_to_is_not_used(
    cache: PlanCache, key: PlanKey, store: Store
) -> None:
    store(key, b'plan')
    cache.folder.chmod(0o770)
    advice = f'chmod go-w {cache.folder}'
    assert reason(cache, key).endswith(advice)
    assert cache.load_timings(key) == b''
    for use in (
        lambda: store(key, b'plan'),
        lambda: cache.store_timings(key, b'timings'),
        cache.entries,
    ):
        with pytest.raises(EngineError, match=advice):
            use()
    cache.folder.chmod(0o700)
    assert isinstance(cache.load(key), CachedPlan)


def test_a_huge_manifest_is_not_read(cache: PlanCache, key: PlanKey, store: Store) -> None:
    store(key, b'plan')
    os.truncate(cache.folder / f'{key.stem}.json', 2**40)
    assert 'it has more' in reason(cache, key)
    assert cache.entries() == []


def test_a_huge_plan_is_not_read(cache: PlanCache, key: PlanKey, store: Store) -> None:
    store(key, b'plan')
    os.truncate(cache.folder / f'{key.stem}.plan', 2**40)
    assert 'at most 4 bytes, it has more' in reason(cache, key)
    assert cache.entries() == []


def test_lists_what_is_whole(cache: PlanCache, key: PlanKey, store: Store) -> None:
    first = store(replace(key, model='a'), b'plan a')
    second = store(replace(key, model='b'), b'plan b')
    broken = store(replace(key, model='c'), b'plan c').key
    (cache.folder / f'{broken.stem}.json').write_bytes(b'{}')
    alone = store(replace(key, model='d'), b'plan d').key
    (cache.folder / f'{alone.stem}.plan').unlink()
    (cache.folder / 'notes.txt').touch()
    (cache.folder / 'folder.json').mkdir()
    assert cache.entries() == [first, second]


def test_storing_removes_what_crashed_writers_left(
    cache: PlanCache, key: PlanKey, store: Store
) -> None:
    store(key, b'plan')
    leftover = cache.folder / f'.{key.stem}.plan.0.part'
    leftover.touch()
    store(key, b'plan')
    assert leftover.exists()
    os.utime(leftover, (time.time() - 3700, time.time() - 3700))
    store(key, b'plan')
    assert not leftover.exists()


@pytest.mark.parametrize('working', [0, 1])
def test_a_disk_that_refuses_leaves_no_plan_and_a_cache_that_works(
    cache: PlanCache,
    key: PlanKey,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    working: int,
) -> None:
    calls = []
    replace_file = os.replace

    def refuse(*arguments: object, **options: object) -> None:
        calls.append(arguments)
        if len(calls) > working:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        replace_file(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, 'replace', refuse)
        with pytest.raises(EngineError, match='No space left'):
            store(key, b'plan')
    assert list(cache.folder.iterdir()) == []
    assert isinstance(cache.load(key), Miss)
    store(key, b'plan')
    assert isinstance(cache.load(key), CachedPlan)


def test_a_plan_too_large_for_the_disk_is_refused(
    small_disk: Path, key: PlanKey, manifest_of: Describe
) -> None:
    cache = PlanCache(small_disk / 'plans')
    content = bytes(2**21)
    with pytest.raises(EngineError, match='No space left on device: make room'):
        cache.store(key, content, manifest_of(key, content))
    assert list(cache.folder.iterdir()) == []


def test_a_disk_that_is_only_read_gives_its_plans_and_takes_none(
    small_disk: Path, key: PlanKey, manifest_of: Describe
) -> None:
    cache = PlanCache(small_disk / 'plans')
    cache.store(key, b'plan', manifest_of(key, b'plan'))
    subprocess.run(['mount', '-o', 'remount,ro', str(small_disk)], check=True)
    assert isinstance(cache.load(key), CachedPlan)
    with pytest.raises(EngineError, match='Read-only file system') as caught:
        cache.store(key, b'plan', manifest_of(key, b'plan'))
    assert '\n' not in str(caught.value)


def test_a_folder_without_leave_to_write_gives_its_plans_and_takes_none(
    unprivileged: Callable[[], AbstractContextManager[Path]],
    key: PlanKey,
    manifest_of: Describe,
) -> None:
    with unprivileged() as home:
        cache = PlanCache(home / 'plans')
        cache.store(key, b'plan', manifest_of(key, b'plan'))
        cache.folder.chmod(0o500)
        assert isinstance(cache.load(key), CachedPlan)
        with pytest.raises(EngineError, match='Permission denied: make room') as caught:
            cache.store(key, b'plan', manifest_of(key, b'plan'))
        assert '\n' not in str(caught.value)
        cache.folder.chmod(0o300)
        assert 'Permission denied' in reason(cache, key)
        cache.folder.chmod(0o700)


@pytest.mark.parametrize('function', ['open', 'listdir'])
def test_a_disk_that_fails_is_a_miss(
    cache: PlanCache,
    key: PlanKey,
    store: Store,
    monkeypatch: pytest.MonkeyPatch,
    function: str,
) -> None:
    store(key, b'plan')
    asked = key if function == 'open' else replace(key, model='other')

    def fail(*arguments: object, **options: object) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr(os, function, fail)
    assert isinstance(cache.load(asked), Miss)
