"""Putting an exported graph into a registry: as a model, or as a variant of one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import yaml

from nitedr_ros.engines.model import DESCRIPTION, GraphPrecision, Model, read_model
from nitedr_ros.errors import EngineError, OutputError


def write_graph(path: Path, content: bytes) -> None:
    """Write a graph; raises OutputError."""
    try:
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(f'expected to write {path}: {error.strerror}') from None


def write_model(folder: Path, description: dict[str, object], content: bytes) -> Path:
    """Write a graph and the description of its model into a folder; return the description's path.

    description: all but the hash. Raises OutputError, or EngineError for a description that is
    none.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f'expected to create {folder}: {error.strerror}') from None
    write_graph(folder / str(description['onnx']), content)
    return _describe(folder, {**description, 'sha256': hashlib.sha256(content).hexdigest()})


def add_variant(model: Model, precision: GraphPrecision, content: bytes) -> Path:
    """Write a graph beside a model's own, as its variant; return the description's path.

    precision: that of the graph, another one than the model's. Raises EngineError otherwise, and
    OutputError.
    """
    if precision == model.precision:
        raise EngineError(
            f'expected a precision that {model.name} does not have itself, got {precision}: '
            'export it under another name'
        )
    folder = model.path.parent
    name = f'{model.path.stem}-{precision}.onnx'
    write_graph(folder / name, content)
    known = yaml.safe_load((folder / DESCRIPTION).read_text('utf-8'))
    variant = {'onnx': name, 'sha256': hashlib.sha256(content).hexdigest()}
    variants = {**known.get('variants', {}), precision: variant}
    return _describe(folder, {**known, 'variants': variants})


def _describe(folder: Path, description: dict[str, object]) -> Path:
    path = folder / DESCRIPTION
    write_graph(path, yaml.safe_dump(description, sort_keys=False).encode())
    read_model(path)
    return path
