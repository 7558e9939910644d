"""`nitedr eval` as a user meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from nitedr_ros.cli import main
from nitedr_ros.engines.model import Model


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def evaluate(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tiny_model: Model,
    registry: Path,
) -> Run:
    """Run `nitedr eval` with the tiny model, which halves brightness, on folders v and t."""
    rng = np.random.default_rng(1)
    for folder, shape in (('v', (48, 64, 3)), ('t', (24, 32)), ('clean', (48, 64, 3))):
        (tmp_path / folder).mkdir()
        for stem in ('a1', 'a2', 'b1'):
            image = rng.integers(0, 256, shape, np.uint8)
            assert cv2.imwrite(str(tmp_path / folder / f'{stem}.png'), image)
    parameters = {'/**': {'ros__parameters': {'models_folder': str(registry)}}}
    (tmp_path / 'config.yaml').write_text(json.dumps(parameters))
    standard = ('--config', 'config.yaml', '--model', tiny_model.name, '--engine', 'onnxruntime')
    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Result:
        given = ('--visible', 'v', '--thermal', 't', *standard, *map(str, arguments))
        monkeypatch.setattr(sys, 'argv', ['nitedr', 'eval', *given])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err)

    return call


def test_tables_are_whole_also_where_the_terminal_is_narrow(
    evaluate: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('COLUMNS', '60')
    result = evaluate('--target', 'clean', '--group', 'first=a*', '--group', 'second=b*')
    assert result.code == 0, result.err
    for text in ('first', 'second', 'all', 'Laplacian pyramid', 'Qabf ↑', 'made worse'):
        assert text in result.out
    assert '…' not in result.out
    assert 'inference p50' in result.out
    assert 'report' not in result.out


def test_figures_as_json_are_those_in_the_folder(evaluate: Run, tmp_path: Path) -> None:
    (tmp_path / 'list.txt').write_text('a1 night\nb1 day\n')
    again = None
    for _ in range(2):
        result = evaluate('--target', 'v', '--list', 'list.txt', '--out', 'new/out', '--json')
        assert result.code == 0, result.err
        found = json.loads(result.out)
        assert found == json.loads((tmp_path / 'new' / 'out' / 'results.json').read_text())
        assert [image['stem'] for image in found['per_image']] == ['a1', 'b1']
        assert list(found['groups']) == ['night', 'day']
        assert found['all']['dry']['images'] == 2
        assert found['engine']['model'] == 'tiny'
        assert again is None or found['all'] == again
        again = found['all']
    names = {path.name for path in (tmp_path / 'new' / 'out').iterdir()}
    assert names == {'report.html', 'results.json'}


def test_without_clean_images_and_with_a_limit(evaluate: Run) -> None:
    result = evaluate('--limit', '2', '--json')
    found = json.loads(result.out)
    assert found['images'] == 2
    assert found['target'] is None
    assert found['all']['deraining'] is None
    assert found['all']['dry'] is None
    assert set(found['all']['fusion']) == {'fused', 'average', 'maximum', 'laplacian_pyramid'}


@pytest.mark.parametrize(
    ('arguments', 'code', 'complaint'),
    [
        (['--target', 'none'], 3, 'none'),
        (['--list', 'none.txt'], 3, 'none.txt'),
        (['--list', 'config.yaml'], 3, 'line 1'),
        (['--group', 'night'], 3, 'NAME=GLOB'),
        (['--list', 'list.txt', '--group', 'a=a*'], 2, '--list'),
        (['--limit', '0'], 2, '--limit'),
        (['--out', 'config.yaml'], 5, 'config.yaml'),
        (['--model', 'giant'], 6, "got 'giant'"),
        (['--visible', 'none'], 3, 'none'),
        (['--visible', 'small', '--thermal', 'small'], 3, '41 pixels'),
    ],
)
def test_bad_input_ends_in_one_line_and_its_code(
    evaluate: Run, tmp_path: Path, arguments: list[str], code: int, complaint: str
) -> None:
    (tmp_path / 'small').mkdir()
    cv2.imwrite(str(tmp_path / 'small' / 'a.png'), np.zeros((32, 32), np.uint8))
    result = evaluate('--out', 'out', *arguments)
    assert result.code == code
    assert complaint in result.err
    assert 'Traceback' not in result.err
    assert not (tmp_path / 'out').exists()
    if code != 2:
        assert len([line for line in result.err.splitlines() if line.startswith('error:')]) == 1
