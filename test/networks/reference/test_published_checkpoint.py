"""What the loaders of the authors' checkpoints take, and what they refuse in one line."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: no checkpoint is read')

from nitedr_ros.errors import EngineError  # noqa: E402
from nitedr_ros.networks.reference.checkpoint import (  # noqa: E402
    load_cleannet,
    load_fusionnet,
)
from nitedr_ros.networks.reference.cleannet import CleanNet, CleanNetSize  # noqa: E402
from nitedr_ros.networks.reference.fusionnet import FusionNet  # noqa: E402

SIZE = CleanNetSize(8, (1, 2, 1, 3), (1, 2, 4, 4))


@pytest.fixture
def clean_state() -> dict:
    torch.manual_seed(1)
    return CleanNet(SIZE).state_dict()


@pytest.fixture
def fusion_content() -> dict:
    torch.manual_seed(2)
    fusionnet = FusionNet()
    networks = {n: getattr(fusionnet, n).state_dict() for n in ('fusion_model', 'refine_model')}
    networks['refine_model']['adjust.in_conv.0.weight'] = torch.zeros(16, 3, 3, 3)
    return {**networks, 'losses': [np.float64(0.5), np.float64(0.25)], 'epoch': 500}


def saved(folder: Path, content: object) -> Path:
    path = folder / 'weights.pth'
    torch.save(content, path)
    return path


def refusal(load, path: Path) -> str:
    with pytest.raises(EngineError) as caught:
        load(path)
    message = str(caught.value)
    assert '\n' not in message
    assert str(path) in message
    return message


def test_cleannet_s_size_is_read_off_its_weights(tmp_path: Path, clean_state: dict) -> None:
    cleannet = load_cleannet(saved(tmp_path, {'params': clean_state}))
    assert cleannet.size == SIZE
    assert not cleannet.training
    for key, weight in cleannet.state_dict().items():
        assert torch.equal(weight, clean_state[key])
    with torch.inference_mode():
        assert cleannet(torch.zeros(1, 3, 16, 8)).shape == (1, 3, 16, 8)


@pytest.mark.parametrize('module', [b'numpy.core.multiarray', b'numpy._core.multiarray'])
def test_losses_as_either_numpy_wrote_them(
    tmp_path: Path, fusion_content: dict, module: bytes
) -> None:
    path = saved(tmp_path, fusion_content)
    written = tmp_path / 'fusion.pth'
    with zipfile.ZipFile(path) as before, zipfile.ZipFile(written, 'w') as after:
        for name in before.namelist():
            content = before.read(name)
            if name.endswith('data.pkl'):
                here = np.float64(0).__reduce__()[0].__module__.encode()
                assert here + b'\nscalar' in content
                content = content.replace(here + b'\nscalar', module + b'\nscalar')
            after.writestr(name, content)
    fusionnet = load_fusionnet(written)
    assert torch.equal(
        fusionnet.fusion_model.conv_1[0].weight, fusion_content['fusion_model']['conv_1.0.weight']
    )
    assert fusionnet.refine_model.balance.blocks[0] is fusionnet.refine_model.balance.conv


class Malicious:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self):
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize('load', [load_cleannet, load_fusionnet])
def test_code_is_named_and_not_run(tmp_path: Path, fusion_content: dict, load) -> None:
    evidence = tmp_path / 'evidence'
    content = {**fusion_content, 'params': {}, 'losses': Malicious(evidence)}
    assert f'{os.name}.mkdir' in refusal(load, saved(tmp_path, content))
    assert not evidence.exists()


def test_objects_of_classes_are_refused(tmp_path: Path, clean_state: dict) -> None:
    path = saved(tmp_path, {'params': clean_state, 'when': Path('somewhere')})
    assert 'pathlib' in refusal(load_cleannet, path)


def test_missing_extra_and_wrongly_shaped_weights(tmp_path: Path, clean_state: dict) -> None:
    def message(**changes: object) -> str:
        state = {**clean_state, **changes}
        state = {key: value for key, value in state.items() if value is not None}
        return refusal(load_cleannet, saved(tmp_path, {'params': state}))

    key = 'latent.0.ffn.project_in.weight'
    assert key in message(**{key: None})
    assert 'patch_embed' in message(**{'patch_embed.proj.weight': None})
    assert 'latent.0.attn.temperature' in message(**{'latent.0.attn.temperature': None})
    assert 'more.weight' in message(**{'more.weight': torch.zeros(1)})
    assert 'latent.99999999' in message(**{'latent.99999999.norm1.body.bias': torch.zeros(64)})
    assert '[1, 2]' in message(**{key: torch.zeros(1, 2)})
    assert 'finite' in message(**{key: torch.full_like(clean_state[key], torch.nan)})
    assert 'list' in message(**{key: [1.0]})
    assert '3 channels' in message(**{'patch_embed.proj.weight': torch.zeros(3, 3, 3, 3)})


def test_other_contents_are_refused(tmp_path: Path, clean_state: dict) -> None:
    assert 'params' in refusal(load_cleannet, saved(tmp_path, clean_state))
    assert 'list' in refusal(load_cleannet, saved(tmp_path, [clean_state]))
    assert 'list' in refusal(load_cleannet, saved(tmp_path, {'params': [1.0]}))
    both = {'params': clean_state, 'params_ema': clean_state}
    assert 'params_ema' in refusal(load_cleannet, saved(tmp_path, both))


def test_files_that_are_no_checkpoint(tmp_path: Path) -> None:
    refusal(load_cleannet, tmp_path / 'missing.pth')
    for content in (b'', b'not a checkpoint', b'PK\x03\x04 cut short'):
        path = tmp_path / 'broken.pth'
        path.write_bytes(content)
        refusal(load_cleannet, path)


def test_fusionnet_is_checked_alike(tmp_path: Path, fusion_content: dict) -> None:
    refine = fusion_content['refine_model']
    del fusion_content['fusion_model']['sub.3.bias']
    assert 'fusion_model.sub.3.bias' in refusal(load_fusionnet, saved(tmp_path, fusion_content))
    fusion_content['fusion_model']['sub.3.bias'] = torch.zeros(1)
    refine['balance.conv.1.weight'] = torch.full((6,), 2.0)
    assert 'balance.conv' in refusal(load_fusionnet, saved(tmp_path, fusion_content))
    del fusion_content['refine_model']
    assert 'refine_model' in refusal(load_fusionnet, saved(tmp_path, fusion_content))
