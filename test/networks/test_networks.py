"""The networks: sizes, and that FusionNet is fed by CleanNet."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.networks.cleannet import STRIDE, CleanNet  # noqa: E402
from nitedr_ros.networks.deployed import Deployed  # noqa: E402
from nitedr_ros.networks.fusionnet import FusionNet  # noqa: E402


@pytest.fixture
def deployed() -> Deployed:
    torch.manual_seed(4)
    return Deployed(CleanNet(), FusionNet()).eval()


def random_pair(height: int, width: int):
    generator = torch.Generator().manual_seed(1)
    visible = torch.randint(0, 256, (1, height, width, 3), dtype=torch.uint8, generator=generator)
    thermal = torch.randint(0, 256, (1, height, width), dtype=torch.uint8, generator=generator)
    return visible, thermal


@pytest.mark.parametrize('size', [(STRIDE, STRIDE), (40, 64)])
def test_bytes_in_and_bytes_of_the_same_size_out(deployed, size: tuple[int, int]) -> None:
    with torch.inference_mode():
        fused, derained = deployed(*random_pair(*size))
    for image in (fused, derained):
        assert image.dtype == torch.uint8
        assert image.shape == (1, *size, 3)


def test_derained_does_not_depend_on_thermal_but_fused_does(deployed) -> None:
    visible, thermal = random_pair(40, 64)
    with torch.inference_mode():
        fused, derained = deployed(visible, thermal)
        other_fused, other_derained = deployed(visible, 255 - thermal)
    assert torch.equal(derained, other_derained)
    assert not torch.equal(fused, other_fused)


def test_fusionnet_reads_cleannet_s_features(deployed) -> None:
    visible, thermal = random_pair(40, 64)
    rgb = visible.permute(0, 3, 1, 2).float() / 255
    warmth = thermal.unsqueeze(1).float() / 255
    with torch.inference_mode():
        derained, features = deployed.cleannet(rgb)
        fused = deployed.fusionnet(derained, warmth, features)
        without = deployed.fusionnet(derained, warmth, torch.zeros_like(features))
    assert not torch.equal(fused, without)


def test_fusion_adds_the_same_to_all_channels(deployed) -> None:
    rgb = torch.rand(1, 3, 40, 64, generator=torch.Generator().manual_seed(2))
    features = torch.rand(1, 32, 20, 32, generator=torch.Generator().manual_seed(3))
    with torch.inference_mode():
        added = deployed.fusionnet(rgb, rgb[:, :1], features) - rgb
    torch.testing.assert_close(added[:, 0], added[:, 1])
    torch.testing.assert_close(added[:, 0], added[:, 2])
