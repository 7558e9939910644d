"""A bag goes in, a bag comes out: content, accounting, and every kind of bad input."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest
from rosbags.highlevel import AnyReader
from rosbags.rosbag1 import Writer as Writer1
from rosbags.typesys import Stores, get_typestore

from nitedr_ros.bags.writer import BagWriter
from nitedr_ros.config.schema import Config
from nitedr_ros.engines.engine import Engine, EngineInfo, Image, Inference
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.engines.passthrough import PassthroughEngine
from nitedr_ros.errors import EngineError, InputError, OutputError
from nitedr_ros.replay.replay import ReplayJob, replay

MakeBag = Callable[..., Path]


def read(path: Path) -> dict[str, list]:
    """Read a bag with rosbags itself, not with our reader."""
    found = defaultdict(list)
    with AnyReader([path], default_typestore=get_typestore(Stores.ROS2_HUMBLE)) as reader:
        for connection, _, raw in reader.messages():
            found[connection.topic].append(reader.deserialize(raw, connection.msgtype))
    return found


def stamps(messages: list) -> list[int]:
    return [m.header.stamp.sec * 10**9 + m.header.stamp.nanosec for m in messages]


def pixels(message) -> np.ndarray:
    return message.data.reshape(message.height, message.step)[:, : message.width * 3].reshape(
        message.height, message.width, 3
    )


def run(path: Path, out: Path, engine: Engine | None = None, **options):
    config = options.pop('config', Config())
    return replay(ReplayJob(path, out, **options), config, engine or PassthroughEngine(), [])


@pytest.fixture
def tiny_engine(tiny_model: Model) -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(tiny_model, threads=1)


def test_every_visible_frame_comes_out_with_its_stamp_frame_and_status(
    make_bag: MakeBag, tmp_path: Path, tiny_engine: Engine
) -> None:
    source = make_bag()
    report = run(source, tmp_path / 'out', tiny_engine)
    inputs, outputs = read(source), read(tmp_path / 'out')
    expected = stamps(inputs['/visible/image_raw'])
    for topic in (
        '/nitedr/fused/image',
        '/nitedr/fused/camera_info',
        '/nitedr/derained/image',
        '/nitedr/derained/camera_info',
        '/nitedr/thermal_registered/image',
        '/nitedr/status',
    ):
        assert stamps(outputs[topic]) == expected, topic
    assert {m.header.frame_id for m in outputs['/nitedr/fused/image']} == {'visible_optical_frame'}
    assert {m.encoding for m in outputs['/nitedr/fused/image']} == {'rgb8'}
    assert {m.encoding for m in outputs['/nitedr/thermal_registered/image']} == {'mono8'}
    values = [{v.key: v.value for v in m.status[0].values} for m in outputs['/nitedr/status']]
    assert {v['mode'] for v in values} == {'full'}
    assert report['outputs'] == len(expected) == report['visible']['received']
    assert outputs['/diagnostics']


def test_the_images_are_what_the_model_computes(
    make_bag: MakeBag, tmp_path: Path, tiny_engine: Engine
) -> None:
    source = make_bag()
    run(source, tmp_path / 'out', tiny_engine)
    inputs, outputs = read(source), read(tmp_path / 'out')
    triples = zip(
        inputs['/visible/image_raw'],
        outputs['/nitedr/derained/image'],
        outputs['/nitedr/fused/image'],
        outputs['/nitedr/thermal_registered/image'],
        strict=True,
    )
    for raw, derained, fused, thermal in triples:
        dimmed = pixels(raw)[..., ::-1] // 2
        np.testing.assert_array_equal(pixels(derained), dimmed)
        warm = thermal.data.reshape(48, 64, 1)
        assert warm.max() > 200
        np.testing.assert_array_equal(pixels(fused), np.maximum(dimmed, warm))


@pytest.mark.parametrize('info_first', [True, False])
def test_camera_info_is_the_visible_camera_s(
    make_bag: MakeBag, tmp_path: Path, info_first: bool
) -> None:
    source = make_bag(info_first=info_first)
    run(source, tmp_path / 'out')
    given = read(source)['/visible/camera_info'][0]
    infos = read(tmp_path / 'out')['/nitedr/fused/camera_info']
    assert len(infos) == 10
    for info in infos:
        np.testing.assert_array_equal(info.k, given.k)
        assert (info.height, info.width) == (48, 64)


def test_two_runs_give_the_same_image_bytes(
    make_bag: MakeBag, tmp_path: Path, tiny_engine: Engine
) -> None:
    source = make_bag()
    run(source, tmp_path / 'first', tiny_engine)
    run(source, tmp_path / 'second', tiny_engine)
    first, second = read(tmp_path / 'first'), read(tmp_path / 'second')
    for topic in ('/nitedr/fused/image', '/nitedr/derained/image'):
        for one, other in zip(first[topic], second[topic], strict=True):
            np.testing.assert_array_equal(one.data, other.data)


def test_report_holds_what_it_promises(make_bag: MakeBag, tmp_path: Path) -> None:
    report = run(make_bag(), tmp_path / 'out')
    written = json.loads((tmp_path / 'out' / 'report.json').read_text())
    assert written == json.loads(json.dumps(report))
    assert set(written['skew_ms']) == {'mean', 'max'}
    assert written['modes'] == {'pass_through': 10}
    for stage in ('read', 'deserialise', 'decode', 'pairing', 'convert', 'prepare', 'write'):
        row = written['latency'][stage]
        assert 0 <= row['p50_ms'] <= row['p95_ms'] <= row['p99_ms'] <= row['max_ms'] + 1e-3
    assert written['versions']['numpy'] == np.__version__
    assert written['frames_per_second'] > 0


def test_page_and_preview_show_the_drive(make_bag: MakeBag, tmp_path: Path) -> None:
    run(make_bag(), tmp_path / 'out')
    page = (tmp_path / 'out' / 'report.html').read_text()
    assert page.count('data:image/jpeg;base64,') >= 8 * 4
    assert 'http' not in page
    assert 'de-rained' in page
    preview = cv2.imread(str(tmp_path / 'out' / 'preview.png'))
    assert preview.shape == (96, 128, 3)


def test_keep_inputs_copies_the_cameras_bytes(make_bag: MakeBag, tmp_path: Path) -> None:
    source = make_bag()
    run(source, tmp_path / 'out', keep_inputs=True)
    inputs, outputs = read(source), read(tmp_path / 'out')
    for topic in ('/visible/image_raw', '/thermal/image_raw', '/visible/camera_info'):
        assert len(outputs[topic]) == len(inputs[topic])
    for one, other in zip(
        inputs['/thermal/image_raw'], outputs['/thermal/image_raw'], strict=True
    ):
        np.testing.assert_array_equal(one.data, other.data)


def test_sqlite3_in_and_out(make_bag: MakeBag, tmp_path: Path) -> None:
    source = make_bag(storage='sqlite3')
    run(source, tmp_path / 'out', storage='sqlite3')
    assert list((tmp_path / 'out').glob('*.db3'))
    assert len(read(tmp_path / 'out')['/nitedr/fused/image']) == 10


def test_one_camera_only_is_degraded_and_said(make_bag: MakeBag, tmp_path: Path) -> None:
    visible_only = run(make_bag('v', thermal=[]), tmp_path / 'v_out')
    assert visible_only['outputs'] == 10
    assert any('no thermal camera' in note for note in visible_only['notes'])
    thermal_only = run(make_bag('t', visible=[], thermal=range(0, 3000, 111)), tmp_path / 't_out')
    assert set(thermal_only['modes']) == {'thermal_only'}
    assert any('no visible camera' in note for note in thermal_only['notes'])


def test_a_size_that_changes_midway_is_reported(
    make_bag: MakeBag, tmp_path: Path, tiny_engine: Engine
) -> None:
    source = make_bag(size=lambda index: (48, 64) if index < 7 else (32, 40))
    report = run(source, tmp_path / 'out', tiny_engine)
    assert report['outputs'] == 10
    assert report['size_changes'] == 1
    assert any('size changes of the visible image: 1' in note for note in report['notes'])


@pytest.mark.parametrize(
    ('change', 'reason'),
    [
        (lambda ns: 1_700_000_000_000_000_000, 'duplicate_stamp'),
        (lambda ns: 3_400_000_000_000_000_000 - ns, 'out_of_order'),
    ],
    ids=['equal', 'backwards'],
)
def test_stamps_that_make_no_sense_are_dropped_and_counted(
    make_bag: MakeBag, tmp_path: Path, change: Callable[[int], int], reason: str
) -> None:
    report = run(make_bag(stamps=change), tmp_path / 'out')
    visible = report['visible']
    assert set(visible['drops']) == {reason}
    assert report['outputs'] + visible['dropped'] == visible['received'] == 10


def test_a_bag_without_stamps_is_refused_with_the_counts(
    make_bag: MakeBag, tmp_path: Path
) -> None:
    with pytest.raises(InputError, match='visible unstamped 10'):
        run(make_bag(stamps=lambda ns: 0), tmp_path / 'out')
    assert not (tmp_path / 'out').exists()


def test_a_bag_cut_short_gives_what_it_still_holds(make_bag: MakeBag, tmp_path: Path) -> None:
    source = make_bag(visible=range(0, 6000, 33), thermal=range(0, 6000, 111))
    file = next(source.glob('*.mcap'))
    content = file.read_bytes()
    file.write_bytes(content[: len(content) * 2 // 3])
    report = run(source, tmp_path / 'out')
    assert 0 < report['outputs'] < 182
    assert report['input']['losses']


def test_an_existing_output_is_left_alone(make_bag: MakeBag, tmp_path: Path) -> None:
    source = make_bag()
    run(source, tmp_path / 'out')
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / 'out').iterdir())
    with pytest.raises(OutputError):
        run(source, tmp_path / 'out')
    assert before == sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / 'out').iterdir())
    run(source, tmp_path / 'out', force=True)


class Broken(Engine):
    """Fails always."""

    @property
    def info(self) -> EngineInfo:
        return EngineInfo('broken', 'uint8', 'test', 'none', '', '')

    def warm_up(self, height: int, width: int) -> None:
        raise EngineError('no memory')

    def infer(self, visible: Image, thermal: Image) -> Inference:
        raise EngineError('no memory')


def test_an_engine_that_never_works_leaves_no_output(make_bag: MakeBag, tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r'every frame.*no memory'):
        run(make_bag(), tmp_path / 'out', Broken())
    assert sorted(p.name for p in tmp_path.iterdir()) == ['drive']


def test_an_interrupt_leaves_nothing_behind(make_bag: MakeBag, tmp_path: Path) -> None:
    def interrupt(done: int, total: int) -> None:
        if done == 5:
            raise KeyboardInterrupt

    job = ReplayJob(make_bag(), tmp_path / 'out')
    with pytest.raises(KeyboardInterrupt):
        replay(job, Config(), PassthroughEngine(), [], interrupt)
    assert sorted(p.name for p in tmp_path.iterdir()) == ['drive']


def compressed(stamp_ns: int, image_format: str, extension: str, image: np.ndarray):
    types = get_typestore(Stores.ROS2_HUMBLE).types
    header = types['std_msgs/msg/Header'](
        stamp=types['builtin_interfaces/msg/Time'](
            sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9
        ),
        frame_id='optical_frame',
    )
    data = cv2.imencode(extension, image)[1].reshape(-1)
    return types['sensor_msgs/msg/CompressedImage'](header=header, format=image_format, data=data)


def test_compressed_topics_are_decoded_and_counted_apart(
    tmp_path: Path, tiny_engine: Engine
) -> None:
    rng = np.random.default_rng(9)
    start_ns = 1_700_000_000_000_000_000
    warm = rng.integers(29_000, 31_000, (24, 32), np.uint16)
    with BagWriter(tmp_path / 'drive') as writer:
        for index in range(6):
            stamp_ns = start_ns + index * 33_000_000
            image = np.full((48, 64, 3), (10, 60, 200), np.uint8)
            visible = compressed(stamp_ns, 'bgr8; jpeg compressed bgr8', '.jpg', image)
            thermal = compressed(stamp_ns, '16UC1; png compressed ', '.png', warm)
            writer.write('/flir/image_raw/compressed', thermal, stamp_ns)
            writer.write('/rgb/image_raw/compressed', visible, stamp_ns)
    report = run(tmp_path / 'drive', tmp_path / 'out', tiny_engine)
    assert report['modes'] == {'full': 6}
    assert report['latency']['codec']['count'] == 12
    assert 'decode' not in report['latency']
    for message in read(tmp_path / 'out')['/nitedr/derained/image']:
        np.testing.assert_allclose(pixels(message).mean((0, 1)), (100, 30, 5), atol=2)


def test_a_ros1_bag_goes_in(tmp_path: Path, tiny_engine: Engine) -> None:
    store = get_typestore(Stores.ROS1_NOETIC)
    types = store.types
    start_ns = 1_700_000_000_000_000_000
    with Writer1(tmp_path / 'drive.bag') as writer:
        kind = 'sensor_msgs/msg/Image'
        connections = {
            name: writer.add_connection(f'/{name}/image_raw', kind, typestore=store)
            for name in ('thermal', 'rgb')
        }
        for index in range(6):
            stamp_ns = start_ns + index * 33_000_000
            for name, connection in connections.items():
                channels = 3 if name == 'rgb' else 1
                image = np.full((48, 64, channels), 80, np.uint8)
                stamp = types['builtin_interfaces/msg/Time'](
                    sec=stamp_ns // 10**9, nanosec=stamp_ns % 10**9
                )
                message = types[kind](
                    header=types['std_msgs/msg/Header'](seq=index, stamp=stamp, frame_id=name),
                    height=48,
                    width=64,
                    encoding='rgb8' if channels == 3 else 'mono8',
                    is_bigendian=0,
                    step=64 * channels,
                    data=image.reshape(-1),
                )
                writer.write(connection, stamp_ns, store.serialize_ros1(message, kind))
    report = run(tmp_path / 'drive.bag', tmp_path / 'out', tiny_engine, keep_inputs=True)
    assert report['modes'] == {'full': 6}
    outputs = read(tmp_path / 'out')
    assert len(outputs['/nitedr/fused/image']) == 6
    assert len(outputs['/rgb/image_raw']) == 6
    assert (pixels(outputs['/nitedr/fused/image'][0]) == 80).all()
