"""`nitedr build-engine`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bars

from nitedr_ros.cli.console import errors, note, print_json, say
from nitedr_ros.cli.options import ConfigOption, JsonOption, ModelOption, parse_size
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.plans.manifest import PlanManifest
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.registry import registries
from nitedr_ros.engines.tensorrt.on_tensorrt import OnTensorRt
from nitedr_ros.engines.tensorrt.tensorrt_engine import TensorRtEngine
from nitedr_ros.engines.tensorrt.tensorrt_frames_engine import TensorRtFramesEngine
from nitedr_ros.errors import EngineError


def build_engine(
    size: Annotated[
        list[str],
        typer.Option(metavar='HxW', help='Height and width of the outputs, pixels; repeatable.'),
    ],
    model: ModelOption = None,
    precision: Annotated[
        Literal['auto', 'fp32', 'fp16', 'int8'] | None,
        typer.Option(help='A plan that differs too much from fp32 is left for a safer one.'),
    ] = None,
    workspace: Annotated[
        int | None, typer.Option(min=1, metavar='MIB', help='Scratch memory for a kernel.')
    ] = None,
    plans: Annotated[
        Path | None, typer.Option(metavar='DIR', help='Where plans are kept, yours alone.')
    ] = None,
    device: Annotated[int | None, typer.Option(min=0, help='Index of the GPU.')] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Build TensorRT plans ahead, so that the node starts at once; a plan that is there stays.

    Plans are tied to this GPU, its driver and TensorRT, and are compared with fp32 before they
    are kept.
    """
    overrides = {
        'model': model,
        'engine.name': 'tensorrt',
        'engine.precision': precision,
        'engine.workspace_mb': workspace,
        'engine.plans_folder': None if plans is None else str(plans),
        'engine.device': device,
        'engine.build_plans': True,
    }
    settings = load_config(config, overrides)
    sizes = [parse_size(each) for each in size]
    found = find_model(settings.model, *registries(settings))
    manifests = []
    make = TensorRtEngine if found.camera_frames is None else TensorRtFramesEngine
    with _shown() as progress:
        engine: OnTensorRt = make(found, settings.engine, progress)
        for height, width in sizes:
            engine.warm_up(height, width)
            manifests.append(engine.manifest(height, width))
    if engine.unkept:
        raise EngineError(engine.unkept)
    if as_json:
        print_json([manifest.model_dump(mode='json') for manifest in manifests])
        return
    for manifest in manifests:
        _print(manifest, engine.plans_folder)


class _Shown(Progress):
    """Shows what is being done as a bar, and as a line where it is another thing."""

    def __init__(self, bars: Bars) -> None:
        super().__init__()
        self._bars = bars
        self._task = bars.add_task('', total=None)

    def moved(self, what: str, share: float | None = None) -> None:
        super().moved(what, share)
        total = None if share is None else 1.0
        self._bars.update(self._task, description=what, completed=share or 0.0, total=total)


@contextmanager
def _shown() -> Iterator[Progress]:
    console = errors()
    columns = (TextColumn('{task.description}'), BarColumn(), TaskProgressColumn())
    with Bars(
        *columns, TimeElapsedColumn(), console=console, disable=not console.is_terminal
    ) as bars:
        yield _Shown(bars)


def _print(manifest: PlanManifest, folder: Path) -> None:
    key = manifest.key
    say(f'plan      {folder / key.stem}.plan, {manifest.plan_bytes / 2**20:.1f} MiB')
    say(f'model     {key.model}, {key.precision}, built in {manifest.build_seconds:.0f} s')
    say(f'for       {key.gpu.name} ({key.gpu.compute_capability}), TensorRT {key.tensorrt}')
    say(f'accepted  {manifest.verdict}')
    for refusal in manifest.refused:
        note(f'{refusal.precision} was refused: {refusal.reason}')
