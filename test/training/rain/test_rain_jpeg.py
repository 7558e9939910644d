"""The compression loss is that of a real encoder."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: simulated rain is not tested')

from nitedr_ros.training.rain.jpeg import Jpeg  # noqa: E402


@pytest.fixture(scope='module')
def picture() -> np.ndarray:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 256, (12, 12, 3), dtype=np.uint8)
    image = cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC)
    return np.clip(image + rng.normal(0, 12, image.shape), 0, 255).astype(np.uint8)


def compressed(picture: np.ndarray, quality: float) -> np.ndarray:
    image = torch.from_numpy(picture).permute(2, 0, 1)[None].float() / 255
    result = Jpeg(torch.device('cpu')).compress(image, torch.full((1, 1, 1, 1), quality))
    return (result[0] * 255).round().byte().permute(1, 2, 0).numpy()


def error(one: np.ndarray, other: np.ndarray) -> float:
    return float(np.sqrt(np.mean((one.astype(float) - other) ** 2)))


@pytest.mark.parametrize('quality', [50, 80])
def test_it_comes_close_to_libjpeg(quality: int, picture: np.ndarray) -> None:
    ok, data = cv2.imencode('.jpg', picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])
    assert ok
    real = cv2.imdecode(data, cv2.IMREAD_COLOR)[..., ::-1]
    ours = compressed(picture, quality)
    assert error(ours, picture) == pytest.approx(error(real, picture), rel=0.1)
    assert error(ours, real) < 0.6 * error(real, picture)


def test_higher_quality_loses_less(picture: np.ndarray) -> None:
    losses = [error(compressed(picture, quality), picture) for quality in (30, 60, 95)]
    assert losses[0] > losses[1] > losses[2]


def test_grey_stays_grey() -> None:
    grey = np.full((32, 32, 3), 100, np.uint8)
    np.testing.assert_allclose(compressed(grey, 90), grey, atol=1)
