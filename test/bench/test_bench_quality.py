"""Differences from the yardstick."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.bench.quality import compared, restored
from nitedr_ros.engines.engine import Inference
from nitedr_ros.engines.passthrough import PassthroughEngine


def image(value: int, spots: int = 0, spot: int = 0) -> np.ndarray:
    pixels = np.full((20, 50, 3), value, np.uint8)
    pixels.reshape(-1)[:spots] = spot
    return pixels


def test_equal_images_have_no_psnr(scene) -> None:
    same = restored(PassthroughEngine(), [scene, scene])
    found = compared(same, same)
    assert (found.frames, found.mean, found.tail, found.derained_psnr_y) == (2, 0.0, 0.0, None)


def test_known_differences() -> None:
    # Of 3000 values: 30 of the fused image are 40 off; the de-rained one is 2 off everywhere.
    ours = Inference(image(100, 30, 140), image(52), 0.0)
    theirs = Inference(image(100), image(50), 0.0)
    found = compared([ours], [theirs])
    assert found.mean == pytest.approx((40 * 30 / 3000 + 2) / 2)
    assert found.tail == 40.0
    # Luma of grey moves by 219/255 of the levels.
    assert found.derained_psnr_y == pytest.approx(20 * np.log10(255 / (2 * 219 / 255)), abs=1e-6)


def test_differences_do_not_wrap_around() -> None:
    black, white = Inference(image(0), image(0), 0.0), Inference(image(255), image(255), 0.0)
    assert compared([black], [white]).mean == compared([white], [black]).mean == 255.0


def test_the_tail_is_that_of_the_worst_image() -> None:
    right = Inference(image(10), image(10), 0.0)
    wrong = Inference(image(10), image(17), 0.0)
    assert compared([right, wrong, right], [right] * 3).tail == 7.0
