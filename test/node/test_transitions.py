"""Transitions of a managed node are always answered, and never hold up or end the executor."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

pytest.importorskip('rclpy', reason='NOT TESTED: no ROS 2 (rclpy) for this Python')

import rclpy
from lifecycle_msgs.msg import Transition
from lifecycle_msgs.srv import ChangeState, GetState
from rclpy.callback_groups import ReentrantCallbackGroup
from rclpy.context import Context
from rclpy.exceptions import InvalidHandle
from rclpy.executors import (
    Executor,
    ExternalShutdownException,
    MultiThreadedExecutor,
    SingleThreadedExecutor,
)
from rclpy.lifecycle import LifecycleNodeMixin, LifecycleState, TransitionCallbackReturn
from rclpy.node import Node
from rclpy.signals import SignalHandlerOptions

from nitedr_ros.node.transitions import Transitions

if TYPE_CHECKING:
    from players.recorder import Recorder

TIMEOUT_S = 60.0
SUCCESS, FAILURE = TransitionCallbackReturn.SUCCESS, TransitionCallbackReturn.FAILURE

NUMBERS = {
    'configure': Transition.TRANSITION_CONFIGURE,
    'cleanup': Transition.TRANSITION_CLEANUP,
    'activate': Transition.TRANSITION_ACTIVATE,
    'deactivate': Transition.TRANSITION_DEACTIVATE,
    'unconfigured_shutdown': Transition.TRANSITION_UNCONFIGURED_SHUTDOWN,
    'inactive_shutdown': Transition.TRANSITION_INACTIVE_SHUTDOWN,
    'active_shutdown': Transition.TRANSITION_ACTIVE_SHUTDOWN,
}
ALLOWED = {
    'unconfigured': {'configure', 'unconfigured_shutdown'},
    'inactive': {'cleanup', 'activate', 'inactive_shutdown'},
    'active': {'deactivate', 'active_shutdown'},
    'finalized': set(),
}
WAY = {
    'unconfigured': [],
    'inactive': ['configure'],
    'active': ['configure', 'activate'],
    'finalized': ['unconfigured_shutdown'],
}


class Managed(LifecycleNodeMixin, Node):
    """A managed node that configures when the test lets it, as well as the test says."""

    def __init__(self, context: Context) -> None:
        Node.__init__(self, 'nitedr', context=context)
        LifecycleNodeMixin.__init__(self, callback_group=ReentrantCallbackGroup())
        self.transitions = Transitions(self)
        self.begun = threading.Event()
        self.gate = threading.Event()
        self.gate.set()
        self.result = SUCCESS
        self.fault: Exception | None = None
        self.steps: list[str] = []

    def on_configure(self, state: LifecycleState) -> TransitionCallbackReturn:
        self.begun.set()
        assert self.gate.wait(TIMEOUT_S)
        self.steps.append('configure')
        if self.fault is not None:
            raise self.fault
        return self.result

    def on_activate(self, state: LifecycleState) -> TransitionCallbackReturn:
        self.steps.append('activate')
        return super().on_activate(state)

    def on_error(self, state: LifecycleState) -> TransitionCallbackReturn:
        self.steps.append('error')
        return SUCCESS


class Client:
    """Asks the node as `ros2 lifecycle` does."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder

    def change(self, transition: Transition) -> bool:
        request = ChangeState.Request(transition=transition)
        return self.recorder.ask(ChangeState, '/nitedr/change_state', request).success

    def go(self, *names: str) -> None:
        for name in names:
            assert self.change(Transition(id=NUMBERS[name])), name

    @property
    def state(self) -> str:
        answer = self.recorder.ask(GetState, '/nitedr/get_state', GetState.Request())
        return answer.current_state.label


@pytest.fixture
def client(recorder: Recorder) -> Client:
    return Client(recorder)


@pytest.fixture(params=['single', 'multi'])
def executor_name(request: pytest.FixtureRequest) -> str:
    return request.param


def make(name: str, context: Context) -> Executor:
    if name == 'single':
        return SingleThreadedExecutor(context=context)
    return MultiThreadedExecutor(2, context=context)


@pytest.fixture
def faults() -> list[BaseException]:
    """What ended the executor, if anything did."""
    return []


@pytest.fixture
def managed(ros_domain: int, executor_name: str, faults: list[BaseException]) -> Iterator[Managed]:
    context = Context()
    rclpy.init(
        args=[],
        context=context,
        domain_id=ros_domain,
        signal_handler_options=SignalHandlerOptions.NO,
    )
    node = Managed(context)
    executor = make(executor_name, context)
    executor.add_node(node)

    def spin() -> None:
        try:
            executor.spin()
        except (ExternalShutdownException, InvalidHandle):
            # At the end of the test, the executor may just be at something that is withdrawn.
            return
        except Exception as fault:  # noqa: BLE001 - told by the test
            faults.append(fault)

    thread = threading.Thread(target=spin, daemon=True)
    thread.start()
    yield node
    node.gate.set()
    executor.shutdown(timeout_sec=5.0)
    thread.join(TIMEOUT_S)
    assert not thread.is_alive()
    node.destroy_node()
    context.try_shutdown()
    assert faults == []


def test_a_node_goes_through_its_life(managed: Managed, client: Client) -> None:
    assert client.state == managed.transitions.state == 'unconfigured'
    for name, state in [
        ('configure', 'inactive'),
        ('activate', 'active'),
        ('deactivate', 'inactive'),
        ('cleanup', 'unconfigured'),
        ('configure', 'inactive'),
        ('activate', 'active'),
        ('active_shutdown', 'finalized'),
    ]:
        client.go(name)
        assert client.state == managed.transitions.state == state


@pytest.mark.parametrize('state', ALLOWED)
def test_what_does_not_start_from_the_state_is_answered_and_changes_nothing(
    managed: Managed, client: Client, state: str
) -> None:
    client.go(*WAY[state])
    numbers = [NUMBERS[name] for name in NUMBERS if name not in ALLOWED[state]]
    for number in (*numbers, Transition.TRANSITION_CREATE, 99, 255):
        assert not client.change(Transition(id=number)), number
        assert client.state == state
    labels = {'configure', 'cleanup', 'activate', 'deactivate'} - ALLOWED[state]
    for label in (*sorted(labels), 'nonsense'):
        assert not client.change(Transition(label=label)), label
        assert client.state == state


def test_transitions_go_by_label_too(managed: Managed, client: Client) -> None:
    assert client.change(Transition(label='configure'))
    assert client.change(Transition(label='activate'))
    assert client.state == 'active'


def test_a_transition_that_fails_is_answered(managed: Managed, client: Client) -> None:
    managed.result = FAILURE
    assert not client.change(Transition(id=NUMBERS['configure']))
    assert client.state == 'unconfigured'
    managed.result = SUCCESS
    client.go('configure')
    assert managed.steps == ['configure', 'configure']


def test_a_transition_that_raises_is_answered(managed: Managed, client: Client) -> None:
    managed.fault = RuntimeError('a fault of the program')
    assert not client.change(Transition(id=NUMBERS['configure']))
    assert managed.steps == ['configure', 'error']
    assert client.state == 'unconfigured'
    managed.fault = None
    client.go('configure', 'activate')


class Asking:
    """A request that is waited for in a thread."""

    def __init__(self, ask: Callable[[], bool]) -> None:
        self.answers: list[bool] = []
        self.thread = threading.Thread(target=lambda: self.answers.append(ask()), daemon=True)
        self.thread.start()

    def answer(self) -> bool:
        self.thread.join(TIMEOUT_S)
        (answer,) = self.answers
        return answer


def test_while_one_is_under_way_others_are_answered(managed: Managed, client: Client) -> None:
    managed.gate.clear()
    configuring = Asking(lambda: client.change(Transition(id=NUMBERS['configure'])))
    assert managed.begun.wait(TIMEOUT_S)
    for _ in range(3):
        assert client.state == 'configuring'
        assert not client.change(Transition(id=NUMBERS['configure']))
        assert not client.change(Transition(id=NUMBERS['unconfigured_shutdown']))
    assert configuring.answers == []
    managed.gate.set()
    assert configuring.answer()
    assert managed.steps == ['configure']
    assert client.state == 'inactive'
    client.go('activate')


def test_one_is_answered_though_nothing_else_wakes_the_executor(
    managed: Managed, client: Client
) -> None:
    managed.gate.clear()
    configuring = Asking(lambda: client.change(Transition(id=NUMBERS['configure'])))
    assert managed.begun.wait(TIMEOUT_S)
    # Time for the executor to find that there is nothing to do; nothing tells that it has.
    configuring.thread.join(0.1)
    managed.gate.set()
    assert configuring.answer()


def test_timers_go_on_while_one_is_under_way(managed: Managed, client: Client) -> None:
    managed.gate.clear()
    ticks = threading.Semaphore(0)
    managed.create_timer(0.005, ticks.release)
    configuring = Asking(lambda: client.change(Transition(id=NUMBERS['configure'])))
    assert managed.begun.wait(TIMEOUT_S)
    # Ticks of before it had begun can't be so many.
    for _ in range(20):
        assert ticks.acquire(timeout=TIMEOUT_S)
    assert configuring.answers == []
    managed.gate.set()
    assert configuring.answer()


def test_a_node_can_go_by_itself(managed: Managed, client: Client, recorder: Recorder) -> None:
    managed.gate.clear()
    managed.transitions.run(managed.trigger_configure, managed.trigger_activate)
    assert managed.begun.wait(TIMEOUT_S)
    assert client.state == 'configuring'
    assert not client.change(Transition(id=NUMBERS['configure']))
    managed.gate.set()
    recorder.wait_for(lambda: managed.transitions.state == 'active')
    assert managed.steps == ['configure', 'activate']


def test_by_itself_it_goes_no_further_than_it_succeeds(
    managed: Managed, client: Client, recorder: Recorder
) -> None:
    managed.result = FAILURE
    managed.transitions.run(managed.trigger_configure, managed.trigger_activate)
    recorder.wait_for(lambda: managed.steps and managed.transitions.state == 'unconfigured')
    # Another one can be asked for once it has come to its end.
    managed.result = SUCCESS
    recorder.wait_for(lambda: client.change(Transition(id=NUMBERS['configure'])))
    assert managed.steps == ['configure', 'configure']
    assert client.state == 'inactive'


def own_transition() -> threading.Thread | None:
    """The thread of a transition that is under way in this process."""
    threads = (t for t in threading.enumerate() if t.name == 'nitedr transition')
    return next(threads, None)


def test_by_itself_it_ends_quietly_where_a_step_can_not_start(managed: Managed) -> None:
    managed.transitions.run(managed.trigger_activate)
    while (thread := own_transition()) is not None:
        thread.join(TIMEOUT_S)
    # What a thread raises fails the test.
    assert managed.transitions.state == 'unconfigured'


def test_by_itself_it_ends_quietly_with_the_context(managed: Managed) -> None:
    managed.gate.clear()
    managed.transitions.run(managed.trigger_configure, managed.trigger_activate)
    assert managed.begun.wait(TIMEOUT_S)
    thread = own_transition()
    assert thread is not None
    managed.context.try_shutdown()
    managed.gate.set()
    thread.join(TIMEOUT_S)
    assert managed.steps == ['configure']
