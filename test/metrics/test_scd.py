from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.metrics.scd import scd


@pytest.fixture
def sources() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(7)
    return rng.integers(0, 120, (30, 40), np.uint8), rng.integers(0, 120, (30, 40), np.uint8)


def test_the_sum_of_both_sources_is_perfect(sources: tuple[np.ndarray, np.ndarray]) -> None:
    visible, thermal = sources
    assert scd(visible, thermal, visible + thermal) == pytest.approx(2.0)


def test_one_source_alone_adds_nothing_of_the_other() -> None:
    rows, columns = np.indices((8, 8)) % 2 * 100
    # visible - thermal correlates by 1 / sqrt(2) with an independent visible of that variance.
    assert scd(rows, columns, rows) == pytest.approx(np.sqrt(0.5))


def test_three_sizes_must_agree_for_scd(sources: tuple[np.ndarray, np.ndarray]) -> None:
    with pytest.raises(ValueError, match='three images'):
        scd(*sources, np.zeros((2, 2)))
