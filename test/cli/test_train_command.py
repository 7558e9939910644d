"""`nitedr train` as a user meets it."""

from __future__ import annotations

import importlib.util
import re
import sys
from pathlib import Path

import pytest

from nitedr_ros.cli import main


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run a command in this process; gives exit code, standard output and error."""
    monkeypatch.setenv('COLUMNS', '200')

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', ['nitedr', *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, captured.out, captured.err

    return call


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / 'config.yaml'
    path.write_text('size: nano\nbudget: {steps: 2}\n')
    return path


@pytest.mark.parametrize('missing', ['torch', 'safetensors'])
def test_what_is_missing_is_named(
    run, config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    def find(name: str) -> object:
        return None if name == missing else object()

    importlib.import_module('nitedr_ros.cli.train')
    monkeypatch.setattr(sys.modules['nitedr_ros.cli.train'], 'find_spec', find)
    code, _, error = run('train', config, '--data', tmp_path, '--out', tmp_path / 'run')
    assert code == 6
    assert f'expected {missing}' in error
    assert 'pip install "nitedr_ros[train]"' in error


def test_two_budgets_are_one_too_many(run, config: Path, tmp_path: Path) -> None:
    code, _, error = run(
        'train', config, '--data', tmp_path, '--out', tmp_path, '--minutes', 1, '--steps', 1
    )
    assert code == 2
    assert '--minutes or --steps' in error


@pytest.mark.parametrize(
    ('options', 'text', 'code', 'complaint'),
    [
        ([], None, 4, 'training configuration'),
        ([], 'size: giant\nbudget: {steps: 1}\n', 4, "got 'giant'"),
        ([], 'size: nano\nbudget: {steps: 0}\n', 4, 'budget.steps'),
        ([], 'size: nano\nbudget: {steps: 1}\n', 3, '--data takes the folder'),
        (['--device', 'cuda'], 'size: nano\nbudget: {steps: 1}\n', 3, 'torch sees none'),
        (['--resume'], 'size: nano\nbudget: {steps: 1}\n', 3, 'leave --resume out'),
    ],
)
def test_errors_are_one_line(
    run, tmp_path: Path, options, text: str | None, code: int, complaint: str
) -> None:
    torch = pytest.importorskip('torch', reason='torch is not installed: no training')
    pytest.importorskip('safetensors', reason='safetensors is not installed: no training')
    if options == ['--device', 'cuda'] and torch.cuda.is_available():
        pytest.skip('there is a GPU here')
    path = tmp_path / 'config.yaml'
    if text is not None:
        path.write_text(text)
    data, out = tmp_path / 'sets', tmp_path / 'run'
    found, _, error = run('train', path, '--data', data, '--out', out, *options)
    assert found == code
    assert complaint in error
    assert error.startswith('error: ')
    assert error.count('\n') == 1
    assert not (out / 'card.json').exists()


def test_help_names_the_options(run) -> None:
    code, text, _ = run('train', '--help')
    assert code == 0
    assert set(re.findall(r'--[a-z]+', text)) >= {
        '--data',
        '--out',
        '--resume',
        '--minutes',
        '--steps',
    }
