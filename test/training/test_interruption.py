"""A first signal asks, a second one interrupts; in processes that may be signalled."""

from __future__ import annotations

import subprocess
import sys

import pytest

SCRIPT = """
import signal, sys
from nitedr_ros.training.interruption import Interruption

number = getattr(signal, sys.argv[1])
before = signal.getsignal(number)
with Interruption() as interruption:
    print(interruption.asked)
    signal.raise_signal(number)
    print(interruption.asked)
    try:
        signal.raise_signal(number)
    except KeyboardInterrupt:
        print('interrupted')
print(signal.getsignal(number) is before)
"""


@pytest.mark.parametrize('name', ['SIGINT', 'SIGTERM'])
def test_a_first_signal_asks_and_a_second_one_interrupts(name: str) -> None:
    run = subprocess.run(
        [sys.executable, '-c', SCRIPT, name], capture_output=True, text=True, check=False
    )
    assert run.stdout.split() == ['False', 'True', 'interrupted', 'True'], run.stderr
