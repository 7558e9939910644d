"""`nitedr eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from nitedr_ros.cli.console import note, print_json, print_whole, progress_bar, say
from nitedr_ros.cli.options import ConfigOption, EngineOption, JsonOption, ModelOption, configured
from nitedr_ros.evaluate.evaluation import evaluate as run_evaluation
from nitedr_ros.evaluate.groups import Groups
from nitedr_ros.evaluate.output_folder import OutputFolder
from nitedr_ros.evaluate.selection import EvaluationJob, select_stills
from nitedr_ros.evaluate.tables import ScoreTable, score_tables


def evaluate(
    visible: Annotated[Path, typer.Option(metavar='DIR', help='Rainy visible images.')],
    thermal: Annotated[Path, typer.Option(metavar='DIR', help='Thermal images, same stems.')],
    target: Annotated[
        Path | None,
        typer.Option(
            metavar='DIR',
            help='Clean visible images, same stems; the visible folder again for dry frames. '
            'Without it, only the fusion is scored.',
        ),
    ] = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    config: ConfigOption = None,
    chosen: Annotated[
        Path | None,
        typer.Option(
            '--list', metavar='FILE', help='Only these images: lines STEM GROUP, or STEM alone.'
        ),
    ] = None,
    group: Annotated[
        list[str] | None,
        typer.Option(metavar='NAME=GLOB', help='A group by stem, such as night=*N; repeatable.'),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, metavar='N', help='Only the first N pairs by name.')
    ] = None,
    out: Annotated[
        Path | None, typer.Option(metavar='DIR', help='Gets report.html and results.json.')
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Score de-raining and fusion on still pairs, matched by file stem."""
    if chosen is not None and group:
        raise typer.BadParameter('--list says the groups already: leave --group out')
    groups = Groups.from_patterns(group or ()) if chosen is None else Groups.from_file(chosen)
    stills = select_stills(EvaluationJob(visible, thermal, target, groups, limit))
    folder = None if out is None else OutputFolder(out)
    settings, selection = configured(config, model, engine)
    notes = list(selection.passed_over)
    with progress_bar('evaluating') as on_progress:
        evaluation = run_evaluation(stills, settings, selection.engine, notes, on_progress)
    if folder is not None:
        folder.write(evaluation)
    if as_json:
        print_json(evaluation.results)
        return
    _print(evaluation.results)
    if folder is not None:
        say(f'report   {folder.page}')
        say(f'results  {folder.results}')


def _print(results: dict[str, Any]) -> None:
    engine = results['engine']
    model = f'{engine["model"]} {engine["model_version"]}'.strip()
    say(f'{results["images"]} images, {model} on {engine["runtime"]}, {engine["precision"]}')
    for table in score_tables(results):
        print_whole(_table(table))
    row = results['latency']['infer']
    figures = ', '.join(f'{p} {row[f"{p}_ms"]:.1f} ms' for p in ('p50', 'p95', 'p99'))
    say(f'inference {figures}')
    for line in results['notes']:
        note(line)


def _table(scores: ScoreTable) -> Table:
    table = Table(title=escape(scores.title), title_justify='left')
    for index, name in enumerate(scores.header):
        table.add_column(name, justify='left' if index in scores.names else 'right')
    for index, row in enumerate(scores.rows):
        cells = [f'[bold]{escape(c.text)}[/bold]' if c.best else escape(c.text) for c in row]
        table.add_row(*cells, end_section=index in scores.breaks)
    return table
