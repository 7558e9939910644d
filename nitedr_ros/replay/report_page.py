"""The report as one self-contained page: `report.html`."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from importlib.resources import files

from jinja2 import Environment, StrictUndefined

from nitedr_ros.pipeline.latency import LatencySeries
from nitedr_ros.replay.pictures import Picture
from nitedr_ros.replay.report import Report
from nitedr_ros.replay.score_rows import score_rows

PLOT_WIDTH, PLOT_HEIGHT = 860, 150
POINTS = 400
"""Most points of a curve; the longest duration of each interval is drawn."""


@dataclass(frozen=True)
class Plot:
    """One stage's latency over time, as an SVG path in PLOT_WIDTH x PLOT_HEIGHT pixels."""

    title: str
    path: str
    top_ms: float


def latency_plot(title: str, series: LatencySeries) -> Plot:
    """Draw the series; its scale ends at the 99th percentile times 1.5, or the maximum if less."""
    samples = series.milliseconds()
    step = max(1, -(-len(samples) // POINTS))
    highest = [max(samples[i : i + step]) for i in range(0, len(samples), step)]
    summary = series.summary()
    top = max(1e-3, min(summary.max_ms, 1.5 * summary.p99_ms))
    across = PLOT_WIDTH / max(1, len(highest) - 1)
    points = [
        f'{i * across:.1f},{PLOT_HEIGHT * (1 - min(1.0, value / top)):.1f}'
        for i, value in enumerate(highest)
    ]
    return Plot(title, 'M' + ' L'.join(points), top)


def render_page(report: Report, pictures: list[Picture], series: dict[str, LatencySeries]) -> str:
    """Return the page as HTML; pictures and plots are inside it."""
    environment = Environment(autoescape=True, undefined=StrictUndefined)
    template = environment.from_string(
        files('nitedr_ros.replay').joinpath('report.html.j2').read_text('utf-8')
    )
    shown = [
        (
            picture.seconds,
            picture.caption,
            {t: base64.b64encode(jpeg).decode() for t, jpeg in picture.panels.items()},
        )
        for picture in pictures
    ]
    plots = [latency_plot(s, series[s]) for s in ('infer', 'prepare') if s in series]
    return template.render(
        report=report,
        scores=score_rows(report['scores']) if report.get('scores') else [],
        pictures=shown,
        plots=plots,
        width=PLOT_WIDTH,
        height=PLOT_HEIGHT,
    )
