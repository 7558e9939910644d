"""`nitedr plans`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape
from rich.table import Table

from nitedr_ros.cli.console import print_json, print_whole, say
from nitedr_ros.cli.options import ConfigOption, JsonOption
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.plans.trusted_folder import plans_folder


def plans(
    folder: Annotated[
        Path | None, typer.Argument(metavar='DIR', help='engine.plans_folder if not given.')
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the TensorRT plans that have been built, and what speaks for them."""
    where = plans_folder(load_config(config).engine.plans_folder) if folder is None else folder
    entries = PlanCache(where).entries()
    if as_json:
        print_json([entry.model_dump(mode='json') for entry in entries])
        return
    if not entries:
        say(f'no plans in {where}: nitedr build-engine builds them')
        return
    table = Table('model', 'precision', 'size', 'GPU', 'driver', 'TensorRT', 'built', 'verdict')
    for entry in entries:
        key = entry.key
        height, width = dict(key.shapes)['visible'][1:3]
        refused = ''.join(f'; {refusal.precision} refused' for refusal in entry.refused)
        table.add_row(
            escape(key.model),
            key.precision,
            f'{height}x{width}',
            escape(key.gpu.name),
            key.gpu.driver,
            key.tensorrt,
            f'{entry.built_at:%Y-%m-%d %H:%M}',
            escape(entry.verdict + refused),
        )
    print_whole(table)
