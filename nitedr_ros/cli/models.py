"""`nitedr models`."""

from __future__ import annotations

from rich.markup import escape
from rich.table import Table

from nitedr_ros.cli.console import output, print_json
from nitedr_ros.cli.options import ConfigOption, JsonOption
from nitedr_ros.config.load import load_config
from nitedr_ros.engines.model import list_models
from nitedr_ros.engines.registry import registries
from nitedr_ros.errors import EngineError


def models(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the models, each verified against its hash."""
    found = list_models(*registries(load_config(config)))
    rows = []
    for model in found:
        try:
            size = sum(len(model.at(name).read_verified()) for name in model.precisions)
            state = 'ok'
        except EngineError as error:
            size, state = 0, str(error)
        rows.append({**model.model_dump(), 'bytes': size, 'state': state})
    if as_json:
        print_json(rows)
    else:
        table = Table('name', 'version', 'precisions', 'size', 'state', 'summary')
        for row in rows:
            table.add_row(
                row['name'],
                row['version'],
                ', '.join((row['precision'], *row['variants'])),
                f'{row["bytes"] / 2**20:.1f} MiB',
                escape(row['state']),
                escape(row['summary']),
            )
        output().print(table)
    broken = [row['name'] for row in rows if row['state'] != 'ok']
    if broken:
        raise EngineError(f'expected all models to be whole, {", ".join(broken)} is not')
