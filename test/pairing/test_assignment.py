from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from nitedr_ros.pairing.assignment import Assignment, best_pairs, gain_ns

stamps = st.lists(st.integers(0, 60), max_size=6, unique=True).map(sorted)


def best_total(visible, thermal, limit):
    """Try everything: each visible frame with each thermal frame, crossing or not."""
    if not visible:
        return 0
    totals = [best_total(visible[1:], thermal, limit)]
    for j, stamp in enumerate(thermal):
        if abs(stamp - visible[0]) <= limit:
            rest = best_total(visible[1:], thermal[:j] + thermal[j + 1 :], limit)
            totals.append(rest + gain_ns(stamp - visible[0], limit))
    return max(totals)


@given(stamps, stamps, st.integers(0, 20))
def test_no_other_assignment_is_better(visible, thermal, limit):
    pairs = best_pairs(visible, thermal, limit)
    total = sum(gain_ns(thermal[j] - visible[i], limit) for i, j in pairs)
    assert total == best_total(visible, thermal, limit)
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert pairs == sorted(pairs)
    assert all(abs(thermal[j] - visible[i]) <= limit for i, j in pairs)


def test_a_pair_at_the_limit_counts():
    assert best_pairs([0], [50], 50) == [(0, 0)]
    assert best_pairs([0], [51], 50) == []


def test_a_good_pair_is_given_up_for_two_that_are_better_together():
    # Greedily 10 goes with 11, and 21 is left without a partner.
    assert best_pairs([10, 14], [4, 11], 8) == [(0, 0), (1, 1)]


def test_restarted_stamps_pair_within_their_own_pass():
    assert best_pairs([100, 0, 33], [95, 5, 30], 10) == [(0, 0), (1, 1), (2, 2)]


@given(stamps, stamps, st.integers(1, 20))
def test_best_ways_share_everything_up_to_their_meeting(visible, thermal, limit):
    table = Assignment(visible, thermal, limit)
    n, m = len(visible), len(thermal)
    states = {(i, m) for i in range(n + 1)} | {(n, j) for j in range(m + 1)}
    i, j = meeting = table.meeting(states)
    shared = table.pairs(meeting)
    for state in states:
        way = table.pairs(state)
        assert way[: len(shared)] == shared
        assert all(a >= i and b >= j for a, b in way[len(shared) :])
