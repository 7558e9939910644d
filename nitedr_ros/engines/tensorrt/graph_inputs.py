"""What the graphs of models take: their shapes, and samples to compare plans on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nitedr_ros.engines.camera_frames import CameraFormat, CameraFrames
from nitedr_ros.engines.camera_pair import CameraPair
from nitedr_ros.engines.check import sample_pairs
from nitedr_ros.engines.frames_engine import blank_pair, graph_inputs
from nitedr_ros.engines.model import Model

Shapes = Mapping[str, tuple[int, ...]]
UInt8 = npt.NDArray[np.uint8]


def input_shapes(model: Model, size: tuple[int, int]) -> Shapes:
    """Return the shapes of a model's inputs by name; size: height and width of the outputs."""
    if model.camera_frames is not None:
        blank = graph_inputs(blank_pair(model.camera_frames, size), model.camera_frames)
        return {name: array.shape for name, array in blank.items()}
    height, width = size
    return {'visible': (1, height, width, 3), 'thermal': (1, height, width)}


def sample_inputs(model: Model, size: tuple[int, int]) -> Iterator[dict[str, npt.NDArray[Any]]]:
    """Return what makes a model's graph see the drawn scenes, by name of the input.

    size: height and width of the outputs, pixels.
    """
    for visible, thermal in sample_pairs(*size):
        if model.camera_frames is None:
            yield {'visible': visible[None], 'thermal': thermal[None]}
        else:
            pair = _camera_pair(model.camera_frames, size, visible, thermal)
            yield graph_inputs(pair, model.camera_frames)


def _camera_pair(
    frames: CameraFrames, size: tuple[int, int], visible: UInt8, thermal: UInt8
) -> CameraPair:
    # A grid from border to border, as of cameras that share one view.
    rows, columns = (np.linspace(-0.97, 0.97, side, dtype=np.float32) for side in size)
    grid = np.stack(np.meshgrid(columns, rows), -1)[None]
    fading = np.broadcast_to(np.linspace(0, 1, size[1], dtype=np.float32), size)
    return CameraPair(
        _as_bytes(visible, frames.visible),
        _as_bytes(thermal, frames.thermal) if thermal.any() else None,
        grid,
        grid,
        # Of two bytes the upper one holds the picture, as the lower one is the same.
        (1.0, 0.0) if frames.thermal.shape[-1] == 1 else (1 / 257, 0.0),
        np.ascontiguousarray(fading),
    )


def _as_bytes(image: UInt8, camera: CameraFormat) -> UInt8:
    """Return bytes of a camera's shape that show the picture, whatever they mean.

    Colours come out wrong where the encoding is not RGB: a plan is compared with another on the
    same bytes.
    """
    _, rows, columns, channels = camera.shape
    scaled = np.asarray(cv2.resize(image, (columns, rows)), np.uint8).reshape(rows, columns, -1)
    repeated = np.resize(np.arange(scaled.shape[-1]), channels)
    return np.ascontiguousarray(scaled[..., repeated])[None]
