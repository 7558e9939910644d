"""Listens to topics in the test's own process, and asks services."""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from typing import TYPE_CHECKING, Any, TypeVar

import rclpy
from rclpy.context import Context
from rclpy.executors import SingleThreadedExecutor
from rclpy.qos import DurabilityPolicy, QoSProfile, ReliabilityPolicy
from rclpy.signals import SignalHandlerOptions

if TYPE_CHECKING:
    from collections.abc import Callable

T = TypeVar('T')

TIMEOUT_S = 60.0
# The graph of ROS tells nobody that it has changed, so what depends on it is looked at so often.
GRAPH_PERIOD_S = 0.02


class Recorder:
    """A ROS node in a thread of its own that keeps what it hears.

    Its methods may be called from the test's thread; callbacks are never run there.
    """

    def __init__(self, domain: int) -> None:
        self._context = Context()
        rclpy.init(
            context=self._context,
            domain_id=domain,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        self.node = rclpy.create_node(
            'recorder', context=self._context, start_parameter_services=False
        )
        self._executor = SingleThreadedExecutor(context=self._context)
        self._executor.add_node(self.node)
        self._heard: defaultdict[str, list[Any]] = defaultdict(list)
        self._changed = threading.Condition()
        self._clients: dict[str, Any] = {}
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._spin, name='recorder', daemon=True)
        self._thread.start()

    def listen(
        self,
        topic: str,
        msgtype: Any,
        *,
        reliable: bool = True,
        latched: bool = False,
        depth: int = 1000,
    ) -> None:
        """Keep all messages of a topic from now on."""
        qos = QoSProfile(depth=depth)
        if not reliable:
            qos.reliability = ReliabilityPolicy.BEST_EFFORT
        if latched:
            qos.durability = DurabilityPolicy.TRANSIENT_LOCAL

        def keep(message: Any) -> None:
            with self._changed:
                self._heard[topic].append(message)
                self._changed.notify_all()

        self.node.create_subscription(msgtype, topic, keep, qos)

    def heard(self, topic: str) -> list[Any]:
        """Return the messages of a topic so far, as they came."""
        with self._changed:
            return list(self._heard[topic])

    def wait_for(
        self, predicate: Callable[[], T], timeout: float = TIMEOUT_S, *, why: str = ''
    ) -> T:
        """Wait until a predicate is true, looked at whenever a message comes; return its value.

        The graph (who publishes, who subscribes) may be asked by the predicate, too; services may
        not, as nothing is heard while it is being evaluated.
        """
        with self._changed:
            end = time.monotonic() + timeout
            while not (value := predicate()):
                assert time.monotonic() < end, (
                    f'not within {timeout} s: {why or "what was waited for"}; heard '
                    f'{ {topic: len(messages) for topic, messages in self._heard.items()} }'
                )
                self._changed.wait(GRAPH_PERIOD_S)
        return value

    def wait_for_news(self, timeout: float) -> None:
        """Wait until the next message of any topic, or until the time is over."""
        with self._changed:
            self._changed.wait(timeout)

    def wait_for_messages(self, topic: str, count: int, timeout: float = TIMEOUT_S) -> list[Any]:
        """Wait until so many messages of a topic were heard; return all there are."""
        why = f'{count} messages on {topic}'
        self.wait_for(lambda: len(self._heard[topic]) >= count, timeout, why=why)
        return self.heard(topic)

    def wait_for_publishers(self, topic: str, count: int = 1, timeout: float = TIMEOUT_S) -> None:
        """Wait until so many publishers, exactly, are seen on a topic."""
        why = f'{count} publishers on {topic}'
        self.wait_for(lambda: self.node.count_publishers(topic) == count, timeout, why=why)

    def ask(
        self,
        srvtype: Any,
        service: str,
        request: Any,
        timeout: float = TIMEOUT_S,
        *,
        alive: Callable[[], bool] = lambda: True,
    ) -> Any:
        """Call a service and return its response; `alive` tells whether one can still come."""
        client = self._client(srvtype, service)
        self.wait_for(
            lambda: client.service_is_ready() or not alive(), timeout, why=f'service {service}'
        )
        future, answered = client.call_async(request), threading.Event()
        future.add_done_callback(lambda _: answered.set())
        end = time.monotonic() + timeout
        while not answered.wait(GRAPH_PERIOD_S):
            assert alive(), f'no answer from {service}: whoever offered it has ended'
            assert time.monotonic() < end, f'no answer from {service} within {timeout} s'
        return future.result()

    def serves(self, srvtype: Any, service: str) -> bool:
        """Tell whether somebody would answer this service now."""
        return bool(self._client(srvtype, service).service_is_ready())

    def close(self) -> None:
        """End the thread and leave the network."""
        # An executor that is shut down while it spins may raise; a task ends its waiting.
        self._ending.set()
        self._executor.create_task(lambda: None)
        self._thread.join(5.0)
        self._executor.shutdown(timeout_sec=5.0)
        self.node.destroy_node()
        self._context.try_shutdown()

    def _spin(self) -> None:
        while not self._ending.is_set():
            self._executor.spin_once()

    def _client(self, srvtype: Any, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = self.node.create_client(srvtype, service)
        return self._clients[service]
