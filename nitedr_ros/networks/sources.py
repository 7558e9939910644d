"""Where a graph to export comes from: a training run, weights, or a model that is registered."""

from __future__ import annotations

import hashlib
import tempfile
import warnings
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import onnx

from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError, InputError

REFERENCE = 'reference'
"""Stands for the published pair, whose weights the authors give away as two files."""
SIZE_MULTIPLE = 'size_multiple'

_VERSION_LENGTH = 12


@dataclass(frozen=True)
class Source:
    """A graph in fp32, and what is known of it.

    size_multiple: height and width that the graph takes are multiples of so many pixels. known:
    further entries for the metadata of graphs made from it.
    """

    graph: onnx.ModelProto
    version: str
    size_multiple: int
    known: dict[str, str]


def from_registry(model: Model) -> Source:
    """Read a registered model's graph; needs no torch.

    Raises EngineError where its file is missing or altered, is not in fp32, or takes camera
    frames.
    """
    graph = onnx.load_model_from_string(model.for_pairs().read_verified())
    known = {entry.key: entry.value for entry in graph.metadata_props}
    if known.get('precision', 'fp32') != 'fp32':
        raise EngineError(
            f'expected {model.name} in fp32, it is in {known["precision"]}: '
            f'export the model that it was made from'
        )
    return Source(graph, model.version, model.size_multiple, {**known, 'source': model.name})


def from_weights(name: str, cleannet: Path, fusionnet: Path) -> Source:
    """Trace the networks with these weights: the published pair under REFERENCE, else our own.

    cleannet, fusionnet: best_net_g.pth and fusion.pth of the authors, or cleannet.pt and
    fusionnet.pt of a training. Raises EngineError without torch, or where the weights don't fit.
    """
    _need('torch')
    hashes = {'cleannet_sha256': _sha256(cleannet), 'fusionnet_sha256': _sha256(fusionnet)}
    version = hashlib.sha256(''.join(hashes.values()).encode()).hexdigest()[:_VERSION_LENGTH]
    network, multiple = _network(name, cleannet, fusionnet)
    graph = _traced(network, name, version, multiple)
    return Source(graph, version, multiple, {**hashes, 'source': name})


def from_run(run: Path) -> Source:
    """Trace the best pair of a run of `nitedr train`.

    Raises EngineError without torch, or where the weights are damaged or not of the pair that the
    run's card names; InputError where a file of the run is missing.
    """
    _need('torch')
    _need('safetensors')
    # Imported here so that registered models can be rewritten without torch.
    from nitedr_ros.networks.realtime import deployed  # noqa: PLC0415
    from nitedr_ros.training.run_folder import RunFolder  # noqa: PLC0415
    from nitedr_ros.training.trained_pair import load_trained_pair  # noqa: PLC0415

    folder = RunFolder(run)
    pair = load_trained_pair(folder)
    card = folder.read_card()
    hashed = _sha256(folder.best)
    version = hashed[:_VERSION_LENGTH]
    name = f'nitedr-{card["config"]["size"]}'
    graph = _traced(deployed(pair), name, version, pair.stride)
    known = {
        'source': name,
        'weights_sha256': hashed,
        'training_card_sha256': _sha256(folder.card),
    }
    return Source(graph, version, pair.stride, known)


def is_run(path: Path) -> bool:
    """Return whether a folder is what `nitedr train` writes."""
    return (path / 'best.safetensors').is_file() or (path / 'last.pt').is_file()


def _traced(network: Any, name: str, version: str, multiple: int) -> onnx.ModelProto:
    # Imported here so that registered models can be rewritten without torch.
    from nitedr_ros.networks.export import export  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as folder, warnings.catch_warnings():
        # Tracing warns of each branch on a shape, and that there is a newer exporter.
        warnings.simplefilter('ignore')
        path = Path(folder) / 'graph.onnx'
        export(network, path, name=name, version=version, size_multiple=multiple)
        return onnx.load(str(path))


def _need(package: str) -> None:
    if find_spec(package) is None:
        raise EngineError(
            f'expected {package} for exporting from weights, it is missing: '
            'pip install "nitedr_ros[train]"'
        )


def _network(name: str, cleannet: Path, fusionnet: Path) -> tuple[Any, int]:
    """Return the networks as one, and the multiple of pixels that it takes."""
    if name == REFERENCE:
        from nitedr_ros.networks.reference.checkpoint import (  # noqa: PLC0415
            load_cleannet,
            load_fusionnet,
        )
        from nitedr_ros.networks.reference.inference_path import InferencePath  # noqa: PLC0415

        return InferencePath(load_cleannet(cleannet), load_fusionnet(fusionnet)).eval(), 1

    import torch  # noqa: PLC0415

    from nitedr_ros.networks.cleannet import STRIDE, CleanNet  # noqa: PLC0415
    from nitedr_ros.networks.deployed import Deployed  # noqa: PLC0415
    from nitedr_ros.networks.fusionnet import FusionNet  # noqa: PLC0415
    from nitedr_ros.networks.reference.state import checked, fill  # noqa: PLC0415
    from nitedr_ros.networks.reference.weights_file import read_checkpoint  # noqa: PLC0415

    with torch.device('meta'):
        clean, fusion = CleanNet(), FusionNet()
    for network, path in ((clean, cleannet), (fusion, fusionnet)):
        fill(network, checked(read_checkpoint(path), 'weights', path), path)
    return Deployed(clean, fusion).eval(), STRIDE


def _sha256(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise InputError(f'expected weights in {path}: {error.strerror}') from None
