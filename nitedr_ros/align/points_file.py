"""Files of point pairs: CSV, or a YAML list."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from nitedr_ros.align.point_pairs import COLUMNS, PairBuilder, PointPairs, Size
from nitedr_ros.errors import InputError

_HEADER = ','.join(COLUMNS)


def read_points(path: Path, visible_size: Size, thermal_size: Size) -> PointPairs:
    """Return the pairs of a file; sizes are width and height of the two images, pixels.

    CSV: a header with the names of `COLUMNS` in any order, then one pair a line; empty lines and
    those that begin with # are passed over, as are other columns. YAML (.yaml, .yml): a list of
    pairs, each a list of four numbers or a mapping with those names.
    Raises InputError, which names the line.
    """
    try:
        text = path.read_text('utf-8-sig')
    except OSError as error:
        raise InputError(f'expected a file of points at {path}: {error.strerror}') from None
    except UnicodeDecodeError:
        raise InputError(f'expected CSV or YAML text in {path}, got other bytes') from None
    is_yaml = path.suffix.lower() in {'.yaml', '.yml'}
    builder = PairBuilder(visible_size, thermal_size)
    for line, row in _yaml_rows(path, text) if is_yaml else _csv_rows(path, text):
        builder.add(f'{path}, line {line}', row)
    return builder.build()


def points_csv(pairs: PointPairs) -> str:
    """Return the pairs as the text of a CSV file, to a thousandth of a pixel."""
    rows = (','.join(f'{value:.3f}' for value in row) for row in pairs.rows())
    return '\n'.join((_HEADER, *rows, ''))


def _csv_rows(path: Path, text: str) -> Iterator[tuple[int, Sequence[Any]]]:
    columns: list[int] | None = None
    reader = csv.reader(io.StringIO(text), skipinitialspace=True)
    try:
        for raw in reader:
            cells = [cell.strip() for cell in raw]
            if not any(cells) or cells[0].startswith('#'):
                continue
            if columns is None:
                columns = _columns(path, reader.line_num, cells)
                continue
            if len(cells) <= max(columns):
                yield reader.line_num, cells
                continue
            yield reader.line_num, [cells[column] for column in columns]
    except csv.Error as error:
        raise InputError(f'{path}, line {reader.line_num}: expected CSV: {error}') from None
    if columns is None:
        raise InputError(f'{path}: expected the header {_HEADER}, got an empty file')


def _columns(path: Path, line: int, cells: list[str]) -> list[int]:
    if any(cells.count(name) != 1 for name in COLUMNS):
        raise InputError(
            f'{path}, line {line}: expected the header {_HEADER}, '
            f'got {",".join(cells)[:60]!r}: write the header above the points'
        )
    return [cells.index(name) for name in COLUMNS]


def _yaml_rows(path: Path, text: str) -> Iterator[tuple[int, Sequence[Any]]]:
    loader = yaml.SafeLoader(text)
    try:
        root = loader.get_single_node()
        if not isinstance(root, yaml.SequenceNode):
            raise InputError(f'{path}, line 1: expected a list of pairs: begin each with `- `')
        for node in root.value:
            value = loader.construct_object(node, deep=True)
            yield node.start_mark.line + 1, _yaml_row(value)
    except yaml.YAMLError as error:
        raise InputError(f'expected YAML in {path}: {" ".join(str(error).split())}') from None
    finally:
        loader.dispose()


def _yaml_row(value: Any) -> Sequence[Any]:
    if isinstance(value, dict):
        return [value[name] for name in COLUMNS if name in value]
    return value if isinstance(value, list) else [value]
