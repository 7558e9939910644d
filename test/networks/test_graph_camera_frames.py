"""One graph from camera images to output images agrees with the pipeline on the CPU."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto

from nitedr_ros.config.schema import GeometryConfig
from nitedr_ros.engines.camera_frames import CameraFormat, CameraFrames
from nitedr_ros.engines.check import sample_pair
from nitedr_ros.engines.model import find_model
from nitedr_ros.engines.onnxruntime_engine import OnnxRuntimeEngine
from nitedr_ros.errors import EngineError
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.frame import Frame
from nitedr_ros.geometry.camera_info import CameraInfo
from nitedr_ros.geometry.registrar import Registrar
from nitedr_ros.geometry.sampling_grid import thermal_grid, visible_grid
from nitedr_ros.geometry.thermal_map import ThermalMap
from nitedr_ros.geometry.visible_view import VisibleView
from nitedr_ros.networks.export_job import ExportJob, halved, rewritten
from nitedr_ros.networks.graphs.camera_frames import with_camera_frames
from nitedr_ros.networks.graphs.half import to_half
from nitedr_ros.networks.graphs.wiring import float_tensors, tensors_of
from nitedr_ros.networks.sources import from_registry
from nitedr_ros.pipeline.deferred import Deferred
from nitedr_ros.pipeline.registration import RegisteredThermal
from nitedr_ros.resources import models_folder
from nitedr_ros.thermal.window import Window

SIZE = (72, 96)
WINDOW = Window(29_010.0, 30_377.0)
LEVELS = (1.0, 0.0)

# Of docs/operators.md of onnx-tensorrt for TensorRT 8.6: what it reads, with restrictions that
# hold here.
TENSORRT_OPERATORS = {
    *('Add', 'AveragePool', 'Cast', 'Ceil', 'Clip', 'Concat', 'Conv', 'DepthToSpace', 'Div'),
    *('Floor', 'Gather', 'GridSample', 'Max', 'Mul', 'Pad', 'Relu', 'Reshape', 'Resize', 'Round'),
    *('Slice', 'Split', 'Squeeze', 'Sub', 'Transpose', 'Unsqueeze'),
}


@pytest.fixture(scope='module')
def networks() -> onnx.ModelProto:
    return rewritten(from_registry(find_model('nitedr-lite', models_folder())), SIZE)


@pytest.fixture(scope='module')
def engine() -> OnnxRuntimeEngine:
    return OnnxRuntimeEngine(find_model('nitedr-lite', models_folder()), threads=1)


@dataclass(frozen=True)
class Rig:
    """What is known of two cameras, (height, width) of their images, and what they send.

    blur: sigma, pixels, by which the images' details are coarser than a pixel.
    """

    visible: tuple[int, int]
    thermal: tuple[int, int]
    geometry: dict[str, object]
    visible_info: CameraInfo | None = None
    thermal_info: CameraInfo | None = None
    visible_encoding: str = 'rgb8'
    thermal_encoding: str = 'mono16'
    blur: float = 0.0

    def maps(self) -> tuple[VisibleView, ThermalMap]:
        size = {'processing_size': SIZE[::-1]}
        registrar = Registrar(GeometryConfig.model_validate({**self.geometry, **size}))
        registrar.visible_info, registrar.thermal_info = self.visible_info, self.thermal_info
        view = registrar.view(*self.visible)
        return view, registrar.thermal_map(view, *self.thermal)

    def frames(self) -> CameraFrames:
        view, there = self.maps()
        visible, thermal = (
            CameraFormat(height=size[0], width=size[1], encoding=encoding)
            for size, encoding in (
                (self.visible, self.visible_encoding),
                (self.thermal, self.thermal_encoding),
            )
        )
        return CameraFrames(
            visible=visible,
            thermal=thermal,
            visible_bins=visible_grid(view).bins,
            thermal_bins=thermal_grid(there, *self.thermal).bins,
        )

    def images(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the pixels of both cameras in their encodings."""
        rgb, _ = sample_pair(*self.visible)
        _, levels = sample_pair(*self.thermal)
        if self.blur:
            rgb, levels = (cv2.GaussianBlur(image, (0, 0), self.blur) for image in (rgb, levels))
        if self.visible_encoding == 'bgr8':
            rgb = rgb[..., ::-1]
        elif self.visible_encoding == 'mono8':
            rgb = rgb[..., 1]
        elif self.visible_encoding.startswith('bayer'):
            rows, columns = np.indices(self.visible)
            colours = np.array([[0, 1], [1, 2]])[rows % 2, columns % 2]
            rgb = np.take_along_axis(rgb, colours[..., None], 2)[..., 0]
        if self.thermal_encoding == 'mono8':
            return np.ascontiguousarray(rgb), levels
        # Some values lie beyond the window, at both ends.
        return np.ascontiguousarray(rgb), (29_000 + 6 * levels.astype(np.uint16)).astype('<u2')


def lens(
    size: tuple[int, int],
    focal: float,
    model: str = 'plumb_bob',
    d: tuple[float, ...] = (0.0,) * 5,
) -> CameraInfo:
    height, width = size
    cx, cy = width / 2 - 0.7, height / 2 + 1.2
    k = (focal, 0.0, cx, 0.0, focal, cy, 0.0, 0.0, 1.0)
    p = (0.9 * focal, 0.0, cx, 0.0, 0.0, 0.9 * focal, cy, 0.0, 0.0, 0.0, 1.0, 0.0)
    r = tuple(cv2.Rodrigues(np.array([0.01, -0.02, 0.005]))[0].ravel().tolist())
    return CameraInfo(width=width, height=height, distortion_model=model, d=d, k=k, r=r, p=p)


EXTRINSICS = {
    'registration': 'extrinsics',
    'translation_m': (0.11, 0.05, -0.01),
    'rotation_xyzw': (0.01, 0.06, 0.004, 0.998),
}
PLUMB_BOB, EQUIDISTANT = (-0.31, 0.11, 1e-3, -5e-4, -0.02), (0.02, -0.01, 3e-3, -1e-3)

RIGS = {
    'plumb_bob': Rig(
        (90, 120),
        (64, 80),
        EXTRINSICS,
        lens((90, 120), 100.0, d=PLUMB_BOB),
        lens((64, 80), 80.0, d=(-0.2, 0.05, 0.0, 0.0, 0.0)),
    ),
    'equidistant': Rig(
        (90, 120),
        (64, 80),
        EXTRINSICS,
        lens((90, 120), 80.0, 'equidistant', EQUIDISTANT),
        lens((64, 80), 70.0, 'equidistant', EQUIDISTANT),
        'bgr8',
        'mono8',
    ),
    'binned': Rig(
        (225, 301),
        (255, 322),
        EXTRINSICS,
        lens((225, 301), 260.0, d=PLUMB_BOB),
        lens((255, 322), 300.0),
        'bgr8',
    ),
    'bayer': Rig(
        (90, 120),
        (64, 80),
        EXTRINSICS,
        lens((90, 120), 100.0, d=PLUMB_BOB),
        lens((64, 80), 80.0),
        'bayer_rggb8',
    ),
    'aligned': Rig(SIZE, (51, 64), {'registration': 'aligned'}),
    'aligned, enlarged': Rig((48, 60), SIZE, {'registration': 'aligned'}, None, None, 'mono8'),
    'aligned, halved': Rig((144, 192), (144, 192), {'registration': 'aligned'}),
    'aligned, of long pixels': Rig((144, 384), (288, 192), {'registration': 'aligned'}),
    'aligned, reduced': Rig((120, 160), (128, 160), {'registration': 'aligned'}, blur=1.0),
}


def feeds(rig: Rig, *, black_hot: bool = False, present: bool = True) -> dict[str, np.ndarray]:
    view, there = rig.maps()
    frames = rig.frames()
    visible, thermal = rig.images()
    gain, offset = LEVELS
    if rig.thermal_encoding == 'mono16':
        gain, offset = 255.0 / WINDOW.span, -WINDOW.low * 255.0 / WINDOW.span
    if black_hot:
        gain, offset = -gain, 255.0 - offset
    return {
        'visible': visible.view(np.uint8).reshape(frames.visible.shape),
        'thermal': thermal.view(np.uint8).reshape(frames.thermal.shape),
        'visible_grid': visible_grid(view).points,
        'thermal_grid': thermal_grid(there, *rig.thermal).points,
        'thermal_range': np.array([gain, offset], np.float32),
        'thermal_weight': there.weight[None],
        'thermal_present': np.array([present], np.float32),
    }


def run(graph: onnx.ModelProto, inputs: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph.SerializeToString(), options, providers=['CPUExecutionProvider']
    )
    names = [output.name for output in session.get_outputs()]
    found = session.run(names, inputs)
    return {name: image[0] for name, image in zip(names, found, strict=True)}


def by_pipeline(
    rig: Rig, engine: OnnxRuntimeEngine, *, black_hot: bool = False, present: bool = True
) -> dict[str, np.ndarray]:
    view, there = rig.maps()
    visible, thermal = rig.images()
    rgb = view.apply(to_rgb8(Frame(0, '', rig.visible_encoding, visible, *rig.visible)))
    levels = thermal if rig.thermal_encoding == 'mono8' else WINDOW.apply(thermal)
    registered = there.apply(np.bitwise_not(levels) if black_hot else levels)
    if not present:
        registered = np.zeros_like(registered)
    result = engine.infer(rgb, registered)
    weight = None if there.complete else there.weight
    limit = RegisteredThermal(
        Deferred.ready(registered), None, there.mask, weight, None, there
    ).limit
    fused = limit(result.fused, result.derained) if present else result.derained
    return {'fused': fused, 'derained': result.derained, 'thermal_registered': registered}


def differences(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> dict:
    return {name: np.abs(found[name].astype(np.int16) - image) for name, image in expected.items()}


@pytest.mark.parametrize('name', RIGS)
def test_agrees_with_the_pipeline(
    networks: onnx.ModelProto, engine: OnnxRuntimeEngine, name: str
) -> None:
    rig = RIGS[name]
    found = run(with_camera_frames(networks, rig.frames()), feeds(rig))
    expected = by_pipeline(rig, engine)
    mean, most = 0.05, 4
    if name.startswith('aligned'):
        # cv2.resize cuts fractions off where it enlarges, and rounds once where it quarters; its
        # averages over areas are approximated where it reduces by no power of 2.
        mean, most = (1.0, 25) if name == 'aligned, reduced' else (0.5, 4)
    for what, difference in differences(found, expected).items():
        assert expected[what].std() > 10
        assert difference.mean() <= mean, what
        assert difference.max() <= most, what


def test_the_rigs_are_what_they_are_meant_to_be() -> None:
    for name in ('plumb_bob', 'equidistant', 'binned'):
        _, there = RIGS[name].maps()
        assert 0.3 < there.mask.mean() / 255 < 0.95
        assert ((there.weight > 0) & (there.weight < 1)).mean() > 0.05
    frames = RIGS['binned'].frames()
    assert (frames.visible_bins, frames.thermal_bins) == ((2, 2), (2, 2))
    frames = RIGS['aligned, of long pixels'].frames()
    assert (frames.visible_bins, frames.thermal_bins) == ((4, 2), (2, 4))


@pytest.mark.parametrize('name', ['plumb_bob', 'equidistant'])
def test_black_hot_cameras_have_a_negative_gain(
    networks: onnx.ModelProto, engine: OnnxRuntimeEngine, name: str
) -> None:
    rig = RIGS[name]
    found = run(with_camera_frames(networks, rig.frames()), feeds(rig, black_hot=True))
    expected = by_pipeline(rig, engine, black_hot=True)
    for difference in differences(found, expected).values():
        assert difference.mean() <= 0.05
        assert difference.max() <= 4


def test_without_a_thermal_image_the_derained_one_goes_out(
    networks: onnx.ModelProto, engine: OnnxRuntimeEngine
) -> None:
    rig = RIGS['plumb_bob']
    found = run(with_camera_frames(networks, rig.frames()), feeds(rig, present=False))
    np.testing.assert_array_equal(found['fused'], found['derained'])
    assert not found['thermal_registered'].any()
    expected = by_pipeline(rig, engine, present=False)
    assert differences(found, expected)['derained'].mean() <= 0.05


def test_where_the_thermal_camera_sees_nothing_the_derained_image_goes_out(
    networks: onnx.ModelProto,
) -> None:
    rig = RIGS['plumb_bob']
    _, there = rig.maps()
    found = run(with_camera_frames(networks, rig.frames()), feeds(rig))
    unseen = there.weight == 0
    np.testing.assert_array_equal(found['fused'][unseen], found['derained'][unseen])
    assert (found['fused'][~unseen] != found['derained'][~unseen]).mean() > 0.3


def test_beyond_its_border_the_visible_image_is_black_and_the_thermal_one_goes_on(
    networks: onnx.ModelProto,
) -> None:
    rig = RIGS['equidistant']
    graph, inputs = with_camera_frames(networks, rig.frames()), feeds(rig)
    outside = np.full_like(inputs['visible_grid'], 3.0)
    found = run(graph, {**inputs, 'visible_grid': outside, 'thermal_grid': outside})
    assert (found['thermal_registered'] == inputs['thermal'][0, -1, -1, 0]).all()
    black = run(graph, {**inputs, 'visible': np.zeros_like(inputs['visible'])})
    np.testing.assert_array_equal(found['derained'], black['derained'])


@pytest.fixture(scope='module')
def whole(networks: onnx.ModelProto) -> onnx.ModelProto:
    return with_camera_frames(networks, RIGS['bayer'].frames())


def test_bytes_are_inputs_and_outputs_alone(whole: onnx.ModelProto) -> None:
    at_the_edges = {'visible', 'thermal', 'fused', 'derained', 'thermal_registered'}
    assert tensors_of(whole, TensorProto.UINT8) == at_the_edges
    for node in whole.graph.node:
        if at_the_edges.intersection([*node.input, *node.output]):
            assert node.op_type == 'Cast'
    # Casts of floats to floats are left to nobody.
    kinds = [node.attribute[0].i for node in whole.graph.node if node.op_type == 'Cast']
    assert sorted(kinds) == [TensorProto.FLOAT] * 2 + [TensorProto.UINT8] * 3


@pytest.mark.parametrize('encoding', ['bayer_rggb16', 'yuv422', 'nv12', 'bgra8'])
def test_operators_are_those_of_tensorrt(networks: onnx.ModelProto, encoding: str) -> None:
    frames = CameraFrames(
        visible=CameraFormat(height=90, width=120, encoding=encoding),
        thermal=CameraFormat(height=64, width=80, encoding='mono16'),
        visible_bins=(4, 2),
        thermal_bins=(2, 1),
    )
    graph = with_camera_frames(networks, frames)
    assert {node.op_type for node in graph.graph.node} <= TENSORRT_OPERATORS
    assert [entry.version for entry in graph.opset_import] == [17]
    # Of integers there are constants, and nothing is computed with them.
    made = {name for node in graph.graph.node for name in node.output}
    assert made <= float_tensors(graph) | {'fused', 'derained', 'thermal_registered'}
    inferred = onnx.shape_inference.infer_shapes(graph, strict_mode=True, data_prop=True).graph
    for value in (*inferred.input, *inferred.value_info, *inferred.output):
        dimensions = value.type.tensor_type.shape.dim
        assert all(dimension.dim_value for dimension in dimensions), value.name


def test_the_cameras_part_of_an_fp16_graph_stays_in_fp32(networks: onnx.ModelProto) -> None:
    rig = RIGS['plumb_bob']
    half, _, _ = halved(networks, ExportJob('half', None, SIZE, 'fp16'))
    graph = with_camera_frames(half, rig.frames())
    in_half = tensors_of(graph, TensorProto.FLOAT16)
    assert in_half
    assert not any(name.startswith('camera/') for name in in_half)
    inputs = feeds(rig)
    found = run(graph, inputs)
    expected = run(with_camera_frames(networks, rig.frames()), inputs)
    for difference in differences(found, expected).values():
        assert difference.mean() <= 0.25


def test_networks_that_make_fp16_are_cast_before_they_are_blended(
    networks: onnx.ModelProto,
) -> None:
    nodes = list(networks.graph.node)
    made = {name: index for index, node in enumerate(nodes) for name in node.output}
    casts = {made[name] for name in ('fused', 'derained')}
    last = casts | {made[nodes[index].input[0]] for index in casts}
    first = {index for index, node in enumerate(nodes) if 'visible' in node.input}
    graph = with_camera_frames(to_half(networks, first | last), RIGS['aligned'].frames())
    found = {node.output[0]: node for node in graph.graph.node if node.op_type == 'Cast'}
    for name in ('fused', 'derained'):
        assert found[f'camera/{name}/fp32'].attribute[0].i == TensorProto.FLOAT
    assert found['edge/visible'].attribute[0].i == TensorProto.FLOAT16
    assert not any(name.startswith('camera/') for name in tensors_of(graph, TensorProto.FLOAT16))
    expected = run(with_camera_frames(networks, RIGS['aligned'].frames()), feeds(RIGS['aligned']))
    images = run(graph, feeds(RIGS['aligned']))
    assert differences(images, expected)['derained'].max() <= 1


def test_the_networks_are_left_as_they_are(networks: onnx.ModelProto) -> None:
    before = networks.SerializeToString()
    with_camera_frames(networks, RIGS['aligned'].frames())
    assert networks.SerializeToString() == before


def test_other_graphs_are_refused() -> None:
    source = from_registry(find_model('nitedr-lite', models_folder()))
    frames = RIGS['aligned'].frames()
    of_any_size = rewritten(source, None)
    with pytest.raises(EngineError, match='expected one size'):
        with_camera_frames(of_any_size, frames)
    as_traced = rewritten(source, SIZE)
    cast = next(node for node in as_traced.graph.node if 'visible' in node.input)
    turned = onnx.helper.make_node('Transpose', ['visible'], ['turned'], perm=[0, 1, 2, 3])
    cast.input[0] = 'turned'
    as_traced.graph.node.insert(0, turned)
    with pytest.raises(EngineError, match='expected visible to be read by Cast, got Transpose'):
        with_camera_frames(as_traced, frames)
    newer = rewritten(source, SIZE)
    newer.opset_import[0].version = 20
    with pytest.raises(EngineError, match='operator set 16 to 19, got 20'):
        with_camera_frames(newer, frames)
