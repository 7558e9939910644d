"""`nitedr align`."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape
from rich.table import Table

from nitedr_ros.align.alignment import FEWEST_PAIRS, Alignment
from nitedr_ros.align.alignment import align as fit_pairs
from nitedr_ros.align.bag_pair import pair_from_bag
from nitedr_ros.align.calibration_file import CalibrationFile
from nitedr_ros.align.image_pair import ImagePair
from nitedr_ros.align.points_file import read_points
from nitedr_ros.align.server import serve
from nitedr_ros.align.session import Session, figures
from nitedr_ros.align.still_pair import pair_from_stills
from nitedr_ros.cli.console import errors, note, output, print_json, say
from nitedr_ros.cli.options import ConfigOption, JsonOption, ThermalTopicOption, VisibleTopicOption
from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import NitedrError
from nitedr_ros.frames.image_file import SUFFIXES


def align(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar='BAG | VISIBLE THERMAL', help='A bag of both cameras, or two image files.'
        ),
    ],
    points: Annotated[
        Path | None,
        typer.Option(
            metavar='FILE',
            help='Take the points from here, not from the page: CSV with the header '
            'visible_x,visible_y,thermal_x,thermal_y, or a YAML list.',
        ),
    ] = None,
    edit: Annotated[
        bool, typer.Option('--edit', help='Show the points of --points in the page.')
    ] = False,
    out: Annotated[Path, typer.Option(metavar='FILE', help='ROS parameter file to write.')] = Path(
        'calibration.yaml'
    ),
    force: Annotated[
        bool, typer.Option('--force', help='Replace files that are there already.')
    ] = False,
    at: Annotated[
        float | None, typer.Option(metavar='SECONDS', help='Moment of BAG; default: its middle.')
    ] = None,
    visible: VisibleTopicOption = None,
    thermal: ThermalTopicOption = None,
    rectify: Annotated[
        bool,
        typer.Option(
            '--rectify/--no-rectify', help='Rectify images of BAG by camera_info, if calibrated.'
        ),
    ] = True,
    config: ConfigOption = None,
    port: Annotated[
        int, typer.Option(min=0, max=65_535, help='Port of the page; 0 takes a free one.')
    ] = 0,
    browser: Annotated[
        bool, typer.Option('--browser/--no-browser', help='Open the page, or print its address.')
    ] = True,
    as_json: JsonOption = False,
) -> None:
    """Find the homography between the cameras from points set in both images.

    A page on this machine shows both images, takes the points and writes the file, which
    `nitedr replay --config` then takes.
    """
    if edit and points is None:
        raise typer.BadParameter('--edit shows the points of a file: name it with --points')
    settings = load_config(config)
    with_page = points is None or edit
    target = CalibrationFile(out, force=force, with_points=with_page)
    images = _images(sources, settings, at, visible, thermal, rectify=rectify)
    for line in images.notes:
        note(line)
    start = None
    if points is not None:
        start = read_points(points, images.visible_size, images.thermal_size)
    if start is None or edit:
        session = Session(images, target, start)
        serve(session, port, lambda url: _announce(url, open_browser=browser))
        if session.saved is None:
            raise NitedrError('expected points to be saved, none were: press Save before Done')
        result = session.saved
    else:
        result = fit_pairs(start, images.visible_size)
        target.write(result, images)
    if as_json:
        print_json(_report(result, images, target))
    else:
        _print(result, target)


def _images(
    sources: list[Path],
    config: Config,
    at: float | None,
    visible: str | None,
    thermal: str | None,
    *,
    rectify: bool,
) -> ImagePair:
    if len(sources) == 1:
        if sources[0].suffix.lower() in SUFFIXES:
            raise typer.BadParameter(f'{sources[0]} is an image: name the thermal one after it')
        return pair_from_bag(sources[0], config, at, visible, thermal, rectify=rectify)
    if len(sources) != 2:
        raise typer.BadParameter(f'expected a bag or two images, got {len(sources)} paths')
    if (at, visible, thermal) != (None, None, None):
        raise typer.BadParameter('--at, --visible and --thermal are for a bag, these are images')
    return pair_from_stills(sources[0], sources[1], config.thermal)


def _announce(url: str, *, open_browser: bool) -> None:
    opened = open_browser and webbrowser.open(url)
    what = 'the page is open in your browser' if opened else 'open this page'
    console = errors()
    console.print(f'{what}; Ctrl-C ends without saving', highlight=False, soft_wrap=True)
    console.print(url, highlight=False, markup=False, soft_wrap=True)


def _report(result: Alignment, images: ImagePair, target: CalibrationFile) -> dict[str, Any]:
    return {
        **figures(result),
        'visible_size': images.visible_size,
        'thermal_size': images.thermal_size,
        'rectify': bool(images.rectified),
        'source': images.source,
        'written': [str(path) for path in target.paths],
    }


def _print(result: Alignment, target: CalibrationFile) -> None:
    rows, residuals = result.pairs.rows(), result.fit.residuals_px
    table = Table(
        'pair', 'visible x, y', 'thermal x, y', 'residual', '', title=escape(str(target.path))
    )
    for column in table.columns[1:4]:
        column.justify = 'right'
    for index, row in enumerate(rows):
        worst = index == result.worst and len(rows) > FEWEST_PAIRS
        table.add_row(
            str(index + 1),
            f'{row[0]:.1f}, {row[1]:.1f}',
            f'{row[2]:.1f}, {row[3]:.1f}',
            f'{residuals[index]:.2f} px',
            'worst' if worst else '',
            style='red' if worst else None,
        )
    output().print(table)
    say(
        f'residuals in visible pixels: RMS {result.fit.rms_px:.2f}, worst {result.worst_px:.2f}; '
        f'a thermal pixel is {result.thermal_pixel_px:.2f}'
    )
    for line in result.warnings:
        note(line)
    for path in target.paths:
        say(f'written  {path}')
    say(f'use it   nitedr replay BAG_IN BAG_OUT --config {target.path}')
