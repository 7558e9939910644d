"""The schema as a list of parameters: what a ROS node declares, and what the file documents."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.config.fields import closest, flat, parameter_fields, unknown
from nitedr_ros.config.load import validated
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import ConfigError

CONFIG = Path(__file__).parents[2] / 'config'
FIELDS = parameter_fields()


def written(text: str) -> dict[str, object]:
    """Return the parameters of a file by dotted name."""
    found: dict[str, object] = {}

    def walk(section: dict[str, object], prefix: str) -> None:
        for name, value in section.items():
            if isinstance(value, dict):
                walk(value, f'{prefix}{name}.')
            else:
                found[f'{prefix}{name}'] = value

    walk(yaml.safe_load(text)['/**']['ros__parameters'], '')
    return found


def test_defaults_are_those_of_the_schema() -> None:
    assert flat(Config()) == {name: field.default for name, field in FIELDS.items()}


def test_every_parameter_is_in_the_file_with_its_default() -> None:
    file = written((CONFIG / 'nitedr.yaml').read_text())
    assert list(file.items()) != []
    assert file == {name: field.default for name, field in FIELDS.items()}
    # As ROS reads it, 20 is an integer where a double is declared.
    assert {name: type(value) for name, value in file.items()} == {
        name: type(field.default) for name, field in FIELDS.items()
    }


def test_the_choices_of_a_parameter_stand_in_the_file() -> None:
    text = (CONFIG / 'nitedr.yaml').read_text()
    for field in FIELDS.values():
        missing = [choice for choice in field.choices if choice not in text]
        assert missing == [], field.name


@pytest.mark.parametrize('field', FIELDS.values(), ids=FIELDS)
def test_every_parameter_is_described(field) -> None:
    assert field.description
    assert '\n' not in field.description


def test_bounds_choices_and_times_of_setting() -> None:
    skew = FIELDS['pairing.max_skew_ms']
    assert (skew.kind, skew.low, skew.high, skew.settable) == (
        'double',
        0.0,
        60_000.0,
        'at any time',
    )
    assert FIELDS['pairing.queue_size'].kind == 'integer'
    assert FIELDS['pairing.use_once'].kind == 'bool'
    names = 'auto, tensorrt, openvino, onnxruntime, passthrough'
    assert FIELDS['engine.name'].constraints == f'one of {names}'
    assert FIELDS['engine.providers'].kind == 'string_array'
    assert FIELDS['geometry.plane_distance_m'].constraints == 'greater than 0'
    assert FIELDS['geometry.plane_normal'].constraints == '3 numbers'
    size = FIELDS['geometry.processing_size']
    assert (size.kind, size.constraints) == (
        'integer_array',
        '2 integers; each from 0 to 16384',
    )
    assert FIELDS['model'].constraints == 'not empty'
    assert FIELDS['node.autostart'].settable == 'at start'
    assert FIELDS['node.visible_transport'].settable == 'at configure'
    assert 'only while the node is unconfigured' in FIELDS['node.visible_transport'].constraints


@pytest.mark.parametrize('field', [f for f in FIELDS.values() if f.kind in {'integer', 'double'}])
def test_bounds_are_those_that_are_checked(field) -> None:
    step = 1 if field.kind == 'integer' else 1e-3
    for value in (field.low, field.high):
        if not (field.low_excluded and value == field.low):
            assert flat(validated({field.name: value}))[field.name] == value
    for value in (field.low - step, field.high + step * max(1, abs(field.high) / 1e3)):
        with pytest.raises(ConfigError, match=field.name):
            validated({field.name: value})


@given(st.integers(0, 60_000))
def test_an_integer_serves_where_a_double_is_declared(value: int) -> None:
    cast = FIELDS['pairing.max_skew_ms'].cast(value)
    assert (cast, type(cast)) == (value, float)
    assert FIELDS['pairing.queue_size'].cast(value) is value


def test_nothing_else_is_cast() -> None:
    skew, normal = FIELDS['pairing.max_skew_ms'], FIELDS['geometry.plane_normal']
    assert skew.cast(True) is True
    assert skew.cast('50') == '50'
    assert [type(item) for item in normal.cast([0, 1, 2])] == [float] * 3
    assert normal.cast(['a']) == ['a']


def test_unknown_names_are_told_with_the_closest() -> None:
    names = [
        *FIELDS,
        'pairing.max_skev_ms',
        'engine.qqq',
        'modle',
        'image_topic',
        'use_sim_time',
        'qos_overrides./visible/image_raw.subscription.depth',
    ]
    assert unknown(names) == {
        'pairing.max_skev_ms': 'pairing.max_skew_ms',
        'engine.qqq': None,
        'modle': 'model',
    }
    assert closest('node.visible_transports') == 'node.visible_transport'
    assert closest('pairng.wait_ms') is None
