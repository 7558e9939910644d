"""Bytes of every encoding become in the graph what OpenCV makes of them."""

from __future__ import annotations

import numpy as np
import onnx
import onnxruntime
import pytest
from onnx import TensorProto, helper

from nitedr_ros.engines.camera_frames import CameraFormat
from nitedr_ros.frames.convert import to_rgb8
from nitedr_ros.frames.encodings import ENCODINGS
from nitedr_ros.frames.frame import Frame
from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.camera_encodings import rgb_planes, thermal_values

HEIGHT, WIDTH = 22, 30
VISIBLE = [name for name, encoding in ENCODINGS.items() if encoding.kind != 'float']
THERMAL = ['mono8', '8UC1', 'mono16', '16UC1']


def run(make, camera: CameraFormat, pixels: np.ndarray, channels: int) -> np.ndarray:
    """Run the nodes that `make` adds on the bytes of an image; return planes [channels, H, W]."""
    graph = helper.make_graph([], 'encoding', [], [])
    added = AddedNodes(graph)
    floats = added.add('Cast', ['image'], 'floats', to=TensorProto.FLOAT)
    planes = added.add('Transpose', [floats], 'planes', perm=[0, 3, 1, 2])
    made = make(added, planes, camera)
    graph.node.extend(added.taken())
    graph.input.append(
        helper.make_tensor_value_info('image', TensorProto.UINT8, list(camera.shape))
    )
    shape = [1, channels, HEIGHT, WIDTH]
    graph.output.append(helper.make_tensor_value_info(made, TensorProto.FLOAT, shape))
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid('', 17)], ir_version=8)
    onnx.checker.check_model(model, full_check=True)
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=['CPUExecutionProvider']
    )
    little_endian = pixels.astype(pixels.dtype.newbyteorder('<'))
    image = np.ascontiguousarray(little_endian).view(np.uint8).reshape(camera.shape)
    return session.run([made], {'image': image})[0][0]


def random_frame(encoding: str) -> Frame:
    layout = ENCODINGS[encoding]
    shape = (layout.rows(HEIGHT), WIDTH) + ((layout.channels,) if layout.channels > 1 else ())
    top = np.iinfo(layout.dtype).max
    pixels = np.random.default_rng(7).integers(0, top, shape, layout.dtype, endpoint=True)
    return Frame(0, '', encoding, pixels, HEIGHT, WIDTH)


@pytest.mark.parametrize('encoding', VISIBLE)
def test_visible_images_become_rgb(encoding: str) -> None:
    frame = random_frame(encoding)
    camera = CameraFormat(height=HEIGHT, width=WIDTH, encoding=encoding)
    found = run(rgb_planes, camera, frame.data, 3).transpose(1, 2, 0)
    np.testing.assert_array_equal(found, np.rint(found))
    difference = np.abs(found - to_rgb8(frame))
    # fp32 against fixed-point numbers; and other versions of OpenCV may round otherwise.
    assert difference.max() <= 1
    assert difference.mean() < 0.02


@pytest.mark.parametrize('encoding', THERMAL)
def test_thermal_images_become_values(encoding: str) -> None:
    frame = random_frame(encoding)
    camera = CameraFormat(height=HEIGHT, width=WIDTH, encoding=encoding)
    np.testing.assert_array_equal(run(thermal_values, camera, frame.data, 1)[0], frame.data)
