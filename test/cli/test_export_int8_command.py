"""`nitedr export --precision int8` as a user meets it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest

from nitedr_ros.cli import main
from nitedr_ros.engines.check import sample_pair
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine

SIZE = (64, 96)


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `nitedr export` of nitedr-lite; gives exit code, standard output and error."""
    monkeypatch.setenv('COLUMNS', '200')

    def call(*arguments: object) -> tuple[int, str, str]:
        given = ['--model', 'nitedr-lite', '--size', '64x96', *map(str, arguments)]
        monkeypatch.setattr(sys, 'argv', ['nitedr', 'export', *given])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, captured.out, captured.err

    return call


@pytest.fixture
def frames(tmp_path: Path) -> Path:
    """A folder of one pair, with a clean image that is so far off that int8 hardly matters."""
    visible, thermal = sample_pair(*SIZE)
    clean = np.clip(visible.astype(np.int16) + 12, 0, 255).astype(np.uint8)
    folder = tmp_path / 'frames'
    for kind, image in {'visible': visible, 'thermal': thermal, 'target': clean}.items():
        (folder / kind).mkdir(parents=True)
        # OpenCV has blue first.
        cv2.imwrite(str(folder / kind / '1.png'), image[..., ::-1] if image.ndim == 3 else image)
    return folder


def test_a_registered_model_in_int8(run, frames: Path, tmp_path: Path) -> None:
    wanted = ['--precision', 'int8', '--calibration', frames, '--samples', frames]
    code, text, error = run(*wanted, '--registry', tmp_path / 'models', '--json')
    assert code == 0, error
    report = json.loads(text)
    assert report['name'] == 'nitedr-lite-int8-64x96'
    assert 0 < report['convolutions_in_int8'] <= report['convolutions']
    assert report['agreement']['loss_db'] <= report['agreement']['limits']['loss_db'] == 0.2
    model = find_model(report['name'], tmp_path / 'models')
    assert (model.precision, model.size) == ('int8', SIZE)
    graph = onnx.load(str(model.path))
    known = {entry.key: entry.value for entry in graph.metadata_props}
    assert known['precision'] == 'int8'
    kinds = [node.op_type for node in graph.graph.node]
    # Each has a pair for what it reads, which two may share, and one for its weights.
    assert kinds.count('QuantizeLinear') <= 2 * report['convolutions_in_int8']
    assert kinds.count('QuantizeLinear') == kinds.count('DequantizeLinear') > 0
    fused = OnnxRuntimeEngine(model, threads=1).infer(*sample_pair(*SIZE)).fused
    assert fused.std() > 10


def test_says_how_much_is_in_int8_and_what_is_lost(run, frames: Path, tmp_path: Path) -> None:
    wanted = ['--precision', 'int8', '--calibration', frames, '--samples', frames]
    code, text, error = run(*wanted, '--out', tmp_path / 'x.onnx')
    assert (code, error) == (0, '')
    lines = dict(line.split(maxsplit=1) for line in text.splitlines())
    assert lines['int8'].endswith('of 25 convolutions')
    assert 'dB of luma PSNR; 1 pairs' in text
    assert 'fp16' not in lines


@pytest.mark.parametrize(
    ('arguments', 'code', 'complaint'),
    [
        (['--precision', 'int8'], 2, '--calibration DIR'),
        (['--precision', 'int8', '--samples', 'frames'], 2, '--calibration DIR'),
        (['--precision', 'int8', '--calibration', 'frames'], 2, '--samples DIR'),
        (['--precision', 'fp16', '--calibration', 'frames'], 2, 'got fp16'),
        (['--precision', 'int8', '--calibration', 'none', '--samples', 'frames'], 3, 'none'),
        (['--precision', 'int8', '--calibration', 'frames', '--samples', 'none'], 3, 'none'),
    ],
)
def test_errors_are_one_line_and_write_nothing(
    run,
    frames: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    arguments,
    code: int,
    complaint: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, error = run(*arguments, '--out', 'x.onnx', '--registry', 'models')
    assert found == code
    assert complaint in error
    assert 'Traceback' not in error
    assert list(tmp_path.iterdir()) == [frames]


def test_samples_without_clean_images_are_refused(run, frames: Path, tmp_path: Path) -> None:
    (frames / 'target' / '1.png').rename(frames / 'target' / 'other.png')
    out = tmp_path / 'x.onnx'
    wanted = ['--precision', 'int8', '--calibration', frames, '--samples', frames, '--out', out]
    code, _, error = run(*wanted)
    assert code == 3
    assert f'expected clean images in {frames}/target' in error
    assert 'Traceback' not in error
    assert not out.exists()
