"""Images and their cells."""

from __future__ import annotations

import pytest

torch = pytest.importorskip('torch', reason='torch is not installed: the networks are not tested')

from nitedr_ros.networks.realtime.cells import (  # noqa: E402
    channels_first,
    from_cells,
    grey_kernel,
    luma_kernel,
    to_cells,
)


@pytest.mark.parametrize('channels', [1, 3])
def test_cells_hold_their_pixels_row_by_row(channels: int) -> None:
    image = torch.arange(2 * 8 * 12 * channels).reshape(2, 8, 12, channels)
    cells = to_cells(image)
    assert cells.shape == (2, 2, 3, 16 * channels)
    assert torch.equal(cells[1, 1, 2], image[1, 4:8, 8:12].flatten())
    assert torch.equal(from_cells(cells), image)


def test_luma_of_cells_is_that_of_the_image() -> None:
    image = torch.rand(1, 8, 12, 3, generator=torch.Generator().manual_seed(3))
    cells = channels_first(to_cells(image))
    luma = torch.nn.functional.conv2d(cells, luma_kernel())
    expected = image @ torch.tensor([0.299, 0.587, 0.114])
    torch.testing.assert_close(luma, channels_first(to_cells(expected[..., None])))


def test_grey_cells_become_cells_of_three_equal_colours() -> None:
    image = torch.rand(1, 8, 12, 1, generator=torch.Generator().manual_seed(4))
    colours = torch.nn.functional.conv2d(channels_first(to_cells(image)), grey_kernel())
    assert torch.equal(colours, channels_first(to_cells(image.expand(-1, -1, -1, 3))))
