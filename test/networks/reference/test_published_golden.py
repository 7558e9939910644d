"""Each stage of the published pipeline, from the golden inputs of that stage."""

from __future__ import annotations

import json
import math

import cv2
import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.networks.reference.checkpoint import (  # noqa: E402
    load_cleannet,
    load_fusionnet,
)
from nitedr_ros.networks.reference.cleannet import CleanNet, CleanNetSize  # noqa: E402
from nitedr_ros.networks.reference.colour import (  # noqa: E402
    levels_to_ycrcb,
    limited_range_rgb,
)
from nitedr_ros.networks.reference.fusionnet import FusionNet  # noqa: E402
from nitedr_ros.networks.reference.inference_path import (  # noqa: E402
    InferencePath,
    padded,
    to_levels,
)


def planes(image: np.ndarray):
    """Turn [H, W, 3] or [H, W] uint8 into whole grey levels [1, 3, H, W]."""
    rgb = image if image.ndim == 3 else np.stack([image] * 3, -1)
    return torch.from_numpy(rgb).permute(2, 0, 1)[None].float()


def agree(ours, theirs: np.ndarray) -> None:
    """Hold every value to 1e-4 of itself, or of the largest where it is close to zero."""
    scale = float(np.abs(theirs).max())
    np.testing.assert_allclose(ours.numpy(), theirs, rtol=1e-4, atol=1e-5 * scale)


@pytest.fixture(scope='module')
def cleannet(golden_files):
    return load_cleannet(golden_files[0])


@pytest.fixture(scope='module')
def fusionnet(golden_files):
    return load_fusionnet(golden_files[1])


@pytest.fixture(autouse=True)
def inference():
    with torch.inference_mode():
        yield


def test_padding(golden) -> None:
    agree(padded(planes(golden['rgb']) / 255), golden['clean_input'])


def test_cleannet(golden, cleannet) -> None:
    assert cleannet.size == CleanNetSize(8, (1, 1, 1, 1), (1, 2, 4, 8))
    agree(cleannet(torch.from_numpy(golden['clean_input'])), golden['clean_raw'])


def test_rounding_of_the_derained_image(golden) -> None:
    height, width = golden['rgb'].shape[:2]
    levels = to_levels(torch.from_numpy(golden['clean_raw']))[0, :, :height, :width]
    assert np.array_equal(levels.permute(1, 2, 0).numpy(), golden['clean_uint8'])


def test_dense_fusion(golden, fusionnet) -> None:
    derained, thermal = (levels_to_ycrcb(planes(golden[k])) for k in ('clean_uint8', 'thermal'))
    agree(fusionnet.fusion_model(derained[:, :1], thermal[:, :1]), golden['fused_y'])


def test_back_to_rgb(golden) -> None:
    chroma = levels_to_ycrcb(planes(golden['clean_uint8']))[:, 1:]
    fused = torch.cat([torch.from_numpy(golden['fused_y']), chroma], 1)
    agree(limited_range_rgb((fused + 1) / 2), golden['fused_rgb'])


def test_illumination_balance(golden, fusionnet) -> None:
    rgb, thermal = (
        torch.from_numpy(golden['fused_rgb']),
        levels_to_ycrcb(planes(golden['thermal'])),
    )
    agree(fusionnet.refine_model.balance(rgb, thermal), golden['illumination'])
    agree(fusionnet.refine_model(rgb, thermal), golden['refined'])


def test_fusionnet_from_the_derained_image(golden, fusionnet) -> None:
    derained, thermal = (levels_to_ycrcb(planes(golden[k])) for k in ('clean_uint8', 'thermal'))
    agree(fusionnet.fuse(derained, thermal), golden['fused_rgb'])
    agree(fusionnet(derained, thermal), golden['refined'])


def test_the_whole_path(golden, cleannet, fusionnet) -> None:
    pair = (torch.from_numpy(golden[key])[None] for key in ('rgb', 'thermal'))
    fused, derained = InferencePath(cleannet, fusionnet).eval()(*pair)
    for ours, key in ((derained, 'clean_uint8'), (fused, 'refined_uint8')):
        difference = np.abs(ours[0].numpy().astype(int) - golden[key])
        # A value on the edge between two grey levels may round either way.
        assert difference.max() <= 1
        assert (difference > 0).mean() < 1e-3


def test_names_and_shapes_are_the_authors(reference) -> None:
    described = json.loads((reference / 'state_dict_shapes.json').read_text())
    expected = {key.split()[0]: shapes for key, shapes in described.items()}
    balance = {k: v for k, v in expected['refine_model'].items() if k.startswith('balance.')}
    with torch.device('meta'):
        cleannet, fusionnet = CleanNet(), FusionNet()
    for network, shapes in (
        (cleannet, expected['cleannet']),
        (fusionnet.fusion_model, expected['fusion_model']),
        (fusionnet.refine_model, balance),
    ):
        assert {k: list(v.shape) for k, v in network.state_dict().items()} == shapes
    counts = [
        sum(math.prod(p.shape) for p in network.parameters())
        for network in (cleannet, fusionnet.fusion_model, fusionnet.refine_model)
    ]
    assert counts == [33_655_424, 659_217, 837]


def test_ycrcb_is_opencv_s() -> None:
    image = np.random.default_rng(2).integers(0, 256, (256, 256, 3), np.uint8)
    image[:2, :, :] = np.arange(256, dtype=np.uint8)[None, :, None]
    ours = (levels_to_ycrcb(planes(image)) + 1) * 127.5
    theirs = cv2.cvtColor(image, cv2.COLOR_RGB2YCrCb)
    assert np.array_equal(ours.round()[0].permute(1, 2, 0).numpy(), theirs)
