"""The results as tables for people, for the terminal and for the page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from nitedr_ros.evaluate.groups import ALL
from nitedr_ros.metrics.fusion import FUSION_MEASURES

FUSIONS = {
    'fused': 'fused',
    'average': 'average',
    'maximum': 'maximum',
    'laplacian_pyramid': 'Laplacian pyramid',
}
"""What the fusions are called."""
_DIGITS = {'MSE': 4, 'CC': 3, 'SSIM': 3, 'MI': 2, 'Qabf': 3, 'VIF': 3, 'SCD': 3}


@dataclass(frozen=True)
class Cell:
    """A value, and whether it is the best of those it is compared with."""

    text: str
    best: bool = False


@dataclass(frozen=True)
class ScoreTable:
    """A table for people.

    names: indices of columns that hold words. breaks: indices of rows after which a line is drawn.
    """

    title: str
    header: tuple[str, ...]
    rows: list[tuple[Cell, ...]]
    names: frozenset[int] = frozenset({0})
    breaks: frozenset[int] = frozenset()


def score_tables(results: dict[str, Any]) -> list[ScoreTable]:
    """Return the tables that there is something to say in: de-raining, dry frames, fusion."""
    parts = {**results['groups'], ALL: results[ALL]}
    tables = (_deraining(parts), _dry(parts), _fusion(parts, results['target'] is not None))
    return [table for table in tables if table.rows]


def _deraining(parts: dict[str, Any]) -> ScoreTable:
    header = (
        'group',
        'images',
        'PSNR Y, rainy',
        'de-rained',
        'gain',
        'PSNR RGB, rainy',
        'de-rained',
        'SSIM Y, rainy',
        'de-rained',
        'made worse',
    )
    rows = []
    for name, part in parts.items():
        found = part['deraining']
        if found is None:
            continue
        before, after = found['input'], found['derained']
        texts = (
            name,
            str(found['images']),
            f'{before["psnr_y"]:.2f}',
            f'{after["psnr_y"]:.2f}',
            f'{found["gain_db"]:+.2f}',
            f'{before["psnr_rgb"]:.2f}',
            f'{after["psnr_rgb"]:.2f}',
            f'{before["ssim_y"]:.4f}',
            f'{after["ssim_y"]:.4f}',
            str(found['worse']),
        )
        rows.append(tuple(Cell(text) for text in texts))
    return ScoreTable('De-raining, against the clean image (dB)', header, rows)


def _dry(parts: dict[str, Any]) -> ScoreTable:
    header = ('group', 'images', 'PSNR Y', 'PSNR RGB', 'SSIM Y')
    rows = []
    for name, part in parts.items():
        found = part['dry']
        if found is None:
            continue
        kept = found['derained']
        texts = (
            name,
            str(found['images']),
            f'{kept["psnr_y"]:.2f}',
            f'{kept["psnr_rgb"]:.2f}',
            f'{kept["ssim_y"]:.4f}',
        )
        rows.append(tuple(Cell(text) for text in texts))
    return ScoreTable('Dry frames, output against input (dB)', header, rows)


def _fusion(parts: dict[str, Any], with_target: bool) -> ScoreTable:
    arrows = (
        f'{measure.name} {"↑" if measure.more_is_better else "↓"}' for measure in FUSION_MEASURES
    )
    rows: list[tuple[Cell, ...]] = []
    breaks = set()
    for name, part in parts.items():
        rows += _fusion_rows(name, part)
        breaks.add(len(rows) - 1)
    seen = 'clean visible' if with_target else 'visible input'
    return ScoreTable(
        f'Fusion, against {seen} and thermal',
        ('group', 'images', 'fusion', *arrows),
        rows,
        frozenset({0, 2}),
        frozenset(breaks),
    )


def _fusion_rows(name: str, part: dict[str, Any]) -> Iterator[tuple[Cell, ...]]:
    fusions = part['fusion']
    texts = {
        fusion: {key: f'{value:.{_DIGITS.get(key, 2)}f}' for key, value in scores.items()}
        for fusion, scores in fusions.items()
    }
    best = {}
    for measure in FUSION_MEASURES:
        values = [float(row[measure.name]) for row in texts.values()]
        best[measure.name] = max(values) if measure.more_is_better else min(values)
    for index, (fusion, row) in enumerate(texts.items()):
        first = (name, str(part['images'])) if index == 0 else ('', '')
        yield (
            *(Cell(text) for text in (*first, FUSIONS[fusion])),
            *(Cell(row[m.name], float(row[m.name]) == best[m.name]) for m in FUSION_MEASURES),
        )
