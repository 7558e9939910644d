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
