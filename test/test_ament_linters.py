"""ament's linters, where a ROS 2 is sourced, with the settings that this package states."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
CODE = ['nitedr_ros', 'launch', 'setup.py', 'benchmarks', 'test']
# ruff holds the rest: docstrings by Google's convention, where classes say how they are made.
DOCSTRINGS = ['--convention', 'google', '--add-ignore', 'D105', 'D107', 'D403', '--']


@pytest.mark.parametrize(
    'command',
    [
        ['ament_flake8', '--config', 'ament_flake8.ini', *CODE],
        ['ament_pep257', *DOCSTRINGS, 'nitedr_ros', 'launch'],
    ],
    ids=lambda command: command[0],
)
def test_linter_finds_nothing(command: list[str]) -> None:
    if shutil.which(command[0]) is None:
        pytest.skip(f'NOT RUN: no {command[0]} here; source a ROS 2 that has it')
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
