"""`nitedr images`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from nitedr_ros.cli.console import note, print_json, progress_bar, say
from nitedr_ros.cli.options import ConfigOption, EngineOption, JsonOption, ModelOption, configured
from nitedr_ros.errors import InputError
from nitedr_ros.replay.stills import find_pairs, process_stills


def images(
    visible: Annotated[Path, typer.Option(metavar='DIR', help='Rainy visible images.')],
    thermal: Annotated[Path, typer.Option(metavar='DIR', help='Thermal images, same stems.')],
    out: Annotated[Path, typer.Option(metavar='DIR', help='Gets fused/ and derained/.')],
    config: ConfigOption = None,
    model: ModelOption = None,
    engine: EngineOption = None,
    as_json: JsonOption = False,
) -> None:
    """De-rain and fuse aligned still pairs, matched by file stem."""
    pairs, alone = find_pairs(visible, thermal)
    settings, selection = configured(config, model, engine)
    with progress_bar('de-raining') as on_progress:
        report = process_stills(pairs, out, settings, selection.engine, on_progress)
    if not report.written:
        raise InputError(f'none of {len(pairs)} pairs could be read: {report.skipped[0]}')
    notes = [*selection.passed_over, *(f'left out: {reason}' for reason in report.skipped)]
    if alone:
        notes.append(f'{len(alone)} images have no partner of the same stem, such as {alone[0]}')
    latency = report.clock.series['infer'].summary()
    if as_json:
        figures = {
            'written': report.written,
            'engine': asdict(selection.engine.info),
            'latency': {'infer': latency.as_dict()},
            'notes': notes,
        }
        print_json(figures)
        return
    for line in notes:
        note(line)
    say(
        f'{report.written} pairs → {out}/fused, {out}/derained; '
        f'inference {latency.p50_ms:.1f} ms median'
    )
