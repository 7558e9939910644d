"""`nitedr replay`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from nitedr_ros.bags.writer import Storage
from nitedr_ros.cli.console import note, output, print_json, progress_bar, say
from nitedr_ros.cli.options import (
    ConfigOption,
    EngineOption,
    JsonOption,
    ModelOption,
    ThermalTopicOption,
    VisibleTopicOption,
    configured,
)
from nitedr_ros.replay.replay import ReplayJob
from nitedr_ros.replay.replay import replay as run_replay
from nitedr_ros.replay.report import Report
from nitedr_ros.replay.score_rows import score_rows


def replay(
    bag_in: Annotated[
        Path, typer.Argument(metavar='BAG_IN', help='rosbag2 folder, .mcap, .db3, or ROS 1 .bag.')
    ],
    bag_out: Annotated[
        Path, typer.Argument(metavar='BAG_OUT', help='Folder of the rosbag2 to write.')
    ],
    config: ConfigOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    visible: VisibleTopicOption = None,
    thermal: ThermalTopicOption = None,
    storage: Annotated[Storage, typer.Option(help='Format of the output bag.')] = 'mcap',
    keep_inputs: Annotated[
        bool, typer.Option('--keep-inputs', help="Copy the cameras' messages too.")
    ] = False,
    force: Annotated[
        bool, typer.Option('--force', help='Replace BAG_OUT where it is a bag already.')
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """De-rain and fuse a recorded drive: a bag in, a bag with report.html out."""
    job = ReplayJob(bag_in, bag_out, visible, thermal, storage, force, keep_inputs)
    settings, selection = configured(config, model, engine)
    with progress_bar('replaying') as on_progress:
        notes = list(selection.passed_over)
        report = run_replay(job, settings, selection.engine, notes, on_progress)
    if as_json:
        print_json(report)
    else:
        _print(report, bag_out)


def _print(report: Report, bag_out: Path) -> None:
    engine = report['engine']
    table = Table(title=escape(f'{report["input"]["path"]} → {bag_out}'), show_header=False)
    table.add_row('engine', f'{engine["runtime"]}, {engine["precision"]}')
    table.add_row('model', f'{engine["model"]} {engine["model_version"]}'.strip())
    for camera in ('visible', 'thermal'):
        counts = report[camera]
        reasons = ', '.join(f'{reason} {n}' for reason, n in counts['drops'].items())
        dropped = f', {counts["dropped"]} dropped ({reasons})' if counts['dropped'] else ''
        table.add_row(f'{camera} frames', f'{counts["received"]}{dropped}')
    modes = ', '.join(f'{mode} {n}' for mode, n in report['modes'].items())
    table.add_row('output frames', f'{report["outputs"]} ({modes})')
    skew = report['skew_ms']
    table.add_row('pairs', f'{report["pairs"]}, skew mean {skew["mean"]} ms, max {skew["max"]} ms')
    for stage in ('prepare', 'infer'):
        if stage in report['latency']:
            row = report['latency'][stage]
            figures = ', '.join(f'{p} {row[f"{p}_ms"]:.2f} ms' for p in ('p50', 'p95', 'p99'))
            table.add_row(stage, figures)
    table.add_row(
        'speed', f'{report["frames_per_second"]} frames/s, bag reading and writing included'
    )
    if report.get('scores'):
        table.add_section()
        for score in score_rows(report['scores']):
            table.add_row(score.name, escape(score.value))
    output().print(table)
    for line in report['input']['losses'] + report['notes']:
        note(line)
    for what, name in (('bag', ''), ('report', 'report.html'), ('picture', 'preview.png')):
        say(f'{what:8} {bag_out / name}')
