"""Executors by name, and that no callback ends them."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import rclpy
from rclpy.executors import Executor, MultiThreadedExecutor, SingleThreadedExecutor
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from nitedr_ros.errors import ConfigError
from nitedr_ros.node.executors import make_executor, spin

TIMEOUT_S = 60.0


@pytest.fixture
def node(ros_domain: int) -> Iterator[Node]:
    """A node of the default context, which executors are made for."""
    rclpy.init(args=[], signal_handler_options=SignalHandlerOptions.NO)
    made = Node('nitedr', start_parameter_services=False)
    yield made
    made.destroy_node()
    rclpy.try_shutdown()


@pytest.mark.parametrize(
    ('name', 'kind'),
    [
        ('auto', SingleThreadedExecutor),
        ('single', SingleThreadedExecutor),
        ('multi', MultiThreadedExecutor),
    ],
)
def test_executors_go_by_name(node: Node, name: str, kind: type[Executor]) -> None:
    executor = make_executor(name)
    assert type(executor) is kind
    executor.shutdown(timeout_sec=5.0)


def test_an_events_executor_that_is_not_there_is_refused(node: Node) -> None:
    try:
        from rclpy.experimental import EventsExecutor
    except ImportError:
        with pytest.raises(ConfigError, match=r'^node\.executor: expected single or multi'):
            make_executor('events')
    else:
        executor = make_executor('events')
        assert type(executor) is EventsExecutor
        executor.shutdown(timeout_sec=5.0)


def run(executor: Executor, errors: list[Exception]) -> threading.Thread:
    thread = threading.Thread(target=spin, args=(executor, errors.append), daemon=True)
    thread.start()
    return thread


def count_to(enough: int, faults: set[int]) -> tuple[Callable[[], None], threading.Event]:
    """Return a callback that raises at the calls in `faults`, and what is set after so many."""
    calls, done = itertools.count(), threading.Event()

    def callback() -> None:
        number = next(calls)
        if number >= enough:
            done.set()
        if number in faults:
            raise RuntimeError(f'a fault in call {number}')

    return callback, done


@pytest.mark.parametrize('name', ['single', 'multi'])
def test_a_callback_that_raises_is_told_and_the_others_go_on(node: Node, name: str) -> None:
    executor = make_executor(name)
    executor.add_node(node)
    faulty, faulty_done = count_to(8, {0, 1, 5})
    sound, sound_done = count_to(8, set())
    node.create_timer(0.005, faulty)
    node.create_timer(0.005, sound)
    errors: list[Exception] = []
    thread = run(executor, errors)
    assert faulty_done.wait(TIMEOUT_S)
    assert sound_done.wait(TIMEOUT_S)
    # rclpy's multi-threaded executor may raise the same exception more than once.
    told = dict.fromkeys(str(error) for error in errors)
    assert list(told) == [f'a fault in call {n}' for n in (0, 1, 5)]
    rclpy.shutdown()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    executor.shutdown(timeout_sec=5.0)


@pytest.mark.parametrize('name', ['single', 'multi'])
def test_it_ends_with_the_context(node: Node, name: str) -> None:
    executor = make_executor(name)
    executor.add_node(node)
    callback, done = count_to(1, set())
    node.create_timer(0.005, callback)
    errors: list[Exception] = []
    thread = run(executor, errors)
    assert done.wait(TIMEOUT_S)
    rclpy.shutdown()
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    assert errors == []
    executor.shutdown(timeout_sec=5.0)


def test_what_is_raised_while_the_context_ends_is_not_told(node: Node) -> None:
    executor = make_executor('single')
    executor.add_node(node)

    def end() -> None:
        rclpy.shutdown()
        raise RuntimeError('nobody is there to publish any more')

    node.create_timer(0.005, end)
    errors: list[Exception] = []
    thread = run(executor, errors)
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    assert errors == []
    executor.shutdown(timeout_sec=5.0)


def test_ctrl_c_ends_it_quietly(node: Node) -> None:
    executor = make_executor('single')
    executor.add_node(node)

    def interrupt() -> None:
        raise KeyboardInterrupt

    node.create_timer(0.005, interrupt)
    errors: list[Exception] = []
    spin(executor, errors.append)
    assert errors == []
    executor.shutdown(timeout_sec=5.0)
