"""`nitedr bench` as a user meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from nitedr_ros.cli import bench_networks, main
from nitedr_ros.engines.model import Model


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]
LITE = ('--model', 'nitedr-lite', '--size', '32x64', '--seconds', '0.05', '--config', 'c.yaml')

FIGURES = {
    'model',
    'engine',
    'precision',
    'height',
    'width',
    'device',
    'runtime',
    'model_version',
    'model_sha256',
    'latency',
    'frames_per_second',
    'memory',
    'energy',
    'quality',
    'floor',
    'published',
    'beside',
}


@pytest.fixture
def bench(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tiny_model: Model,
    registry: Path,
) -> Run:
    """Run `nitedr bench` in an empty folder, on one thread; the model `tiny` is there too."""
    settings = {'models_folder': str(registry), 'engine': {'threads': 1}}
    (tmp_path / 'c.yaml').write_text(json.dumps({'/**': {'ros__parameters': settings}}))
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv('COLUMNS', '100')

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, 'argv', ['nitedr', 'bench', *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err)

    return call


def shape(value: Any) -> Any:
    """The names in a report, without its figures."""
    if isinstance(value, dict):
        return {name: shape(each) for name, each in value.items()}
    return [shape(value[0])] if isinstance(value, list) and value else None


@pytest.mark.skipif(find_spec('openvino') is None, reason='openvino not installed')
def test_two_engines_side_by_side(bench: Run) -> None:
    engines = ('--engine', 'openvino', '--engine', 'onnxruntime', '--engine', 'tensorrt')
    precisions = ('--precision', 'fp32', '--precision', 'fp16')
    found = bench(*LITE, *engines, *precisions, '--beside', 'nitedr-lite', '--out', 'out.json')
    assert found.code == 0, found.err
    assert not [line for line in found.out.splitlines() if len(line) > 100]
    for title in ('Images in to images out', 'Memory', 'Grey levels', 'Two models at once'):
        assert f'{title}' in found.out
    report = json.loads(Path('out.json').read_text('utf-8'))
    ran = [(each['engine'], each['precision']) for each in report['results']]
    assert ran == [('openvino', 'fp32'), ('onnxruntime', 'fp32'), ('onnxruntime', 'fp16')]
    refused = {(each['engine'], each['precision']): each['reason'] for each in report['refused']}
    assert refused.keys() == {
        ('openvino', 'fp16'),
        ('tensorrt', 'fp32'),
        ('tensorrt', 'fp16'),
    }
    for (engine, _), reason in refused.items():
        assert engine in reason or 'nitedr-lite' in reason
        assert f'can not run: nitedr-lite 32x64 by {engine}' in found.err
    for each in report['results']:
        assert each['quality']['mean'] < 0.1
        assert each['latency']['frame']['count'] >= 5
        assert each['frames_per_second']['sequential'] > 0
        # A CPU doesn't multiply in fp16, so there is no rate to reach.
        assert (each['floor']['share'] is None) == (each['precision'] == 'fp16')
        assert each['floor']['gmac'] == pytest.approx(10.41 * 32 * 64 / (480 * 640), rel=0.02)
        assert each['beside']['ours']['together']['count'] >= 5
        assert each['beside']['neighbour']['together']['frames_per_second'] > 0


def test_the_report_keeps_its_names(bench: Run) -> None:
    found = bench(
        *(*LITE, '--engine', 'onnxruntime', '--engine', 'passthrough'),
        *('--precision', 'fp32', '--beside', 'tiny', '--json'),
    )
    assert found.code == 0, found.err
    report = json.loads(found.out)
    (result,) = report['results']
    assert result.keys() == FIGURES
    summary = dict.fromkeys(('count', 'p50_ms', 'p95_ms', 'p99_ms', 'max_ms'))
    both = {
        'alone': {**summary, 'frames_per_second': None},
        'together': {**summary, 'frames_per_second': None},
        'times_as_long': None,
    }
    assert shape(result) == {
        **dict.fromkeys(FIGURES),
        'latency': {'frame': summary, 'runtime': summary},
        'frames_per_second': dict.fromkeys(('sequential', 'pipelined', 'depth')),
        'memory': dict.fromkeys(('held_mib', 'peak_mib', 'gpu_engine_mib', 'gpu_process_mib')),
        'energy': dict.fromkeys(('joules_per_frame', 'source')),
        'quality': dict.fromkeys(('frames', 'mean', 'tail', 'derained_psnr_y_db')),
        'floor': dict.fromkeys(
            (
                *('gmac', 'bytes_in', 'bytes_out', 'copy_in_ms', 'copy_out_ms', 'compute_ms'),
                *('floor_ms', 'limit', 'share'),
            )
        ),
        'beside': {'model': None, 'runtime': None, 'ours': both, 'neighbour': both},
    }
    assert report.keys() == {
        *('schema', 'metadata', 'settings', 'results', 'refused', 'beside_refused', 'rates'),
        *('published', 'seconds', 'notes'),
    }
    assert report['schema'] == 1
    assert report['metadata'].keys() == {
        *('date', 'cpu', 'cores', 'load', 'gpu', 'gpu_driver', 'board', 'jetpack', 'system'),
        'versions',
    }
    assert report['settings'].keys() == {'seconds', 'frames', 'scenes', 'beside', 'engine'}
    assert shape(report['refused']) == [
        dict.fromkeys(('model', 'engine', 'precision', 'height', 'width', 'reason'))
    ]
    assert shape(report['rates']) == [
        dict.fromkeys(
            ('device', 'precision', 'copy_in_gb_per_s', 'copy_out_gb_per_s', 'gmac_per_s')
        )
    ]


def test_where_nothing_can_run_it_fails_and_says_why(bench: Run) -> None:
    found = bench(*LITE, '--engine', 'torch', '--engine', 'onnxruntime', '--precision', 'bf16')
    assert found.code == 6
    assert 'expected the training run of nitedr-lite' in found.err
    assert 'onnxruntime has no bf16' in found.err
    assert 'none of 2 combinations can run' in found.err


@pytest.mark.parametrize(
    'arguments, reason',
    [
        (('--engine', 'abacus'), 'expected --engine to be one of'),
        (('--precision', 'fp8'), 'expected --precision to be one of'),
        (('--size', '480'), 'expected --size HEIGHTxWIDTH'),
        (('--against', 'abacus'), '--against'),
    ],
)
def test_wrong_usage_is_refused(
    bench: Run, arguments: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv('COLUMNS', '300')
    found = bench(*arguments)
    assert found.code == 2
    assert reason in found.err


@pytest.mark.parametrize('option', ['--model', '--beside'])
def test_an_unknown_model_is_refused(bench: Run, option: str) -> None:
    found = bench('--config', 'c.yaml', option, 'nobody')
    assert found.code == 6
    assert "got 'nobody'" in found.err


def test_a_place_that_can_not_be_written_to_is_refused_at_once(bench: Run) -> None:
    found = bench(*LITE, '--out', 'missing/out.json')
    assert found.code == 5


def test_the_published_networks_need_torch(bench: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_networks, 'find_spec', lambda name: None)
    found = bench(*LITE, '--against', 'reference')
    assert found.code == 6
    assert 'expected torch, it is missing' in found.err
