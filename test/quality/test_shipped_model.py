"""The shipped models on frames they were never trained on, against the figures of their cards."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import Config, EngineConfig
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.selection import create_engine
from nitedr_ros.metrics.fusion_mse import fusion_mse
from nitedr_ros.metrics.luma import luma, luma_psnr
from nitedr_ros.metrics.qabf import qabf
from nitedr_ros.metrics.vif import vif
from nitedr_ros.resources import models_folder


def read(path: Path, flags: int = cv2.IMREAD_COLOR) -> np.ndarray:
    image = cv2.imread(str(path), flags)
    assert image is not None, path
    return image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1])


@dataclass(frozen=True)
class Floor:
    """What a model must reach: its card's figures, less a little for other machines.

    psnr: of RoadScene-rain, validation, dB; gains on other rain, dB; dry: msrs, dB; qabf, vif: at
    least; mse: at most, of fused RoadScene-rain against the clean and the thermal image.
    """

    psnr: float
    thin_veil: float
    near_streaks: float
    lens_drops: float
    dry: float
    qabf: float
    vif: float
    mse: float


FLOORS = {
    'nitedr-s': Floor(38.8, 4.4, 1.9, 0.4, 59.4, 0.60, 0.79, 0.030),
    'nitedr-nano': Floor(38.0, 3.5, 1.3, 0.4, 59.9, 0.58, 0.78, 0.030),
    'nitedr-lite': Floor(38.9, 4.6, 1.5, 0.5, 49.0, 0.36, 0.51, 0.049),
}


@pytest.fixture(scope='module', params=list(FLOORS))
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope='module')
def floor(name: str) -> Floor:
    return FLOORS[name]


@pytest.fixture(scope='module')
def engine(name: str) -> Engine:
    """A model in fp32 on ONNX Runtime, which every machine has."""
    config = EngineConfig(name='onnxruntime')
    return create_engine('onnxruntime', find_model(name, models_folder()), config)


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


def test_the_default_is_one_of_them() -> None:
    assert Config().model in FLOORS


def test_derains_roadscene_validation(engine: Engine, floor: Floor, triplets: list) -> None:
    before = np.mean([luma_psnr(rainy, clean) for rainy, clean, _ in triplets])
    after = np.mean(
        [luma_psnr(engine.infer(rainy, warm).derained, clean) for rainy, clean, warm in triplets]
    )
    assert before == pytest.approx(28.92, abs=0.01)
    assert after >= floor.psnr


@pytest.mark.parametrize('rain', ['thin_veil', 'near_streaks', 'lens_drops'])
def test_gains_on_other_rain(engine: Engine, floor: Floor, data_folder: Path, rain: str) -> None:
    base = data_folder / 'other-rain'
    gains = []
    for path in sorted((base / 'target').iterdir()):
        clean, rainy = read(path), read(base / 'visible' / rain / path.name)
        thermal = read(base / 'thermal' / path.name, cv2.IMREAD_GRAYSCALE)
        derained = engine.infer(rainy, thermal).derained
        gains.append(luma_psnr(derained, clean) - luma_psnr(rainy, clean))
    assert len(gains) == 11
    assert np.mean(gains) >= getattr(floor, rain)


def test_dry_frames_pass_nearly_unchanged(engine: Engine, floor: Floor, data_folder: Path) -> None:
    base = data_folder / 'msrs'
    values = []
    for stem in ('00012N', '00028N', '00047N', '00085D', '00103D'):
        dry = read(base / 'visible' / f'{stem}.png')
        thermal = read(base / 'thermal' / f'{stem}.png', cv2.IMREAD_GRAYSCALE)
        values.append(luma_psnr(dry, engine.infer(dry, thermal).derained))
    assert np.mean(values) >= floor.dry


def test_fusion_keeps_edges_and_information_of_both(
    engine: Engine, floor: Floor, triplets: list
) -> None:
    scores = []
    for rainy, clean, thermal in triplets:
        fused, grey = (
            cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
            for image in (engine.infer(rainy, thermal).fused, clean)
        )
        fidelity = vif(grey, fused) + vif(thermal, fused)
        scores.append((qabf(grey, thermal, fused), fidelity, fusion_mse(grey, thermal, fused)))
    kept, fidelity, error = np.mean(scores, axis=0)
    assert kept >= floor.qabf
    assert fidelity >= floor.vif
    assert error <= floor.mse


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
