"""What losses look at images through gives what OpenCV gives."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: training is not tested')

from nitedr_ros.training.images import box, gaussian, gradients, highest  # noqa: E402

IMAGE = np.random.default_rng(3).random((40, 56), np.float32)
TENSOR = torch.from_numpy(IMAGE)[None, None]


def array(result) -> np.ndarray:
    return result[0, 0].numpy()


def test_gradients_are_sobel_s() -> None:
    across, down = gradients(TENSOR)
    for found, order in ((across, (1, 0)), (down, (0, 1))):
        expected = cv2.Sobel(IMAGE, cv2.CV_32F, *order, ksize=3, scale=1 / 4)
        np.testing.assert_allclose(array(found), expected, atol=1e-6)


@pytest.mark.parametrize('side, sigma', [(3, 0.6), (11, 1.5), (17, 3.4)])
def test_a_gaussian_mean_is_taken_where_its_window_is_inside(side: int, sigma: float) -> None:
    inside = slice(side // 2, -(side // 2))
    expected = cv2.GaussianBlur(IMAGE, (side, side), sigma)[inside, inside]
    np.testing.assert_allclose(array(gaussian(TENSOR, side, sigma)), expected, atol=1e-6)


@pytest.mark.parametrize('side', [1, 7, 33])
def test_means_and_highest_values_over_squares(side: int) -> None:
    mean = cv2.blur(IMAGE, (side, side), borderType=cv2.BORDER_REFLECT_101)
    np.testing.assert_allclose(array(box(TENSOR, side)), mean, atol=1e-6)
    most = cv2.dilate(IMAGE, np.ones((side, side), np.uint8))
    np.testing.assert_array_equal(array(highest(TENSOR, side)), most)


def test_all_of_them_have_slopes() -> None:
    image = TENSOR.clone().requires_grad_()
    parts = (*gradients(image), gaussian(image, 11, 1.5), box(image, 7), highest(image, 7))
    sum(part.square().sum() for part in parts).backward()
    assert torch.isfinite(image.grad).all()
    assert (image.grad != 0).float().mean() > 0.9
