"""All scores of a fused image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nitedr_ros.metrics.average_gradient import average_gradient
from nitedr_ros.metrics.contrast import standard_deviation
from nitedr_ros.metrics.correlation import correlation
from nitedr_ros.metrics.entropy import entropy
from nitedr_ros.metrics.fusion_mse import fusion_mse
from nitedr_ros.metrics.mutual_information import mutual_information
from nitedr_ros.metrics.qabf import qabf
from nitedr_ros.metrics.scd import scd
from nitedr_ros.metrics.spatial_frequency import spatial_frequency
from nitedr_ros.metrics.ssim import ssim
from nitedr_ros.metrics.vif import vif


@dataclass(frozen=True)
class FusionMeasure:
    """What a score's name stands for, and whether more of it is better."""

    name: str
    meaning: str
    more_is_better: bool = True


FUSION_MEASURES = (
    FusionMeasure('MSE', 'mean squared difference to the sources, of a range of 1', False),
    FusionMeasure('CC', 'correlation with the sources, mean of both'),
    FusionMeasure('SSIM', 'structural similarity to the sources, mean of both'),
    FusionMeasure('MI', 'mutual information with the sources, bits, sum of both'),
    FusionMeasure('Qabf', "share of the sources' edges that is kept"),
    FusionMeasure('VIF', 'visual information fidelity to the sources, sum of both'),
    FusionMeasure('SCD', 'whether what is added to one source comes from the other, up to 2'),
    FusionMeasure('EN', 'entropy, bits'),
    FusionMeasure('SD', 'standard deviation, grey levels'),
    FusionMeasure('SF', 'spatial frequency, grey levels; noise raises it too'),
    FusionMeasure('AG', 'average gradient, grey levels per pixel; noise raises it too'),
)
"""The scores in the order of `fusion_scores`."""


def fusion_scores(
    visible: npt.NDArray[Any], thermal: npt.NDArray[Any], fused: npt.NDArray[Any]
) -> dict[str, float]:
    """Return the scores of a fused grey image by the names of FUSION_MEASURES.

    visible: grey of the clean visible image; thermal; fused: real [H, W], 0..255, of one size, at
    least 41 pixels each way; ValueError otherwise.
    """
    sources = (visible, thermal)
    return {
        'MSE': fusion_mse(visible, thermal, fused),
        'CC': float(np.mean([correlation(source, fused) for source in sources])),
        'SSIM': float(np.mean([ssim(source, fused) for source in sources])),
        'MI': sum(mutual_information(source, fused) for source in sources),
        'Qabf': qabf(visible, thermal, fused),
        'VIF': sum(vif(source, fused) for source in sources),
        'SCD': scd(visible, thermal, fused),
        'EN': entropy(fused),
        'SD': standard_deviation(fused),
        'SF': spatial_frequency(fused),
        'AG': average_gradient(fused),
    }
