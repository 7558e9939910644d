"""A trained pair as torch runs it: on one device, in one precision, with channels last."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor, nn

from nitedr_ros.engines.model import Model
from nitedr_ros.errors import EngineError
from nitedr_ros.networks.realtime import deployed
from nitedr_ros.training.run_folder import RunFolder
from nitedr_ros.training.trained_pair import load_trained_pair

DeviceName = Literal['cpu', 'cuda']
TorchPrecision = Literal['fp32', 'bf16', 'fp16']

_TYPES = {'fp32': torch.float32, 'bf16': torch.bfloat16, 'fp16': torch.float16}
_VERSION_LENGTH = 12


class TorchNetwork:
    """The deployed pair of a training run.

    model: describes it, with the weights as its file. Convolutions compute in the precision;
    conversions, and the image that corrections are added to, stay in fp32.
    """

    def __init__(
        self,
        run: Path,
        device: DeviceName,
        precision: TorchPrecision,
        *,
        compiled: bool = False,
        index: int = 0,
    ) -> None:
        """run: folder of `best.safetensors` and `card.json`. compiled: by torch.compile.

        index: of the GPU.

        Raises EngineError for a device or precision that is not there, and where the weights are
        damaged; InputError where a file of the run is missing.
        """
        _check(device, precision, index)
        folder = RunFolder(run)
        pair = load_trained_pair(folder)
        self.model = _described(folder, pair.stride)
        self.precision = precision
        self.device = torch.device('cpu') if device == 'cpu' else torch.device('cuda', index)
        self._type = _TYPES[precision]
        network = deployed(pair).to(self.device, memory_format=torch.channels_last)
        for layer in network.modules():
            if isinstance(layer, nn.Conv2d):
                layer.to(self._type)
        self._network = torch.compile(network, dynamic=False) if compiled else network
        where = 'cpu' if device == 'cpu' else torch.cuda.get_device_name(self.device)
        how = ' compiled' if compiled else ''
        self.runtime = f'torch {torch.__version__} {where}{how}'

    def run(self, visible: Tensor, thermal: Tensor) -> tuple[Tensor, Tensor]:
        """Return `fused` and `derained`, uint8 [1, H, W, 3].

        visible: uint8 [1, H, W, 3] and thermal: uint8 [1, H, W], on the network's device.
        """
        low = self._type != torch.float32
        # The weights have their type already, so that there is nothing to keep for later frames.
        autocast = torch.autocast(
            self.device.type, self._type if low else None, enabled=low, cache_enabled=False
        )
        exact = torch.backends.cudnn.flags(benchmark=False, deterministic=True, allow_tf32=False)
        with torch.inference_mode(), autocast, exact:
            fused, derained = self._network(visible, thermal)
        return fused, derained


def _check(device: DeviceName, precision: TorchPrecision, index: int) -> None:
    if device == 'cuda' and index >= torch.cuda.device_count():
        raise EngineError(
            f'expected a GPU of index {index} and a torch built for it, torch '
            f'{torch.__version__} finds {torch.cuda.device_count()}: check nvidia-smi, or run '
            'torch on the CPU'
        )
    if device == 'cpu' and precision == 'fp16':
        raise EngineError('torch has no fp16 worth having on CPUs: choose bf16 or fp32')


def _described(folder: RunFolder, stride: int) -> Model:
    hashed = hashlib.sha256(folder.best.read_bytes()).hexdigest()
    return Model(
        name=f'nitedr-{folder.read_card()["config"]["size"]}',
        version=hashed[:_VERSION_LENGTH],
        summary='weights of a training run',
        onnx=folder.best.name,
        sha256=hashed,
        size_multiple=stride,
    ).located(folder.path)
