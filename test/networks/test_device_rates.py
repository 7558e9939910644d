"""The rates of a GPU, where there is one."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: no GPU is measured')

from nitedr_ros.networks.device_rates import probes_of  # noqa: E402

on_gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason='no GPU for torch')


def test_a_gpu_that_is_not_there_has_no_rates() -> None:
    assert probes_of(torch.cuda.device_count()) is None


@on_gpu
@pytest.mark.parametrize('precision', ['fp32', 'bf16', 'fp16', 'int8'])
def test_a_gpu_has_rates_of_the_right_magnitude(precision: str) -> None:
    make = probes_of(0)
    assert make is not None
    rates = make(precision).measure(0.05)
    assert 1e8 < rates.copy_in < 1e13
    assert 1e8 < rates.copy_out < 1e13
    if precision == 'int8':
        assert rates.multiply is None
    else:
        assert 1e10 < rates.multiply < 1e16
