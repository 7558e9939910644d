"""`nitedr check`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from nitedr_ros.cli.console import note, output, print_json, progress_bar, say
from nitedr_ros.cli.options import (
    BagArgument,
    ConfigOption,
    JsonOption,
    ThermalTopicOption,
    VisibleTopicOption,
)
from nitedr_ros.config.load import load_config
from nitedr_ros.replay.check import CheckJob
from nitedr_ros.replay.check import check as run_check


def check(
    bag: BagArgument,
    out: Annotated[
        Path, typer.Option(metavar='DIR', help='Folder for the overlay pictures.')
    ] = Path('check'),
    config: ConfigOption = None,
    visible: VisibleTopicOption = None,
    thermal: ThermalTopicOption = None,
    distance: Annotated[
        list[float] | None,
        typer.Option(
            min=0.1, max=1e6, metavar='METRES', help='Parallax there; default 5, 20 and 50.'
        ),
    ] = None,
    pictures: Annotated[int, typer.Option(min=1, max=1000, help='How many pictures.')] = 6,
    as_json: JsonOption = False,
) -> None:
    """Show how well the cameras are registered: edges of one drawn on the other, and parallax."""
    job = CheckJob(bag, out, visible, thermal, pictures, tuple(distance or (5.0, 20.0, 50.0)))
    with progress_bar('checking') as on_progress:
        found = run_check(job, load_config(config), on_progress)
    if as_json:
        print_json(found)
    else:
        _print(found, job)


def _print(found: dict[str, Any], job: CheckJob) -> None:
    table = Table(title=escape(str(job.bag)), show_header=False)
    view = found['output']
    table.add_row('registration', found['registration'])
    table.add_row('output', f'{view["width"]} x {view["height"]} pixels')
    if view['k'] is not None:
        fx, _, cx, _, fy, cy = view['k'][:6]
        table.add_row('camera matrix', f'fx {fx:.1f}, fy {fy:.1f}, cx {cx:.1f}, cy {cy:.1f}')
    table.add_row('thermal covers', f'{100 * found["thermal_covers"]:.1f} % of the output')
    for row in found['parallax_px']:
        centre, most = (
            'unknown' if row[name] is None else f'{row[name]:.1f} px'
            for name in ('centre_px', 'max_px')
        )
        table.add_row(
            f'parallax at {row["distance_m"]:g} m', f'{centre} in the centre, {most} at most'
        )
    output().print(table)
    if not found['parallax_px']:
        note(f'parallax is unknown: cameras registered as {found["registration"]} have no pose')
    for line in found['warnings']:
        note(line)
    say(f'{len(found["pictures"])} pictures  {job.out}: left, thermal edges on visible')
