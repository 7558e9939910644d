"""Transitions of a managed node, in a thread of their own and in any order."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from lifecycle_msgs.msg import Transition
from rclpy.lifecycle import LifecycleNodeMixin, TransitionCallbackReturn
from rclpy.task import Future

_LABELS = {
    getattr(Transition, f'TRANSITION_{name}'): name.lower()
    for name in ('CONFIGURE', 'CLEANUP', 'ACTIVATE', 'DEACTIVATE')
}


class Transitions:
    """Runs transitions beside the executor, which serves everything else meanwhile.

    rclpy runs them in the executor: while an engine is loading, diagnostics and parameters would
    stand still. And where a transition doesn't start from the present state, it raises and answers
    nobody: the caller would wait for ever, and the exception would end the executor. Here such a
    request is answered with `success: false` and a line in the log, and so is one that comes while
    another transition is under way.
    """

    def __init__(self, node: LifecycleNodeMixin) -> None:
        self._node = node
        self._underway = threading.Lock()
        # rclpy gives the service no other name.
        service = node._service_change_state  # noqa: SLF001
        self._change_state = service.callback
        service.callback = self._serve

    @property
    def state(self) -> str:
        """Label of the present state."""
        label: str = self._node._state_machine.current_state[1]  # noqa: SLF001 - has no other name
        return label

    def run(self, *steps: Callable[[], TransitionCallbackReturn]) -> None:
        """Begin transitions one after the other, as long as they succeed."""

        def take() -> None:
            with self._underway:
                try:
                    for step in steps:
                        if step() != TransitionCallbackReturn.SUCCESS:
                            return
                except Exception:  # noqa: BLE001 - rclpy's error type is not public
                    self._refuse('the start by itself', f'the node is {self.state}')

        threading.Thread(target=take, name='nitedr transition', daemon=True).start()

    def close(self, timeout_s: float) -> None:
        """Wait for the transition that is under way, if any, and begin no further one.

        The state machine then lets go of the node, which otherwise would seem to be there to all
        others, for seconds, where its process ends without waiting for a thread that is stuck.
        """
        if self._underway.acquire(timeout=timeout_s):
            self._node._state_machine.destroy_when_not_in_use()  # noqa: SLF001 - as above

    async def _serve(self, request: Any, response: Any) -> Any:
        number = request.transition.id
        wanted = request.transition.label or _LABELS.get(number, f'transition {number}')
        response.success = False
        if not self._underway.acquire(blocking=False):
            self._refuse(wanted, 'another one is under way')
            return response
        executor = self._node.executor
        done = Future(executor=executor)

        def take() -> None:
            try:
                self._change_state(request, response)
            except Exception:  # noqa: BLE001 - rclpy's error type is not public
                self._refuse(wanted, f'the node is {self.state}')
            finally:
                self._underway.release()
                done.set_result(None)
                # Waiting for messages, executors don't notice that a future is done.
                executor.wake()

        threading.Thread(target=take, name='nitedr transition', daemon=True).start()
        await done
        return response

    def _refuse(self, wanted: str, reason: str) -> None:
        if self._node.context.ok():
            self._node.get_logger().warning(f'{wanted} refused: {reason}')
