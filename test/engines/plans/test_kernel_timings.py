"""What was learnt of a GPU's kernels serves all models on it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.plans.key import PlanKey


def only_file(cache: PlanCache) -> Path:
    (path,) = cache.folder.iterdir()
    return path


@pytest.mark.parametrize('timings', [b'', b'known'])
def test_serve_every_plan_for_the_same_gpu_and_tensorrt(
    cache: PlanCache, key: PlanKey, timings: bytes
) -> None:
    cache.store_timings(key, timings)
    assert cache.load_timings(replace(key, model='other', precision='fp32')) == timings
    for other in (
        replace(key, tensorrt='10.7.0'),
        replace(key, gpu=replace(key.gpu, name='Xavier')),
        replace(key, gpu=replace(key.gpu, driver='560.1')),
        replace(key, gpu=replace(key.gpu, compute_capability='7.2')),
    ):
        assert cache.load_timings(other) == b''
    assert cache.entries() == []


def test_are_forgotten_where_a_byte_is_not_as_it_was(cache: PlanCache, key: PlanKey) -> None:
    cache.store_timings(key, b'known')
    whole = only_file(cache).read_bytes()
    for index in range(len(whole)):
        altered = bytearray(whole)
        altered[index] ^= 1
        only_file(cache).write_bytes(altered)
        assert cache.load_timings(key) == b''
    only_file(cache).write_bytes(whole)
    assert cache.load_timings(key) == b'known'


def test_are_forgotten_where_they_were_cut(cache: PlanCache, key: PlanKey) -> None:
    cache.store_timings(key, b'known')
    whole = only_file(cache).read_bytes()
    for length in range(len(whole)):
        only_file(cache).write_bytes(whole[:length])
        assert cache.load_timings(key) == b''


def test_are_not_read_where_others_can_write_to_them(cache: PlanCache, key: PlanKey) -> None:
    cache.store_timings(key, b'known')
    only_file(cache).chmod(0o666)
    assert cache.load_timings(key) == b''
