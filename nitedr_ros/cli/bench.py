"""`nitedr bench`."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.markup import escape
from rich.table import Table

from nitedr_ros.bench.benchmark import BenchJob, run_benchmark
from nitedr_ros.bench.combination import RUNNERS, USUAL, combinations
from nitedr_ros.bench.machine import busy_note, machine
from nitedr_ros.bench.nvml import Nvml
from nitedr_ros.bench.opening import EngineOpener
from nitedr_ros.bench.report import Report, build_report
from nitedr_ros.bench.report_file import ReportFile
from nitedr_ros.bench.tables import FigureTable, figure_tables, refusals
from nitedr_ros.cli.bench_networks import gpu_probes, published_networks, torch_engine
from nitedr_ros.cli.console import errors, note, print_json, print_whole, progress_bar, say
from nitedr_ros.cli.options import ConfigOption, JsonOption, parse_size
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.registry import registries
from nitedr_ros.errors import EngineError

_PRECISIONS = ('fp32', 'bf16', 'fp16', 'int8')
_REFUSED = '[red]can not run:[/red]'


def bench(
    model: Annotated[
        list[str] | None,
        typer.Option(metavar='NAME', help='Model to run; repeatable; the configured one if not.'),
    ] = None,
    engine: Annotated[
        list[str] | None,
        typer.Option(
            metavar='NAME',
            help=f'One of {", ".join(RUNNERS)}; repeatable; {", ".join(USUAL)} if not.',
        ),
    ] = None,
    precision: Annotated[
        list[str] | None,
        typer.Option(
            metavar='P',
            help='fp32, bf16, fp16 or int8; repeatable; all that an engine may have if not.',
        ),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(
            metavar='HxW', help='Height and width in pixels; repeatable; 480x640 if not.'
        ),
    ] = None,
    seconds: Annotated[
        float, typer.Option(min=0.01, max=3600, help='Time for each combination, in turns.')
    ] = 5.0,
    samples: Annotated[
        Path | None,
        typer.Option(
            metavar='DIR', help='visible/ and thermal/ to run on, resized; else drawn scenes.'
        ),
    ] = None,
    against: Annotated[
        Literal['reference'] | None,
        typer.Option(help='One frame of the published networks too, which takes minutes.'),
    ] = None,
    beside: Annotated[
        str | None,
        typer.Option(metavar='MODEL', help='Runs beside, as a detector would; what both lose.'),
    ] = None,
    config: ConfigOption = None,
    out: Annotated[
        Path | None, typer.Option(metavar='FILE', help='Gets all figures as JSON.')
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure speed, memory, energy and exactness of models by the engines of this machine."""
    chosen = _known(engine or USUAL, RUNNERS, '--engine')
    wanted = _known(precision or (), _PRECISIONS, '--precision')
    sizes = [parse_size(text) for text in size or ('480x640',)]
    file = None if out is None else ReportFile(out)
    settings = load_config(config)
    folders = registries(settings)
    names = list(dict.fromkeys((*(model or (settings.model,)), *((beside,) if beside else ()))))
    models = {name: find_model(name, *folders) for name in names}
    published = published_networks(settings.engine.threads) if against else None
    nvml = Nvml.find(settings.engine.device)
    metadata = machine(nvml)
    combined = combinations(model or [settings.model], chosen, wanted, sizes)
    job = BenchJob(combined, seconds, samples, beside)
    opener = EngineOpener(models, settings.engine, {'torch': torch_engine}, nvml)
    with progress_bar('measuring') as on_progress:
        probes = gpu_probes(settings.engine.device)
        found = run_benchmark(job, opener, nvml, probes, published, on_progress)
    busy = busy_note(metadata['load'], metadata['cores'])
    notes = [] if busy is None else [busy]
    report = build_report(job, found, settings.engine, metadata, notes)
    if file is not None:
        file.write(report)
    if as_json:
        print_json(report)
    else:
        _print(report)
        if file is not None:
            say(f'results  {file.path}')
    for line in refusals(report):
        errors().print(f'{_REFUSED} {escape(line)}', highlight=False, soft_wrap=True)
    for line in report['notes']:
        note(line)
    if not report['results']:
        raise EngineError(f'none of {len(combined)} combinations can run on this machine')


def _known(names: Iterable[str], known: Iterable[str], option: str) -> list[str]:
    allowed, wanted = list(known), list(names)
    for name in wanted:
        if name not in allowed:
            raise typer.BadParameter(
                f'expected {option} to be one of {", ".join(allowed)}, got {name!r}'
            )
    return wanted


def _print(report: Report) -> None:
    metadata = report['metadata']
    gpu = metadata['gpu'] or metadata['board'] or 'no GPU told by NVML'
    say(f'{metadata["cpu"]}, {metadata["cores"]} cores; {gpu}; {metadata["date"]}')
    for figures in figure_tables(report):
        print_whole(_table(figures))
    for each in report['rates']:
        rate = each['gmac_per_s']
        multiplied = 'products not measured' if rate is None else f'{rate:g} GMAC/s of products'
        say(
            f'{each["device"]} {each["precision"]}: {multiplied}, copies in '
            f'{each["copy_in_gb_per_s"]:g} and out {each["copy_out_gb_per_s"]:g} GB/s'
        )
    for each in report['published']:
        say(
            f'published networks, {each["height"]}x{each["width"]}: {each["seconds"]:g} s for one '
            f'frame, {each["runtime"]}, {each["precision"]}'
        )


def _table(figures: FigureTable) -> Table:
    table = Table(title=escape(figures.title), title_justify='left')
    for place, name in enumerate(figures.header):
        table.add_column(name, justify='left' if place < figures.words else 'right')
    for row in figures.rows:
        table.add_row(*map(escape, row))
    return table
