"""From a source to the graph file that is asked for: its size, its precision, checked."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import onnx

from nitedr_ros.engines.camera_frames import CameraFrames
from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError, InputError
from nitedr_ros.networks.graphs.agreement import Agreement, compare
from nitedr_ros.networks.graphs.camera_frames import with_camera_frames
from nitedr_ros.networks.graphs.edges import take_camera_bytes
from nitedr_ros.networks.graphs.fixed import fix_size, fold
from nitedr_ros.networks.graphs.half import to_half
from nitedr_ros.networks.graphs.int8_choice import Int8Choice, choose_int8
from nitedr_ros.networks.graphs.measured import measure
from nitedr_ros.networks.graphs.precision import nodes_for_half
from nitedr_ros.networks.graphs.samples import (
    drawn_sample,
    read_calibration,
    read_judges,
    read_samples,
)
from nitedr_ros.networks.registration import add_variant, write_graph, write_model
from nitedr_ros.networks.sources import (
    SIZE_MULTIPLE,
    Source,
    from_registry,
    from_run,
    from_weights,
    is_run,
)

__all__ = [
    'ExportJob',
    'ExportReport',
    'from_registry',
    'from_run',
    'from_weights',
    'is_run',
    'run_export',
]

Precision = Literal['fp32', 'fp16', 'int8']


@dataclass(frozen=True)
class ExportJob:
    """What is wanted.

    name: of the result. out: the graph's file; None where it is only registered. size: height and
    width, pixels, of all images; None for any from 8 pixels on. samples: folder with `visible` and
    `thermal` (and `target`, which int8 needs) to measure and compare on; a drawn scene where None.
    registry: folder to register the result in.
    training_data: a file that says what the networks were trained on; its hash is noted.
    camera_frames: what the graph takes instead of pairs in one view; needs a size. variant_of:
    a registered model to add the result to, in its precision, in place of a registry. calibration:
    folder with `visible` and `thermal` to calibrate int8 on, which needs it, and samples, too.
    """

    name: str
    out: Path | None
    size: tuple[int, int] | None = None
    precision: Precision = 'fp32'
    samples: Path | None = None
    registry: Path | None = None
    training_data: Path | None = None
    variant_of: Model | None = None
    camera_frames: CameraFrames | None = None
    calibration: Path | None = None


@dataclass(frozen=True)
class ExportReport:
    """What was written.

    nodes, nodes_in_fp16, convolutions, convolutions_in_int8: of the networks' graph. agreement: of
    that with the one in fp32; None for fp32 itself. registered: the model's description, None
    where none was wanted.
    """

    bytes: int
    sha256: str
    nodes: int
    nodes_in_fp16: int
    convolutions: int
    convolutions_in_int8: int
    agreement: Agreement | None
    registered: Path | None


def run_export(source: Source, job: ExportJob) -> ExportReport:
    """Write the graph, and register it where that is wanted.

    Raises EngineError for a graph that has another size already, or that is too far from fp32 in
    fp16 or int8 (nothing is written then); InputError for images that can't be read or are
    missing; OutputError.
    """
    metadata = _metadata(source, job)
    graph = rewritten(source, job.size)
    kinds = [node.op_type for node in graph.graph.node]
    in_half, in_int8, agreement = 0, 0, None
    if job.precision == 'fp16':
        graph, in_half, agreement = halved(graph, job)
    elif job.precision == 'int8':
        choice = calibrated(graph, job)
        graph, in_int8, agreement = choice.model, choice.in_int8, choice.agreement
    if job.camera_frames is not None:
        graph = with_camera_frames(graph, job.camera_frames)
    del graph.metadata_props[:]
    onnx.helper.set_model_props(graph, metadata)
    onnx.checker.check_model(graph, full_check=True)
    content = graph.SerializeToString()
    sha256 = hashlib.sha256(content).hexdigest()
    if job.out is not None:
        write_graph(job.out, content)
    registered = None
    if job.variant_of is not None:
        registered = add_variant(_same_interface(job, job.variant_of), job.precision, content)
    elif job.registry is not None:
        registered = _register(job, job.registry / job.name, content, source.version)
    return ExportReport(
        bytes=len(content),
        sha256=sha256,
        nodes=len(kinds),
        nodes_in_fp16=in_half,
        convolutions=kinds.count('Conv'),
        convolutions_in_int8=in_int8,
        agreement=agreement,
        registered=registered,
    )


def rewritten(source: Source, size: tuple[int, int] | None) -> onnx.ModelProto:
    """Return the source's graph in fp32 for one size (height, width), or any where None."""
    graph = onnx.ModelProto()
    graph.CopyFrom(source.graph)
    dimensions = graph.graph.input[0].type.tensor_type.shape.dim
    has = tuple(dimensions[axis].dim_value for axis in (1, 2))
    if all(has) and has != size:
        raise EngineError(
            f'expected size {has[0]}x{has[1]}, which is the only one of this model, got '
            f'{"dynamic" if size is None else "x".join(map(str, size))}: '
            f'export the model that it was made from'
        )
    if size is not None:
        fix_size(graph, *size)
    take_camera_bytes(graph, source.size_multiple)
    fold(graph)
    return graph


def halved(graph: onnx.ModelProto, job: ExportJob) -> tuple[onnx.ModelProto, int, Agreement]:
    """Return the graph in fp16, how many nodes that are, and how it agrees with fp32."""
    if job.samples is None:
        samples = [drawn_sample(job.size)]
    else:
        samples = read_samples(job.samples, job.size)
    chosen = nodes_for_half(graph, measure(graph, (sample.pair for sample in samples)))
    half = to_half(graph, chosen)
    agreement = compare(graph, half, samples)
    if agreement.complaint:
        raise EngineError(
            f'expected {job.name} in fp16 to give what fp32 gives, on {agreement.pairs} pairs it '
            f'differs by {agreement.complaint}: export it with --precision fp32'
        )
    return half, len(chosen), agreement


def calibrated(graph: onnx.ModelProto, job: ExportJob) -> Int8Choice:
    """Return the graph with convolutions in int8, and how it agrees with fp32."""
    if job.calibration is None or job.samples is None:
        # A programming error of the caller, not of the user: no InputError.
        raise ValueError('expected calibration and samples for int8')
    frames = read_calibration(job.calibration, job.size)
    choice = choose_int8(graph, frames, read_judges(job.samples, job.size))
    found = choice.agreement
    if found.complaint:
        raise EngineError(
            f'expected {job.name} in int8 to give what fp32 gives, with {choice.in_int8} of '
            f'{choice.convolutions} convolutions in int8 it differs by {found.complaint}; on '
            f'{found.pairs} pairs: export it with --precision fp16 or fp32'
        )
    return choice


def _same_interface(job: ExportJob, model: Model) -> Model:
    """Return the model; EngineError where its graph takes other images than the result."""
    if (job.size, job.camera_frames) != (model.size, model.camera_frames):
        raise EngineError(
            f'expected a variant of {model.name} to take the same images, it takes others: give '
            'the same --size, --camera-visible, --camera-thermal and bins'
        )
    return model


def _metadata(source: Source, job: ExportJob) -> dict[str, str]:
    metadata = {
        **source.known,
        'name': job.name,
        'version': source.version,
        SIZE_MULTIPLE: '1',
        'precision': job.precision,
    }
    if job.camera_frames is not None:
        metadata['camera_frames'] = job.camera_frames.model_dump_json()
    if job.training_data is not None:
        try:
            content = job.training_data.read_bytes()
        except OSError as error:
            raise InputError(
                f'expected what the networks were trained on in {job.training_data}: '
                f'{error.strerror}'
            ) from None
        metadata['training_data_sha256'] = hashlib.sha256(content).hexdigest()
    return metadata


def _register(job: ExportJob, folder: Path, content: bytes, version: str) -> Path:
    size = 'any size' if job.size is None else f'{job.size[0]}x{job.size[1]}'
    description: dict[str, object] = {
        'name': job.name,
        'version': version,
        'summary': f'exported in {job.precision} for {size}',
        'onnx': f'{job.name}.onnx',
        'size_multiple': 1,
        'precision': job.precision,
    }
    if job.size is not None:
        description['size'] = list(job.size)
    if job.camera_frames is not None:
        description['camera_frames'] = job.camera_frames.model_dump(mode='json')
        description['summary'] = f'exported in {job.precision} for camera frames, shown at {size}'
    return write_model(folder, description, content)
