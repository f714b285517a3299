"""Whose turn it is: in the plan's order, as soon as there is room, and never two critical ones."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from appliance.campaign.turns import ONE_AT_A_TIME, Turns

A, B, C, D = 0x12, 0x18, 0x30, 0x60

waiting = st.lists(st.integers(0, 9), unique=True)
allowed = st.builds(Turns, st.integers(1, 6), st.frozensets(st.integers(0, 9)))
times = st.dictionaries(st.integers(0, 9), st.floats(0.0, 100.0), max_size=7)


def test_as_many_begin_as_are_allowed() -> None:
    assert Turns(2).begins((A, B, C), ()) == (A, B)


def test_who_ends_makes_room_for_the_next() -> None:
    assert Turns(2).begins((C, D), (B,)) == (C,)


def test_a_critical_one_waits_for_the_critical_one_that_is_at_work() -> None:
    assert Turns(4, frozenset({A, B})).begins((B,), (A,)) == ()


def test_nobody_overtakes() -> None:
    assert Turns(4, frozenset({A, B})).begins((B, C), (A,)) == ()


def test_one_after_the_other_takes_as_long_as_all_of_them() -> None:
    assert ONE_AT_A_TIME.lasts_s({A: 3.0, B: 4.0, C: 5.0}) == 12.0


def test_side_by_side_takes_as_long_as_the_longest() -> None:
    assert Turns(3).lasts_s({A: 3.0, B: 4.0, C: 5.0}) == 5.0


def test_two_at_a_time_the_third_begins_when_the_first_ends() -> None:
    assert Turns(2).lasts_s({A: 3.0, B: 4.0, C: 5.0}) == 8.0


def test_who_is_at_work_counts_from_now() -> None:
    assert Turns(2).lasts_s({A: 3.0, B: 4.0, C: 5.0}, (B, C)) == 7.0


def test_nothing_takes_no_time() -> None:
    assert Turns(2).lasts_s({}) == 0.0


@given(allowed, waiting, waiting)
def test_never_more_are_at_work_than_allowed_nor_two_critical_ones(
    turns: Turns, wait: list[int], work: list[int]
) -> None:
    work = [one for one in work if one not in wait][:1]
    working = [*work, *turns.begins(wait, work)]
    assert len(working) <= turns.max_open
    assert sum(one in turns.critical for one in working) <= 1


@given(allowed, waiting)
def test_somebody_always_begins_when_nobody_is_at_work(turns: Turns, wait: list[int]) -> None:
    assert bool(turns.begins(wait, ())) is bool(wait)


@given(allowed, times)
def test_it_takes_no_less_than_the_longest_and_no_more_than_all_of_them(turns: Turns, left_s: dict[int, float]) -> None:
    lasts_s = turns.lasts_s(left_s)
    assert max(left_s.values(), default=0.0) <= lasts_s <= sum(left_s.values()) + 1e-9
