"""The splits: what validates is never trained on."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training data is not tested')

from nitedr_ros.training.data import (  # noqa: E402
    MSRS_VALIDATION,
    RainyPatches,
    clean_frames,
    roadscene_rain,
)

NAMES = [f'{index:03d}' for index in range(25)]


@pytest.fixture(scope='module')
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Image sets of the same layout as the real ones; each scene has a grey level of its own."""
    root = tmp_path_factory.mktemp('sets')

    def save(path: str, level: int, *, colour: bool, size: tuple[int, int] = (160, 200)) -> None:
        file = root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        image = np.full((*size, 3) if colour else size, level, np.uint8)
        assert cv2.imwrite(str(file), image)

    for index, name in enumerate(NAMES):
        level = 9 * index + 10
        save(f'roadscene-rain/train/Vis/input/{name}.png', level, colour=True)
        save(f'roadscene-rain/train/Vis/target/{name}.png', level, colour=True)
        save(f'roadscene-rain/train/Inf/input/{name}.png', level, colour=False)
        save(f'roadscene-hr/visible/{name}.png', level, colour=True, size=(320, 400))
        save(f'roadscene-hr/thermal/{name}.png', level, colour=False)
    for name in (*MSRS_VALIDATION, '00004N', '00055D'):
        save(f'msrs/visible/{name}.png', 5, colour=True)
        save(f'msrs/thermal/{name}.png', 5, colour=False)
    return root


def test_every_tenth_scene_is_kept_for_validation(sets: Path) -> None:
    validation = {triplet.name for triplet in roadscene_rain(sets, validation=True)}
    training = {triplet.name for triplet in roadscene_rain(sets, validation=False)}
    assert validation == {'000', '010', '020'}
    assert training == set(NAMES) - validation


def test_clean_frames_keep_out_what_validates(sets: Path) -> None:
    names = {triplet.name for triplet in clean_frames(sets)}
    assert names == (set(NAMES) - {'000', '010', '020'}) | {'00004N', '00055D'}


def test_patches_are_reproducible_and_of_the_stated_shape(sets: Path) -> None:
    first, second = (iter(RainyPatches(sets, patch=64, seed=3)) for _ in range(2))
    for _ in range(12):
        one, other = next(first), next(second)
        assert [tuple(part.shape) for part in one] == [(3, 64, 64), (3, 64, 64), (1, 64, 64)]
        for left, right in zip(one, other, strict=True):
            assert torch.equal(left, right)
            assert left.min() >= 0
            assert left.max() <= 1


def test_without_rain_shares_all_frames_are_dry(sets: Path) -> None:
    patches = iter(RainyPatches(sets, patch=64, rain_share=0, simulated_share=0))
    for _ in range(5):
        rainy, clean, _ = next(patches)
        assert torch.equal(rainy, clean)
