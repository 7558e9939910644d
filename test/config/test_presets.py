"""The parameter files that come with the package: for ROS and for the command line alike."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from nitedr_ros.config.fields import parameter_fields
from nitedr_ros.config.load import load_config
from nitedr_ros.config.schema import Config

CONFIG = Path(__file__).parents[2] / 'config'
PRESETS = ('vehicle.param.yaml', 'replay.param.yaml')
POLICIES = {'history', 'depth', 'reliability', 'durability', 'deadline'}


def parameters(text: str) -> dict:
    return yaml.safe_load(text)['/**']['ros__parameters']


def uncommented(text: str) -> str:
    """Return the file with its examples in force."""
    lines = []
    for line in text.splitlines():
        indent, hash_mark, rest = line.partition('# ')
        example = (
            hash_mark and not indent.strip() and (rest[:1] in '/ ' or rest.startswith('dead'))
        )
        lines.append(indent + rest if example else line)
    return '\n'.join(lines)


@pytest.mark.parametrize('name', ('nitedr.yaml', *PRESETS))
def test_the_command_line_reads_it(name: str) -> None:
    assert isinstance(load_config(CONFIG / name), Config)


@pytest.mark.parametrize('name', PRESETS)
def test_values_are_of_the_type_that_is_declared(name: str) -> None:
    fields = parameter_fields()
    for section, values in parameters((CONFIG / name).read_text()).items():
        if section in {'use_sim_time', 'qos_overrides'}:
            continue
        for key, value in values.items():
            default = fields[f'{section}.{key}'].default
            assert (type(value).__name__, key) == (type(default).__name__, key)


@pytest.mark.parametrize('name', PRESETS)
def test_qos_is_of_topics_and_policies_that_there_are(name: str) -> None:
    topics = parameters(uncommented((CONFIG / name).read_text()))['qos_overrides']
    inputs = {
        f'/{camera}/{kind}'
        for camera in ('visible', 'thermal')
        for kind in ('image_raw', 'image_raw/compressed', 'camera_info')
    } | {'/tf', '/tf_static'}
    assert topics
    for topic, sides in topics.items():
        assert list(sides) == ['subscription' if topic in inputs else 'publisher']
        assert topic in inputs or topic.startswith('/nitedr/')
        (policies,) = sides.values()
        assert set(policies) <= POLICIES


def test_in_a_vehicle_qos_is_the_default() -> None:
    text = (CONFIG / 'vehicle.param.yaml').read_text()
    topics = parameters(text)['qos_overrides']
    assert {
        sides['subscription'].get('reliability', 'best_effort') for sides in topics.values()
    } == {'best_effort'}
    assert len(parameters(uncommented(text))['qos_overrides']) > len(topics)


def test_a_replay_loses_nothing_on_the_way() -> None:
    values = parameters((CONFIG / 'replay.param.yaml').read_text())
    assert values['use_sim_time'] is True
    for camera in ('visible', 'thermal'):
        images = values['qos_overrides'][f'/{camera}/image_raw']['subscription']
        assert images['reliability'] == 'reliable'
        assert images['depth'] >= 30
    assert load_config(CONFIG / 'replay.param.yaml').node.max_age_ms == 0.0
