"""Where the figures go."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nitedr_ros.bench.report_file import ReportFile
from nitedr_ros.errors import OutputError


def test_figures_replace_those_of_an_earlier_run(tmp_path: Path) -> None:
    path = tmp_path / 'out.json'
    path.write_text('old')
    ReportFile(path).write({'é': None})
    assert json.loads(path.read_text('utf-8')) == {'é': None}
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize('name', ['.', 'missing/out.json'])
def test_a_place_that_can_not_be_is_refused_at_once(tmp_path: Path, name: str) -> None:
    with pytest.raises(OutputError, match='choose another path'):
        ReportFile(tmp_path / name)
