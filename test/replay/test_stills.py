"""Folders of still pairs."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.errors import InputError, OutputError
from nitedr_ros.replay.stills import find_pairs, process_stills


@pytest.fixture
def engine(tiny_model: Model) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(tiny_model, threads=1)


def save(path: Path, image: np.ndarray) -> np.ndarray:
    path.parent.mkdir(exist_ok=True)
    assert cv2.imwrite(str(path), image)
    return image


def test_pictures_have_the_visible_image_s_name_and_size(
    tmp_path: Path, engine: OnnxRuntimeEngine
) -> None:
    rng = np.random.default_rng(1)
    visible = save(tmp_path / 'v' / 'a.png', rng.integers(0, 256, (30, 42, 3), np.uint8))
    save(tmp_path / 't' / 'a.jpg', np.full((15, 21), 200, np.uint8))
    save(tmp_path / 'v' / 'alone.png', visible)
    pairs, alone = find_pairs(tmp_path / 'v', tmp_path / 't')
    assert [pair.stem for pair in pairs] == ['a']
    assert alone == ['alone']
    report = process_stills(pairs, tmp_path / 'out', Config(), engine)
    assert (report.written, report.skipped) == (1, ())
    derained = cv2.imread(str(tmp_path / 'out' / 'derained' / 'a.png'))
    fused = cv2.imread(str(tmp_path / 'out' / 'fused' / 'a.png'))
    np.testing.assert_array_equal(derained, visible // 2)
    assert (fused == 200).all()


def test_16_bit_thermal_and_grey_visible_images(tmp_path: Path, engine: OnnxRuntimeEngine) -> None:
    save(tmp_path / 'v' / 'a.png', np.full((32, 40), 80, np.uint8))
    thermal = np.full((32, 40), 29_000, np.uint16)
    thermal[10:20, 10:20] = 31_000
    save(tmp_path / 't' / 'a.png', thermal)
    pairs, _ = find_pairs(tmp_path / 'v', tmp_path / 't')
    process_stills(pairs, tmp_path / 'out', Config(), engine)
    fused = cv2.imread(str(tmp_path / 'out' / 'fused' / 'a.png'))
    assert (fused[15, 15] > 200).all()
    assert (fused[0, 0] == 40).all()


def test_an_image_that_can_not_be_read_is_left_out_and_said(
    tmp_path: Path, engine: OnnxRuntimeEngine
) -> None:
    for stem in ('a', 'b'):
        save(tmp_path / 'v' / f'{stem}.png', np.zeros((16, 16, 3), np.uint8))
        save(tmp_path / 't' / f'{stem}.png', np.zeros((16, 16), np.uint8))
    (tmp_path / 'v' / 'b.png').write_bytes(b'not a picture')
    pairs, _ = find_pairs(tmp_path / 'v', tmp_path / 't')
    report = process_stills(pairs, tmp_path / 'out', Config(), engine)
    assert report.written == 1
    assert 'b.png' in report.skipped[0]
    assert not (tmp_path / 'out' / 'fused' / 'b.png').exists()


@pytest.mark.parametrize('names', [('missing', 't'), ('v', 'missing'), ('v', 'v_empty')])
def test_folders_without_pairs_are_refused(tmp_path: Path, names: tuple[str, str]) -> None:
    save(tmp_path / 'v' / 'a.png', np.zeros((16, 16, 3), np.uint8))
    save(tmp_path / 't' / 'b.png', np.zeros((16, 16), np.uint8))
    (tmp_path / 'v_empty').mkdir()
    with pytest.raises(InputError, match='expected'):
        find_pairs(tmp_path / names[0], tmp_path / names[1])


def test_two_images_of_one_stem_are_refused(tmp_path: Path) -> None:
    for suffix in ('png', 'jpg'):
        save(tmp_path / 'v' / f'a.{suffix}', np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(InputError, match='one image named a'):
        find_pairs(tmp_path / 'v', tmp_path / 'v')


def test_a_file_in_the_way_of_the_output_is_one_clear_error(
    tmp_path: Path, engine: OnnxRuntimeEngine
) -> None:
    (tmp_path / 'out').write_text('in the way')
    with pytest.raises(OutputError, match='expected a folder'):
        process_stills([], tmp_path / 'out', Config(), engine)
