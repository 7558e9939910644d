"""`nitedr plans` as a user meets it."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest
import yaml

from nitedr_ros.cli import main
from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.plans.key import Gpu, PlanKey
from nitedr_ros.engines.plans.manifest import PlanManifest, Refusal


class Result(NamedTuple):
    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Run:
    """Run `nitedr plans` in this process, on 80 columns, as a log is."""
    monkeypatch.setenv('COLUMNS', '80')
    monkeypatch.setenv('XDG_CACHE_HOME', str(tmp_path))

    def call(*arguments: object) -> Result:
        monkeypatch.setattr(sys, 'argv', ['nitedr', 'plans', *map(str, arguments)])
        with pytest.raises(SystemExit) as ended:
            main.run()
        captured = capsys.readouterr()
        code = ended.value.code
        return Result(code if isinstance(code, int) else 0, captured.out, captured.err)

    return call


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The default folder of plans; not there yet."""
    return tmp_path / 'nitedr' / 'plans'


@pytest.fixture
def store(folder: Path) -> Callable[..., PlanManifest]:
    """Puts a plan for 640x480 into the default folder."""

    def put(model: str, *refused: str) -> PlanManifest:
        key = PlanKey(
            model=model,
            onnx_sha256='0123456789abcdef' * 4,
            tensorrt='10.3.0',
            gpu=Gpu('Orin [64 GB]', '8.7', '12060'),
            precision='fp16',
            shapes=(('thermal', (1, 480, 640)), ('visible', (1, 480, 640, 3))),
        )
        content = f'plan of {model}'.encode()
        manifest = PlanManifest.of(
            key,
            content,
            build_seconds=83.25,
            verdict='differs by 0.10 grey levels on average, 99.9 % by at most 2 from fp32',
            mean_difference=0.1,
            tail_difference=2.0,
            refused=tuple(Refusal(precision=name, reason='differs') for name in refused),
        )
        PlanCache(folder).store(key, content, manifest)
        return manifest

    return put


def test_without_plans_it_says_what_builds_them(run: Run, folder: Path) -> None:
    result = run()
    assert (result.code, result.err) == (0, '')
    assert result.out == f'no plans in {folder}: nitedr build-engine builds them\n'
    assert json.loads(run('--json').out) == []
    assert not folder.exists()


def test_lists_what_is_there_at_its_full_width(
    run: Run, store: Callable[..., PlanManifest]
) -> None:
    built = [store('nitedr-lite', 'int8'), store('nitedr-s')]
    result = run()
    assert (result.code, result.err) == (0, '')
    rows = [line for line in result.out.splitlines() if 'nitedr-' in line]
    for row, manifest in zip(rows, built, strict=True):
        for text in (
            manifest.key.model,
            'fp16',
            '480x640',
            'Orin [64 GB]',
            '12060',
            '10.3.0',
            f'{manifest.built_at:%Y-%m-%d %H:%M}',
            manifest.verdict,
        ):
            assert text in row
    assert '; int8 refused' in rows[0]
    assert 'refused' not in rows[1]


def test_gives_whole_manifests_as_json(run: Run, store: Callable[..., PlanManifest]) -> None:
    manifest = store('nitedr-lite', 'int8')
    found = json.loads(run('--json').out)
    assert found == [manifest.model_dump(mode='json')]


def test_looks_where_it_is_told(
    run: Run, store: Callable[..., PlanManifest], folder: Path, tmp_path: Path
) -> None:
    store('nitedr-lite')
    elsewhere = tmp_path / 'elsewhere'
    assert f'no plans in {elsewhere}' in run(elsewhere).out
    config = tmp_path / 'config.yaml'
    for place, told in ((elsewhere, 'no plans in'), (folder, 'nitedr-lite')):
        parameters = {'engine': {'plans_folder': str(place)}}
        config.write_text(yaml.safe_dump({'/**': {'ros__parameters': parameters}}))
        assert told in run('--config', config).out


def test_a_folder_that_others_can_write_to_is_refused(run: Run, folder: Path) -> None:
    folder.mkdir(parents=True)
    folder.chmod(0o777)
    result = run()
    assert (result.code, result.out) == (6, '')
    (line,) = result.err.splitlines()
    assert line.startswith('error: ')
    assert f'chmod go-w {folder}' in line
