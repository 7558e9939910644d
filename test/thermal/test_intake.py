from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nitedr_ros.config.schema import ThermalConfig
from nitedr_ros.errors import FrameError
from nitedr_ros.frames.frame import Frame
from nitedr_ros.thermal.intake import ThermalIntake

DType = type[np.uint16] | type[np.float32]
MakeFrame = Callable[..., Frame]
COLD = np.arange(20_000, 20_000 + 101, dtype=np.uint16).reshape(1, 101)


def intake(**changes: Any) -> ThermalIntake:
    return ThermalIntake(ThermalConfig(low_percentile=0.0, high_percentile=100.0, **changes))


@pytest.mark.parametrize('encoding', ['mono8', '8UC1'])
def test_8_bit_images_pass_unchanged(frame: MakeFrame, encoding: str) -> None:
    image = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    taken = intake().take(frame(image, encoding=encoding))
    assert np.shares_memory(taken.levels, image)
    assert taken.encoding == 'mono8'
    inverted = intake(white_hot=False).take(frame(image, encoding=encoding))
    np.testing.assert_array_equal(inverted.levels, 255 - image)
    np.testing.assert_array_equal(inverted.data, image)


def test_8_bit_images_with_padded_rows_become_contiguous(frame: MakeFrame) -> None:
    padded = np.arange(32, dtype=np.uint8).reshape(4, 8)[:, :6]
    levels = intake().take(frame(padded)).levels
    assert levels.flags.c_contiguous
    np.testing.assert_array_equal(levels, padded)


def test_colour_images_become_grey(frame: MakeFrame) -> None:
    grey = np.random.default_rng(0).integers(0, 256, (4, 6), np.uint8)
    taken = intake().take(frame(np.dstack([grey] * 3), encoding='rgb8'))
    np.testing.assert_array_equal(taken.levels, grey)
    np.testing.assert_array_equal(taken.data, grey)
    assert taken.encoding == 'mono8'


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_deep_images_span_black_to_white(frame: MakeFrame, dtype: DType) -> None:
    image = COLD.astype(dtype)
    taken = intake().take(frame(image, 40))
    assert taken.levels[0, [0, 20, 100]].tolist() == [0, 51, 255]
    assert taken.data is image
    assert (taken.stamp_ns, taken.frame_id, taken.height, taken.width) == (
        40_000_000,
        'thermal',
        1,
        101,
    )
    inverted = intake(white_hot=False).take(frame(image))
    np.testing.assert_array_equal(inverted.levels, 255 - taken.levels)
    assert inverted.data is image


def test_what_is_read_only_is_left_alone(frame: MakeFrame) -> None:
    image = np.full((20, 30), 300.0, np.float32)
    image[5, 5] = np.nan
    image.flags.writeable = False
    assert np.isfinite(intake().take(frame(image)).data).all()
    assert np.isnan(image[5, 5])


@pytest.mark.parametrize('dtype', [np.uint16, np.float32])
def test_a_constant_scene_is_mid_grey(frame: MakeFrame, dtype: DType) -> None:
    levels = ThermalIntake(ThermalConfig()).take(frame(np.full((4, 6), 300, dtype))).levels
    assert set(levels.ravel().tolist()) <= {127, 128}


@pytest.mark.parametrize('white_hot', [True, False])
def test_an_area_of_nan_is_cold_in_either_polarity(frame: MakeFrame, white_hot: bool) -> None:
    image = np.linspace(280, 300, 600, dtype=np.float32).reshape(20, 30)
    image[5:10, 5:10] = np.nan
    taken = intake(white_hot=white_hot).take(frame(image))
    assert not taken.levels[5:10, 5:10].any()
    np.testing.assert_array_equal(taken.data, image)


def test_a_dead_pixel_is_replaced_and_does_not_move_the_range(frame: MakeFrame) -> None:
    image = np.linspace(28_000, 29_000, 600).reshape(20, 30).astype(np.uint16)
    clean = intake().take(frame(image.copy()))
    image[5, 5], image[12, 20] = 0, 65_535
    taken = intake().take(frame(image))
    assert np.abs(taken.data.astype(int) - clean.data).max() <= 1
    assert np.abs(taken.levels.astype(int) - clean.levels).max() <= 1


def test_telemetry_rows_are_cut_off_first(frame: MakeFrame) -> None:
    scene = np.linspace(28_000, 29_000, 600).reshape(20, 30).astype(np.uint16)
    image = np.vstack([np.full((2, 30), 7), scene, np.full((1, 30), 64_000)]).astype(np.uint16)
    taken = intake(crop_top=2, crop_bottom=1).take(frame(image))
    np.testing.assert_array_equal(taken.data, scene)
    assert (taken.height, taken.width) == (20, 30)
    np.testing.assert_array_equal(taken.levels, intake().take(frame(scene)).levels)


@pytest.mark.parametrize(
    'bad', [np.full((1, 101), np.nan, np.float32), np.empty((0, 5), np.float32)]
)
def test_a_frame_without_a_picture_is_refused_and_leaves_all_as_it_was(
    frame: MakeFrame, bad: npt.NDArray[np.float32]
) -> None:
    image = COLD.astype(np.float32)
    taken = intake()
    taken.take(frame(image))
    with pytest.raises(FrameError, match='expected') as caught:
        taken.take(frame(bad, 10))
    assert '\n' not in str(caught.value)
    untroubled = intake()
    untroubled.take(frame(image))
    for stamp in (20, 400):
        one, other = taken.take(frame(image, stamp)), untroubled.take(frame(image, stamp))
        np.testing.assert_array_equal(one.levels, other.levels)
        assert (one.frozen_ns, one.frozen) == (other.frozen_ns, other.frozen)


ANY_IMAGE = hnp.array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=12).flatmap(
    lambda shape: st.one_of(
        hnp.arrays(np.uint8, shape),
        hnp.arrays(np.uint16, shape, elements=st.sampled_from([0, 1, 9, 300, 30_000, 65_535])),
        hnp.arrays(np.float32, shape, elements=st.floats(width=32)),
        hnp.arrays(np.float32, shape, elements=st.sampled_from([np.nan, np.inf, -40.0, 300.0])),
    )
)


@given(
    st.lists(st.tuples(ANY_IMAGE, st.integers(-3000, 3000)), min_size=1, max_size=8),
    st.booleans(),
    st.sampled_from([0.0, 0.1, 1000.0]),
)
def test_any_images_and_stamps_give_levels_or_a_frame_error(
    frame: MakeFrame,
    images: list[tuple[npt.NDArray[Any], int]],
    white_hot: bool,
    smoothing_ms: float,
) -> None:
    config = ThermalConfig(white_hot=white_hot, smoothing_ms=smoothing_ms)
    one, other = ThermalIntake(config), ThermalIntake(config)
    for image, stamp in images:
        try:
            taken = one.take(frame(image, stamp))
        except FrameError:
            assert image.size == 0 or not np.isfinite(image).any()
            continue
        assert taken.levels.dtype == np.uint8
        assert taken.levels.shape == taken.data.shape == image.shape
        assert taken.data.dtype == image.dtype
        # Nothing but the frames that were accepted counts, in a copy of their own.
        again = other.take(frame(image.copy(), stamp))
        np.testing.assert_array_equal(again.levels, taken.levels)
        assert (again.frozen_ns, again.frozen) == (taken.frozen_ns, taken.frozen)


@given(
    st.lists(
        hnp.arrays(np.float32, (5, 6), elements=st.floats(-1e6, 1e6, width=32)),
        min_size=1,
        max_size=5,
    ),
    st.booleans(),
)
def test_levels_keep_the_order_of_the_values(
    frame: MakeFrame, images: list[npt.NDArray[np.float32]], white_hot: bool
) -> None:
    taken = ThermalIntake(ThermalConfig(white_hot=white_hot))
    for index, image in enumerate(images):
        levels = taken.take(frame(image, index * 111)).levels
        ordered = levels.ravel()[np.argsort(image.ravel(), kind='stable')].astype(int)
        steps = np.diff(ordered)
        assert (steps >= 0).all() if white_hot else (steps <= 0).all()
