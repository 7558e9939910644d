"""The node under test, in a process of its own."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Any

import yaml
from lifecycle_msgs.msg import Transition, TransitionEvent
from lifecycle_msgs.srv import ChangeState, GetState
from players.child import TIMEOUT_S, Child
from rcl_interfaces.srv import GetParameters, SetParametersAtomically
from rclpy.parameter import Parameter, parameter_value_to_python

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from players.recorder import Recorder

NAME = 'nitedr'
COMMAND = (sys.executable, '-m', 'nitedr_ros.node.main')
TRANSITIONS = {
    'configure': Transition.TRANSITION_CONFIGURE,
    'cleanup': Transition.TRANSITION_CLEANUP,
    'activate': Transition.TRANSITION_ACTIVATE,
    'deactivate': Transition.TRANSITION_DEACTIVATE,
}
# An event of a transition may come before the recorder is connected, so the state is asked, too.
ASK_AGAIN_S = 0.2


class NodeProcess(Child):
    """The node under test; its parameters are given by their dotted names, in a file.

    Starts at once; `wait_for_state` waits until it serves.
    """

    def __init__(
        self,
        recorder: Recorder,
        folder: Path,
        parameters: Mapping[str, Any] | None = None,
        *,
        remaps: Mapping[str, str] | None = None,
        namespace: str = '',
        command: tuple[str, ...] = COMMAND,
    ) -> None:
        """Start the node; the parameter file is written into the folder."""
        self.path = f'{namespace.rstrip("/")}/{NAME}'
        self._recorder = recorder
        file = folder / f'{self.path.strip("/").replace("/", "_")}.yaml'
        file.write_text(yaml.safe_dump({'/**': {'ros__parameters': dict(parameters or {})}}))
        arguments = ['--ros-args', '--params-file', str(file)]
        if namespace:
            arguments += ['-r', f'__ns:={namespace}']
        for old, new in (remaps or {}).items():
            arguments += ['-r', f'{old}:={new}']
        recorder.listen(f'{self.path}/transition_event', TransitionEvent)
        super().__init__(NAME, [*command, *arguments])

    @property
    def state(self) -> str:
        """Its lifecycle state: unconfigured, inactive, active, finalized, or one in between."""
        answer = self._ask(GetState, 'get_state', GetState.Request())
        return str(answer.current_state.label)

    def wait_for_state(self, state: str, timeout: float = TIMEOUT_S) -> None:
        """Wait until the lifecycle state is this one."""
        end = time.monotonic() + timeout
        seen = ''
        while seen != state:
            assert self.running, f'expected a node that is {state}: {self.log}'
            assert time.monotonic() < end, (
                f'expected {state}, it is {seen or "silent"}: {self.log}'
            )
            if self._recorder.serves(GetState, f'{self.path}/get_state'):
                seen = self.state
            if seen != state:
                self._recorder.wait_for_news(ASK_AGAIN_S)

    def change_state(self, transition: str) -> bool:
        """Configure, activate, deactivate or clean up; return whether it did."""
        request = ChangeState.Request(transition=Transition(id=TRANSITIONS[transition]))
        return bool(self._ask(ChangeState, 'change_state', request).success)

    def set_parameters(self, **values: Any) -> str:
        """Set parameters, `__` for the dots in their names, all or none; return why not."""
        named = {name.replace('__', '.'): value for name, value in values.items()}
        messages = [
            Parameter(name, value=value).to_parameter_msg() for name, value in named.items()
        ]
        request = SetParametersAtomically.Request(parameters=messages)
        answer = self._ask(SetParametersAtomically, 'set_parameters_atomically', request)
        return '' if answer.result.successful else str(answer.result.reason or 'no reason given')

    def parameter(self, name: str) -> Any:
        """Return the value of a parameter."""
        answer = self._ask(GetParameters, 'get_parameters', GetParameters.Request(names=[name]))
        return parameter_value_to_python(answer.values[0])

    def stop(self, expect: int = 0, timeout: float = TIMEOUT_S) -> None:
        """Stop it by SIGINT and look at its exit code."""
        self.interrupt()
        code = self.join(timeout)
        assert code == expect, f'expected exit code {expect}, got {code}: {self.log}'

    def _ask(self, srvtype: Any, service: str, request: Any) -> Any:
        try:
            return self._recorder.ask(
                srvtype, f'{self.path}/{service}', request, alive=lambda: self.running
            )
        except AssertionError as error:
            raise AssertionError(f'{error}: {self.log}') from None
