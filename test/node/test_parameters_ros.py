"""Parameters of a real ROS node: declared, set, refused, set back, and read from files."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

rclpy = pytest.importorskip('rclpy', reason='needs ROS 2')

import yaml  # noqa: E402
from rcl_interfaces.msg import ParameterEvent, ParameterType  # noqa: E402
from rclpy.context import Context  # noqa: E402
from rclpy.node import Node  # noqa: E402
from rclpy.parameter import Parameter  # noqa: E402

from nitedr_ros.config.fields import flat, parameter_fields  # noqa: E402
from nitedr_ros.config.load import load_config  # noqa: E402
from nitedr_ros.config.schema import Config  # noqa: E402
from nitedr_ros.errors import ConfigError  # noqa: E402
from nitedr_ros.node.parameters import Parameters  # noqa: E402
from nitedr_ros.node.qos import input_qos, output_qos, overridable  # noqa: E402

CONFIG = Path(__file__).parents[2] / 'config'


class HumbleNode(Node):
    """A node that has only the callbacks of ROS 2 Humble."""

    @property
    def add_pre_set_parameters_callback(self):
        raise AttributeError

    @property
    def add_post_set_parameters_callback(self):
        raise AttributeError


class Started:
    """A node with parameters, and what its listeners heard."""

    def __init__(self, node: Node) -> None:
        self.node = node
        self.parameters = Parameters(node)
        self.refusal = ''
        self.asked: list[tuple[Config, Config]] = []
        self.applied: list[tuple[Config, Config]] = []
        self.parameters.on_change = self.on_change
        self.parameters.on_applied = lambda *change: self.applied.append(change)

    def on_change(self, old: Config, new: Config) -> str:
        self.asked.append((old, new))
        return self.refusal

    def set(self, **values: object) -> str:
        """Set parameters together, `pairing__wait_ms=3`; return why not, or ''."""
        return self.set_typed(
            *(Parameter(name.replace('__', '.'), value=value) for name, value in values.items())
        )

    def set_typed(self, *parameters: Parameter) -> str:
        result = self.node.set_parameters_atomically(list(parameters))
        assert result.successful == (not result.reason)
        return result.reason

    def value(self, name: str) -> object:
        return self.node.get_parameter(name).value


class Nodes:
    """Makes nodes of one context."""

    def __init__(self, kind: type[Node]) -> None:
        self.kind = kind
        self.context = Context()
        self.made: list[Node] = []
        # Without an argument list rclpy would read pytest's.
        rclpy.init(args=[], context=self.context)

    def start(self, *arguments: str, name: str = 'nitedr') -> Started:
        node = self.kind(
            name, context=self.context, cli_args=['--ros-args', *arguments] if arguments else None
        )
        self.made.append(node)
        return Started(node)

    def close(self) -> None:
        for node in self.made:
            node.destroy_node()
        rclpy.shutdown(context=self.context)


@pytest.fixture(params=[Node, HumbleNode], ids=['now', 'humble'])
def nodes(request: pytest.FixtureRequest) -> Iterator[Nodes]:
    made = Nodes(request.param)
    yield made
    made.close()


@pytest.fixture
def today() -> Iterator[Nodes]:
    made = Nodes(Node)
    yield made
    made.close()


@pytest.fixture
def started(nodes: Nodes) -> Started:
    return nodes.start()


def test_every_parameter_is_declared_with_its_default_and_described(started: Started) -> None:
    kinds = {
        'bool': ParameterType.PARAMETER_BOOL,
        'integer': ParameterType.PARAMETER_INTEGER,
        'double': ParameterType.PARAMETER_DOUBLE,
        'string': ParameterType.PARAMETER_STRING,
        'integer_array': ParameterType.PARAMETER_INTEGER_ARRAY,
        'double_array': ParameterType.PARAMETER_DOUBLE_ARRAY,
        'string_array': ParameterType.PARAMETER_STRING_ARRAY,
    }
    assert started.parameters.config == Config()
    for name, field in parameter_fields().items():
        value = started.value(name)
        assert (list(value) if isinstance(field.default, list) else value) == field.default
        described = started.node.describe_parameter(name)
        assert described.type == kinds[field.kind]
        assert described.description == field.description
        assert described.additional_constraints == field.constraints
        assert described.read_only == (field.settable == 'at start')
    (bounds,) = started.node.describe_parameter('pairing.max_skew_ms').floating_point_range
    assert (bounds.from_value, bounds.to_value) == (0.0, 60_000.0)
    (bounds,) = started.node.describe_parameter('pairing.queue_size').integer_range
    assert (bounds.from_value, bounds.to_value) == (2, 4096)


def test_a_change_is_asked_about_and_then_told(started: Started) -> None:
    assert started.set(pairing__max_skew_ms=40.0) == ''
    assert started.parameters.config.pairing.max_skew_ms == 40.0
    assert started.asked == started.applied == [(Config(), started.parameters.config)]


def test_listeners_hear_of_values_that_already_hold(started: Started) -> None:
    seen = []
    started.parameters.on_applied = lambda _old, new: seen.append(started.parameters.config is new)
    started.set(pairing__max_skew_ms=40.0)
    assert seen == [True]


def test_parameters_set_together_come_together(started: Started) -> None:
    assert started.set(pairing__wait_ms=3.0, model='other', node__jpeg_quality=50) == ''
    ((_, new),) = started.applied
    assert (new.pairing.wait_ms, new.model, new.node.jpeg_quality) == (3.0, 'other', 50)
    assert started.set(pairing__wait_ms=4.0, engine__name='magic').startswith('engine.name: ')
    assert started.parameters.config is new
    assert started.value('pairing.wait_ms') == 3.0


def test_integers_serve_as_doubles(started: Started) -> None:
    assert started.set(pairing__max_skew_ms=40, geometry__plane_normal=[0, 0, 2]) == ''
    config = started.parameters.config
    assert config.pairing.max_skew_ms == 40.0
    assert config.geometry.plane_normal == (0.0, 0.0, 2.0)
    assert started.value('pairing.max_skew_ms') == 40
    assert started.set(pairing__max_skew_ms=41.5) == ''
    assert started.value('pairing.max_skew_ms') == 41.5


def test_with_todays_rclpy_integers_become_doubles(today: Nodes) -> None:
    started = today.start()
    started.set(pairing__max_skew_ms=40, geometry__plane_normal=[0, 0, 2])
    assert isinstance(started.value('pairing.max_skew_ms'), float)
    types = started.node.get_parameter_types(['pairing.max_skew_ms', 'geometry.plane_normal'])
    assert types == [ParameterType.PARAMETER_DOUBLE, ParameterType.PARAMETER_DOUBLE_ARRAY]


REFUSED = [
    ('pairing.max_skew_ms', -1.0),
    ('pairing.max_skew_ms', -1),
    ('pairing.max_skew_ms', 60_000.01),
    ('pairing.max_skew_ms', float('nan')),
    ('pairing.max_skew_ms', '40'),
    ('pairing.max_skew_ms', True),
    ('pairing.use_once', 1),
    ('pairing.queue_size', 64.0),
    ('pairing.queue_size', 5000),
    ('engine.name', 'magic'),
    ('engine.providers', []),
    ('model', ''),
    ('geometry.plane_distance_m', 0.0),
    ('geometry.plane_normal', [0.0, 1.0]),
    ('geometry.plane_normal', [0.0, 0.0, 0.0]),
    ('geometry.plane_normal', []),
    ('geometry.processing_size', [640, 0]),
    ('geometry.processing_size', [640.0, 480.0]),
    ('node.autostart', False),
]


def test_what_does_not_fit_is_refused_in_one_line(started: Started) -> None:
    for name, value in REFUSED:
        before = started.value(name)
        reason = started.set_typed(Parameter(name, value=value))
        assert reason, (name, value)
        assert '\n' not in reason
        assert started.value(name) == before
        assert started.parameters.config == Config()
    assert started.asked == started.applied == []


def test_a_parameter_can_not_be_deleted(started: Started) -> None:
    for name in ('model', 'pairing.max_skew_ms'):
        assert started.set_typed(Parameter(name, Parameter.Type.NOT_SET))
        assert started.node.has_parameter(name)


def test_the_listener_can_refuse(started: Started) -> None:
    started.refusal = 'no such model'
    assert started.set(model='nothing') == 'no such model'
    assert (started.value('model'), started.applied) == (Config().model, [])
    assert started.parameters.config == Config()


def test_an_error_of_the_listener_is_a_refusal(started: Started) -> None:
    def refuse(_old: Config, _new: Config) -> str:
        raise ConfigError('no folder there')

    started.parameters.on_change = refuse
    assert started.set(model='nothing') == 'no folder there'
    assert started.value('model') == Config().model


def test_the_same_value_again_is_no_change(started: Started) -> None:
    assert started.set(model=Config().model) == ''
    assert started.asked == started.applied == []


def test_parameters_of_others_are_none_of_our_business(started: Started) -> None:
    started.node.declare_parameter('qos_overrides./tf.subscription.depth', 5)
    assert started.set(use_sim_time=True) == ''
    assert started.asked == started.applied == []


def test_while_configured_some_can_not_be_set(started: Started) -> None:
    started.parameters.locked = True
    reason = started.set(node__visible_transport='compressed')
    assert reason.startswith('node.visible_transport: expected an unconfigured node')
    assert 'clean up first' in reason
    # Writing down what is so already, as loading a dump does, changes nothing.
    assert started.set(node__visible_transport='raw', pairing__wait_ms=1.0) == ''
    started.parameters.locked = False
    assert started.set(node__visible_transport='compressed') == ''


def test_setting_back_tells_nobody(started: Started) -> None:
    started.set(model='wished', pairing__wait_ms=5)
    started.asked.clear()
    started.applied.clear()
    started.parameters.locked = True
    runs = Config(pairing={'wait_ms': 5.0}, geometry={'processing_size': (640, 480)}, model='runs')
    started.parameters.set_back(runs)
    assert started.parameters.config == runs
    assert started.value('model') == 'runs'
    assert list(started.value('geometry.processing_size')) == [640, 480]
    assert started.asked == started.applied == []
    assert started.set(model='next') == ''
    assert started.asked[0][0] == runs


def test_setting_back_from_another_thread_leaves_the_check_in_force(started: Started) -> None:
    started.set(model='wished')
    begun = threading.Event()

    def check(old: Config, new: Config) -> str:
        thread.start()
        assert begun.wait(20)
        return 'refused'

    def set_back() -> None:
        begun.set()
        started.parameters.set_back(Config())

    thread = threading.Thread(target=set_back)
    started.parameters.on_change = check
    reason = started.set(pairing__wait_ms=1.0)
    thread.join(20)
    assert not thread.is_alive()
    assert reason == 'refused'
    assert started.parameters.config == Config()
    assert (started.value('model'), started.value('pairing.wait_ms')) == (
        Config().model,
        Config().pairing.wait_ms,
    )


def test_a_parameter_file_is_taken_as_the_command_line_takes_it(
    nodes: Nodes, tmp_path: Path
) -> None:
    path = tmp_path / 'parameters.yaml'
    path.write_text(
        '/**:\n  ros__parameters:\n    use_sim_time: true\n'
        '    qos_overrides: {/visible/image_raw: {subscription: {depth: 7}}}\n'
        '    pairing: {max_skew_ms: 30, wait_ms: 1e1}\n'
        '    geometry.plane_normal: [0, 0, 2]\n'
        '    node: {autostart: false}\n'
    )
    started = nodes.start('--params-file', str(path), '-p', 'model:=other')
    assert started.parameters.config == load_config(path, {'model': 'other'})
    assert isinstance(started.value('pairing.max_skew_ms'), float)
    assert started.value('use_sim_time') is True
    assert started.value('node.autostart') is False


@pytest.mark.parametrize('name', ['nitedr.yaml', 'vehicle.param.yaml', 'replay.param.yaml'])
def test_the_files_of_the_package_are_read_by_ros(today: Nodes, name: str) -> None:
    started = today.start('--params-file', str(CONFIG / name))
    assert started.parameters.config == load_config(CONFIG / name)
    given = started.node._parameter_overrides
    assert any('qos_overrides' in one for one in given) == (name != 'nitedr.yaml')


@pytest.mark.parametrize('name', ['vehicle.param.yaml', 'replay.param.yaml'])
def test_qos_of_the_files_is_put_in_force(today: Nodes, tmp_path: Path, name: str) -> None:
    """Also what is only there as an example, after a hash mark."""
    text = re.sub(r'^( +)# (?=/| |dead)', r'\1', (CONFIG / name).read_text(), flags=re.MULTILINE)
    path = tmp_path / name
    path.write_text(text)
    node = today.start('--params-file', str(path)).node
    topics = yaml.safe_load(text)['/**']['ros__parameters']['qos_overrides']
    for topic, ((side, policies),) in ((topic, each.items()) for topic, each in topics.items()):
        options = {'qos_overriding_options': overridable()}
        if side == 'subscription':
            node.create_subscription(ParameterEvent, topic, print, input_qos(), **options)
        else:
            node.create_publisher(ParameterEvent, topic, output_qos(), **options)
        for policy, value in policies.items():
            full_name = f'qos_overrides.{topic}.{side}.{policy}'
            assert node.get_parameter(full_name).value == value
    ours = {'/visible/image_raw', '/visible/image_raw/compressed'}
    for topic in ours & set(topics):
        (known,) = node.get_subscriptions_info_by_topic(topic)
        reliability = topics[topic]['subscription']['reliability']
        assert known.qos_profile.reliability.name.lower() == reliability


def test_what_a_node_says_can_be_read_again(nodes: Nodes, tmp_path: Path) -> None:
    first = nodes.start()
    first.set(pairing__max_skew_ms=33.0, geometry__plane_normal=[0.0, 0.6, 0.8], model='other')
    values = {
        name: list(value) if isinstance(parameter_fields()[name].default, list) else value
        for name in flat(Config())
        for value in [first.value(name)]
    }
    path = tmp_path / 'dump.yaml'
    path.write_text(yaml.safe_dump({'/nitedr': {'ros__parameters': values}}))
    second = nodes.start('--params-file', str(path))
    assert second.parameters.config == first.parameters.config == load_config(path)


@pytest.mark.parametrize(
    'argument, complaint',
    [
        ('pairing.max_skew_ms:=abc', "pairing.max_skew_ms: .*got 'abc'"),
        ('pairing.max_skew_ms:=-4', 'pairing.max_skew_ms: .*got -4.0'),
        ('engine.name:=magic', "engine.name: .*got 'magic'"),
        ('geometry.plane_normal:=[0.5]', 'geometry.plane_normal: expected 3 values'),
        ('geometry.plane_normal:=[]', 'geometry.plane_normal'),
        ('model:=12', 'model: .*got 12'),
        ('node.autostart:=1', 'node.autostart: .*got 1'),
    ],
)
def test_a_bad_start_is_refused_in_one_line(today: Nodes, argument: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=f'^parameters of the node: {complaint}') as caught:
        today.start('-p', argument)
    assert '\n' not in str(caught.value)


SCRIPT = """
import rclpy
from rclpy.node import Node
from nitedr_ros.node.parameters import Parameters
rclpy.init()
Parameters(Node('nitedr'))
"""


def test_unknown_parameters_are_warned_of() -> None:
    arguments = ('pairing.max_skev_ms:=1.0', 'modle:=x', 'image_topic:=x', 'use_sim_time:=true')
    command = [sys.executable, '-c', SCRIPT, '--ros-args']
    for argument in arguments:
        command += ['-p', argument]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60)
    lines = [line for line in (done.stdout + done.stderr).splitlines() if 'WARN' in line]
    assert len(lines) == 2
    assert (
        'pairing.max_skev_ms: expected a known parameter, perhaps pairing.max_skew_ms' in lines[0]
    )
    assert 'modle: expected a known parameter, perhaps model;' in lines[1]
