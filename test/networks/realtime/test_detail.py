"""Detail is an image less its own Gaussian mean."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.networks.realtime.cells import (  # noqa: E402
    channels_first,
    channels_last,
    from_cells,
    to_cells,
)
from nitedr_ros.networks.realtime.detail import SIGMA, Detail  # noqa: E402

REACH = 4


def detail_of(image: np.ndarray) -> np.ndarray:
    cells = channels_first(to_cells(torch.from_numpy(image)[None, :, :, None]))
    with torch.no_grad():
        return from_cells(channels_last(Detail()(cells)))[0, :, :, 0].numpy()


def test_detail_is_what_opencv_s_mean_leaves() -> None:
    image = np.random.default_rng(2).random((24, 32), np.float32)
    mean = cv2.GaussianBlur(image, (2 * REACH + 1,) * 2, SIGMA)
    inner = slice(REACH, -REACH)
    found, expected = detail_of(image), image - mean
    np.testing.assert_allclose(found[inner, inner], expected[inner, inner], atol=1e-6)


def test_an_even_image_has_none_and_a_cell_s_border_is_no_edge() -> None:
    ramp = np.tile(np.linspace(0, 1, 32, dtype=np.float32), (24, 1))
    inner = detail_of(ramp)[REACH:-REACH, REACH:-REACH]
    assert np.abs(inner).max() < 1e-6
    # A step is as steep wherever it falls.
    steps = [
        detail_of((np.arange(32) >= at).astype(np.float32)[None].repeat(24, 0)) for at in (15, 16)
    ]
    np.testing.assert_allclose(steps[0][12, 8:24], steps[1][12, 9:25], atol=1e-6)


def test_it_does_not_learn() -> None:
    assert not any(weight.requires_grad for weight in Detail().parameters())
