"""Means over images."""

from __future__ import annotations

import pytest

from nitedr_ros.evaluate.image_scores import ImageScores
from nitedr_ros.evaluate.summary import summarise


def against(value: float) -> dict[str, float]:
    return {'psnr_y': value, 'psnr_rgb': value - 1, 'ssim_y': value / 100}


def image(before: float | None, after: float | None, quality: float = 0.5) -> ImageScores:
    dry = None if after is None else before is None
    return ImageScores(
        dry,
        None if before is None else against(before),
        None if after is None else against(after),
        {'fused': {'CC': quality}, 'average': {'CC': 0.25}},
    )


def test_rainy_and_dry_images_are_kept_apart() -> None:
    found = summarise([image(20, 30, 0.5), image(30, 29, 0.7), image(None, 50, 0.9)])
    assert found['images'] == 3
    assert found['deraining'] == {
        'images': 2,
        'input': pytest.approx(against(25)),
        'derained': pytest.approx(against(29.5)),
        'gain_db': 4.5,
        'worse': 1,
    }
    assert found['dry'] == {'images': 1, 'derained': pytest.approx(against(50))}
    assert found['fusion'] == {
        'fused': pytest.approx({'CC': 0.7}),
        'average': pytest.approx({'CC': 0.25}),
    }


def test_what_was_not_compared_is_not_there() -> None:
    found = summarise([image(None, None)])
    assert found['deraining'] is None
    assert found['dry'] is None
