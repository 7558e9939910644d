"""Parameters of the schema in ROS's own terms: descriptors, types and values."""

from __future__ import annotations

import math
from array import array
from typing import Any

from rcl_interfaces.msg import FloatingPointRange, IntegerRange, ParameterDescriptor
from rclpy.parameter import Parameter

from nitedr_ros.config.fields import ParameterField

_TYPES = {
    'bool': Parameter.Type.BOOL,
    'integer': Parameter.Type.INTEGER,
    'double': Parameter.Type.DOUBLE,
    'string': Parameter.Type.STRING,
    'integer_array': Parameter.Type.INTEGER_ARRAY,
    'double_array': Parameter.Type.DOUBLE_ARRAY,
    'string_array': Parameter.Type.STRING_ARRAY,
}
_INT64 = (-(2**63), 2**63 - 1)


def descriptor_of(field: ParameterField, *, any_type: bool) -> ParameterDescriptor:
    """Return the rcl_interfaces/msg/ParameterDescriptor of a parameter.

    any_type: leave it to the callback what type a value has, where more than one is right.
    """
    descriptor = ParameterDescriptor(
        name=field.name,
        description=field.description,
        additional_constraints=field.constraints,
        read_only=field.settable == 'at start',
        dynamic_typing=any_type and field.kind in {'double', 'double_array'},
    )
    if field.low is not None or field.high is not None:
        if field.kind == 'double':
            low, high = _bounds(field, (-math.inf, math.inf))
            descriptor.floating_point_range = [
                FloatingPointRange(from_value=float(low), to_value=float(high))
            ]
        elif field.kind == 'integer':
            low, high = _bounds(field, _INT64)
            descriptor.integer_range = [IntegerRange(from_value=int(low), to_value=int(high))]
    return descriptor


def typed(field: ParameterField, value: object) -> Parameter:
    """Return the ROS parameter of a value that is of the field's kind."""
    return Parameter(field.name, _TYPES[field.kind], value)


def plain(value: Any) -> Any:
    """Return a parameter's value as plain data, every kind of array as a list."""
    return list(value) if isinstance(value, list | tuple | array) else value


def retyped(field: ParameterField, parameter: Parameter) -> Parameter:
    """Return the parameter with the type that it is declared with, where its value allows that.

    An integer serves where a double is declared, and an empty array of any type is an empty array.
    """
    value = plain(parameter.value)
    fitting = field.cast(value)
    if fitting == [] and field.kind.endswith('array'):
        return typed(field, fitting)
    if parameter.type_ in {Parameter.Type.INTEGER, Parameter.Type.INTEGER_ARRAY} and (
        _TYPES[field.kind].check(fitting)
    ):
        return typed(field, fitting)
    return parameter


def _bounds(field: ParameterField, widest: tuple[float, float]) -> tuple[float, float]:
    return (
        widest[0] if field.low is None else field.low,
        widest[1] if field.high is None else field.high,
    )
