"""The splits: what validates is never trained on."""

from __future__ import annotations

import shutil
from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.errors import InputError
from nitedr_ros.training.scenes import clean_roadscene, msrs, other_rain, recorded_rain


def test_every_tenth_scene_is_kept_for_validation(image_sets: Path) -> None:
    validation = {scene.name for scene in recorded_rain(image_sets, validation=True)}
    training = {scene.name for scene in recorded_rain(image_sets, validation=False)}
    assert validation == {'000', '010'}
    assert len(training) == 10
    assert not training & validation


def test_clean_frames_keep_out_what_validates(image_sets: Path) -> None:
    scenes = clean_roadscene(image_sets, (100, 150, 400))
    assert not {'000', '010'} & {scene.name for scene in scenes}
    # The widest that is asked for is more than there is, so the scene's own is the last.
    assert sorted(scene.clean.shape[1] for scene in scenes[:3]) == [100, 150, 200]
    assert all(scene.thermal.shape == scene.clean.shape[:2] for scene in scenes)
    assert [scene.name for scene in msrs(image_sets, validation=False)] == ['00004N']
    assert [scene.name for scene in msrs(image_sets, validation=True)] == ['00012N']


def test_other_rain_comes_by_kind_with_its_target(image_sets: Path) -> None:
    kinds = other_rain(image_sets)
    assert list(kinds) == ['thin_veil', 'near_streaks', 'lens_drops']
    scene = kinds['thin_veil'][0]
    assert scene.rainy is not None
    assert scene.rainy.mean() > scene.clean.mean() + 20


def test_missing_sets_are_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match='--data takes the folder'):
        recorded_rain(tmp_path, validation=True)


def test_images_of_two_sizes_are_refused(image_sets: Path, tmp_path: Path) -> None:
    shutil.copytree(image_sets / 'msrs', tmp_path / 'msrs')
    cv2.imwrite(str(tmp_path / 'msrs/thermal/00004N.png'), np.zeros((40, 40), np.uint8))
    with pytest.raises(InputError, match=r'00004N.* one size, got 40x40 and 100x72'):
        msrs(tmp_path, validation=False)
