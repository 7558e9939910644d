from __future__ import annotations

import numpy as np
import pytest

from nitedr_ros.align.alignment import align
from nitedr_ros.align.point_pairs import PointPairs
from nitedr_ros.errors import CalibrationError

SIZE = (320, 240)


def subset(pairs: PointPairs, *indices: int) -> PointPairs:
    chosen = list(indices)
    return PointPairs(pairs.visible[chosen], pairs.thermal[chosen])


def test_well_spread_pairs_give_the_homography_and_no_warning(pairs, scene) -> None:
    result = align(pairs, SIZE)
    assert result.warnings == ()
    assert 0.1 < result.fit.rms_px < 0.5
    assert result.worst_px == result.fit.residuals_px[result.worst] == result.fit.max_px
    # The hull of the spots is nearly the rectangle that they were drawn on.
    assert result.coverage == pytest.approx(220 * 150 / (320 * 240), rel=0.03)
    expected = np.array([[160.0, 120.0]])
    from_fit = np.append(expected[0], 1) @ result.fit.matrix.T
    truth = np.append(expected[0], 1) @ scene.homography.T
    assert np.abs(from_fit[:2] / from_fit[2] - truth[:2] / truth[2]).max() < 0.2


def test_the_size_of_a_thermal_pixel_is_the_scale_of_the_homography() -> None:
    visible = np.array([(10, 20), (200, 30), (190, 200), (20, 180), (100, 90), (60, 150)], float)
    result = align(PointPairs(visible, visible / 4 + 3), SIZE)
    assert result.thermal_pixel_px == pytest.approx(4.0, abs=1e-6)


def test_four_pairs_tell_nothing_about_themselves(pairs) -> None:
    result = align(subset(pairs, 0, 3, 8, 11), SIZE)
    assert result.fit.rms_px < 1e-4
    assert [w for w in result.warnings if 'tell nothing' in w and 'at least 6' in w]


def test_five_pairs_tell_little(pairs) -> None:
    warnings = align(subset(pairs, 0, 3, 8, 11, 5), SIZE).warnings
    assert [w for w in warnings if w.startswith('5 pairs leave')]


def test_points_in_a_corner_are_warned_of(pairs, scene) -> None:
    near = pairs.visible / 4
    warm = np.hstack((near, np.ones((len(near), 1)))) @ scene.homography.T
    result = align(PointPairs(near, warm[:, :2] / warm[:, 2:]), SIZE)
    assert result.coverage < 0.1
    assert [w for w in result.warnings if 'spread them' in w]


def test_a_slip_is_named(pairs) -> None:
    thermal = pairs.thermal.copy()
    thermal[6] += (6.0, -5.0)
    result = align(PointPairs(pairs.visible, thermal), SIZE)
    assert result.worst == 6
    assert [w for w in result.warnings if w.startswith('pair 7 is ')]


def test_pairs_that_fix_nothing_are_refused(pairs) -> None:
    with pytest.raises(CalibrationError):
        align(subset(pairs, 0, 1, 2), SIZE)
    with pytest.raises(CalibrationError):
        align(subset(pairs, 0, 1, 2, 3), SIZE)


def test_mirrored_points_are_warned_of(pairs) -> None:
    assert not [w for w in align(pairs, SIZE).warnings if 'mirrors' in w]
    thermal = pairs.thermal * (-1.0, 1.0) + (319.0, 0.0)
    assert [w for w in align(PointPairs(pairs.visible, thermal), SIZE).warnings if 'mirrors' in w]
