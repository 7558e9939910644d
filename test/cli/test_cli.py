"""The command line as a user meets it: what it prints, and its exit codes."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
import pytest

from nitedr_ros.cli import main


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run the command line in this process."""
    monkeypatch.setenv('COLUMNS', '200')

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, 'argv', ['nitedr', *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err)

    return call


@pytest.fixture(scope='module')
def drive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A short synthetic drive, written by the command line in a process of its own."""
    path = tmp_path_factory.mktemp('bags') / 'drive'
    options = ['--seconds', '0.6', '--no-truth']
    command = [sys.executable, '-m', 'nitedr_ros', 'synth', str(path), *options]
    subprocess.run(command, check=True, capture_output=True)
    return path


def test_replay_prints_a_table_and_says_where_things_lie(
    run: Run, drive: Path, tmp_path: Path
) -> None:
    out = tmp_path / 'out'
    result = run('replay', drive, out, '--engine', 'passthrough')
    assert result.code == 0
    assert '18 (pass_through 18)' in result.out
    for line in (f'report   {out}/report.html', f'picture  {out}/preview.png'):
        assert line in result.out
    assert (out / 'report.html').is_file()
    assert (out / 'preview.png').is_file()


def test_replay_with_the_shipped_model_on_every_engine(
    run: Run, drive: Path, tmp_path: Path
) -> None:
    for engine in ('auto', 'onnxruntime'):
        out = tmp_path / engine
        result = run('replay', drive, out, '--engine', engine, '--json')
        assert result.code == 0, result.err
        report = json.loads(result.out)
        assert report == json.loads((out / 'report.json').read_text())
        assert report['outputs'] == report['visible']['received'] == 18
        assert report['engine']['model'] == 'nitedr-s'
        assert report['modes']['full'] > 0


@pytest.mark.parametrize(
    ('arguments', 'code', 'complaint'),
    [
        (['{tmp}/nothing', '{tmp}/out'], 3, 'nothing'),
        (['{drive}', '{drive}'], 5, 'drive'),
        (['{drive}', '{tmp}/out', '--visible', '/no/such'], 3, '/no/such'),
        (['{drive}', '{tmp}/out', '--visible', '/visible/camera_info'], 3, 'camera_info'),
        (['{drive}', '{tmp}/out', '--config', '{tmp}/bad.yaml'], 4, 'pairing.wait'),
        (['{drive}', '{tmp}/out', '--config', '{tmp}/none.yaml'], 4, 'none.yaml'),
        (['{drive}', '{tmp}/out', '--model', 'giant'], 6, "got 'giant'"),
        (['{drive}', '{tmp}/out', '--engine', 'steam'], 2, 'steam'),
        (['{drive}', '{tmp}/no/folder/out'], 5, 'no'),
        (['{tmp}/empty.mcap', '{tmp}/out'], 3, 'empty.mcap'),
        (['{drive}'], 2, 'BAG_OUT'),
    ],
)
def test_what_can_not_be_done_ends_in_one_line_and_its_code(
    run: Run, drive: Path, tmp_path: Path, arguments: list[str], code: int, complaint: str
) -> None:
    (tmp_path / 'bad.yaml').write_text('/**: {ros__parameters: {pairing: {wait: 1}}}')
    (tmp_path / 'empty.mcap').touch()
    result = run('replay', *(a.format(tmp=tmp_path, drive=drive) for a in arguments))
    assert result.code == code
    assert complaint in result.err
    assert 'Traceback' not in result.err
    assert not (tmp_path / 'out').exists()
    if code != 2:
        errors = [line for line in result.err.splitlines() if line.startswith('error:')]
        assert len(errors) == 1


def test_images_writes_pictures_at_the_visible_size(run: Run, tmp_path: Path) -> None:
    rng = np.random.default_rng(2)
    for folder, image in (
        ('v', rng.integers(0, 90, (50, 70, 3), np.uint8)),
        ('t', rng.integers(0, 256, (25, 35), np.uint8)),
    ):
        (tmp_path / folder).mkdir()
        assert cv2.imwrite(str(tmp_path / folder / 'a.png'), image)
    options = ['--visible', tmp_path / 'v', '--thermal', tmp_path / 't', '--out', tmp_path / 'o']
    result = run('images', *options, '--json')
    assert result.code == 0, result.err
    assert json.loads(result.out)['written'] == 1
    for kind in ('fused', 'derained'):
        assert cv2.imread(str(tmp_path / 'o' / kind / 'a.png')).shape == (50, 70, 3)


def test_images_that_can_not_be_read_end_with_an_error(run: Run, tmp_path: Path) -> None:
    for folder in ('v', 't'):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / 'a.png').write_bytes(b'nonsense')
    options = ['--visible', tmp_path / 'v', '--thermal', tmp_path / 't', '--out', tmp_path / 'o']
    result = run('images', *options)
    assert result.code == 3
    assert 'none of 1 pairs' in result.err


def test_topics_names_the_cameras(run: Run, drive: Path) -> None:
    figures = json.loads(run('topics', drive, '--json').out)
    roles = {row['name']: row['role'] for row in figures['topics']}
    assert roles['/visible/image_raw'] == 'visible'
    assert roles['/thermal/image_raw'] == 'thermal'
    assert roles['/visible/camera_info'] == 'visible_info'
    assert '/thermal/image_raw' in run('topics', drive).out


def test_models_lists_the_shipped_model_as_whole(run: Run) -> None:
    result = run('models', '--json')
    assert result.code == 0
    rows = {row['name']: row for row in json.loads(result.out)}
    for name in ('nitedr-s', 'nitedr-nano', 'nitedr-lite'):
        assert rows[name]['state'] == 'ok'
        assert rows[name]['bytes'] > 10_000


def test_doctor_says_what_this_machine_can_run(run: Run) -> None:
    result = run('doctor', '--json')
    assert result.code == 0
    findings = {row['what']: row for row in json.loads(result.out)}
    assert findings['engine onnxruntime']['found']
    assert findings['engine auto']['found']
    assert 'differs by' in findings['engine auto']['detail']
    assert not findings['tensorrt']['needed']
    assert 'engine auto' in run('doctor').out


def test_doctor_fails_where_something_needed_is_missing(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr('nitedr_ros.cli.doctor.models_folder', lambda: tmp_path)
    result = run('doctor')
    assert result.code == 6
    assert 'missing: model nitedr-s' in result.err


def test_an_interrupt_has_its_own_exit_code(
    run: Run, drive: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr('nitedr_ros.cli.replay.run_replay', interrupt)
    assert run('replay', drive, tmp_path / 'out').code == 130


def test_version(run: Run) -> None:
    result = run('--version')
    assert result.code == 0
    assert result.out.startswith('nitedr 0.')


def test_core_needs_neither_ros_nor_torch_nor_tensorrt(drive: Path, tmp_path: Path) -> None:
    """Replay in a process where importing any of them fails."""
    script = (
        'import sys\n'
        'for name in ("rclpy", "torch", "tensorrt", "cv_bridge", "message_filters"):\n'
        '    sys.modules[name] = None\n'
        'from nitedr_ros.cli.main import run\n'
        'run()\n'
    )
    command = [sys.executable, '-c', script, 'replay', str(drive), str(tmp_path / 'out')]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / 'out' / 'metadata.yaml').is_file()
