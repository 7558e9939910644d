"""Figures on whole images that are never trained on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor, nn
from torch.nn import functional

from nitedr_ros.metrics.correlation import correlation
from nitedr_ros.metrics.fusion_mse import fusion_mse
from nitedr_ros.metrics.luma import luma_psnr
from nitedr_ros.metrics.qabf import qabf
from nitedr_ros.metrics.ssim import ssim
from nitedr_ros.metrics.vif import vif
from nitedr_ros.training.scenes import Scene
from nitedr_ros.training.settings import Target

BEST_DB = 100.0
"""Stands for the PSNR of equal images, so that means stay finite."""

UInt8 = npt.NDArray[np.uint8]
Figures = dict[str, float]


@dataclass(frozen=True)
class ValidationSets:
    """recorded: RoadScene-rain; other: by the name of the rain; dry: more frames without rain."""

    recorded: Sequence[Scene]
    other: Mapping[str, Sequence[Scene]]
    dry: Sequence[Scene]

    @property
    def count(self) -> dict[str, int]:
        """How many images each set has."""
        others = {kind: len(scenes) for kind, scenes in self.other.items()}
        return {'recorded': len(self.recorded), **others, 'dry': len(self.dry)}


def validate(pair: nn.Module, sets: ValidationSets, *, threads: int = 1) -> Figures:
    """Return the means of all figures of a pair in evaluation mode, on the device where it is.

    psnr: luma PSNR of RoadScene-rain de-rained, dB; psnr_alone: the same without thermal images;
    thermal_gain: how much worse that is; <rain>_gain: gain of luma PSNR on other rain; dry_psnr:
    output against input without rain; and of the fused image of RoadScene-rain against the clean
    grey image and the thermal one: qabf, vif, mse, cc and ssim, as `nitedr eval` computes them.
    """
    with ThreadPoolExecutor(threads) as pool:
        jobs = {
            'recorded': [
                pool.submit(_recorded, scene, restore(pair, scene.rainy, scene.thermal),
                            restore(pair, scene.rainy, None)[0])
                for scene in sets.recorded if scene.rainy is not None
            ],
            'dry': [
                pool.submit(_dry, scene, restore(pair, scene.clean, scene.thermal)[0])
                for scene in (*sets.recorded, *sets.dry)
            ],
        }  # fmt: skip
        for kind, scenes in sets.other.items():
            jobs[kind] = [
                pool.submit(_gain, kind, scene, restore(pair, scene.rainy, scene.thermal)[0])
                for scene in scenes if scene.rainy is not None
            ]  # fmt: skip
        return {
            name: value
            for each in jobs.values()
            for name, value in _means(job.result() for job in each).items()
        }


def restore(pair: nn.Module, visible: UInt8, thermal: UInt8 | None) -> tuple[UInt8, UInt8]:
    """Return the de-rained and the fused image of a pair of any size, uint8 [H, W, 3] RGB.

    visible: uint8 [H, W, 3] RGB; thermal: uint8 [H, W]; None for none.
    """
    height, width = visible.shape[:2]
    device = next(pair.parameters()).device
    rgb = torch.from_numpy(visible).to(device).permute(2, 0, 1)[None].float() / 255
    warm = torch.zeros_like(rgb[:, :1])
    if thermal is not None:
        warm = torch.from_numpy(thermal).to(device)[None, None].float() / 255
    present = rgb.new_full((1,), float(thermal is not None))
    # As the engines do where an image is no multiple of what the graph takes.
    padding = (0, -width % pair.stride, 0, -height % pair.stride)
    padded = [functional.pad(image, padding, mode='reflect') for image in (rgb, warm)]
    with torch.inference_mode():
        restored = pair(
            padded[0].contiguous(memory_format=torch.channels_last), padded[1], present
        )
    both = (restored.derained, restored.fused)
    derained, fused = (_bytes(image[0, :, :height, :width]) for image in both)
    return derained, fused


def score(figures: Figures, targets: Mapping[str, Target]) -> tuple[float, float]:
    """Return what the best checkpoint has least of: all shortfalls added up, then -psnr."""
    missing = sum(target.shortfall(figures[name]) for name, target in targets.items())
    return missing, -figures.get('psnr', 0.0)


def _recorded(scene: Scene, restored: tuple[UInt8, UInt8], alone: UInt8) -> Figures:
    derained, fused = restored
    ours, clean = _grey(fused), _grey(scene.clean)
    thermal = scene.thermal
    with_thermal, without = _psnr(derained, scene.clean), _psnr(alone, scene.clean)
    return {
        'psnr': with_thermal,
        'psnr_alone': without,
        'thermal_gain': with_thermal - without,
        'qabf': qabf(clean, thermal, ours),
        'vif': vif(clean, ours) + vif(thermal, ours),
        'mse': fusion_mse(clean, thermal, ours),
        'cc': (correlation(clean, ours) + correlation(thermal, ours)) / 2,
        'ssim': (ssim(clean, ours) + ssim(thermal, ours)) / 2,
    }


def _dry(scene: Scene, derained: UInt8) -> Figures:
    return {'dry_psnr': _psnr(derained, scene.clean)}


def _gain(kind: str, scene: Scene, derained: UInt8) -> Figures:
    assert scene.rainy is not None
    gain = _psnr(derained, scene.clean) - _psnr(scene.rainy, scene.clean)
    return {f'{kind}_gain': gain}


def _psnr(first: UInt8, second: UInt8) -> float:
    return min(BEST_DB, luma_psnr(first, second))


def _means(figures: Iterable[Figures]) -> Figures:
    every = list(figures)
    return {name: float(np.mean([each[name] for each in every])) for name in every[0]}


def _grey(rgb: UInt8) -> UInt8:
    return np.asarray(cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY), np.uint8)


def _bytes(image: Tensor) -> UInt8:
    levels = (image.float().clamp(0, 1) * 255).round().to(torch.uint8)
    return np.ascontiguousarray(levels.permute(1, 2, 0).cpu().numpy())
