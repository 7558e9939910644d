"""`nitedr align` as a user meets it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import cv2
import numpy as np
import pytest

from nitedr_ros.cli import main
from nitedr_ros.config.load import load_config

HOMOGRAPHY = np.array([[0.5, 0.01, 3.0], [-0.01, 0.52, 2.0], [1e-5, -2e-5, 1.0]])
PLACES = [(x, y) for x in (10, 90, 150) for y in (12, 60, 110)]


def run(monkeypatch, capsys, *arguments: object) -> tuple[int, str, str]:
    """Run the command line in this process: exit code, stdout, stderr."""
    monkeypatch.setenv('COLUMNS', '200')
    monkeypatch.setattr(sys, 'argv', ['nitedr', 'align', *map(str, arguments)])
    with pytest.raises(SystemExit) as ended:
        main.run()
    captured = capsys.readouterr()
    return int(ended.value.code or 0), captured.out, captured.err


@pytest.fixture
def stills(tmp_path: Path) -> tuple[Path, Path]:
    """A visible image of 160 x 120 and a thermal one of 90 x 70."""
    rng = np.random.default_rng(4)
    paths = tmp_path / 'v.png', tmp_path / 't.png'
    cv2.imwrite(str(paths[0]), rng.integers(0, 256, (120, 160, 3), np.uint8))
    cv2.imwrite(str(paths[1]), rng.integers(0, 256, (70, 90), np.uint8))
    return paths


@pytest.fixture
def points(tmp_path: Path) -> Path:
    """Nine pairs, rounded to a tenth of a pixel."""
    warm = cv2.perspectiveTransform(np.array([PLACES], float), HOMOGRAPHY)[0]
    rows = [f'{x},{y},{u:.1f},{v:.1f}' for (x, y), (u, v) in zip(PLACES, warm, strict=True)]
    path = tmp_path / 'points.csv'
    path.write_text('\n'.join(['visible_x,visible_y,thermal_x,thermal_y', *rows]))
    return path


def test_points_of_a_file(monkeypatch, capsys, tmp_path, stills, points) -> None:
    out = tmp_path / 'c.yaml'
    code, text, _ = run(monkeypatch, capsys, *stills, '--points', points, '--out', out)
    assert code == 0
    assert 'worst' in text
    assert f'written  {out}' in text
    assert f'--config {out}' in text
    geometry = load_config(out).geometry
    assert np.allclose(np.reshape(geometry.homography, (3, 3)), HOMOGRAPHY, atol=0.1)
    assert not geometry.rectify
    assert geometry.homography_thermal_size == (90, 70)
    code, _, errors = run(monkeypatch, capsys, *stills, '--points', points, '--out', out)
    assert code == 5
    assert '--force' in errors
    code, text, _ = run(
        monkeypatch, capsys, *stills, '--points', points, '--out', out, '--force', '--json'
    )
    figures = json.loads(text)
    assert figures['rms_px'] < 0.2
    assert figures['written'] == [str(out)]
    assert list(load_config(out).geometry.homography) == figures['homography']


def test_four_points_are_warned_of(monkeypatch, capsys, tmp_path, stills, points) -> None:
    lines = points.read_text().splitlines()
    points.write_text('\n'.join([lines[0], lines[1], lines[3], lines[7], lines[9]]))
    code, text, errors = run(
        monkeypatch, capsys, *stills, '--points', points, '--out', tmp_path / 'c.yaml'
    )
    assert code == 0
    assert 'tell nothing' in errors
    assert 'worst\n' not in text


@pytest.mark.parametrize(
    ('arguments', 'code', 'complaint'),
    [
        (['{v}', '{t}', '--points', '{tmp}/none.csv'], 3, 'none.csv'),
        (['{v}', '{t}', '--points', '{line}'], 7, 'points that'),
        (['{v}', '{t}', '--points', '{bad}'], 3, 'line 2'),
        (['{v}', '{tmp}/none.png', '--points', '{p}'], 3, 'none.png'),
        (['{tmp}/nothing', '--points', '{p}'], 3, 'nothing'),
        (['{v}', '--points', '{p}'], 2, 'thermal one'),
        (['{v}', '{t}', '{t}', '--points', '{p}'], 2, 'two images'),
        (['{v}', '{t}', '--points', '{p}', '--at', '1'], 2, '--at'),
        (['{v}', '{t}', '--edit'], 2, '--points'),
        (['{v}', '{t}', '--points', '{p}', '--out', '{tmp}/no/c.yaml'], 5, 'existing folder'),
        (['{v}', '{t}', '--points', '{p}', '--config', '{tmp}/no.yaml'], 4, 'no.yaml'),
    ],
)
def test_what_can_not_be_done(
    monkeypatch, capsys, tmp_path, stills, points, arguments, code, complaint
) -> None:
    monkeypatch.chdir(tmp_path)
    header = points.read_text().splitlines()[0]
    (tmp_path / 'bad.csv').write_text(f'{header}\n1,2,3,x\n')
    line = '\n'.join(f'{9 * i},{9 * i},{5 * i},{5 * i}' for i in range(6))
    (tmp_path / 'line.csv').write_text(f'{header}\n{line}\n')
    names = {
        'v': stills[0],
        't': stills[1],
        'p': points,
        'tmp': tmp_path,
        'bad': tmp_path / 'bad.csv',
        'line': tmp_path / 'line.csv',
    }
    got, _, errors = run(monkeypatch, capsys, *(a.format(**names) for a in arguments))
    assert got == code
    assert complaint in errors
    assert 'Traceback' not in errors
    assert not (tmp_path / 'calibration.yaml').exists()


@contextmanager
def page(*arguments: object) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Run the command with its page; gives the process and the page's address."""
    # A shell that runs the tests in the background lets its children ignore SIGINT.
    program = (
        'import signal; signal.signal(signal.SIGINT, signal.default_int_handler); '
        'from nitedr_ros.cli.main import run; run()'
    )
    command = [sys.executable, '-c', program, 'align', *map(str, arguments), '--no-browser']
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True) as process:
        try:
            lines = iter(process.stderr.readline, '')
            yield process, next(line.strip() for line in lines if line.startswith('http://'))
        finally:
            process.kill()


def post(url: str, body: object) -> None:
    request = urllib.request.Request(
        url, json.dumps(body).encode(), {'Content-Type': 'application/json'}
    )
    with urllib.request.urlopen(request, timeout=20):
        pass


def test_interrupted_nothing_is_written(tmp_path: Path, stills) -> None:
    with page(*stills, '--out', tmp_path / 'c.yaml') as (process, _):
        process.send_signal(signal.SIGINT)
        out, errors = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ''
    assert 'Traceback' not in errors
    assert not list(tmp_path.glob('c.*'))


def test_the_page_starts_with_the_points_of_the_file(tmp_path: Path, stills, points) -> None:
    target = tmp_path / 'c.yaml'
    with page(*stills, '--points', points, '--edit', '--json', '--out', target) as (process, url):
        with urllib.request.urlopen(url, timeout=20) as answer:
            text = answer.read().decode()
        state = json.loads(text.split('id="state">')[1].split('</script>')[0])
        assert len(state['pairs']) == 9
        post(f'{url}save', {'pairs': state['pairs']})
        post(f'{url}done', {})
        out, _ = process.communicate(timeout=30)
    assert process.returncode == 0
    assert json.loads(out)['written'] == [str(target), str(tmp_path / 'c.points.csv')]
    assert load_config(target).geometry.registration == 'homography'


def test_done_without_saving_is_no_success(tmp_path: Path, stills) -> None:
    with page(*stills, '--out', tmp_path / 'c.yaml') as (process, url):
        post(f'{url}done', {})
        _, errors = process.communicate(timeout=30)
    assert process.returncode == 1
    assert 'press Save before Done' in errors
