"""CleanNet's parts against the plainest way of writing down the same."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.networks.reference.attention import TopSelectionAttention  # noqa: E402
from nitedr_ros.networks.reference.channel_norm import ChannelNorm  # noqa: E402
from nitedr_ros.networks.reference.cleannet import CleanNet, CleanNetSize  # noqa: E402
from nitedr_ros.networks.reference.experts import MixtureOfExperts  # noqa: E402
from nitedr_ros.networks.reference.inference_path import padded  # noqa: E402

functional = torch.nn.functional


def noise(*shape: int, seed: int = 1):
    return torch.randn(*shape, generator=torch.Generator().manual_seed(seed))


def test_attention_equals_scattered_masks_and_four_products() -> None:
    torch.manual_seed(3)
    heads, channels = 2, 20
    attention = TopSelectionAttention(channels, heads)
    for number in range(1, 5):
        getattr(attention, f'attn{number}').data = torch.tensor([0.1 * number])
    attention.temperature.data = torch.tensor([1.5, -0.7]).reshape(heads, 1, 1)
    features = noise(2, channels, 6, 7)
    with torch.inference_mode():
        q, k, v = (
            part.reshape(2, heads, channels // heads, 42)
            for part in attention.qkv_dwconv(attention.qkv(features)).chunk(3, 1)
        )
        similar = functional.normalize(q, dim=-1) @ functional.normalize(k, dim=-1).mT
        similar = similar * attention.temperature
        expected = 0
        for number, kept in enumerate((5, 6, 7, 8), start=1):
            mask = torch.zeros_like(similar).scatter_(-1, similar.topk(kept, -1).indices, 1)
            soft = similar.masked_fill(mask == 0, float('-inf')).softmax(-1)
            expected = expected + (soft @ v) * getattr(attention, f'attn{number}')
        expected = attention.project_out(expected.reshape(2, channels, 6, 7))
        torch.testing.assert_close(attention(features), expected, rtol=1e-4, atol=1e-6)


def test_attention_bears_features_that_are_all_alike() -> None:
    torch.manual_seed(3)
    with torch.inference_mode():
        assert not TopSelectionAttention(8, 2)(torch.zeros(1, 8, 4, 4)).any()


def test_channel_norm_is_layer_norm_of_each_pixel() -> None:
    norm = ChannelNorm(12)
    norm.body.weight.data, norm.body.bias.data = noise(12), noise(12, seed=2)
    features = noise(2, 12, 3, 5) * 4 + 1
    expected = functional.layer_norm(
        features.permute(0, 2, 3, 1), (12,), norm.body.weight, norm.body.bias, 1e-5
    )
    torch.testing.assert_close(norm(features), expected.permute(0, 3, 1, 2))


def test_experts_are_weighted_by_each_image_of_a_batch() -> None:
    torch.manual_seed(5)
    mixture = MixtureOfExperts(8)
    features = noise(3, 8, 9, 6)
    with torch.inference_mode():
        together = mixture(features)
        alone = torch.cat([mixture(image[None]) for image in features])
    torch.testing.assert_close(together, alone)


@pytest.mark.parametrize('size', [(8, 8), (15, 9), (17, 16), (61, 83)])
def test_padding_reflects_up_to_the_next_multiple(size: tuple[int, int]) -> None:
    image = noise(1, 3, *size)
    more = (0, -size[1] % 8, 0, -size[0] % 8)
    assert torch.equal(padded(image), functional.pad(image, more, mode='reflect'))


def test_cleannet_can_be_trained_in_batches() -> None:
    torch.manual_seed(6)
    cleannet = CleanNet(CleanNetSize(8, (1, 2, 1, 1), (1, 2, 4, 4)))
    cleannet(noise(2, 3, 16, 24)).abs().mean().backward()
    assert all(weight.grad is not None for weight in cleannet.parameters())
    assert all(bool(weight.grad.isfinite().all()) for weight in cleannet.parameters())
