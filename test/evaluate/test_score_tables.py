"""The tables for people."""

from __future__ import annotations

from nitedr_ros.evaluate.tables import FUSIONS, score_tables
from nitedr_ros.metrics.fusion import FUSION_MEASURES

AGAINST = {'psnr_y': 30.0, 'psnr_rgb': 29.0, 'ssim_y': 0.9}


def part(images: int) -> dict:
    fusion = {
        name: {measure.name: float(index) for measure in FUSION_MEASURES}
        for index, name in enumerate(FUSIONS, 1)
    }
    fusion['average']['CC'] = fusion['maximum']['CC'] = 9.0
    return {
        'images': images,
        'deraining': {
            'images': images,
            'input': AGAINST,
            'derained': AGAINST,
            'gain_db': -0.5,
            'worse': images,
        },
        'dry': None,
        'fusion': fusion,
    }


def test_groups_come_before_all_and_the_best_are_marked() -> None:
    results = {'groups': {'night': part(2)}, 'all': part(5), 'target': 'x'}
    deraining, fusion = score_tables(results)
    assert [row[0].text for row in deraining.rows] == ['night', 'all']
    assert deraining.rows[0][4].text == '-0.50'
    assert len(fusion.rows) == 8
    assert fusion.breaks == {3, 7}
    for row in (*deraining.rows, *fusion.rows):
        assert len(row) == len((deraining if row in deraining.rows else fusion).header)
    names = [name.split()[0] for name in fusion.header]
    best = {
        names[column]: [row[column].best for row in fusion.rows[4:]]
        for column in range(3, len(names))
    }
    assert best['MSE'] == [True, False, False, False]
    assert best['CC'] == [False, True, True, False]
    assert best['Qabf'] == [False, False, False, True]
