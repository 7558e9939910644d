"""Transforms between frames, fixed and moving."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from nitedr_ros.geometry.extrinsics import Extrinsics
from nitedr_ros.geometry.transforms import MOST_FRAMES, TransformLink, TransformTree

_NONE = (0.0, 0.0, 0.0, 1.0)
_QUARTER = (0.0, 0.0, np.sqrt(0.5), np.sqrt(0.5))
"""A quarter turn about z: x becomes y."""


def _tree() -> TransformTree:
    tree = TransformTree()
    assert tree.add('base_link', 'mast', (1.0, 0.0, 2.0), _NONE)
    assert tree.add('mast', 'visible', (0.0, 0.5, 0.0), _NONE)
    assert tree.add('base_link', 'thermal', (1.0, 0.5, 2.5), _QUARTER)
    return tree


def _same(pose: Extrinsics | None, expected: Extrinsics) -> None:
    assert pose is not None
    np.testing.assert_allclose(pose.rotation, expected.rotation, atol=1e-12)
    np.testing.assert_allclose(pose.translation, expected.translation, atol=1e-12)


def test_a_chain_through_a_common_frame() -> None:
    expected = Extrinsics.from_quaternion(_QUARTER, (0.0, 0.0, 0.5))
    pose = _tree().lookup('visible', 'thermal')
    _same(pose, expected)
    # A point 1 m along the thermal camera's x lies 1 m along the visible one's y.
    np.testing.assert_allclose(
        pose.rotation @ (1.0, 0.0, 0.0) + pose.translation, (0.0, 1.0, 0.5), atol=1e-12
    )


def test_the_other_way_is_the_inverse() -> None:
    tree = _tree()
    _same(tree.lookup('thermal', 'visible'), tree.lookup('visible', 'thermal').inverse())


def test_straight_up_and_down_and_a_frame_in_itself() -> None:
    tree = _tree()
    up = Extrinsics(np.eye(3), np.array((1.0, 0.5, 2.0)))
    _same(tree.lookup('base_link', 'visible'), up)
    _same(tree.lookup('visible', 'base_link'), up.inverse())
    _same(tree.lookup('visible', 'visible'), Extrinsics.identity())


def test_frames_that_nothing_joins() -> None:
    tree = _tree()
    tree.add('map', 'odom', (0.0, 0.0, 0.0), _NONE)
    assert tree.lookup('visible', 'odom') is None
    assert tree.lookup('visible', 'unheard_of') is None


def test_the_latest_wins_also_under_another_parent() -> None:
    tree = _tree()
    tree.add('visible', 'thermal', (0.2, 0.0, 0.0), _NONE)
    _same(tree.lookup('visible', 'thermal'), Extrinsics(np.eye(3), np.array((0.2, 0.0, 0.0))))


def test_a_circle_ends() -> None:
    tree = TransformTree()
    tree.add('a', 'b', (1.0, 0.0, 0.0), _NONE)
    tree.add('b', 'c', (1.0, 0.0, 0.0), _NONE)
    tree.add('c', 'a', (5.0, 0.0, 0.0), _NONE)
    assert tree.lookup('a', 'elsewhere') is None
    _same(tree.lookup('b', 'c'), Extrinsics(np.eye(3), np.array((1.0, 0.0, 0.0))))


def test_a_quaternion_of_another_length_is_brought_to_one() -> None:
    tree = TransformTree()
    assert tree.add('a', 'b', (0.0, 0.0, 0.0), (0.0, 0.0, 3.0, 3.0))
    _same(tree.lookup('a', 'b'), Extrinsics.from_quaternion(_QUARTER, (0.0, 0.0, 0.0)))


@pytest.mark.parametrize(
    ('parent', 'child', 'translation', 'rotation'),
    [
        ('a', 'b', (0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 0.0)),
        ('a', 'b', (np.nan, 0.0, 0.0), _NONE),
        ('a', 'b', (0.0, 0.0, 0.0), (np.inf, 0.0, 0.0, 1.0)),
        ('a', 'a', (0.0, 0.0, 0.0), _NONE),
        ('', 'b', (0.0, 0.0, 0.0), _NONE),
        ('a', '', (0.0, 0.0, 0.0), _NONE),
    ],
)
def test_what_is_no_transform_is_left_out(parent, child, translation, rotation) -> None:
    tree = TransformTree()
    assert not tree.add(parent, child, translation, rotation)
    assert tree.lookup('a', 'b') is None


def test_a_message_brings_all_its_transforms() -> None:
    def stamped(child: str, w: float) -> SimpleNamespace:
        return SimpleNamespace(
            header=SimpleNamespace(frame_id='/base_link'),
            child_frame_id=child,
            transform=SimpleNamespace(
                translation=SimpleNamespace(x=1.0, y=2.0, z=3.0),
                rotation=SimpleNamespace(x=0.0, y=0.0, z=0.0, w=w),
            ),
        )

    tree = TransformTree()
    assert tree.add_message(SimpleNamespace(transforms=[stamped('/visible', 1.0)]))
    assert not tree.add_message(
        SimpleNamespace(transforms=[stamped('broken', 0.0), stamped('thermal', 1.0)])
    )
    _same(tree.lookup('visible', 'thermal'), Extrinsics.identity())
    assert tree.lookup('visible', 'broken') is None


class _Counting(TransformTree):
    """Counts the look-ups."""

    def __init__(self) -> None:
        super().__init__()
        self.looked_up = 0

    def lookup(self, target: str, source: str) -> Extrinsics | None:
        self.looked_up += 1
        return super().lookup(target, source)


def test_a_link_looks_again_only_when_something_on_its_way_moves() -> None:
    tree = _Counting()
    tree.add('map', 'base_link', (5.0, 0.0, 0.0), _NONE)
    tree.add('base_link', 'visible', (0.0, 0.0, 1.0), _NONE)
    link = TransformLink(tree, 'visible', 'thermal')
    assert link.pose is None
    looked_up = tree.looked_up
    # It is above where both meet once that is known; until then it could be what joins them.
    tree.add('base_link', 'wheel', (1.0, 0.0, 0.0), _NONE)
    assert link.pose is None
    assert tree.looked_up == looked_up
    tree.add('base_link', 'mast', (0.0, 0.0, 2.0), _NONE)
    tree.add('mast', 'thermal', (0.0, 0.5, 0.0), _NONE)
    pose = link.pose
    np.testing.assert_allclose(pose.translation, (0.0, 0.5, 1.0), atol=1e-12)
    looked_up = tree.looked_up
    for step in range(20):
        tree.add('map', 'base_link', (float(step), 0.0, 0.0), _NONE)
        tree.add('base_link', 'wheel', (float(step), 0.0, 0.0), _QUARTER)
        tree.add('/mast', '/thermal', (0.0, 0.5, 0.0), _NONE)
        assert link.pose is pose
    assert tree.looked_up == looked_up
    tree.add('base_link', 'mast', (0.0, 0.0, 2.5), _NONE)
    np.testing.assert_allclose(link.pose.translation, (0.0, 0.5, 1.5), atol=1e-12)
    assert tree.looked_up == looked_up + 1
    tree.add('elsewhere', 'mast', (0.0, 0.0, 2.5), _NONE)
    assert link.pose is None


def test_a_link_follows_frames_joined_from_above() -> None:
    tree = TransformTree()
    tree.add('left', 'visible', (0.0, 0.0, 0.0), _NONE)
    tree.add('right', 'thermal', (0.0, 0.0, 0.0), _NONE)
    link = TransformLink(tree, 'visible', 'thermal')
    assert link.pose is None
    tree.add('car', 'left', (1.0, 0.0, 0.0), _NONE)
    assert link.pose is None
    tree.add('car', 'right', (3.0, 0.0, 0.0), _NONE)
    np.testing.assert_allclose(link.pose.translation, (2.0, 0.0, 0.0), atol=1e-12)


def test_frames_without_end_are_not_remembered() -> None:
    tree = _tree()
    taken = sum(
        tree.add('base_link', f'object_{number}', (1.0, 0.0, 0.0), _NONE)
        for number in range(MOST_FRAMES + 100)
    )
    assert taken == MOST_FRAMES - 3
    assert tree.lookup('base_link', f'object_{MOST_FRAMES + 50}') is None
    # Those that are known still move.
    assert tree.add('mast', 'visible', (0.0, 0.75, 0.0), _NONE)
    np.testing.assert_allclose(tree.lookup('mast', 'visible').translation, (0.0, 0.75, 0.0))
