"""`nitedr build-engine` as a user meets it, on a GPU that is none."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml
from fakes.faults import black
from machines import Machine, with_variants

from nitedr_ros.cli import main
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.tensorrt import installed


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture(params=['8.6', '10.3', '11.0'])
def machine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Machine]:
    made = Machine(request.param, 13, tmp_path / 'plans')
    made.install(monkeypatch)
    yield made
    made.check()


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    tiny_model: Model,
) -> Run:
    """Run `nitedr build-engine` on tiny_model with graphs in three precisions, for 48x32."""
    with_variants(tiny_model)
    models = {'models_folder': str(tiny_model.path.parents[1]), 'model': 'tiny'}
    config = tmp_path / 'config.yaml'
    config.write_text(yaml.safe_dump({'/**': {'ros__parameters': models}}))
    monkeypatch.setenv('COLUMNS', '200')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path / 'caches'))

    def call(*arguments: object) -> Result:
        words = ('build-engine', '--config', config, '--size', '32x48', *arguments)
        monkeypatch.setattr(sys, 'argv', ['nitedr', *map(str, words)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err)

    return call


def one_error(result: Result) -> str:
    """Return the error of a command that failed as it should: one line, and nothing else."""
    assert (result.code, result.out) == (6, '')
    (line,) = result.err.splitlines()
    assert line.startswith('error: ')
    return line.removeprefix('error: ')


def test_says_where_the_plan_lies_and_what_speaks_for_it(run: Run, machine: Machine) -> None:
    result = run('--plans', machine.folder)
    assert (result.code, result.err) == (0, '')
    (plan,) = machine.folder.glob('*.plan')
    lines = result.out.splitlines()
    assert lines[0].startswith(f'plan      {plan}, 0.0 MiB')
    assert lines[1].startswith('model     tiny, fp16, built in ')
    assert lines[2].startswith('for       NVIDIA Fake 1000, 16 multiprocessors (8.7), ')
    assert lines[2].endswith(f', TensorRT {machine.trt.__version__}')
    assert lines[3] == (
        'accepted  differs by 0.00 grey levels on average, 99.9 % by at most 0 from fp32'
    )
    assert len(lines) == 4


def test_what_is_there_is_not_built_again(run: Run, machine: Machine) -> None:
    first = run('--plans', machine.folder, '--json')
    second = run('--plans', machine.folder, '--json')
    assert machine.built == ['fp16']
    assert json.loads(first.out) == json.loads(second.out)


def test_the_options_are_those_of_the_build(run: Run, machine: Machine) -> None:
    plans = ('--plans', machine.folder)
    assert run(*plans, '--precision', 'int8', '--workspace', '7', '--size', '40x48').code == 0
    builds = machine.trt._fake.builds
    assert [(build.precision, build.workspace) for build in builds] == [('int8', 7 << 20)] * 2
    assert [build.shapes['visible'] for build in builds] == [(1, 32, 48, 3), (1, 40, 48, 3)]
    assert run('--precision', 'fp32').code == 0
    assert PlanCache(machine.folder.parent / 'caches' / 'nitedr' / 'plans').entries()
    assert 'expected a GPU of index 1, CUDA finds 1' in one_error(run('--device', '1'))


def test_refusals_are_told(run: Run, machine: Machine) -> None:
    machine.faults.outputs = {'int8': black}
    wanted = ('--plans', machine.folder, '--precision', 'int8')
    result = run(*wanted)
    assert result.code == 0
    assert 'model     tiny, fp16, built in' in result.out
    (line,) = result.err.splitlines()
    assert line.startswith('note: int8 was refused: the int8 plan gives a blank fused image')
    (manifest,) = json.loads(run(*wanted, '--json').out)
    assert manifest['refused'][0]['precision'] == 'int8'
    assert (manifest['key']['precision'], manifest['key']['model']) == ('fp16', 'tiny')
    assert manifest['mean_difference'] == 0.0


def test_where_no_plan_passes_nothing_is_kept(run: Run, machine: Machine) -> None:
    machine.faults.outputs = {'fp16': black, 'fp32': black}
    told = one_error(run('--plans', machine.folder))
    assert told.startswith('no TensorRT plan for 48x32 passes: fp16: the fp16 plan gives a blank')
    assert PlanCache(machine.folder).entries() == []


@pytest.mark.parametrize('as_json', [(), ('--json',)])
def test_a_plan_that_can_not_be_kept_is_an_error(
    run: Run, machine: Machine, as_json: tuple[str, ...]
) -> None:
    machine.folder.write_text('a file in the place of the folder')
    told = one_error(run('--plans', machine.folder, *as_json))
    assert told.startswith('the plan is not kept, the next start builds it again: expected a fold')
    assert 'Not a directory: choose another one' in told


def test_graphs_of_camera_images_are_built_too(
    run: Run, machine: Machine, camera_model: Model
) -> None:
    wanted = ('--plans', machine.folder, '--model', camera_model.name)
    result = run(*wanted)
    assert (result.code, result.err) == (0, '')
    assert 'model     cameras, fp32, built in' in result.out
    (build,) = machine.trt._fake.builds
    assert build.shapes['visible'] == (1, 60, 80, 3)
    assert 'the outputs are to have 64x48' in one_error(run(*wanted, '--size', '48x64'))


@pytest.mark.parametrize('gpu', [{'driver': 0}, {'count': 0}])
def test_without_a_gpu_it_says_where_to_look(
    run: Run, machine: Machine, monkeypatch: pytest.MonkeyPatch, gpu: dict[str, int]
) -> None:
    machine.restarted(**gpu).install(monkeypatch)
    assert one_error(run('--plans', machine.folder)).endswith('check the driver with nvidia-smi')
    assert not machine.folder.exists()


def test_sizes_that_are_none_are_wrong_usage(run: Run, machine: Machine) -> None:
    result = run('--size', '640')
    assert result.code == 2
    assert 'expected --size HEIGHTxWIDTH' in result.err
    assert machine.built == []


def test_without_tensorrt_it_says_how_to_get_it(
    run: Run, machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    def import_module(name: str) -> None:
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(installed, 'import_module', import_module)
    assert 'pip install tensorrt' in one_error(run())
