"""The shipped model on frames it was never trained on, against the figures of its card."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import Config, EngineConfig
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.selection import create_engine
from nitedr_ros.metrics.luma import luma, luma_psnr
from nitedr_ros.resources import models_folder


def read(path: Path, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    image = cv2.imread(str(path), flags)
    assert image is not None, path
    return image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1])


@pytest.fixture(scope='module')
def engine() -> Engine:
    """The default model in fp32 on ONNX Runtime, which every machine has."""
    config = EngineConfig(name='onnxruntime')
    return create_engine('onnxruntime', find_model(Config().model, models_folder()), config)


@pytest.fixture(scope='module')
def triplets(data_folder: Path) -> list[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """The validation split of RoadScene-rain: rainy, clean, thermal."""
    base = data_folder / 'roadscene-rain' / 'train'
    names = sorted(path.name for path in (base / 'Vis' / 'input').iterdir())[::10]
    return [
        (
            read(base / 'Vis' / 'input' / name),
            read(base / 'Vis' / 'target' / name),
            read(base / 'Inf' / 'input' / name, cv2.IMREAD_GRAYSCALE),
        )
        for name in names
    ]


def test_derains_roadscene_validation_by_nine_decibels(engine: Engine, triplets: list) -> None:
    before = np.mean([luma_psnr(rainy, clean) for rainy, clean, _ in triplets])
    after = np.mean(
        [luma_psnr(engine.infer(rainy, warm).derained, clean) for rainy, clean, warm in triplets]
    )
    assert before == pytest.approx(28.92, abs=0.01)
    assert after >= 38.0


def test_dry_frames_pass_nearly_unchanged(engine: Engine, data_folder: Path) -> None:
    base = data_folder / 'msrs'
    values = []
    for name in ('00012N', '00028N', '00047N', '00085D', '00103D'):
        dry = read(base / 'visible' / f'{name}.png')
        thermal = read(base / 'thermal' / f'{name}.png', cv2.IMREAD_GRAYSCALE)
        values.append(luma_psnr(dry, engine.infer(dry, thermal).derained))
    assert np.mean(values) >= 38.0


def test_warm_things_stand_out_of_the_fused_image(engine: Engine, triplets: list) -> None:
    """Where thermal is bright against its surroundings and visible is not, fused is brighter."""
    gains = []
    for rainy, _, thermal in triplets:
        result = engine.infer(rainy, thermal)
        before, after = luma(result.derained), luma(result.fused)
        surroundings = cv2.blur(thermal.astype(np.float32), (65, 65))
        warm = (thermal > surroundings + 60) & (before < 100)
        if warm.sum() > 200:
            gains.append((after - before)[warm].mean())
    assert len(gains) >= 5
    assert np.mean(gains) > 15


def test_the_night_sky_is_not_lifted_to_grey(engine: Engine, data_folder: Path) -> None:
    """The darkest tenth of the night frames stays dark in the fused image."""
    for name in ('00012N', '00028N', '00047N'):
        visible = read(data_folder / 'msrs' / 'visible' / f'{name}.png')
        thermal = read(data_folder / 'msrs' / 'thermal' / f'{name}.png', cv2.IMREAD_GRAYSCALE)
        grey = luma(visible)
        dark = grey <= np.percentile(grey, 10)
        fused = luma(engine.infer(visible, thermal).fused)
        assert fused[dark].mean() - grey[dark].mean() < 25
