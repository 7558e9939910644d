"""The figures as tables for people."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from nitedr_ros.bench.report import Report
from nitedr_ros.bench.turns import FRAME, RUNTIME

UNKNOWN = '-'
"""Stands for what isn't known or wasn't measured."""


@dataclass(frozen=True)
class FigureTable:
    """A table of texts; words: how many of its first columns hold words, not figures."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]]
    words: int


def figure_tables(report: Report) -> list[FigureTable]:
    """Return the tables that there is something to say in."""
    results = report['results']
    if not results:
        return []
    label = _Label(results)
    tables = [
        _speed(label, results),
        _stages(label, results),
        _floor(label, results),
        _resources(label, results),
        _quality(label, results),
        _beside(label, results),
        _published(label, results),
    ]
    return [table for table in tables if table.rows]


def refusals(report: Report) -> list[str]:
    """Return a line for each reason why something can't run, with all that it goes for."""
    grouped: dict[tuple[str, str, str], list[Report]] = {}
    for kind in ('refused', 'beside_refused'):
        for each in report[kind]:
            grouped.setdefault((kind, each['engine'], each['reason']), []).append(each)
    lines = []
    for (kind, engine, reason), group in grouped.items():
        precisions = ', '.join(dict.fromkeys(each['precision'] for each in group))
        images = dict.fromkeys(f'{each["model"]} {_size(each)}' for each in group)
        beside = ' beside' if kind == 'beside_refused' else ''
        lines.append(f'{", ".join(images)}{beside} by {engine} in {precisions}: {reason}')
    return lines


class _Label:
    """The first columns: what makes results differ. The rest is in the title."""

    def __init__(self, results: list[Report]) -> None:
        texts = {
            'model': [each['model'] for each in results],
            'engine': [each['engine'] for each in results],
            'precision': [each['precision'] for each in results],
            'size': [_size(each) for each in results],
        }
        self.shown = [
            name
            for name, column in texts.items()
            if name in ('engine', 'precision') or len(set(column)) > 1
        ]
        self.same = ' '.join(column[0] for name, column in texts.items() if name not in self.shown)
        self._rows = {
            id(each): tuple(texts[name][place] for name in self.shown)
            for place, each in enumerate(results)
        }

    def of(self, result: Report) -> tuple[str, ...]:
        return self._rows[id(result)]

    def table(
        self,
        title: str,
        header: tuple[str, ...],
        rows: list[tuple[str, ...]],
        words: int = 0,
    ) -> FigureTable:
        where = f', {self.same}' if self.same else ''
        shown = len(self.shown)
        return FigureTable(f'{title}{where}', (*self.shown, *header), rows, shown + words)


def _speed(label: _Label, results: list[Report]) -> FigureTable:
    header = ('frames', 'p50 ms', 'p95 ms', 'p99 ms', 'frames/s', 'pipelined')
    rows = []
    for each in results:
        frame, rate = each['latency'][FRAME], each['frames_per_second']
        figures = (frame[name] for name in ('p50_ms', 'p95_ms', 'p99_ms'))
        rows.append(
            (
                *label.of(each),
                str(frame['count']),
                *(_text(figure, 2) for figure in figures),
                _text(rate['sequential'], 1),
                _text(rate['pipelined'], 1),
            )
        )
    return label.table('Images in to images out', header, rows)


def _stages(label: _Label, results: list[Report]) -> FigureTable:
    rows = []
    told = [each for each in results if each['latency'].keys() - {FRAME, RUNTIME}]
    for each in told:
        for stage, figures in each['latency'].items():
            if stage != FRAME:
                milliseconds = (figures[name] for name in ('p50_ms', 'p95_ms', 'p99_ms'))
                rows.append(
                    (*label.of(each), stage, *(_text(figure, 3) for figure in milliseconds))
                )
    header = ('stage', 'p50 ms', 'p95 ms', 'p99 ms')
    return label.table('Stages of a frame', header, rows, words=1)


def _floor(label: _Label, results: list[Report]) -> FigureTable:
    rows = []
    for each in results:
        floor = each['floor']
        share = floor['share']
        rows.append(
            (
                *label.of(each),
                _text(floor['gmac'], 2),
                *(_text(floor[name], 3) for name in ('copy_in_ms', 'compute_ms', 'copy_out_ms')),
                'not known' if share is None else f'{100 * share:.0f} %',
            )
        )
    header = ('GMAC', 'copy in ms', 'compute ms', 'copy out ms', 'reached')
    return label.table('What this machine could do at best', header, rows)


def _resources(label: _Label, results: list[Report]) -> FigureTable:
    rows = []
    for each in results:
        memory, energy = each['memory'], each['energy']
        joules = energy['joules_per_frame']
        rows.append(
            (
                *label.of(each),
                *(
                    _text(memory[name], 0)
                    for name in ('held_mib', 'peak_mib', 'gpu_engine_mib', 'gpu_process_mib')
                ),
                'not measured' if joules is None else f'{joules:.3f}',
            )
        )
    header = ('held', 'peak', 'GPU, engine', 'GPU, process', 'J a frame')
    return label.table('Memory in MiB, energy', header, rows)


def _quality(label: _Label, results: list[Report]) -> FigureTable:
    rows = []
    for each in results:
        quality = each['quality']
        if quality is None:
            rows.append((*label.of(each), UNKNOWN, UNKNOWN, UNKNOWN))
            continue
        psnr = quality['derained_psnr_y_db']
        rows.append(
            (
                *label.of(each),
                _text(quality['mean'], 3),
                _text(quality['tail'], 0),
                'equal' if psnr is None else f'{psnr:.1f}',
            )
        )
    header = ('mean', '99.9 %', 'PSNR Y dB')
    return label.table('Grey levels from ONNX Runtime fp32', header, rows)


def _beside(label: _Label, results: list[Report]) -> FigureTable:
    rows = []
    for each in results:
        beside = each['beside']
        for who in ('ours', 'neighbour') if beside is not None else ():
            found = beside[who]
            rows.append(
                (
                    *label.of(each),
                    each['model'] if who == 'ours' else f'{beside["model"]} beside',
                    *(_text(found[how]['p50_ms'], 1) for how in ('alone', 'together')),
                    _text(found['times_as_long'], 2),
                    *(_text(found[how]['frames_per_second'], 1) for how in ('alone', 'together')),
                )
            )
    header = ('running', 'alone ms', 'both ms', 'times', 'alone /s', 'both /s')
    return label.table('Two models at once', header, rows, words=1)


def _published(label: _Label, results: list[Report]) -> FigureTable:
    rows = [
        (
            *label.of(each),
            _text(each['published']['times'], 0),
            _text(each['published']['times_at_p99'], 0),
        )
        for each in results
        if each['published'] is not None
    ]
    header = ('times as long', 'as the p99 frame')
    return label.table('One frame of the published networks', header, rows)


def _size(each: Report) -> str:
    return f'{each["height"]}x{each["width"]}'


def _text(value: Any, digits: int) -> str:
    return UNKNOWN if value is None else f'{value:.{digits}f}'
