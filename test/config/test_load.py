"""Parameter files and overrides: read alike, refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest

from nitedr_ros.config.load import load_config, validated
from nitedr_ros.config.schema import Config
from nitedr_ros.errors import ConfigError


def write(folder: Path, text: str) -> Path:
    path = folder / 'parameters.yaml'
    path.write_text(text)
    return path


def test_no_file_gives_the_defaults() -> None:
    assert load_config(None) == Config()


@pytest.mark.parametrize(
    'body', ['pairing: {wait_ms: 7.5}', 'pairing.wait_ms: 7.5', 'pairing:\n      wait_ms: 7.5']
)
def test_nested_and_dotted_names_are_the_same(tmp_path: Path, body: str) -> None:
    path = write(tmp_path, f'/**:\n  ros__parameters:\n    {body}\n')
    assert load_config(path).pairing.wait_ms == 7.5


def test_of_several_files_the_later_one_wins(tmp_path: Path) -> None:
    files = []
    for number, body in enumerate(('wait_ms: 1.0, max_skew_ms: 3.0', 'wait_ms: 2.0')):
        files.append(tmp_path / f'{number}.yaml')
        files[-1].write_text(f'/**:\n  ros__parameters:\n    pairing: {{{body}}}\n')
    pairing = load_config(files).pairing
    assert (pairing.wait_ms, pairing.max_skew_ms) == (2.0, 3.0)
    assert load_config(files[::-1]).pairing.wait_ms == 1.0


def test_the_node_s_own_section_wins_over_the_general_one(tmp_path: Path) -> None:
    text = (
        '/nitedr:\n  ros__parameters:\n    pairing.wait_ms: 1.0\n'
        '/**:\n  ros__parameters:\n    pairing.wait_ms: 2.0\n    pairing.max_skew_ms: 3.0\n'
    )
    pairing = load_config(write(tmp_path, text)).pairing
    assert (pairing.wait_ms, pairing.max_skew_ms) == (1.0, 3.0)


def test_overrides_win_and_none_leaves_the_file_s_value(tmp_path: Path) -> None:
    path = write(tmp_path, '/**:\n  ros__parameters:\n    engine: {name: openvino, threads: 3}\n')
    config = load_config(path, {'engine.name': 'onnxruntime', 'model': None})
    assert (config.engine.name, config.engine.threads) == ('onnxruntime', 3)
    assert config.model == Config().model


@pytest.mark.parametrize(
    'text, complaint',
    [
        ('/**: {ros__parameters: {pairing: {wait: 3}}}', 'pairing.wait: expected a known'),
        ('/**: {ros__parameters: {pairing: {wait_ms: -1}}}', 'pairing.wait_ms: .*got -1'),
        ('/**: {ros__parameters: {pairing: {wait_ms: .nan}}}', 'pairing.wait_ms'),
        ('/**: {ros__parameters: {engine: {name: magic}}}', "engine.name: .*got 'magic'"),
        ('/**: {ros__parameters: {pairing: {max_skev_ms: 3}}}', 'perhaps pairing.max_skew_ms;'),
        ('/**: {ros__parameters: {modle: x}}', 'modle: .*perhaps model;'),
        ('/**: {ros__parameters: {geometry: {plane_normal: [0]}}}', 'expected 3 values, got .0.'),
        ('/**: {ros__parameters: {engine: {providers: []}}}', 'expected 1 or more values'),
        ('/**: {ros__parameters: {pairing: 3}}', 'pairing'),
        ('pairing: {wait_ms: 3}', 'ros__parameters'),
        ('/**: {pairing: {wait_ms: 3}}', 'ros__parameters'),
        ('/**: [', 'expected YAML'),
        ('', 'ros__parameters'),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint) as caught:
        load_config(write(tmp_path, text))
    assert '\n' not in str(caught.value)


def test_what_ros_itself_reads_is_passed_over(tmp_path: Path) -> None:
    text = (
        '/**:\n  ros__parameters:\n    use_sim_time: true\n'
        '    start_type_description_service: true\n'
        '    qos_overrides: {/tf: {subscription: {depth: 5}}}\n'
        '    qos_overrides./visible/image_raw.subscription.depth: 7\n'
        '    pairing.wait_ms: 1.0\n'
    )
    assert load_config(write(tmp_path, text)).pairing.wait_ms == 1.0


def test_overrides_of_the_command_line_are_never_passed_over() -> None:
    with pytest.raises(ConfigError, match='use_sim_time'):
        load_config(None, {'use_sim_time': True})


@pytest.mark.parametrize(
    'name, value',
    [
        ('pairing.max_skew_ms', '50'),
        ('pairing.max_skew_ms', True),
        ('pairing.use_once', 1),
        ('pairing.queue_size', 64.0),
        ('geometry.plane_normal', '[0.0, 0.0, 1.0]'),
        ('model', None),
        ('model', b'bytes'),
        ('engine.providers', [b'bytes']),
        ('pairing.max_skew_ms', float('inf')),
        ('pairing.max_skew_ms', float('nan')),
    ],
)
def test_strictly_taken_values_keep_their_type(name: str, value: object) -> None:
    with pytest.raises(ConfigError, match=f'^{name}: ') as caught:
        validated({name: value}, strict=True)
    assert '\n' not in str(caught.value)


def test_strictly_taken_an_integer_is_a_number_and_a_list_is_a_tuple() -> None:
    config = validated({'pairing.wait_ms': 7, 'geometry.plane_normal': [0, 0, 2]}, strict=True)
    assert config.pairing.wait_ms == 7.0
    assert config.geometry.plane_normal == (0.0, 0.0, 2.0)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r'nowhere\.yaml: No such file'):
        load_config(tmp_path / 'nowhere.yaml')


@pytest.mark.parametrize(
    ('body', 'part'),
    [
        ('processing_size: [640, 0]', 'geometry.processing_size: expected a width'),
        ('processing_size: [8, 8]', 'at least 16 pixels'),
        ('plane_normal: [0.0, 0.0, 0.0]', 'a vector longer than 0'),
        ('rotation_xyzw: [0.0, 0.0, 0.0, 2.0]', 'a quaternion x, y, z, w of length 1'),
        ('plane_distance_m: 0.0', 'greater than 0'),
        ('homography: [1.0, 0.0]', 'homography'),
    ],
)
def test_impossible_geometry_is_refused_in_one_line(tmp_path: Path, body: str, part: str) -> None:
    path = write(tmp_path, f'/**:\n  ros__parameters:\n    geometry:\n      {body}\n')
    with pytest.raises(ConfigError) as caught:
        load_config(path)
    assert part in str(caught.value)
    assert '\n' not in str(caught.value)
