"""Networks, and all that comes before and behind them, as one graph of camera images.

TensorRT takes bytes only as inputs and outputs of a plan, so each is cast at once, or last. The
nodes that are put around the networks compute in float32, whatever the networks compute in; the
names of all but the last casts begin with `camera/`.
"""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.errors import EngineError
from nitedr_ros.networks.graphs.added_nodes import AddedNodes
from nitedr_ros.networks.graphs.camera_encodings import rgb_planes, thermal_values
from nitedr_ros.networks.graphs.camera_resampling import binned, resampled
from nitedr_ros.networks.graphs.rounding import clipped, halves_down, halves_to_even
from nitedr_ros.networks.graphs.wiring import FLOAT, HALF, Wiring, tensors_of, without_unused

_UINT8 = TensorProto.UINT8
# Before, there was no GridSample, and afterwards its modes have other names.
_OPSETS = range(16, 20)
_TO_PLANES = [0, 3, 1, 2]
_TO_PIXELS = [0, 2, 3, 1]


def with_camera_frames(networks: onnx.ModelProto, frames: CameraFrames) -> onnx.ModelProto:
    """Return a graph that takes images as the cameras give them, see `CameraFrames`.

    networks: a graph of the models' contract, of one size, in any precision. Raises EngineError
    for another.
    """
    size = _size(networks)
    result = onnx.ModelProto()
    result.CopyFrom(networks)
    graph = result.graph
    del graph.value_info[:]
    halves = tensors_of(networks, HALF)
    wiring = Wiring(graph)
    added = AddedNodes(graph)
    visible, thermal = _visible_view(added, frames), _registered_thermal(added, frames)
    before = added.taken()
    dropped = _join(wiring, 'visible', visible) | _join(wiring, 'thermal', thermal)
    levels = {}
    for name in ('fused', 'derained'):
        index = wiring.cast_making(name)
        dropped.add(index)
        made = wiring.nodes[index].input[0]
        if made in halves:
            made = added.add('Cast', [made], f'camera/{name}/fp32', to=FLOAT)
        # As the cast to bytes did that stood here.
        levels[name] = added.add('Floor', [made], f'camera/{name}')
    _blend(added, levels['fused'], levels['derained'])
    added.add('Cast', [levels['derained']], 'derained', to=_UINT8)
    added.add('Cast', [thermal], 'thermal_registered', to=_UINT8)
    kept = [node for index, node in enumerate(wiring.nodes) if index not in dropped]
    del graph.node[:]
    graph.node.extend([*before, *kept, *added.taken()])
    _state_interface(graph, frames, size)
    without_unused(graph)
    onnx.checker.check_model(result, full_check=True)
    return result


def _size(networks: onnx.ModelProto) -> tuple[int, int]:
    opset = next(entry.version for entry in networks.opset_import if not entry.domain)
    if opset not in _OPSETS:
        raise EngineError(
            f'expected networks of operator set {_OPSETS[0]} to {_OPSETS[-1]}, got {opset}: '
            'export them again'
        )
    dimensions = networks.graph.input[0].type.tensor_type.shape.dim
    height, width = (dimensions[axis].dim_value for axis in (1, 2))
    if not (height and width):
        raise EngineError('expected one size for camera frames, got dynamic: give --size HxW')
    return height, width


def _visible_view(added: AddedNodes, frames: CameraFrames) -> str:
    """Make the output view of the visible image, float32 [1, H, W, 3] RGB."""
    planes = rgb_planes(added, _planes(added, 'visible'), frames.visible)
    reduced = binned(added, planes, frames.visible_bins)
    view = resampled(added, reduced, 'visible_grid', 'camera/visible/view', 'zeros')
    return added.add('Transpose', [view], 'camera/visible/pixels', perm=_TO_PIXELS)


def _registered_thermal(added: AddedNodes, frames: CameraFrames) -> str:
    """Make the thermal grey levels in the output view, float32 [1, H, W]."""
    values = thermal_values(added, _planes(added, 'thermal'), frames.thermal)
    gain, offset = added.split('thermal_range', ('camera/gain', 'camera/offset'), axis=0)
    scaled = added.add('Mul', [values, gain], 'camera/thermal/scaled')
    moved = added.add('Add', [scaled, offset], 'camera/thermal/levels')
    levels = clipped(added, halves_to_even(added, moved))
    reduced = binned(added, levels, frames.thermal_bins)
    view = resampled(added, reduced, 'thermal_grid', 'camera/thermal/view', 'border')
    present = added.add('Mul', [view, 'thermal_present'], 'camera/thermal/present')
    channel = added.integers('camera/channel', 1)
    return added.add('Squeeze', [present, channel], 'camera/thermal/registered')


def _planes(added: AddedNodes, image: str) -> str:
    floats = added.add('Cast', [image], f'camera/{image}', to=FLOAT)
    return added.add('Transpose', [floats], f'camera/{image}/planes', perm=_TO_PLANES)


def _join(wiring: Wiring, name: str, view: str) -> set[int]:
    """Let the networks read a view instead of casting bytes; return the casts that are needless.

    Raises EngineError where something else reads the bytes.
    """
    needless = set()
    for index in wiring.readers[name]:
        node = wiring.nodes[index]
        if node.op_type != 'Cast':
            raise EngineError(
                f'expected {name} to be read by Cast, got {node.op_type}: '
                'export the networks again'
            )
        if node.attribute[0].i == FLOAT:
            needless.add(index)
            wiring.redirect(node.output[0], view)
        else:
            node.input[0] = view
    return needless


def _blend(added: AddedNodes, fused: str, derained: str) -> None:
    """Make the fused image go out where the thermal camera sees, as `RegisteredThermal.limit`."""
    weight = added.add('Mul', ['thermal_weight', 'thermal_present'], 'camera/weight')
    axis = added.integers('camera/last', 3)
    weights = added.add('Unsqueeze', [weight, axis], 'camera/weight/pixels')
    difference = added.add('Sub', [fused, derained], 'camera/fused/difference')
    part = added.add('Mul', [difference, weights], 'camera/fused/part')
    blended = added.add('Add', [derained, part], 'camera/fused/blended')
    added.add('Cast', [halves_down(added, blended)], 'fused', to=_UINT8)


def _state_interface(graph: onnx.GraphProto, frames: CameraFrames, size: tuple[int, int]) -> None:
    inputs = [
        ('visible', _UINT8, frames.visible.shape),
        ('thermal', _UINT8, frames.thermal.shape),
        ('visible_grid', FLOAT, (1, *size, 2)),
        ('thermal_grid', FLOAT, (1, *size, 2)),
        ('thermal_range', FLOAT, (2,)),
        ('thermal_weight', FLOAT, (1, *size)),
        ('thermal_present', FLOAT, (1,)),
    ]
    outputs = [
        ('fused', _UINT8, (1, *size, 3)),
        ('derained', _UINT8, (1, *size, 3)),
        ('thermal_registered', _UINT8, (1, *size)),
    ]
    for stated, values in ((graph.input, inputs), (graph.output, outputs)):
        del stated[:]
        stated.extend(helper.make_tensor_value_info(*value) for value in values)
