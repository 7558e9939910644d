"""Which files are taken."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from nitedr_ros.errors import InputError
from nitedr_ros.evaluate.groups import Groups
from nitedr_ros.evaluate.selection import EvaluationJob, select_stills


def test_pairs_come_in_order_with_clean_image_and_groups(folders: Any) -> None:
    job = EvaluationJob(*folders, Groups.from_patterns(['night=*N']), limit=3)
    chosen = select_stills(job)
    assert [(each.pair.stem, each.groups) for each in chosen.stills] == [
        ('00N', ('night',)),
        ('01N', ('night',)),
        ('02D', ()),
    ]
    assert chosen.stills[0].target == folders.target / '00N.png'
    assert chosen.notes == ['1 images are in no group, such as 02D']


def test_a_list_takes_only_what_it_names_and_the_rest_is_said(folders: Any) -> None:
    listed = Groups({'01N': (), '02D': ('day',), 'zz': ('day',)})
    (folders.target / '02D.png').unlink()
    chosen = select_stills(EvaluationJob(*folders, listed))
    assert [each.pair.stem for each in chosen.stills] == ['01N']
    assert chosen.notes == [
        '1 pairs have no clean image and are left out, such as 02D',
        '1 stems of the list have no pair of images, such as zz',
    ]


def test_nothing_to_evaluate_is_one_clear_error(folders: Any) -> None:
    job = EvaluationJob(*folders)
    with pytest.raises(InputError, match='list to name images'):
        select_stills(replace(job, groups=Groups({'zz': ()})))
    (folders.visible.parent / 'empty').mkdir()
    with pytest.raises(InputError, match='leave --target out'):
        select_stills(replace(job, target=folders.visible.parent / 'empty'))
    with pytest.raises(InputError, match='folder of images'):
        select_stills(replace(job, target=folders.visible.parent / 'none'))
