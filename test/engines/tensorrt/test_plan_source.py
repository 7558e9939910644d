"""Where a plan comes from: built once, kept, and built anew where it is not the right one."""

from __future__ import annotations

import errno
import os
import shutil
import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from machines import Machine, Told

from nitedr_ros.engines.model import Model
from nitedr_ros.engines.plans.build_lock import BuildLock
from nitedr_ros.engines.plans.cache import PlanCache
from nitedr_ros.engines.plans.manifest import PlanManifest
from nitedr_ros.engines.progress import Progress
from nitedr_ros.engines.tensorrt.plan_source import PlanSource
from nitedr_ros.engines.tensorrt.settings import TensorRtSettings
from nitedr_ros.errors import EngineError

SIZE = (32, 48)
TIMEOUT_S = 60.0


def source_of(machine: Machine, model: Model, **changes: Any) -> PlanSource:
    settings = TensorRtSettings.of(machine.config(**changes), model)
    return PlanSource(model, settings, machine.trt, machine.cuda())


def acquire(
    machine: Machine,
    model: Model,
    size: tuple[int, int] = SIZE,
    progress: Progress | None = None,
    **changes: Any,
) -> PlanManifest:
    """Let a program that has just been started find or build a plan; return its manifest."""
    source = source_of(machine, model, **changes)
    acquired = source.acquire(size, progress or Progress())
    acquired.execution.close()
    return acquired.manifest


def test_is_built_once_and_then_loaded(machine: Machine, model: Model) -> None:
    first = acquire(machine, model)
    assert machine.built == ['fp16']
    assert first.verdict == 'differs by 0.00 grey levels on average, 99.9 % by at most 0 from fp32'
    assert (first.key.tensorrt, first.key.model) == (machine.trt.__version__, 'tiny')
    assert first.key.onnx_sha256 == model.at('fp16').sha256
    again = machine.restarted()
    assert acquire(again, model) == first
    assert again.built == []
    assert PlanCache(machine.folder).entries() == [first]


@pytest.mark.parametrize(
    'gpu', [{'driver': 13_010}, {'name': 'NVIDIA Fake 2000'}, {'compute_capability': (8, 9)}]
)
def test_another_gpu_or_driver_has_another_plan(
    newest: Machine, model: Model, gpu: dict[str, Any]
) -> None:
    acquire(newest, model)
    other = newest.restarted(**gpu)
    acquire(other, model)
    assert other.built == ['fp16']
    for machine in (newest.restarted(), newest.restarted(**gpu)):
        acquire(machine, model)
        assert machine.built == []


@pytest.mark.parametrize(
    'changes', [{'workspace_mb': 7}, {'precision': 'fp32'}, {'precision': 'int8'}]
)
def test_other_settings_have_another_plan(
    newest: Machine, model: Model, changes: dict[str, Any]
) -> None:
    first = acquire(newest, model)
    second = acquire(newest, model, **changes)
    assert newest.built == ['fp16', changes.get('precision', 'fp16')]
    assert first.key != second.key
    acquire(newest, model, **changes)
    acquire(newest, model, SIZE)
    assert len(newest.built) == 2


def test_another_version_graph_or_size_has_another_plan(newest: Machine, model: Model) -> None:
    acquire(newest, model)
    older = Machine('10.16', 13, newest.folder, family=newest.family)
    acquire(older, model)
    assert older.built == ['fp16']
    acquire(newest, model, (40, 48))
    graph = model.path.parent / 'fp16.onnx'
    shutil.copy(model.path, graph)
    same = replace_variant(model, model.sha256)
    acquire(newest, same)
    assert newest.built == ['fp16', 'fp16', 'fp32']
    assert len(PlanCache(newest.folder).entries()) == 4


def replace_variant(model: Model, sha256: str) -> Model:
    variants = {'fp16': model.variants['fp16'].model_copy(update={'sha256': sha256})}
    return model.model_copy(update={'variants': variants}).located(model.path.parent)


def test_what_was_learnt_of_the_gpu_serves_other_sizes(machine: Machine, model: Model) -> None:
    acquire(machine, model)
    acquire(machine, model, (40, 48))
    assert [build.known_timings for build in machine.trt._fake.builds] == [0, 1]


def damage(how: str) -> Callable[[Path, PlanManifest], None]:
    def cut(folder: Path, manifest: PlanManifest) -> None:
        plan = folder / f'{manifest.key.stem}.plan'
        plan.write_bytes(plan.read_bytes()[:100])

    def alter(folder: Path, manifest: PlanManifest) -> None:
        plan = folder / f'{manifest.key.stem}.plan'
        content = bytearray(plan.read_bytes())
        content[-1] ^= 1
        plan.write_bytes(content)

    def spoil_manifest(folder: Path, manifest: PlanManifest) -> None:
        (folder / f'{manifest.key.stem}.json').write_bytes(b'{}')

    def put_foreign(folder: Path, manifest: PlanManifest) -> None:
        # Whole, and under its name, but TensorRT refuses it.
        content = b'a plan of something else'
        described = PlanManifest.of(
            manifest.key, content, build_seconds=1, verdict='', mean_difference=0,
            tail_difference=0,
        )  # fmt: skip
        PlanCache(folder).store(manifest.key, content, described)

    return {
        'cut': cut,
        'altered': alter,
        'without manifest': spoil_manifest,
        'refused by TensorRT': put_foreign,
    }[how]


@pytest.mark.parametrize('how', ['cut', 'altered', 'without manifest', 'refused by TensorRT'])
def test_a_plan_that_is_not_right_is_built_anew(machine: Machine, model: Model, how: str) -> None:
    damage(how)(machine.folder, acquire(machine, model))
    again, third = machine.restarted(), machine.restarted()
    assert acquire(again, model).refused == ()
    assert again.built == ['fp16']
    acquire(third, model)
    assert third.built == []


def test_where_building_is_forbidden_it_says_what_is_there(newest: Machine, model: Model) -> None:
    def refused(machine: Machine, told: str) -> None:
        with pytest.raises(EngineError, match=told) as caught:
            acquire(machine, model, build_plans=False)
        assert '\n' not in str(caught.value)
        assert 'expected a plan for 48x32 in' in str(caught.value)
        assert 'engine.build_plans forbids to build one: build it with' in str(caught.value)
        assert machine.built == []

    refused(newest, f'there are no plans in {newest.folder} yet; engine')
    manifest = acquire(newest, model)
    again = newest.restarted()
    assert acquire(again, model, build_plans=False) == manifest
    refused(newest.restarted(driver=1), "nearest was built for gpu driver '13000', now '1'; eng")
    damage('refused by TensorRT')(newest.folder, manifest)
    refused(newest.restarted(), 'TensorRT refuses it; engine')


@pytest.mark.parametrize('exists', [True, False])
def test_a_folder_that_can_not_be_written_to_costs_a_build_each_time(
    newest: Machine, model: Model, monkeypatch: pytest.MonkeyPatch, exists: bool
) -> None:
    if exists:
        newest.folder.mkdir(mode=0o700)
    open_ = os.open

    def read_only(path: Any, flags: int, *arguments: Any, **named: Any) -> int:
        if flags & os.O_CREAT:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS))
        return open_(path, flags, *arguments, **named)

    monkeypatch.setattr(os, 'open', read_only)
    monkeypatch.setattr(os, 'mkdir', lambda path, *_, **__: read_only(path, os.O_CREAT))
    for count in (1, 2):
        source = source_of(newest, model)
        source.acquire(SIZE, Progress()).execution.close()
        assert newest.built == ['fp16'] * count
        assert source.unkept.startswith('the plan is not kept, the next start builds it again: ')
        assert 'Read-only file system' in source.unkept
        assert '\n' not in source.unkept


def test_a_folder_that_others_can_write_to_is_refused(newest: Machine, model: Model) -> None:
    newest.folder.mkdir()
    newest.folder.chmod(0o777)
    with pytest.raises(EngineError, match='chmod go-w'):
        acquire(newest, model)
    assert newest.built == []


def in_thread(work: Callable[[], Any], told: Told, until: str) -> Callable[[], Any]:
    """Begin work in a thread and return once it told that; returns what waits for its result."""
    results: list[Any] = []

    def run() -> None:
        try:
            results.append(work())
        except EngineError as error:
            results.append(str(error))

    thread = threading.Thread(target=run)
    thread.start()
    for _ in range(int(TIMEOUT_S * 100)):
        if until in told.texts:
            break
        thread.join(0.01)
    assert until in told.texts

    def result() -> Any:
        thread.join(TIMEOUT_S)
        return results[0]

    return result


def test_a_build_of_another_program_is_waited_for(newest: Machine, model: Model) -> None:
    elsewhere = newest.folder.parent / 'elsewhere'
    manifest = acquire(replace(newest, folder=elsewhere), model)
    told = Told()
    with BuildLock(newest.folder, manifest.key):
        result = in_thread(
            lambda: acquire(newest, model, progress=told), told, 'another program has been build'
        )
        for path in elsewhere.iterdir():
            shutil.copy2(path, newest.folder)
    assert result() == manifest
    assert newest.built == []
    assert told.text == ''


def test_waiting_for_another_program_can_be_ended(newest: Machine, model: Model) -> None:
    manifest = acquire(replace(newest, folder=newest.folder.parent / 'elsewhere'), model)
    told = Told(cancel_at='another program')
    with BuildLock(newest.folder, manifest.key):
        result = in_thread(lambda: acquire(newest, model, progress=told), told, 'another program')
        assert result() == 'waiting for the plan was ended before its time'
    assert newest.built == []
