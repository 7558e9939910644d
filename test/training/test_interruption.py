"""A first signal asks, a second one interrupts."""

from __future__ import annotations

import signal

import pytest

from nitedr_ros.training.interruption import Interruption


@pytest.mark.parametrize('number', [signal.SIGINT, signal.SIGTERM])
def test_a_first_signal_asks_and_a_second_one_interrupts(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with Interruption() as interruption:
        assert not interruption.asked
        signal.raise_signal(number)
        assert interruption.asked
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
    assert signal.getsignal(number) is before
