"""Export trained networks: `python -m nitedr_ros.networks.export --help`."""

from __future__ import annotations

import argparse
import hashlib
from pathlib import Path

import onnx
import torch
import yaml
from torch import nn

from nitedr_ros.networks.cleannet import STRIDE, CleanNet
from nitedr_ros.networks.deployed import Deployed
from nitedr_ros.networks.fusionnet import FusionNet

OPSET = 17
"""The newest operator set that TensorRT 8.6 reads."""


def load(cleannet: Path, fusionnet: Path) -> Deployed:
    """Load the two networks' weights, as training wrote them."""
    clean, fusion = CleanNet(), FusionNet()
    clean.load_state_dict(torch.load(cleannet, map_location='cpu', weights_only=True))
    fusion.load_state_dict(torch.load(fusionnet, map_location='cpu', weights_only=True))
    return Deployed(clean, fusion).eval()


def export(
    deployed: nn.Module, path: Path, *, name: str, version: str, size_multiple: int = STRIDE
) -> None:
    """Write the graph as ONNX with free height and width, name and version in its metadata.

    deployed: takes and gives what Deployed does, at multiples of size_multiple pixels.
    """
    visible = torch.zeros(1, 64, 96, 3, dtype=torch.uint8)
    thermal = torch.zeros(1, 64, 96, dtype=torch.uint8)
    sizes = {1: 'height', 2: 'width'}
    torch.onnx.export(
        deployed,
        (visible, thermal),
        str(path),
        input_names=['visible', 'thermal'],
        output_names=['fused', 'derained'],
        dynamic_axes=dict.fromkeys(('visible', 'thermal', 'fused', 'derained'), sizes),
        opset_version=OPSET,
        dynamo=False,
    )
    graph = onnx.load(str(path))
    onnx.helper.set_model_props(
        graph, {'name': name, 'version': version, 'size_multiple': str(size_multiple)}
    )
    onnx.checker.check_model(graph, full_check=True)
    onnx.save(graph, str(path))


def register(
    deployed: nn.Module,
    models: Path,
    *,
    name: str,
    version: str,
    summary: str,
    size_multiple: int = STRIDE,
) -> Path:
    """Write graph and description into the folder `name` of a registry; return the graph's path.

    deployed and size_multiple: as of `export`. summary: one line for the list of models.
    """
    folder = models / name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f'{name}.onnx'
    export(deployed, path, name=name, version=version, size_multiple=size_multiple)
    description = {
        'name': name,
        'version': version,
        'summary': summary,
        'onnx': path.name,
        'sha256': hashlib.sha256(path.read_bytes()).hexdigest(),
        'size_multiple': size_multiple,
    }
    (folder / 'model.yaml').write_text(yaml.safe_dump(description, sort_keys=False))
    return path


def arguments_of_model(parser: argparse.ArgumentParser) -> None:
    """Add what says where and under which name a model is registered."""
    parser.add_argument('--models', type=Path, required=True, help='the registry, models/')
    parser.add_argument('--name', required=True)
    parser.add_argument('--version', required=True)
    parser.add_argument('--summary', required=True, help='one line for the list of models')


def main() -> None:
    """Write MODEL.onnx and MODEL's description into a folder of the registry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--weights', type=Path, required=True, help='folder that training wrote')
    arguments_of_model(parser)
    arguments = vars(parser.parse_args())
    weights = arguments.pop('weights')
    register(load(weights / 'cleannet.pt', weights / 'fusionnet.pt'), **arguments)


if __name__ == '__main__':
    main()
