"""The image sets, which are not part of the project."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


@pytest.fixture(scope='session')
def data_folder() -> Path:
    """Where the image sets lie: NITEDR_DATA, or shared/data beside the checkout."""
    beside = Path(__file__).resolve().parents[3] / 'shared' / 'data'
    folder = Path(os.environ.get('NITEDR_DATA', beside))
    if not (folder / 'roadscene-rain').is_dir():
        pytest.skip(f'NO IMAGE SETS in {folder}: the shipped model is not measured in this run')
    return folder


@pytest.fixture(scope='session')
def reference_folder() -> Path:
    """Where reference values lie: NITEDR_REFERENCE, or shared/reference beside the checkout."""
    beside = Path(__file__).resolve().parents[3] / 'shared' / 'reference'
    folder = Path(os.environ.get('NITEDR_REFERENCE', beside))
    if not (folder / 'metrics_golden.json').is_file():
        pytest.skip(f'NO REFERENCE VALUES in {folder}: the metrics are not compared in this run')
    return folder
