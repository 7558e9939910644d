"""`nitedr synth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nitedr_ros.cli.console import progress_bar, say
from nitedr_ros.replay.synthesis import write_drive
from nitedr_ros.synth.drive import DriveConfig


def synth(
    bag: Annotated[Path, typer.Argument(metavar='BAG', help='Folder of the rosbag2 to write.')],
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help='Length of the drive.')] = 6.0,
    visible_hz: Annotated[float, typer.Option(min=1, max=240, help='Visible frames/s.')] = 30.0,
    thermal_hz: Annotated[float, typer.Option(min=1, max=240, help='Thermal frames/s.')] = 9.0,
    rain: Annotated[float, typer.Option(min=0, max=3, help='0 is dry, 1 steady rain.')] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help='The same seed gives the same drive.')] = 1,
    force: Annotated[
        bool, typer.Option('--force', help='Replace BAG where it is a bag already.')
    ] = False,
) -> None:
    """Write a synthetic rainy night drive of two aligned cameras as a bag."""
    config = DriveConfig(
        seconds=seconds, visible_hz=visible_hz, thermal_hz=thermal_hz, rain=rain, seed=seed
    )
    with progress_bar('drawing') as on_progress:
        count = write_drive(config, bag, force=force, on_progress=on_progress)
    say(f'{count} frames → {bag}')
