"""The node's parameters: declared from the schema, and checked by it whenever they are set."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

from rcl_interfaces.msg import SetParametersResult
from rclpy.node import Node
from rclpy.parameter import Parameter

from nitedr_ros.config.fields import flat, parameter_fields, unknown
from nitedr_ros.config.load import unknown_parameter, validated
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import NitedrError
from nitedr_ros.node.parameter_types import descriptor_of, plain, retyped, typed

Check: TypeAlias = Callable[[Config, Config], str]
Listener: TypeAlias = Callable[[Config, Config], None]


class Parameters:
    """Every parameter of the schema on a node, by its dotted name, and what they say now.

    on_change(old, new): asked before a change is made; returns '' to accept it, or why not; a
    NitedrError it raises is a refusal too. on_applied(old, new): told when the change has been
    made (on ROS 2 Humble, when `config` says it and the node is about to). Both are called by
    whoever sets the parameters, mostly the executor, and can rely on `new` being valid; several
    parameters that are set together come together. on_change may neither wait for other threads
    nor set parameters.
    locked: True while the node is configured: what is read only then can't be set.

    Raises ConfigError where the parameters that the node was started with can't be used. Unknown
    ones are only warned of: a file for `/**` may speak to other nodes too.
    """

    def __init__(self, node: Node) -> None:
        self.on_change: Check = lambda _old, _new: ''
        self.on_applied: Listener = lambda _old, _new: None
        self.locked = False
        self._node = node
        self._fields = parameter_fields()
        self._writing = threading.Lock()
        self._setting_back: int | None = None
        # rclpy has no public way to see what was given before it is declared.
        overrides = node._parameter_overrides  # noqa: SLF001
        given = {name: plain(one.value) for name, one in overrides.items()}
        self._config = self._started_with(given)
        for name, near in unknown(given).items():
            node.get_logger().warning(f'{name}: {unknown_parameter(near)}')
        # rclpy of ROS 2 Humble can neither correct a type before it is checked nor tell when a
        # value has been set.
        modern = hasattr(node, 'add_pre_set_parameters_callback')
        values = flat(self._config)
        node.declare_parameters(
            '',
            [
                (name, values[name], descriptor_of(field, any_type=not modern))
                for name, field in self._fields.items()
            ],
            ignore_override=True,
        )
        self._tells_afterwards = modern
        if modern:
            node.add_pre_set_parameters_callback(self._before)
            node.add_post_set_parameters_callback(self._after)
        node.add_on_set_parameters_callback(self._check)

    @property
    def config(self) -> Config:
        """The configuration that the parameters make now."""
        return self._config

    def set_back(self, config: Config) -> None:
        """Make the parameters say `config`, which is what really runs, and tell no listener.

        Can be called from any thread, but not from on_change.
        """
        with self._writing:
            self._setting_back = threading.get_ident()
            try:
                different = [
                    typed(field, value)
                    for name, value in flat(config).items()
                    if (field := self._fields[name]).cast(self._value(name)) != value
                ]
                result = self._node.set_parameters_atomically(different)
            finally:
                self._setting_back = None
            self._config = config
        if not result.successful:
            self._node.get_logger().error(f'the parameters could not be set back: {result.reason}')

    def _started_with(self, given: dict[str, Any]) -> Config:
        ours = {name: given[name] for name in self._fields if name in given}
        return self._changed(Config(), ours, 'parameters of the node')

    def _changed(self, config: Config, values: dict[str, Any], source: str = '') -> Config:
        """Return `config` with these values by dotted name; raises ConfigError."""
        fitting = {name: self._fields[name].cast(value) for name, value in values.items()}
        return validated({**flat(config), **fitting}, source, strict=True)

    def _value(self, name: str) -> Any:
        return plain(self._node.get_parameter(name).value)

    def _ours(self, parameters: Sequence[Parameter]) -> dict[str, Any]:
        if self._setting_back == threading.get_ident():
            return {}
        return {one.name: plain(one.value) for one in parameters if one.name in self._fields}

    def _before(self, parameters: list[Parameter]) -> list[Parameter]:
        """Give integers the type double where doubles are declared."""
        return [
            retyped(self._fields[one.name], one) if one.name in self._fields else one
            for one in parameters
        ]

    def _check(self, parameters: list[Parameter]) -> SetParametersResult:
        """Accept parameters that are set together, or say why not."""
        values, old = self._ours(parameters), self._config
        try:
            new = self._changed(old, values)
            reason = '' if new == old else self._locked(old, new) or self.on_change(old, new)
        except NitedrError as error:
            reason = str(error)
        if not reason and not self._tells_afterwards:
            self._apply(values)
        return SetParametersResult(successful=not reason, reason=reason)

    def _after(self, parameters: list[Parameter]) -> None:
        self._apply(self._ours(parameters))

    def _apply(self, values: dict[str, Any]) -> None:
        if not values:
            return
        with self._writing:
            old = self._config
            self._config = new = self._changed(old, values)
        if new != old:
            self.on_applied(old, new)

    def _locked(self, old: Config, new: Config) -> str:
        """Return why a change can't be made while the node is configured; or ''."""
        if not self.locked:
            return ''
        before, after = flat(old), flat(new)
        for name, field in self._fields.items():
            if field.settable == 'at configure' and before[name] != after[name]:
                return (
                    f'{name}: expected an unconfigured node; deactivate and clean up first, '
                    'then set it and configure again'
                )
        return ''
