"""One still pair with its clean image."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import Config, GeometryConfig
from nitedr_ros.engines.engine import EngineInfo, Inference
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import InputError
from nitedr_ros.replay.still_restorer import StillPair, StillRestorer


class WatchedEngine(PassthroughEngine):
    """Notes what it is asked, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    @property
    def info(self) -> EngineInfo:
        return super().info

    def warm_up(self, height: int, width: int) -> None:
        self.asked.append(f'warm {width}x{height}')

    def infer(self, visible: np.ndarray, thermal: np.ndarray) -> Inference:
        self.asked.append(f'infer {visible.shape[1]}x{visible.shape[0]}')
        return super().infer(visible, thermal)


def save(path: Path, width: int, height: int, channels: int) -> Path:
    rng = np.random.default_rng(width)
    shape = (height, width, 3) if channels == 3 else (height, width)
    assert cv2.imwrite(str(path), rng.integers(0, 256, shape, np.uint8))
    return path


def pair(folder: Path, width: int = 64, height: int = 48) -> StillPair:
    return StillPair(
        f'{width}',
        save(folder / f'v{width}.png', width, height, 3),
        save(folder / f't{width}.png', width // 2, height // 2, 1),
    )


def test_all_pictures_have_one_size_also_when_made_smaller(tmp_path: Path) -> None:
    still = pair(tmp_path)
    for full, size in ((False, (24, 32)), (True, (48, 64))):
        geometry = GeometryConfig(processing_size=(32, 24), full_size_output=full)
        restorer = StillRestorer(Config(geometry=geometry), PassthroughEngine())
        restored = restorer.restore(still, still.visible)
        assert restored.target is not None
        pictures = (restored.visible, restored.derained, restored.fused, restored.target)
        assert {picture.shape for picture in pictures} == {(*size, 3)}
        assert restored.thermal.shape == size
        np.testing.assert_array_equal(restored.target, restored.visible)


def test_the_engine_is_prepared_once_for_each_size_in_a_row(tmp_path: Path) -> None:
    engine = WatchedEngine()
    restorer = StillRestorer(Config(), engine, warm_up=True)
    for width in (64, 64, 80):
        restorer.restore(pair(tmp_path, width))
    expected = ['warm 64x48', 'infer 64x48', 'infer 64x48', 'warm 80x48', 'infer 80x48']
    assert engine.asked == expected
    assert restorer.clock.series['infer'].count == 3


def test_a_clean_image_of_another_size_is_refused(tmp_path: Path) -> None:
    other = save(tmp_path / 'clean.png', 66, 48, 3)
    with pytest.raises(InputError, match='64x48, got 66x48'):
        StillRestorer(Config(), PassthroughEngine()).restore(pair(tmp_path), other)
