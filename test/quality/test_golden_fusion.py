"""All scores against values worked out independently, on real images."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.evaluate.image_scores import ImageScores, score_image
from nitedr_ros.replay.still_restorer import RestoredStill

AGREED = 5e-3


def read(data: Path, kind: str, stem: str, flags: int) -> np.ndarray:
    path = next((data / 'roadscene-rain' / 'train' / kind).glob(f'{stem}.*'))
    image = cv2.imread(str(path), flags)
    assert image is not None, path
    return image if image.ndim == 2 else np.ascontiguousarray(image[..., ::-1])


def scores_of(data: Path, stem: str) -> ImageScores:
    rainy = read(data, 'Vis/input', stem, cv2.IMREAD_COLOR)
    clean = read(data, 'Vis/target', stem, cv2.IMREAD_COLOR)
    warm = read(data, 'Inf/input', stem, cv2.IMREAD_GRAYSCALE)
    return score_image(RestoredStill(rainy, warm, rainy, rainy, clean, 0.0))


@pytest.mark.parametrize('stem', ['000', '090', '180'])
def test_scores_agree_with_the_golden_values(
    data_folder: Path, reference_folder: Path, stem: str
) -> None:
    golden = json.loads((reference_folder / 'metrics_golden.json').read_text())[stem]
    scores = scores_of(data_folder, stem)
    assert scores.input == pytest.approx(golden.pop('rainy_against_target'), rel=AGREED)
    assert len(golden) == 3
    for fusion, values in golden.items():
        assert len(values) == 9
        ours = {name: scores.fusion[fusion][name] for name in values}
        assert ours == pytest.approx(values, rel=AGREED), fusion
