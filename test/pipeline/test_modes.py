"""The degrade rules and their hysteresis."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.config.schema import ModesConfig
from nitedr_ros.pipeline.modes import Mode, ModeRules


def modes(rules: ModeRules, thermal: list[bool]) -> list[Mode]:
    return [rules.next_mode(visible=True, thermal=there)[0] for there in thermal]


def test_the_first_pair_is_full_at_once() -> None:
    assert modes(ModeRules(ModesConfig(recover_after=5)), [True]) == [Mode.FULL]


def test_losing_thermal_degrades_at_once_and_recovers_after_pairs_in_a_row() -> None:
    rules = ModeRules(ModesConfig(recover_after=3))
    found = modes(rules, [True, False, True, True, False, True, True, True, True])
    only, full = Mode.VISIBLE_ONLY, Mode.FULL
    assert found == [full, only, only, only, only, only, only, full, full]


def test_no_visible_frame_is_thermal_only_and_pairs_must_recover() -> None:
    rules = ModeRules(ModesConfig(recover_after=2))
    assert rules.next_mode(visible=False, thermal=True) == (
        Mode.THERMAL_ONLY,
        'visible camera lost',
    )
    assert modes(rules, [True, True]) == [Mode.VISIBLE_ONLY, Mode.FULL]


def test_a_failing_engine_is_left_alone_for_a_while_and_tried_again() -> None:
    rules = ModeRules(ModesConfig(engine_failures=2, engine_retry=4))
    found = []
    for _ in range(12):
        mode, reason = rules.next_mode(visible=True, thermal=True)
        assert (reason == '') == (mode is Mode.FULL)
        found.append(mode)
        if mode is not Mode.PASS_THROUGH:
            rules.engine_failed()
    full, through = Mode.FULL, Mode.PASS_THROUGH
    assert found == [full, full, *[through] * 4, full, *[through] * 4, full]


def test_one_success_clears_the_failures() -> None:
    rules = ModeRules(ModesConfig(engine_failures=2, engine_retry=50))
    rules.engine_failed()
    rules.engine_succeeded()
    rules.engine_failed()
    assert rules.next_mode(visible=True, thermal=True)[0] is Mode.FULL


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(1, 8))
def test_full_mode_only_after_enough_pairs_and_never_without_thermal(
    thermal: list[bool], recover_after: int
) -> None:
    found = modes(ModeRules(ModesConfig(recover_after=recover_after)), thermal)
    for index, mode in enumerate(found):
        recent = thermal[max(0, index - recover_after + 1) : index + 1]
        lost_before = False in thermal[: index + 1]
        expected = all(recent) and (len(recent) == recover_after or not lost_before)
        assert (mode is Mode.FULL) == expected


def test_a_frozen_picture_is_not_fused_and_is_back_as_soon_as_it_moves() -> None:
    rules = ModeRules(ModesConfig(recover_after=3))
    found = [
        rules.next_mode(visible=True, thermal=True, frozen=frozen)
        for frozen in (False, True, True, False)
    ]
    frozen = (Mode.THERMAL_FROZEN, 'thermal picture frozen')
    assert found == [(Mode.FULL, ''), frozen, frozen, (Mode.FULL, '')]


def test_a_lost_camera_comes_before_a_frozen_one() -> None:
    rules = ModeRules(ModesConfig())
    assert rules.next_mode(visible=False, thermal=True, frozen=True)[0] is Mode.THERMAL_ONLY


def test_what_has_recovered_stays_so_when_more_pairs_are_asked_for() -> None:
    rules = ModeRules(ModesConfig(recover_after=2))
    assert modes(rules, [False, True, True]) == [Mode.VISIBLE_ONLY] * 2 + [Mode.FULL]
    rules.reconfigure(ModesConfig(recover_after=50))
    assert modes(rules, [True]) == [Mode.FULL]
    assert modes(rules, [False] + [True] * 50) == [Mode.VISIBLE_ONLY] * 50 + [Mode.FULL]
    rules.reconfigure(ModesConfig(recover_after=60))
    assert modes(rules, [False] + [True] * 10) == [Mode.VISIBLE_ONLY] * 11
    # Ten pairs have come since: that is enough now.
    rules.reconfigure(ModesConfig(recover_after=11))
    assert modes(rules, [True]) == [Mode.FULL]


def test_a_changed_engine_is_not_left_alone_for_the_other_s_failures() -> None:
    rules = ModeRules(ModesConfig(engine_failures=2, engine_retry=4))
    for _ in range(2):
        rules.engine_failed()
    assert modes(rules, [True]) == [Mode.PASS_THROUGH]
    rules.engine_changed()
    assert modes(rules, [True]) == [Mode.FULL]
