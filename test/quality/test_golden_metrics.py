"""PSNR and SSIM against values worked out independently, on real images."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.metrics.luma import luma, luma_psnr, psnr
from nitedr_ros.metrics.ssim import ssim

# Rainy input against clean target: PSNR on luma, on RGB, SSIM on luma; then SSIM of the average
# and of the maximum of clean grey and thermal image, the mean over both of them.
GOLDEN = {
    '000': (30.66471, 29.38116, 0.87077, 0.72547, 0.67781),
    '090': (27.43315, 26.09858, 0.78427, 0.68707, 0.65729),
    '180': (27.61748, 24.91553, 0.77872, 0.74835, 0.68325),
}


def read(data: Path, kind: str, stem: str, flags: int) -> np.ndarray:
    path = next((data / 'roadscene-rain' / 'train' / kind).glob(f'{stem}.*'))
    image = cv2.imread(str(path), flags)
    assert image is not None, path
    return image


@pytest.mark.parametrize('stem', GOLDEN)
def test_metrics_agree_with_the_golden_values(data_folder: Path, stem: str) -> None:
    psnr_y, psnr_rgb, ssim_y, ssim_average, ssim_maximum = GOLDEN[stem]
    rainy, clean = (
        read(data_folder, f'Vis/{kind}', stem, cv2.IMREAD_COLOR)[..., ::-1]
        for kind in ('input', 'target')
    )
    grey = cv2.cvtColor(np.ascontiguousarray(clean), cv2.COLOR_RGB2GRAY).astype(float)
    warm = read(data_folder, 'Inf/input', stem, cv2.IMREAD_GRAYSCALE).astype(float)

    def fusion_ssim(fused: np.ndarray) -> float:
        return (ssim(grey, fused) + ssim(warm, fused)) / 2

    assert luma_psnr(rainy, clean) == pytest.approx(psnr_y, abs=2e-5)
    assert psnr(rainy, clean) == pytest.approx(psnr_rgb, abs=2e-5)
    assert ssim(luma(rainy), luma(clean)) == pytest.approx(ssim_y, abs=2e-5)
    assert fusion_ssim((grey + warm) / 2) == pytest.approx(ssim_average, rel=1e-3)
    assert fusion_ssim(np.maximum(grey, warm)) == pytest.approx(ssim_maximum, rel=1e-3)
