"""The evaluation as one self-contained page: `report.html`."""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined

from nitedr_ros.evaluate.evaluation import Evaluation
from nitedr_ros.evaluate.extremes import EDGES, GAIN, KEPT
from nitedr_ros.evaluate.panels import panel_rows
from nitedr_ros.evaluate.tables import score_tables
from nitedr_ros.metrics.fusion import FUSION_MEASURES

_RANKED_BY = {
    GAIN: 'gain in luma PSNR',
    KEPT: 'luma PSNR of the output against the dry input',
    EDGES: 'Qabf of the fused image',
}


def render_page(evaluation: Evaluation) -> str:
    """Return the page as HTML; all pictures are inside it."""
    results = evaluation.results
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(
        files('nitedr_ros.evaluate').joinpath('report.html.j2').read_text('utf-8')
    )
    by_stem = {image['stem']: image for image in results['per_image']}
    scenes = [
        (place, by_stem[stem], panel_rows(still, dry=bool(by_stem[stem]['dry'])))
        for place, (stem, still) in evaluation.pictured.items()
    ]
    ranked = sorted(results['per_image'], key=lambda image: _rank(image, results['ranked_by']))
    return template.render(
        results=results,
        tables=score_tables(results),
        measures=FUSION_MEASURES,
        scenes=scenes,
        images=ranked,
        ranked_by=_RANKED_BY[results['ranked_by']],
    )


def _rank(image: dict[str, Any], by: str) -> float:
    """Return what the images of the page's table are sorted by; those without it come last."""
    if by == EDGES:
        return float(image['fusion']['fused']['Qabf'])
    value = image['gain_db'] if by == GAIN else image['derained']['psnr_y']
    return float('inf') if value is None else float(value)
