"""Best, median and worst."""

from __future__ import annotations

from nitedr_ros.evaluate.extremes import EDGES, GAIN, KEPT, rank
from nitedr_ros.evaluate.image_scores import ImageScores


def image(before: float | None, after: float | None, edges: float = 0.5) -> ImageScores:
    dry = None if after is None else before is None
    seen, out = (None if value is None else {'psnr_y': value} for value in (before, after))
    return ImageScores(dry, seen, out, {'fused': {'Qabf': edges}})


def test_by_gain_and_dry_images_take_no_part() -> None:
    ranking = rank([image(20, 25), image(None, 60), image(30, 31), image(20, 28), image(40, 38)])
    assert ranking.by == GAIN
    assert ranking.places == {'best': 3, 'median': 0, 'worst': 4}


def test_dry_images_among_themselves() -> None:
    ranking = rank([image(None, 40), image(None, 60), image(None, 50)])
    assert (ranking.by, ranking.places) == (KEPT, {'best': 1, 'median': 2, 'worst': 0})


def test_without_clean_images_by_edges_and_few_images_have_fewer_places() -> None:
    first, second = image(None, None, 0.3), image(None, None, 0.6)
    assert rank([first, second]).by == EDGES
    assert rank([first, second]).places == {'best': 1, 'worst': 0}
    assert rank([first]).places == {'best': 0}
