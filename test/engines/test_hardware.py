"""Which GPU there is, by the files that its driver makes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.engines import hardware


@pytest.mark.parametrize(
    'there, found',
    [
        ((), ''),
        (('gpu',), 'NVIDIA GPU'),
        (('jetson',), 'NVIDIA Jetson'),
        (('gpu', 'jetson'), 'NVIDIA Jetson'),
    ],
)
def test_says_what_gpu_there_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, there: tuple[str, ...], found: str
) -> None:
    for name in there:
        (tmp_path / name).touch()
    monkeypatch.setattr(hardware, '_GPU', tmp_path / 'gpu')
    monkeypatch.setattr(hardware, '_JETSON', tmp_path / 'jetson')
    assert hardware.nvidia_gpu() == found


DESKTOP = """NVRM version: NVIDIA UNIX x86_64 Kernel Module  560.35.03  Fri Aug 16 2024
GCC version:  gcc version 12.3.0
"""
JETSON = 'NVRM version: NVIDIA UNIX Open Kernel Module for aarch64  540.4.0  Release\n'


@pytest.mark.parametrize(
    'told, version',
    [(DESKTOP, '560.35.03'), (JETSON, '540.4.0'), ('something else\n', ''), (None, '')],
)
def test_says_which_driver_there_is(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, told: str | None, version: str
) -> None:
    place = tmp_path / 'version'
    if told is not None:
        place.write_text(told)
    monkeypatch.setattr(hardware, '_DRIVER', place)
    assert hardware.nvidia_driver() == version
