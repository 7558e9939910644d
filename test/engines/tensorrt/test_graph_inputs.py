"""What graphs take: their shapes, and samples that show the drawn scenes."""

from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.check import sample_pairs
from nitedr_ros.engines.model import Model
from nitedr_ros.engines.tensorrt.graph_inputs import input_shapes, sample_inputs

SIZE = (32, 48)
ENCODINGS = ['rgb8', 'bgra8', 'mono8', 'mono16', 'bayer_rggb8', 'bayer_gbrg16', 'yuv422', 'nv12']


def of_camera_frames(model: Model, encoding: str, thermal: str) -> Model:
    frames = CameraFrames.model_validate(
        {
            'visible': {'height': 60, 'width': 80, 'encoding': encoding},
            'thermal': {'height': 24, 'width': 30, 'encoding': thermal},
        }
    )
    return model.model_copy(update={'camera_frames': frames, 'size': SIZE})


def test_a_graph_of_pairs_takes_both_images(tiny_model: Model) -> None:
    assert input_shapes(tiny_model, SIZE) == {'visible': (1, 32, 48, 3), 'thermal': (1, 32, 48)}


def test_samples_of_pairs_are_the_scenes(tiny_model: Model) -> None:
    found = list(sample_inputs(tiny_model, SIZE))
    shapes = input_shapes(tiny_model, SIZE)
    assert len(found) == 4
    for inputs, (visible, thermal) in zip(found, sample_pairs(*SIZE), strict=True):
        assert {name: array.shape for name, array in inputs.items()} == shapes
        np.testing.assert_array_equal(inputs['visible'][0], visible)
        np.testing.assert_array_equal(inputs['thermal'][0], thermal)


def test_a_graph_of_camera_frames_takes_maps_too(tiny_model: Model) -> None:
    model = of_camera_frames(tiny_model, 'nv12', 'mono16')
    assert input_shapes(model, SIZE) == {
        'visible': (1, 90, 80, 1),
        'thermal': (1, 24, 30, 2),
        'visible_grid': (1, 32, 48, 2),
        'thermal_grid': (1, 32, 48, 2),
        'thermal_range': (2,),
        'thermal_weight': (1, 32, 48),
        'thermal_present': (1,),
    }


@pytest.mark.parametrize('thermal', ['mono8', 'mono16'])
@pytest.mark.parametrize('encoding', ENCODINGS)
def test_samples_of_camera_frames_fit_the_graph_and_show_something(
    tiny_model: Model, encoding: str, thermal: str
) -> None:
    model = of_camera_frames(tiny_model, encoding, thermal)
    found = list(sample_inputs(model, SIZE))
    shapes = input_shapes(model, SIZE)
    assert [float(inputs['thermal_present'][0]) for inputs in found] == [1, 1, 1, 0]
    for inputs in found:
        assert {name: array.shape for name, array in inputs.items()} == shapes
        assert {inputs[name].dtype for name in ('visible', 'thermal')} == {np.dtype(np.uint8)}
        assert {
            array.dtype for name, array in inputs.items() if name not in ('visible', 'thermal')
        } == {np.dtype(np.float32)}
        assert all(array.flags.c_contiguous for array in inputs.values())
        assert np.ptp(inputs['visible']) > 25
        assert 0.9 < inputs['visible_grid'].max() < 1
        assert -1 < inputs['visible_grid'].min() < -0.9
        assert (inputs['thermal_weight'].min(), inputs['thermal_weight'].max()) == (0, 1)


def test_thermal_values_of_two_bytes_come_to_their_grey_levels(tiny_model: Model) -> None:
    for encoding in ('mono8', 'mono16'):
        inputs = next(sample_inputs(of_camera_frames(tiny_model, 'rgb8', encoding), SIZE))
        thermal, (gain, offset) = inputs['thermal'], inputs['thermal_range']
        values = thermal[..., 0] if encoding == 'mono8' else thermal.view('<u2')[..., 0]
        levels = values.astype(np.float32) * gain + offset
        np.testing.assert_allclose(levels, thermal[..., -1], atol=0.01)
        assert np.ptp(levels) > 150
