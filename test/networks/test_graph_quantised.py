"""int8: which convolutions, stated how, on which ranges, and what is refused."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from nitedr_ros.engines.check import sample_pair
from nitedr_ros.engines.model import find_model
from nitedr_ros.errors import EngineError, InputError
from nitedr_ros.networks.export_job import ExportJob, rewritten, run_export
from nitedr_ros.networks.graphs.agreement import INT8_LIMITS, compare
from nitedr_ros.networks.graphs.calibration import calibrate
from nitedr_ros.networks.graphs.int8_choice import AIM, choose_int8
from nitedr_ros.networks.graphs.quantised import quantisable, quantised
from nitedr_ros.networks.graphs.samples import Sample, drawn_sample, read_calibration, read_judges
from nitedr_ros.networks.graphs.session import GraphSession
from nitedr_ros.networks.graphs.wiring import Wiring
from nitedr_ros.networks.sources import Source, from_registry
from nitedr_ros.resources import models_folder

SIZE = (64, 96)
CONVOLUTIONS = frozenset({3, 4})
"""Places in `graph_of` of the first two nodes that are given."""


def graph_of(*between: tuple, constants: dict[str, np.ndarray]) -> onnx.ModelProto:
    """Return a graph of nodes (operator, inputs, output, attributes) from `start` to `end`.

    `start` and `end`: float [1, 3, H, W] in [0, 1]; `end` becomes both images.
    """
    nodes = [
        helper.make_node('Cast', ['visible'], ['levels'], to=TensorProto.FLOAT),
        helper.make_node('Transpose', ['levels'], ['planes'], perm=[0, 3, 1, 2]),
        helper.make_node('Div', ['planes', '255'], ['start']),
        *(
            helper.make_node(kind, inputs, [output], name=output, **attributes)
            for kind, inputs, output, attributes in between
        ),
        helper.make_node('Clip', ['end', '0', '1'], ['clipped']),
        helper.make_node('Mul', ['clipped', '255'], ['scaled']),
        helper.make_node('Round', ['scaled'], ['rounded']),
        helper.make_node('Transpose', ['rounded'], ['pixels'], perm=[0, 2, 3, 1]),
        helper.make_node('Cast', ['pixels'], ['fused'], to=TensorProto.UINT8),
        helper.make_node('Cast', ['pixels'], ['derained'], to=TensorProto.UINT8),
    ]
    images = [('visible', [1, *SIZE, 3]), ('thermal', [1, *SIZE])]
    inputs = [helper.make_tensor_value_info(n, TensorProto.UINT8, s) for n, s in images]
    outputs = [
        helper.make_tensor_value_info(name, TensorProto.UINT8, [1, *SIZE, 3])
        for name in ('fused', 'derained')
    ]
    scalars = {name: np.array(int(name), np.float32) for name in ('0', '1', '255')}
    tensors = [numpy_helper.from_array(v, n) for n, v in {**scalars, **constants}.items()]
    graph = helper.make_graph(nodes, 'test', inputs, outputs, tensors)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    return model


def centred(gain: float, side: int = 1) -> np.ndarray:
    """Return weights [3, 3, side, side] that scale each channel by itself."""
    weight = np.zeros((3, 3, side, side), np.float32)
    weight[range(3), range(3), side // 2, side // 2] = gain
    return weight


def bias(value: float) -> np.ndarray:
    return np.full(3, value, np.float32)


def with_target(sample: Sample) -> Sample:
    """Return the sample with a clean image that is some 30 dB from it."""
    rng = np.random.default_rng(7)
    noise = rng.normal(0, 8, sample.visible.shape)
    return Sample(
        sample.visible,
        sample.thermal,
        np.clip(sample.visible + noise, 0, 255).astype(np.uint8),
    )


def grey_pair(level: int) -> tuple[np.ndarray, np.ndarray]:
    return np.full((*SIZE, 3), level, np.uint8), np.zeros(SIZE, np.uint8)


@pytest.fixture(scope='module')
def shipped() -> Source:
    return from_registry(find_model('nitedr-lite', models_folder()))


@pytest.fixture(scope='module', params=[SIZE, None], ids=['one size', 'any size'])
def whole(shipped: Source, request: pytest.FixtureRequest) -> tuple[onnx.ModelProto, ...]:
    """The shipped graph in float, and with all convolutions in int8."""
    graph = rewritten(shipped, request.param)
    convolutions = quantisable(graph)
    ranges = calibrate(graph, convolutions, [sample_pair(*SIZE)]).ranges
    return graph, quantised(graph, set(convolutions), ranges)


def test_pairs_stand_before_convolutions_only(whole: tuple[onnx.ModelProto, ...]) -> None:
    graph, result = whole
    wiring = Wiring(result.graph)
    kinds = [node.op_type for node in wiring.nodes]
    for index, kind in enumerate(kinds):
        after = {kinds[reader] for reader in wiring.after(index)}
        before = [kinds[maker] for maker in wiring.before(index)]
        if kind == 'QuantizeLinear':
            assert after == {'DequantizeLinear'}
        elif kind == 'DequantizeLinear':
            assert (before, after) == (['QuantizeLinear'], {'Conv'})
        elif kind == 'Conv':
            assert before in (['DequantizeLinear', 'DequantizeLinear'], ['Concat'])
    # FusionNet's first one reads three things side by side.
    convolutions = kinds.count('Conv') - 1
    assert convolutions == len(quantisable(graph)) > 20
    # What two convolutions read is rounded once.
    assert convolutions * 2 >= kinds.count('QuantizeLinear') > convolutions


def test_all_else_stays_as_it_is(whole: tuple[onnx.ModelProto, ...]) -> None:
    added = {'QuantizeLinear', 'DequantizeLinear', 'Conv'}
    before, after = (
        [node.SerializeToString() for node in model.graph.node if node.op_type not in added]
        for model in whole
    )
    assert after == before
    tensors = {tensor.name: tensor for tensor in whole[1].graph.initializer}
    for tensor in whole[0].graph.initializer:
        assert tensors[tensor.name].SerializeToString() == tensor.SerializeToString()


def test_zero_points_are_zero_and_weights_have_a_scale_for_each_output(
    whole: tuple[onnx.ModelProto, ...],
) -> None:
    wiring = Wiring(whole[1].graph)
    for node in wiring.nodes:
        if node.op_type not in ('QuantizeLinear', 'DequantizeLinear'):
            continue
        scale, zero = (numpy_helper.to_array(wiring.constants[name]) for name in node.input[1:])
        assert zero.dtype == np.int8
        assert scale.dtype == np.float32
        assert zero.shape == scale.shape
        assert not zero.any()
        assert (scale > 0).all()
        if node.op_type == 'QuantizeLinear' and node.input[0] in wiring.constants:
            weight = numpy_helper.to_array(wiring.constants[node.input[0]])
            assert [attribute.i for attribute in node.attribute] == [0]
            assert scale.shape == weight.shape[:1]
            largest = np.abs(weight).reshape(len(weight), -1).max(1)
            assert scale * 127 == pytest.approx(largest, rel=1e-6)
        elif node.op_type == 'QuantizeLinear':
            assert scale.shape == ()


def test_tensorrt_8_6_reads_it(whole: tuple[onnx.ModelProto, ...]) -> None:
    for model in whole:
        assert [(entry.domain, entry.version) for entry in model.opset_import] == [('', 17)]
        assert model.ir_version <= 8
        onnx.checker.check_model(model, full_check=True)
    # Neither weights in int8 nor biases in int32, which its parser refuses.
    types = {tensor.name: tensor.data_type for tensor in whole[1].graph.initializer}
    integers = {name for name, type_ in types.items() if type_ == TensorProto.INT8}
    assert TensorProto.INT32 not in types.values()
    assert all(name.endswith('/zero') for name in integers)
    assert integers


def test_the_source_is_left_as_it_is() -> None:
    model = pointwise()
    before = model.SerializeToString()
    quantised(model, CONVOLUTIONS, {'start': 1.0, 'first': 1.0})
    assert model.SerializeToString() == before


def pointwise() -> onnx.ModelProto:
    """Return a graph that gives back what it takes, by two convolutions."""
    return graph_of(
        ('Conv', ['start', 'half', 'none'], 'first', {}),
        ('Conv', ['first', 'twice', 'none'], 'end', {}),
        constants={'half': centred(0.5), 'twice': centred(2), 'none': bias(0)},
    )


@settings(max_examples=10, deadline=None)
@given(
    level=st.integers(0, 255),
    largest=st.floats(0.05, 2.0),
)
def test_values_are_rounded_within_the_range_and_clipped_beyond(
    level: int, largest: float
) -> None:
    model = quantised(pointwise(), frozenset({3}), {'start': largest})
    found = GraphSession(model, ['start/rounded']).run(*grey_pair(level))['start/rounded']
    step = np.float32(largest / 127)
    value = np.float32(level) / np.float32(255)
    expected = min(np.round(value / step), 127) * step
    assert found == pytest.approx(expected, abs=1e-6)
    assert abs(expected - min(value, largest)) <= step / 2 + 1e-6


def test_openvino_computes_what_the_graph_states(whole: tuple[onnx.ModelProto, ...]) -> None:
    openvino = pytest.importorskip('openvino', reason='openvino is not installed')
    images = drawn_sample(SIZE).pair
    core = openvino.Core()
    graph = core.read_model(whole[1].SerializeToString())
    graph.reshape({'visible': [1, *SIZE, 3], 'thermal': [1, *SIZE]})
    compiled = core.compile_model(graph, 'CPU', {'INFERENCE_PRECISION_HINT': 'f32'})
    found = compiled({'visible': images[0][None], 'thermal': images[1][None]})
    expected = GraphSession(whole[1], exact=True).run(*images)
    for name in ('fused', 'derained'):
        difference = np.abs(found[name].astype(int) - expected[name])
        # A value on the edge between two steps of int8 may go either way, with all that follow.
        assert difference.mean() < 1
    if 'INT8' in core.get_property('CPU', 'OPTIMIZATION_CAPABILITIES'):
        layers = [node.get_rt_info() for node in compiled.get_runtime_model().get_ordered_ops()]
        precisions = [
            layer['runtimePrecision'].value
            for layer in layers
            if layer['layerType'].value == 'Convolution'
        ]
        assert precisions.count('f32') == 1
        assert set(precisions) <= {'f32', 'u8', 'i8'}


def test_channels_without_weights_have_a_scale() -> None:
    weight = centred(0.5)
    weight[1] = 0
    model = graph_of(
        ('Conv', ['start', 'some', 'none'], 'end', {}),
        constants={'some': weight, 'none': bias(0)},
    )
    # Nor does it matter that all that is read was black.
    result = quantised(model, {3}, {'start': 0.0})
    found = GraphSession(result).run(*grey_pair(255))['fused'][0]
    assert found[0, 0].tolist() == [128, 0, 128]


def test_what_stays_in_float_in_any_case() -> None:
    model = graph_of(
        ('Conv', ['start', 'same', 'none'], 'features', {}),
        ('Concat', ['start', 'features'], 'both', {'axis': 1}),
        ('Conv', ['both', 'wide', 'none'], 'joined', {}),
        ('GlobalAveragePool', ['features'], 'mean', {}),
        ('Conv', ['mean', 'same', 'none'], 'hidden', {}),
        ('Relu', ['hidden'], 'active', {}),
        ('Conv', ['active', 'same', 'none'], 'shift', {}),
        ('Add', ['joined', 'shift'], 'shifted', {}),
        ('Neg', ['same'], 'computed', {}),
        ('Conv', ['shifted', 'computed', 'none'], 'end', {}),
        constants={
            'same': centred(1),
            'wide': np.concatenate([centred(1), centred(1)], 1),
            'none': bias(0),
        },
    )
    # Neither what reads a Concat, nor values of the whole image, nor weights that are computed.
    assert [model.graph.node[index].output[0] for index in quantisable(model)] == ['features']


def test_ranges_are_of_the_frames_but_for_one_in_ten() -> None:
    model, convolutions = pointwise(), sorted(CONVOLUTIONS)
    dark = calibrate(model, convolutions, [grey_pair(51), grey_pair(102)])
    assert dark.ranges == pytest.approx({'start': 0.4, 'first': 0.2})
    levels = [51] * 9 + [255]
    with_outlier = calibrate(model, convolutions, map(grey_pair, levels))
    assert with_outlier.ranges == pytest.approx({'start': 0.2, 'first': 0.1})
    bright = calibrate(model, convolutions, map(grey_pair, [51] * 8 + [255] * 2))
    assert bright.ranges == pytest.approx({'start': 1.0, 'first': 0.5})


def test_products_are_counted() -> None:
    model = graph_of(
        ('Conv', ['start', 'wide', 'none'], 'coarse', {'strides': [2, 2], 'pads': [1, 1, 1, 1]}),
        ('Resize', ['coarse', '', 'twice'], 'fine', {}),
        ('Conv', ['fine', 'same', 'none'], 'end', {}),
        constants={
            'wide': centred(1, side=3),
            'same': centred(1),
            'none': bias(0),
            'twice': np.array([1, 1, 2, 2], np.float32),
        },
    )
    pixels = SIZE[0] * SIZE[1]
    found = calibrate(model, [3, 5], [grey_pair(9)])
    assert found.products == {3: pixels // 4 * 81, 5: pixels * 9}


def test_frames_to_calibrate_on_change_the_graph() -> None:
    model = pointwise()
    night, day = (
        choose_int8(model, [Sample(*grey_pair(level))], [with_target(drawn_sample(SIZE))])
        for level in (100, 255)
    )
    scales = [
        numpy_helper.to_array(Wiring(choice.model.graph).constants['start/scale'])
        for choice in (night, day)
    ]
    assert scales == pytest.approx([100 / 255 / 127, 1 / 127])
    assert day.agreement.mean < night.agreement.mean


def shifted(side: int) -> onnx.ModelProto:
    """Return a graph whose second convolution, of that side, reads small values on a large base.

    In int8, most of what it reads is lost. The first one has as many products as one of side 3.
    """
    around = {'pads': [side // 2] * 4}
    return graph_of(
        ('Conv', ['start', 'plain', 'up'], 'raised', {'pads': [1] * 4}),
        ('Conv', ['raised', 'same', 'down'], 'end', around),
        constants={
            'plain': centred(1, side=3),
            'same': centred(1, side),
            'up': bias(10),
            'down': bias(-10),
        },
    )


def test_convolutions_that_lose_too_much_go_back_to_float() -> None:
    samples = [with_target(drawn_sample(SIZE))]
    model = shifted(side=1)
    convolutions = quantisable(model)
    ranges = calibrate(model, convolutions, [samples[0].pair]).ranges
    everything = compare(model, quantised(model, set(convolutions), ranges), samples)
    assert everything.mean > INT8_LIMITS.mean
    choice = choose_int8(model, samples, samples)
    assert (choice.convolutions, choice.in_int8) == (2, 1)
    assert not choice.agreement.complaint
    assert choice.agreement.loss_db is not None
    assert choice.agreement.loss_db <= AIM.loss_db
    assert choice.agreement.limits == INT8_LIMITS
    names = {node.name for node in choice.model.graph.node if node.op_type == 'QuantizeLinear'}
    assert names == {'start/int8', 'plain/int8'}


def test_all_stay_in_int8_where_little_is_lost() -> None:
    samples = [with_target(drawn_sample(SIZE))]
    choice = choose_int8(pointwise(), samples, samples)
    assert (choice.convolutions, choice.in_int8) == (2, 2)
    assert 0 < choice.agreement.mean <= INT8_LIMITS.mean


def test_a_graph_without_convolutions_is_refused() -> None:
    model = graph_of(('Neg', ['start'], 'end', {}), constants={})
    with pytest.raises(EngineError, match='expected convolutions'):
        choose_int8(model, [drawn_sample(SIZE)], [with_target(drawn_sample(SIZE))])


def write_folder(folder: Path, *, target: bool) -> Path:
    """Write two pairs, with clean images or without."""
    sample = with_target(drawn_sample(SIZE))
    assert sample.target is not None
    images = {'visible': sample.visible, 'thermal': sample.thermal}
    for kind, image in {**images, **({'target': sample.target} if target else {})}.items():
        (folder / kind).mkdir(parents=True)
        for stem in ('a', 'b'):
            # In the order of OpenCV, blue first.
            cv2.imwrite(
                str(folder / kind / f'{stem}.png'), image[..., ::-1] if image.ndim == 3 else image
            )
    return folder


def test_int8_that_loses_too_much_is_refused_and_nothing_is_written(tmp_path: Path) -> None:
    samples = write_folder(tmp_path / 'samples', target=True)
    out, models = tmp_path / 'graph.onnx', tmp_path / 'models'
    job = ExportJob(
        'lossy', out, SIZE, 'int8', samples=samples, registry=models, calibration=samples
    )
    with pytest.raises(
        EngineError,
        match=r'lossy in int8 .* with \d of 2 conv.* differs by .*allowed.* on 2 pairs.*fp16',
    ) as raised:
        run_export(Source(shifted(side=5), '1', 1, {}), job)
    assert '\n' not in str(raised.value)
    assert not out.exists()
    assert not models.exists()


def test_images_without_clean_ones_are_no_judges(tmp_path: Path) -> None:
    folder = write_folder(tmp_path, target=False)
    with pytest.raises(
        InputError, match=r'expected clean images in .*target.* add them'
    ) as raised:
        read_judges(folder, None)
    assert '\n' not in str(raised.value)
    assert len(read_calibration(folder, None)) == 2


def test_int8_needs_frames() -> None:
    with pytest.raises(ValueError, match='calibration and samples'):
        run_export(Source(pointwise(), '1', 1, {}), ExportJob('x', None, SIZE, 'int8'))
