"""A session's images of one size in the GPU's memory, made once and used by every frame."""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import onnxruntime

from nitedr_ros.engines.engine import Image


class GpuBuffers:
    """Inputs and outputs of a session, bound for one image size.

    A frame allocates nothing on the GPU; its results are copied into new arrays, which the caller
    owns. ONNX Runtime gives Python no pinned host memory, so the copies go through the driver's
    own.
    """

    def __init__(self, session: Any, height: int, width: int, device: int) -> None:
        """session: whose first provider is on CUDA. height, width: that the graph takes, pixels.

        device: index of the GPU. Raises what the runtime raises where its memory doesn't suffice.
        """
        self._session = session
        colours, levels = [1, height, width, 3], [1, height, width]
        shapes = {'visible': colours, 'thermal': levels, 'fused': colours, 'derained': colours}
        self._values = {
            name: onnxruntime.OrtValue.ortvalue_from_shape_and_type(
                shape, np.uint8, 'cuda', device
            )
            for name, shape in shapes.items()
        }
        self._binding = session.io_binding()
        for name in ('visible', 'thermal'):
            self._binding.bind_ortvalue_input(name, self._values[name])
        for name in ('fused', 'derained'):
            self._binding.bind_ortvalue_output(name, self._values[name])

    def run(self, visible: Image, thermal: Image) -> tuple[Image, Image, dict[str, float]]:
        """Run on [1, H, W, 3] and [1, H, W]; return `fused`, `derained` and seconds by stage."""
        start = time.perf_counter()
        self._values['visible'].update_inplace(visible)
        self._values['thermal'].update_inplace(thermal)
        copied = time.perf_counter()
        # Returns when the GPU is done, as ONNX Runtime does unless told otherwise.
        self._session.run_with_iobinding(self._binding)
        computed = time.perf_counter()
        fused, derained = (self._values[name].numpy() for name in ('fused', 'derained'))
        end = time.perf_counter()
        stages = {
            'copy_in': copied - start,
            'infer': computed - copied,
            'copy_out': end - computed,
        }
        return fused, derained, stages
