"""`nitedr export` as a user meets it."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest

from nitedr_ros.cli import main
from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    """Run `nitedr export` in this process; gives exit code, standard output and error."""
    monkeypatch.setenv('COLUMNS', '200')

    def call(*arguments: object) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, 'argv', ['nitedr', 'export', *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return code if isinstance(code, int) else 0, captured.out, captured.err

    return call


def metadata(path: Path) -> dict[str, str]:
    return {entry.key: entry.value for entry in onnx.load(str(path)).metadata_props}


def test_a_registered_model_in_fp16_for_one_size(run, tmp_path: Path) -> None:
    out, data = tmp_path / 'half.onnx', tmp_path / 'data.txt'
    data.write_text('all frames')
    wanted = ['--model', 'nitedr-lite', '--size', '60x90', '--precision', 'fp16', '--out', out]
    code, text, error = run(
        *wanted, '--registry', tmp_path / 'models', '--training-data', data, '--json'
    )
    assert code == 0, error
    report = json.loads(text)
    assert report['name'] == 'nitedr-lite-fp16-60x90'
    assert report['sha256'] == hashlib.sha256(out.read_bytes()).hexdigest()
    assert report['agreement']['mean'] <= 0.25
    found = metadata(out)
    assert found['name'] == report['name']
    assert found['version'] == '0.1.0'
    assert (found['size_multiple'], found['precision']) == ('1', 'fp16')
    assert found['training_data_sha256'] == hashlib.sha256(b'all frames').hexdigest()
    model = find_model(report['name'], tmp_path / 'models')
    assert model.size == (60, 90)
    visible = np.random.default_rng(2).integers(0, 256, (60, 90, 3), np.uint8)
    fused = OnnxRuntimeEngine(model, threads=1).infer(visible, visible[..., 0]).fused
    assert fused.std() > 10


def test_says_what_was_written(run, tmp_path: Path) -> None:
    out = tmp_path / 'any.onnx'
    code, text, error = run('--model', 'nitedr-lite', '--size', 'dynamic', '--out', out)
    assert (code, error) == (0, '')
    assert str(out) in text
    assert 'nitedr-lite-fp32' in text
    assert metadata(out)['precision'] == 'fp32'


CAMERAS = ['--camera-visible', '72x96:bgr8', '--camera-thermal', '51x64:mono16']


@pytest.mark.parametrize('precision', ['fp32', 'fp16'])
def test_a_graph_of_camera_frames(run, tmp_path: Path, precision: str) -> None:
    models = tmp_path / 'models'
    wanted = ['--model', 'nitedr-lite', '--size', '36x48', '--precision', precision]
    code, text, error = run(*wanted, *CAMERAS, '--visible-bins', '2x2', '--registry', models)
    assert (code, error) == (0, '')
    name = f'nitedr-lite-{precision}-36x48-cameras'
    assert name in text
    model = find_model(name, models)
    assert model.size == (36, 48)
    frames = model.camera_frames
    assert frames is not None
    assert frames.visible.shape == (1, 72, 96, 3)
    assert frames.thermal.shape == (1, 51, 64, 2)
    assert (frames.visible_bins, frames.thermal_bins) == ((2, 2), (1, 1))
    assert CameraFrames.model_validate_json(metadata(model.path)['camera_frames']) == frames
    graph = onnx.load_model_from_string(model.read_verified()).graph
    inputs = {value.name: value.type.tensor_type.shape.dim for value in graph.input}
    assert [side.dim_value for side in inputs['visible']] == [1, 72, 96, 3]
    assert [side.dim_value for side in inputs['thermal_grid']] == [1, 36, 48, 2]

    own = tmp_path / 'own.yaml'
    own.write_text(f'/**:\n  ros__parameters:\n    models_folder: {models}\n')
    code, _, error = run('--config', own, '--model', name, '--size', '36x48', '--out', 'x.onnx')
    assert code == 6
    assert 'choose the model that it was made from' in error


@pytest.mark.parametrize(
    ('arguments', 'complaint'),
    [
        (CAMERAS[:2], 'go together'),
        (CAMERAS[2:], 'go together'),
        (['--camera-visible', '72:bgr8', *CAMERAS[2:]], 'HEIGHTxWIDTH:ENCODING'),
        (['--camera-visible', '72x96:bgr9', *CAMERAS[2:]], "got 'bgr9'"),
        (['--camera-visible', '71x96:nv12', *CAMERAS[2:]], '--camera-visible: nv12 image'),
        ([*CAMERAS[:2], '--camera-thermal', '51x64:rgb8'], 'expected one of mono8'),
        ([*CAMERAS, '--visible-bins', '2'], 'COLUMNSxROWS'),
        ([*CAMERAS, '--thermal-bins', '3x1'], 'powers of 2, got 3x1'),
        (['--visible-bins', '2x2'], 'need --camera-visible'),
    ],
)
def test_wrong_camera_frames_are_wrong_usage(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments, complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    code, _, error = run('--model', 'nitedr-lite', '--size', '36x48', *arguments, '--out', 'x')
    assert code == 2
    assert complaint in error
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ('arguments', 'code', 'complaint'),
    [
        (['--model', 'giant', '--size', 'dynamic'], 6, "got 'giant'"),
        (['--model', 'nitedr-lite', '--size', '480'], 2, 'HEIGHTxWIDTH'),
        (['--model', 'nitedr-lite', '--size', '4x640'], 6, 'at least 8x8'),
        (['--model', 'nitedr-lite', *CAMERAS], 6, 'give --size HxW'),
        (['--model', 'reference', '--size', 'dynamic'], 2, 'best_net_g.pth'),
        (['--model', 'mine', '--size', 'dynamic', '--cleannet', 'c.pt'], 2, 'go together'),
        (['--model', 'nitedr-lite', '--size', '64x64', '--name', '../x'], 2, "'../x'"),
        (
            ['--model', 'nitedr-lite', '--size', '64x64', '--name', 'nitedr-lite'],
            6,
            'choose --name',
        ),
        (
            ['--model', 'nitedr-lite', '--size', '64x64', '--precision', 'fp16', '--samples', '.'],
            3,
            'visible',
        ),
    ],
)
def test_errors_are_one_line_and_write_nothing(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments, code: int, complaint: str
) -> None:
    monkeypatch.chdir(tmp_path)
    found, _, error = run(*arguments, '--out', 'x.onnx', '--registry', 'models')
    assert found == code
    assert complaint in error
    assert 'Traceback' not in error
    assert list(tmp_path.iterdir()) == []


def test_an_output_that_can_not_be_written(run, tmp_path: Path) -> None:
    out = tmp_path / 'none' / 'x.onnx'
    code, _, error = run('--model', 'nitedr-lite', '--size', '64x64', '--out', out)
    assert code == 5
    assert str(out) in error


@pytest.mark.parametrize('missing', ['onnx', 'torch'])
def test_what_is_missing_is_named(
    run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, missing: str
) -> None:
    real = importlib.util.find_spec

    def find(name: str, *rest: object) -> object:
        return None if name == missing else real(name, *rest)

    for module in ('nitedr_ros.cli.export', 'nitedr_ros.networks.sources'):
        importlib.import_module(module)
        monkeypatch.setattr(sys.modules[module], 'find_spec', find)
    weights = ['--cleannet', tmp_path / 'c.pt', '--fusionnet', tmp_path / 'f.pt']
    code, _, error = run(
        '--model', 'mine', *weights, '--size', 'dynamic', '--out', tmp_path / 'x.onnx'
    )
    assert code == 6
    assert missing in error
    assert 'pip install "nitedr_ros[train]"' in error
