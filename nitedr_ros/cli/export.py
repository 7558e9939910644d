"""`nitedr export`."""

from __future__ import annotations

import re
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from nitedr_ros.cli.camera_frames_options import (
    BinsOption,
    CameraThermalOption,
    CameraVisibleOption,
    parse_camera_frames,
)
from nitedr_ros.cli.console import print_json, say
from nitedr_ros.cli.options import ConfigOption, JsonOption, parse_size
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.model import Model, find_model, list_models
from nitedr_ros.engines.registry import registries
from nitedr_ros.errors import EngineError

if TYPE_CHECKING:
    from nitedr_ros.engines.camera_frames import CameraFrames
    from nitedr_ros.networks.export_job import ExportReport

_REFERENCE = 'reference'


def export(
    model: Annotated[
        str,
        typer.Option(
            metavar='NAME|RUN',
            help='reference (the published pair), a registered model, or a folder that '
            '`nitedr train` wrote.',
        ),
    ],
    size: Annotated[
        str, typer.Option(metavar='HxW|dynamic', help='Height and width in pixels, or any.')
    ] = 'dynamic',
    out: Annotated[
        Path | None,
        typer.Option(metavar='FILE', help='The graph, .onnx; not needed with --registry.'),
    ] = None,
    cleannet: Annotated[
        Path | None,
        typer.Option(metavar='FILE', help="CleanNet's weights; not for a registered model."),
    ] = None,
    fusionnet: Annotated[
        Path | None,
        typer.Option(metavar='FILE', help="FusionNet's weights; not for a registered model."),
    ] = None,
    precision: Annotated[
        Literal['fp32', 'fp16', 'int8'],
        typer.Option(
            help='fp16 and int8 are measured on samples, and refused where they are too far off.'
        ),
    ] = 'fp32',
    samples: Annotated[
        Path | None,
        typer.Option(
            metavar='DIR',
            help='visible/, thermal/ and maybe target/ to measure fp16 on, else a drawn scene; '
            'int8 needs them, with target/.',
        ),
    ] = None,
    calibration: Annotated[
        Path | None,
        typer.Option(
            metavar='DIR',
            help='visible/ and thermal/ to calibrate int8 on: others than the samples, of all '
            'that is driven through.',
        ),
    ] = None,
    registry: Annotated[
        Path | None,
        typer.Option(metavar='DIR', help='Registers the result here, as for models_folder.'),
    ] = None,
    variant_of: Annotated[
        str | None,
        typer.Option(
            metavar='NAME', help='Adds the result to this registered model, in its precision.'
        ),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(metavar='NAME', help="The result's name; made of what is asked for if not."),
    ] = None,
    training_data: Annotated[
        Path | None,
        typer.Option(metavar='FILE', help='What was trained on; its hash goes into the graph.'),
    ] = None,
    camera_visible: CameraVisibleOption = None,
    camera_thermal: CameraThermalOption = None,
    visible_bins: BinsOption = '1x1',
    thermal_bins: BinsOption = '1x1',
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a model as one ONNX graph, camera bytes in and image bytes out."""
    fixed = None if size == 'dynamic' else parse_size(size)
    frames = parse_camera_frames(camera_visible, camera_thermal, visible_bins, thermal_bins)
    named = _result_name(Path(model).name, fixed, precision, frames) if name is None else name
    if not re.fullmatch(r'[\w.+-]*\w[\w.+-]*', named):
        raise typer.BadParameter(f'expected a name of letters, digits, - and ., got {named!r}')
    _check_places(out, registry, variant_of)
    _check_frames(precision, samples, calibration)
    if (cleannet is None) != (fusionnet is None):
        raise typer.BadParameter('--cleannet and --fusionnet go together: give both')
    if model == _REFERENCE and cleannet is None:
        raise typer.BadParameter(
            "--model reference needs the authors' files: --cleannet best_net_g.pth "
            '--fusionnet fusion.pth'
        )
    folders = registries(load_config(config))
    if registry is not None:
        _refuse_taken_name(named, registry, list_models(*folders))
    target = None if variant_of is None else find_model(variant_of, *folders)
    if find_spec('onnx') is None:
        raise EngineError(
            'expected onnx for exporting, it is missing: pip install "nitedr_ros[train]"'
        )
    # Imported here so that the other commands do without onnx.
    from nitedr_ros.networks import export_job  # noqa: PLC0415

    if cleannet is not None and fusionnet is not None:
        source = export_job.from_weights(model, cleannet, fusionnet)
    elif export_job.is_run(Path(model)):
        source = export_job.from_run(Path(model))
    else:
        source = export_job.from_registry(find_model(model, *folders))
    report = export_job.run_export(
        source,
        export_job.ExportJob(
            named,
            out,
            fixed,
            precision,
            samples,
            registry,
            training_data,
            camera_frames=frames,
            variant_of=target,
            calibration=calibration,
        ),
    )
    if as_json:
        file = None if out is None else str(out)
        print_json({'name': named, 'out': file, **_figures(report)})
    else:
        _print(named, out, report)


def _check_places(out: Path | None, registry: Path | None, variant_of: str | None) -> None:
    if out is None and registry is None and variant_of is None:
        raise typer.BadParameter(
            'expected --out, --registry or --variant-of: where to write the model'
        )
    if registry is not None and variant_of is not None:
        raise typer.BadParameter('--registry makes a model, --variant-of adds to one: give one')


def _check_frames(precision: str, samples: Path | None, calibration: Path | None) -> None:
    if precision != 'int8' and calibration is not None:
        raise typer.BadParameter(f'--calibration is for --precision int8, got {precision}')
    if precision == 'int8' and (samples is None or calibration is None):
        raise typer.BadParameter(
            'expected --calibration DIR, frames to calibrate on, and --samples DIR, others with '
            'target/ to measure the loss on, for --precision int8'
        )


def _result_name(
    model: str, size: tuple[int, int] | None, precision: str, frames: CameraFrames | None
) -> str:
    shown = '' if size is None else f'-{size[0]}x{size[1]}'
    return f'{model}-{precision}{shown}' + ('' if frames is None else '-cameras')


def _refuse_taken_name(name: str, registry: Path, known: list[Model]) -> None:
    for model in known:
        place = model.path.parent
        if model.name == name and place.resolve() != (registry / name).resolve():
            raise EngineError(
                f'expected a name that no other model has, {name} is in {place}: choose --name'
            )


def _figures(report: ExportReport) -> dict[str, object]:
    figures = asdict(report)
    figures['registered'] = None if report.registered is None else str(report.registered)
    return figures


def _print(name: str, out: Path | None, report: ExportReport) -> None:
    if out is not None:
        say(f'graph      {out}')
    say(f'model      {name}, {report.bytes / 2**20:.2f} MiB, SHA-256 {report.sha256[:12]}…')
    found = report.agreement
    if found is not None:
        loss = '' if found.loss_db is None else f', loses {found.loss_db:.3f} dB of luma PSNR'
        if report.nodes_in_fp16:
            say(f'fp16       {report.nodes_in_fp16} of {report.nodes} nodes')
        if report.convolutions_in_int8:
            say(f'int8       {report.convolutions_in_int8} of {report.convolutions} convolutions')
        say(
            f'from fp32  {found.mean:.3f} grey levels on average, 99.9 % within '
            f'{found.tail:.0f}{loss}; {found.pairs} pairs'
        )
    if report.registered is not None:
        say(f'registered {report.registered}')
