"""One convolution gives what the sum of branches gives, everywhere."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from torch.nn import functional  # noqa: E402

from nitedr_ros.networks.realtime.heads import ColourHead  # noqa: E402
from nitedr_ros.networks.realtime.rep_conv import RepConv  # noqa: E402


def summed(layer: RepConv, features):
    """Compute the branches one after the other."""
    stride = layer.stride
    total = functional.conv2d(features, layer.square, layer.bias, stride, 1)
    total = total + functional.conv2d(features, layer.point, None, stride)
    inner = functional.conv2d(features, layer.chain_point)
    total = total + functional.conv2d(inner, layer.chain_square, None, stride, 1)
    if layer.through is not None:
        total = total + features * layer.through.view(1, -1, 1, 1)
    return total


def trained(layer):
    """Give all parameters values that training might have left."""
    generator = torch.Generator().manual_seed(5)
    for parameter in layer.parameters():
        parameter.data += 0.3 * torch.randn(parameter.shape, generator=generator)
    return layer.double()


@pytest.mark.parametrize('size', [(1, 1), (2, 3), (7, 5), (8, 12)])
@pytest.mark.parametrize(
    'layer',
    [RepConv(6, 6, through=True), RepConv(6, 10), RepConv(6, 4, stride=2)],
    ids=['through', 'widening', 'halving'],
)
def test_fused_is_the_sum_of_the_branches(layer: RepConv, size: tuple[int, int]) -> None:
    layer = trained(layer)
    generator = torch.Generator().manual_seed(2)
    features = torch.randn(2, 6, *size, generator=generator, dtype=torch.float64) + 3
    expected = summed(layer, features)
    torch.testing.assert_close(layer(features), expected, rtol=1e-12, atol=1e-12)
    fused = layer.fused()
    torch.testing.assert_close(fused(features), expected, rtol=1e-12, atol=1e-12)
    single = fused.float()(features.float())
    torch.testing.assert_close(single, expected.float(), rtol=1e-5, atol=1e-4)


def test_all_branches_are_trained() -> None:
    layer = RepConv(4, 4, through=True)
    layer(torch.ones(1, 4, 5, 5)).square().sum().backward()
    for name, parameter in layer.named_parameters():
        assert parameter.grad is not None, name
        assert parameter.grad.abs().sum() > 0, name


def test_branches_are_merged_in_float32_under_autocast() -> None:
    layer = trained(RepConv(8, 8, through=True)).float()
    with torch.autocast('cpu', torch.bfloat16):
        kernel, bias = layer.merged()
        output = layer(torch.ones(1, 8, 4, 4))
    assert kernel.dtype == bias.dtype == torch.float32
    assert output.dtype == torch.bfloat16


def test_the_input_can_t_take_part_in_another_width() -> None:
    with pytest.raises(ValueError, match='equal channels'):
        RepConv(4, 8, through=True)


@pytest.mark.parametrize('side', [1, 2])
def test_the_head_fuses_and_an_untrained_one_adds_no_colour(side: int) -> None:
    features = torch.randn(1, 5, 6, 4, generator=torch.Generator().manual_seed(1)).double()
    for head, grey in (
        (ColourHead(5, side).double(), True),
        (trained(ColourHead(5, side)), False),
    ):
        torch.testing.assert_close(head.fused()(features), head(features))
        colours = head(features).reshape(1, 16, 3, 6 // side, 4 // side)
        assert bool((colours == colours[:, :, :1]).all()) is grey
