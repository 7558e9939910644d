"""The stem reads details larger than brightness, and is a plain convolution when deployed."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.networks.realtime.cells import channels_first, to_cells  # noqa: E402
from nitedr_ros.networks.realtime.stem import DETAIL, MIDDLE, Stem  # noqa: E402


def cells() -> torch.Tensor:
    generator = torch.Generator().manual_seed(5)
    visible = torch.rand(2, 8, 12, 3, generator=generator)
    thermal = torch.rand(2, 8, 12, 1, generator=generator)
    return channels_first(torch.cat([to_cells(visible), to_cells(thermal)], -1))


def test_each_pixel_is_read_against_the_mean_of_its_colour_in_its_cell() -> None:
    torch.manual_seed(1)
    stem, read = Stem(5), cells()
    stem.bias.data.uniform_()
    colours = read[:, :48].reshape(2, 16, 3, 2, 3)
    warmth = read[:, 48:].reshape(2, 16, 1, 2, 3)
    conditioned = torch.cat(
        [
            (
                DETAIL * (each - each.mean(1, keepdim=True)) + each.mean(1, keepdim=True) - MIDDLE
            ).flatten(1, 2)
            for each in (colours, warmth)
        ],
        1,
    )
    expected = torch.einsum('oi,nihw->nohw', stem.kernel, conditioned) + stem.bias[:, None, None]
    torch.testing.assert_close(stem(read), expected, atol=1e-4, rtol=1e-4)


def test_deployed_it_is_one_convolution() -> None:
    torch.manual_seed(2)
    stem, read = Stem(7), cells()
    plain = stem.fused()
    assert plain.weight.shape == (7, 64, 1, 1)
    torch.testing.assert_close(plain(read), stem(read), atol=1e-4, rtol=1e-4)


def test_what_conditions_it_is_not_saved_with_the_weights() -> None:
    assert set(Stem(3).state_dict()) == {'kernel', 'bias'}
