"""No plan is given out of which, or of whose manifest, a single byte is not as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nitedr_ros.engines.plans.cache import CachedPlan, Miss, PlanCache
from nitedr_ros.engines.plans.key import PlanKey

PLAN = bytes(range(256)) * 8
damaged = pytest.mark.parametrize('ending', ['.plan', '.json'])


@pytest.fixture
def damage(
    cache: PlanCache, key: PlanKey, store: Callable[..., object]
) -> Callable[[str, Callable[[bytes], bytes]], None]:
    """Puts other bytes into one of the two files, and checks that there is no plan while so."""
    store(key, PLAN)
    whole = cache.load(key)
    assert isinstance(whole, CachedPlan)

    def check(ending: str, change: Callable[[bytes], bytes]) -> None:
        path: Path = cache.folder / f'{key.stem}{ending}'
        before = path.read_bytes()
        after = change(before)
        assert after != before
        path.write_bytes(after)
        found = cache.load(key)
        path.write_bytes(before)
        assert isinstance(found, Miss)
        assert path.name in found.reason
        assert '\n' not in found.reason
        assert cache.load(key) == whole

    return check


def flipped(content: bytes, index: int, difference: int) -> bytes:
    index %= len(content)
    return content[:index] + bytes([content[index] ^ difference]) + content[index + 1 :]


@damaged
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(index=st.integers(0, 2**16), difference=st.integers(1, 255))
def test_any_other_byte(
    damage: Callable[..., None], ending: str, index: int, difference: int
) -> None:
    damage(ending, lambda content: flipped(content, index, difference))


@damaged
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(lost=st.integers(1, 2**16))
def test_any_end_missing(damage: Callable[..., None], ending: str, lost: int) -> None:
    damage(ending, lambda content: content[: -(lost % len(content)) or None][: len(content) - 1])


@damaged
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(index=st.integers(0, 2**16), more=st.binary(min_size=1, max_size=9))
def test_anything_in_between(
    damage: Callable[..., None], ending: str, index: int, more: bytes
) -> None:
    def change(content: bytes) -> bytes:
        place = index % (len(content) + 1)
        return content[:place] + more + content[place:]

    damage(ending, change)


@damaged
def test_zeros_as_after_a_power_failure(damage: Callable[..., None], ending: str) -> None:
    damage(ending, lambda content: bytes(len(content)))
    damage(ending, lambda content: content[: len(content) // 2].ljust(len(content), b'\0'))
    damage(ending, lambda content: b'')
