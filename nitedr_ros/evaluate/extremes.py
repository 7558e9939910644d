"""The best, the median and the worst image."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nitedr_ros.evaluate.image_scores import ImageScores

GAIN, KEPT, EDGES = 'gain_db', 'psnr_y', 'Qabf'


@dataclass(frozen=True)
class Ranking:
    """By what images are ranked, and which are `best`, `median` and `worst`, by index.

    by: GAIN in luma PSNR; KEPT, the luma PSNR of output against input where all is dry; EDGES, the
    Qabf of the fused image where there is no clean image. Of one or two images, fewer places.
    """

    by: str
    places: dict[str, int]


def rank(images: Sequence[ImageScores]) -> Ranking:
    """Rank the images, at least one; dry ones only among themselves."""
    for by in (GAIN, KEPT, EDGES):
        values = [
            (value, i)
            for i, image in enumerate(images)
            if (value := _value(image, by)) is not None
        ]
        if values:
            break
    order = [index for _, index in sorted(values)]
    places = {'best': order[-1]}
    if len(order) > 2:
        places['median'] = order[len(order) // 2]
    if len(order) > 1:
        places['worst'] = order[0]
    return Ranking(by, places)


def _value(image: ImageScores, by: str) -> float | None:
    if by == GAIN:
        return image.gain_db
    if by == KEPT:
        return None if image.derained is None else image.derained['psnr_y']
    return image.fusion['fused']['Qabf']
