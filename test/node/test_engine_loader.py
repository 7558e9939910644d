"""Engines that are opened beside the node's callbacks."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.engines.selection import Selection
from nitedr_ros.errors import EngineError
from nitedr_ros.node.engine_loader import Loading

TIMEOUT_S = 60.0


class WarmedEngine(PassthroughEngine):
    """Notes what it was warmed up for."""

    def __init__(self) -> None:
        self.sizes: list[tuple[int, int]] = []

    def warm_up(self, height: int, width: int) -> None:
        self.sizes.append((height, width))


class Opener:
    """Opens engines once the test lets it, or raises."""

    def __init__(self) -> None:
        self.engine: Engine = WarmedEngine()
        self.error: Exception | None = None
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.asked: list[Config] = []

    def __call__(self, config: Config, *_: object) -> Selection:
        self.asked.append(config)
        self.begun.set()
        assert self.gate.wait(TIMEOUT_S)
        if self.error is not None:
            raise self.error
        return Selection(self.engine)


def begin(*arguments: Any) -> Loading:
    loading = Loading(*arguments)
    loading.start()
    return loading


@pytest.fixture
def opener() -> Iterator[Opener]:
    made = Opener()
    yield made
    made.gate.set()


def test_the_engine_is_opened_and_warmed_beside_the_caller(opener: Opener) -> None:
    config, done = Config(model='other'), []
    loading = begin(opener, config, (480, 640), done.append)
    assert opener.begun.wait(TIMEOUT_S)
    assert not loading.wait(0.0)
    assert (loading.done, loading.alive, loading.selection) == (False, True, None)
    before = loading.seconds
    opener.gate.set()
    assert loading.wait(TIMEOUT_S)
    assert loading.selection is not None
    assert loading.selection.engine is opener.engine
    assert opener.engine.sizes == [(480, 640)]
    assert opener.asked == [config]
    assert done == [loading]
    assert (loading.done, loading.alive, loading.failure) == (True, False, '')
    assert loading.seconds > before


def test_without_a_size_nothing_is_warmed(opener: Opener) -> None:
    opener.gate.set()
    loading = begin(opener, Config(), None)
    assert loading.wait(TIMEOUT_S)
    assert opener.engine.sizes == []


@pytest.mark.parametrize(
    ('error', 'failure'),
    [
        (EngineError('expected openvino to be installed'), 'expected openvino to be installed'),
        (RuntimeError('out of memory'), 'RuntimeError: out of memory'),
    ],
)
def test_why_no_engine_came_is_kept(opener: Opener, error: Exception, failure: str) -> None:
    opener.error, done = error, []
    opener.gate.set()
    loading = begin(opener, Config(), (480, 640), done.append)
    assert loading.wait(TIMEOUT_S)
    assert (loading.failure, loading.selection) == (failure, None)
    assert done == [loading]


def test_an_engine_that_can_not_be_warmed_has_failed(
    opener: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(height: int, width: int) -> None:
        raise EngineError(f'{width}x{height} is too large')

    monkeypatch.setattr(opener.engine, 'warm_up', refuse)
    opener.gate.set()
    loading = begin(opener, Config(), (480, 640))
    assert loading.wait(TIMEOUT_S)
    assert (loading.failure, loading.selection) == ('640x480 is too large', None)


@pytest.mark.parametrize('error', [None, EngineError('no')])
def test_no_notice_is_taken_of_what_was_abandoned(opener: Opener, error: Exception | None) -> None:
    opener.error, done = error, []
    loading = begin(opener, Config(), (480, 640), done.append)
    assert opener.begun.wait(TIMEOUT_S)
    loading.abandon()
    opener.gate.set()
    loading.wait(TIMEOUT_S)
    assert not loading.alive
    assert opener.engine.sizes == []
    assert done == []


def test_nothing_is_opened_before_it_begins(opener: Opener) -> None:
    opener.gate.set()
    loading = Loading(opener, Config(), (480, 640))
    assert not loading.alive
    assert opener.asked == []
    loading.start()
    assert loading.wait(TIMEOUT_S)
    assert len(opener.asked) == 1
