"""The published networks at their full size, to be timed: what they cost is not in their weights.

Random weights do where the authors' are not at hand.
"""

from __future__ import annotations

import warnings
from pathlib import Path

import torch

from nitedr_ros.engines.model import Model, find_model
from nitedr_ros.networks.export import register
from nitedr_ros.networks.reference.checkpoint import load_cleannet, load_fusionnet
from nitedr_ros.networks.reference.cleannet import CleanNet
from nitedr_ros.networks.reference.fusionnet import FusionNet
from nitedr_ros.networks.reference.inference_path import InferencePath

NAME = 'published'


def published_model(
    folder: Path, cleannet: Path | None = None, fusionnet: Path | None = None
) -> Model:
    """Export the published networks into a registry folder and return them as a model.

    cleannet, fusionnet: the authors' best_net_g.pth and fusion.pth; None for random weights, the
    same in each run. Raises EngineError where the files don't fit.
    """
    with torch.random.fork_rng():
        torch.manual_seed(1)
        clean = CleanNet() if cleannet is None else load_cleannet(cleannet)
        fusion = FusionNet() if fusionnet is None else load_fusionnet(fusionnet)
    path = InferencePath(clean, fusion).eval()
    with warnings.catch_warnings():
        # Tracing warns of each branch on a shape, and that there is a newer exporter.
        warnings.simplefilter('ignore')
        register(path, folder, name=NAME, version='0', summary='full size', size_multiple=1)
    return find_model(NAME, folder)
