"""The pairs: sizes, costs, what depends on what, and that they can learn."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.engines.check import sample_pair  # noqa: E402
from nitedr_ros.networks.realtime import SIZES, Pair, PairSize, deployed  # noqa: E402
from nitedr_ros.networks.realtime.cost import gmac, parameters  # noqa: E402
from nitedr_ros.training.images import luma  # noqa: E402

SMALL = PairSize(2, (8, 8, 8), (1, 1, 1), (1, 1), 8, 1)
COARSE = PairSize(4, (8, 8), (1, 1), (1,), 8, 1)


def made(size: PairSize) -> Pair:
    """Return a pair none of whose weights are as they start."""
    torch.manual_seed(4)
    pair = Pair(size)
    for parameter in pair.parameters():
        if parameter.requires_grad:
            parameter.data += 0.02 * torch.randn_like(parameter)
    return pair.eval()


def drawn(height: int = 32, width: int = 48):
    generator = torch.Generator().manual_seed(1)
    shapes = ((2, 3, height, width), (2, 1, height, width))
    visible, thermal = (torch.rand(shape, generator=generator) for shape in shapes)
    return visible, thermal, torch.tensor([1.0, 0.0])


@pytest.mark.parametrize('size', [SMALL, COARSE], ids=['fine', 'coarse'])
def test_images_of_the_same_size_come_out(size: PairSize) -> None:
    visible, thermal, present = drawn()
    with torch.inference_mode():
        result = made(size)(visible, thermal, present)
    assert result.derained.shape == result.fused.shape == visible.shape
    places = (32 // size.finest, 48 // size.finest)
    assert result.features.shape == (2, size.widths[0], *places)


def test_thermal_guides_both_networks_only_where_it_is_present() -> None:
    visible, thermal, present = drawn()
    pair = made(SMALL)
    with torch.inference_mode():
        one, other = (pair(visible, image, present) for image in (thermal, 1 - thermal))
    for name in ('derained', 'fused'):
        before, after = getattr(one, name), getattr(other, name)
        assert not torch.allclose(before[0], after[0])
        assert torch.equal(before[1], after[1])
    assert torch.equal(one.fused[1], one.derained[1].clamp(0, 1))


def test_a_black_thermal_image_is_not_the_same_as_none() -> None:
    visible, thermal, _ = drawn()
    with torch.inference_mode():
        result = made(SMALL)(visible[:1].repeat(2, 1, 1, 1), 0 * thermal, torch.tensor([1.0, 0.0]))
    assert not torch.allclose(result.derained[0], result.derained[1])


def test_fusion_leaves_chroma() -> None:
    with torch.inference_mode():
        result = made(SMALL)(*drawn())
    added = result.fused - result.derained.clamp(0, 1)
    assert added[0].abs().max() > 1e-3
    torch.testing.assert_close(added[:, :1].expand_as(added), added)


def test_the_whole_image_s_correction_knows_no_place() -> None:
    pair = made(SMALL)
    features = torch.rand(1, 8, 6, 8, generator=torch.Generator().manual_seed(7))
    present = torch.ones(1, 1, 1, 1)
    with torch.inference_mode():
        parts = pair.clean.whole(features, present)
        mirrored = pair.clean.whole(features.flip(-1), present)
    assert [tuple(part.shape) for part in parts] == [(1, 8, 1, 1), *[(1, 1, 1, 48)] * 2]
    for part, other in zip(parts, mirrored, strict=True):
        torch.testing.assert_close(part, other)


def test_an_untrained_pair_hardly_changes_the_image() -> None:
    rgb, warm = (torch.from_numpy(image)[None] / 255 for image in sample_pair(96, 128))
    visible, thermal = rgb.permute(0, 3, 1, 2), warm[:, None]
    for name, size in SIZES.items():
        torch.manual_seed(3)
        with torch.inference_mode():
            result = Pair(size)(visible, thermal, torch.ones(1))
        # Wherever features grew from layer to layer, the deepest would be off by far.
        assert (result.derained - visible).abs().mean() < 0.1, name
        towards = thermal - luma(result.derained)
        assert (result.fused - result.derained - 0.4 * towards).abs().mean() < 0.1, name


@pytest.mark.parametrize('name, most', [('nano', 2.5), ('s', 9.0), ('m', 25.0)])
def test_sizes_keep_to_their_cost(name: str, most: float) -> None:
    network = deployed(Pair(SIZES[name]))
    assert 480 % network.stride == 640 % network.stride == 0
    assert 0.5 * most < gmac(network) <= most
    assert parameters(network) < parameters(Pair(SIZES[name]))


def test_cost_counts_convolutions() -> None:
    network = deployed(Pair(COARSE))
    assert gmac(network, 64, 96) == pytest.approx(gmac(network, 64, 192) / 2, rel=1e-2)
    stem = 64 * 8 * 16 * 24
    assert gmac(network, 64, 96) * 1e9 > stem


@pytest.mark.parametrize(
    'wrong', [(3, (8, 8), (1, 1), (1,)), (4, (8, 8), (1,), (1,)), (2, (8,), (1,), ())]
)
def test_impossible_sizes_are_refused(wrong: tuple) -> None:
    with pytest.raises(ValueError, match='expected'):
        PairSize(*wrong, 8, 1)


def test_it_learns() -> None:
    torch.manual_seed(0)
    visible, thermal, present = drawn(16, 16)
    target = (0.8 * visible + 0.1).clamp(0, 1)
    pair = Pair(SMALL)
    optimiser = torch.optim.Adam(pair.parameters(), 3e-3)
    losses = []
    for _ in range(30):
        result = pair(visible, thermal, present)
        loss = (result.derained - target).abs().mean() + (result.fused - target).abs().mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
