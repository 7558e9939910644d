"""`nitedr synth`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nitedr_ros.cli.console import progress_bar, say
from nitedr_ros.replay.synthesis import write_drive
from nitedr_ros.synth.config import DriveConfig
from nitedr_ros.synth.lens import LensName


def synth(
    bag: Annotated[Path, typer.Argument(metavar='BAG', help='Folder of the rosbag2 to write.')],
    seconds: Annotated[float, typer.Option(min=0.1, max=3600, help='Length of the drive.')] = 6.0,
    visible_hz: Annotated[float, typer.Option(min=1, max=240, help='Visible frames/s.')] = 30.0,
    thermal_hz: Annotated[float, typer.Option(min=1, max=240, help='Thermal frames/s.')] = 9.0,
    offset_ms: Annotated[float, typer.Option(help='Lead of the thermal clock, in ms.')] = 0.0,
    jitter_ms: Annotated[float, typer.Option(min=0, help='Largest jitter, in ms.')] = 0.4,
    drop: Annotated[float, typer.Option(min=0, max=1, help='Share of frames lost.')] = 0.0,
    rain: Annotated[float, typer.Option(min=0, max=3, help='0 is dry, 1 steady rain.')] = 1.0,
    seed: Annotated[int, typer.Option(min=0, help='The same seed gives the same drive.')] = 1,
    lens: Annotated[LensName, typer.Option(help='Distortion of both cameras.')] = 'plumb_bob',
    width: Annotated[int, typer.Option(help='Of the visible image.')] = 640,
    height: Annotated[int, typer.Option(help='Of the visible image.')] = 480,
    thermal_width: Annotated[
        int | None, typer.Option(help='320, or half the visible one if aligned.')
    ] = None,
    thermal_height: Annotated[
        int | None, typer.Option(help='256, or half the visible one if aligned.')
    ] = None,
    aligned: Annotated[
        bool, typer.Option('--aligned', help='One view for both cameras, no lens, no /tf_static.')
    ] = False,
    truth: Annotated[
        bool | None, typer.Option(help='Write /truth topics; on unless aligned.')
    ] = None,
    force: Annotated[
        bool, typer.Option('--force', help='Replace BAG where it is a bag already.')
    ] = False,
) -> None:
    """Write a synthetic rainy night drive of two cameras, with its truth, as a bag."""
    config = DriveConfig(
        seconds=seconds,
        visible_hz=visible_hz,
        thermal_hz=thermal_hz,
        width=width,
        height=height,
        thermal_width=thermal_width,
        thermal_height=thermal_height,
        lens=lens,
        aligned=aligned,
        seed=seed,
        rain=rain,
        offset_ms=offset_ms,
        jitter_ms=jitter_ms,
        drop=drop,
        truth=truth,
    )
    with progress_bar('drawing') as on_progress:
        written = write_drive(config, bag, force=force, on_progress=on_progress)
    with_truth = f', {written.truths} with the truth' if written.truths else ''
    say(f'{written.visible} visible frames{with_truth}, {written.thermal} thermal → {bag}')
