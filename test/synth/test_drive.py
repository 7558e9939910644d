from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
import pytest

from nitedr_ros.errors import ConfigError
from nitedr_ros.synth.drive import Drive, DriveConfig, SynthFrame

SMALL = {'width': 160, 'height': 128, 'thermal_width': 80, 'thermal_height': 64, 'seconds': 0.5}


def record(**changes: Any) -> list[SynthFrame]:
    return list(Drive(DriveConfig(**{**SMALL, **changes})).frames())


def digest(frames: list[SynthFrame]) -> str:
    total = hashlib.sha256()
    for item in frames:
        total.update(f'{item.sensor} {item.arrival_ns} {item.frame.stamp_ns}'.encode())
        total.update(item.frame.data.tobytes())
        if item.truth is not None:
            for image in (item.truth.visible, item.truth.thermal, item.truth.depth):
                total.update(image.tobytes())
    return total.hexdigest()


@pytest.fixture(scope='module')
def drive() -> list[SynthFrame]:
    return record(seconds=1.0)


def test_one_seed_gives_one_drive() -> None:
    assert digest(record(seed=4)) == digest(record(seed=4))


def test_seeds_give_different_drives() -> None:
    first, second = record(seed=4), record(seed=5)
    assert digest(first) != digest(second)
    assert not np.array_equal(first[0].frame.data, second[0].frame.data)


def test_a_frame_does_not_depend_on_how_long_the_drive_is(drive: list[SynthFrame]) -> None:
    short = [item.frame for item in record(seconds=0.2) if item.sensor == 'visible']
    long = [item.frame for item in drive if item.sensor == 'visible']
    assert np.array_equal(short[0].data, long[0].data)


@pytest.mark.parametrize(('sensor', 'hz', 'count'), [('visible', 30.0, 30), ('thermal', 9.0, 9)])
def test_rates_and_stamps(drive: list[SynthFrame], sensor: str, hz: float, count: int) -> None:
    config = DriveConfig()
    stamps = np.array([item.frame.stamp_ns for item in drive if item.sensor == sensor])
    assert len(stamps) == count
    assert stamps.min() >= config.start_ns
    assert stamps.max() < config.start_ns + 1_000_000_000
    gaps = np.diff(stamps)
    assert (gaps > 0).all()
    assert np.abs(gaps - 1e9 / hz).max() <= 2 * config.jitter_ms * 1e6 + 1
    assert len(set(gaps.tolist())) > 1


def test_arrivals_are_in_order_and_after_the_exposure(drive: list[SynthFrame]) -> None:
    arrivals = [item.arrival_ns for item in drive]
    assert arrivals == sorted(arrivals)
    latencies = [item.arrival_ns - item.frame.stamp_ns for item in drive]
    assert min(latencies) >= 9_000_000
    assert max(latencies) <= 34_000_000


def test_sizes_and_encodings(drive: list[SynthFrame]) -> None:
    for item in drive:
        frame = item.frame
        assert frame.data.shape[:2] == (frame.height, frame.width)
        if item.sensor == 'visible':
            assert (frame.encoding, frame.frame_id) == ('bgr8', 'visible_optical_frame')
            assert (frame.data.dtype, frame.data.shape) == (np.uint8, (128, 160, 3))
        else:
            assert (frame.encoding, frame.frame_id) == ('mono16', 'thermal_optical_frame')
            assert (frame.data.dtype, frame.data.shape) == (np.uint16, (64, 80))


def test_the_truth_changes_nothing_else() -> None:
    first, second = record(truth=True, seconds=0.1), record(truth=False, seconds=0.1)
    assert {item.truth is None for item in second} == {True}
    for one, other in zip(first, second, strict=True):
        assert (one.truth is not None) == (one.sensor == 'visible')
        assert np.array_equal(one.frame.data, other.frame.data)


@pytest.mark.parametrize('aligned', [True, False])
def test_odd_sizes(aligned: bool) -> None:
    size = {'width': 149, 'height': 131, 'thermal_width': 77, 'thermal_height': 61}
    frames = record(aligned=aligned, seconds=0.1, thermal_hz=30.0, truth=True, **size)
    for item in frames:
        expected = (131, 149) if item.sensor == 'visible' else (61, 77)
        assert item.frame.data.shape[:2] == expected
        if item.truth is not None:
            assert item.truth.depth.shape == item.truth.thermal.shape == (131, 149)
            assert item.truth.visible.shape == (131, 149, 3)


def test_aligned_sizes_and_view() -> None:
    drive = Drive(DriveConfig(aligned=True))
    info = drive.camera_info
    assert drive.transforms == ()
    assert not drive.config.with_truth
    assert (info['visible'].width, info['visible'].height) == (640, 480)
    assert (info['thermal'].width, info['thermal'].height) == (320, 240)
    assert info['visible'].k == (576.0, 0.0, 319.5, 0.0, 576.0, 239.5, 0.0, 0.0, 1.0)
    assert info['thermal'].k[0] == 288.0


def test_no_thermal_pixel_leaves_the_range_of_the_scene(drive: list[SynthFrame]) -> None:
    for item in drive:
        if item.sensor == 'thermal':
            assert item.frame.data.min() > 250_00
            assert item.frame.data.max() < 345_00


@pytest.mark.parametrize(
    ('changes', 'part'),
    [
        ({'width': 63}, 'width must be from 64 to 4096, got 63'),
        ({'thermal_height': 31}, 'thermal_height must be from 32 to 4096, got 31'),
        ({'drop': 1.5}, 'drop must be from 0 to 1, got 1.5'),
        ({'offset_ms': 86_400_001.0}, 'offset_ms must be from -'),
        ({'offset_ms': -10.0, 'start_ns': 0}, 'start_ns must be from 1e'),
        ({'rain': -1.0}, 'rain must be from 0 to 3, got -1.0'),
        ({'visible_hz': 0.0}, 'visible_hz must be from 0.1 to 240'),
        ({'seconds': float('nan')}, 'seconds must be from 0 to 3600'),
        ({'jitter_ms': 20.0}, 'jitter_ms must be'),
    ],
)
def test_impossible_drives_are_refused(changes: dict[str, Any], part: str) -> None:
    with pytest.raises(ConfigError, match=part):
        DriveConfig(**changes)


def test_no_time_gives_no_frames() -> None:
    assert record(seconds=0.0) == []
