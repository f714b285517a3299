"""What is remembered of the supply: seconds, cuts, and nothing that was no supply."""

from __future__ import annotations

import math

import pytest

from appliance.power.history import FORGET_S, KEPT_S, History, Span, Stretch
from tests.power.curves import creeping, level, seen, stepping


def levels(history: History) -> list[float]:
    """The mean of each stretch, newest first."""
    return [one.mean_v for one in history.stretches()]


def test_a_supply_that_never_stepped_is_one_stretch() -> None:
    assert len(seen(level(13.8), 300).stretches()) == 1


def test_a_slope_is_no_step() -> None:
    assert len(seen(creeping(14.0, 60), 600).stretches()) == 1


def test_a_second_counts_once_however_often_it_was_read() -> None:
    history = History()
    for reading in range(200):
        history.add(100 + reading / 40, 13.8 if reading < 120 else 13.9)

    assert [second.volts for second in history.seconds] == [13.8, 13.8, 13.8, 13.9]


@pytest.mark.parametrize("step_v", [-0.3, -0.15, 0.15, 0.3])
def test_a_consumers_step_cuts_the_history_within_five_seconds(step_v: float) -> None:
    now, before = levels(seen(stepping(13.9, (60, step_v)), 65))

    assert now - before == pytest.approx(step_v, abs=0.02)


def test_a_small_step_is_found_when_it_has_lasted() -> None:
    now, before = levels(seen(stepping(13.9, (60, -0.03)), 120))

    assert before - now == pytest.approx(0.03, abs=0.006)


def test_a_step_says_about_how_far_it_went() -> None:
    jumps = [second.jump_v for second in seen(stepping(13.9, (60, -0.15)), 90).seconds if second.jump_v]

    assert len(jumps) == 1
    assert -0.2 < jumps[0] < -0.05


@pytest.mark.parametrize("spike_v", [-1.0, 1.0])
def test_a_spike_of_one_second_changes_neither_level_nor_stretches(spike_v: float) -> None:
    (stretch,) = seen(stepping(13.8, (60, spike_v), (61, -spike_v)), 120).stretches()

    assert (min(stretch.volts), max(stretch.volts)) == pytest.approx((13.8, 13.8), abs=0.03)


def test_a_short_gap_cuts_and_keeps_what_was_before() -> None:
    history = seen(level(13.8), 60)
    for at_s in range(70, 90):
        history.add(at_s, 13.8)

    assert [len(one.at_s) for one in history.stretches()] == [19, 60]


def test_a_long_gap_forgets_everything() -> None:
    history = seen(level(13.8), 60)
    history.add(60 + FORGET_S + 1, 13.8)

    assert (history.seconds, history.observed_s) == ((), 0.0)


def test_beginning_and_end_of_our_own_work_cut() -> None:
    history = seen(level(13.8), 100, working=range(40, 70))

    assert [one.working for one in history.stretches()] == [False, True, False]


def test_another_one_at_work_cuts_too() -> None:
    history = History()
    for at_s in range(90):
        history.add(float(at_s), 13.8, at_s // 30)

    assert [one.working for one in history.stretches()] == [2, 1, 0]


def test_a_reading_that_is_not_newer_is_not_taken() -> None:
    history = seen(level(13.8), 60)
    before = history.seconds
    for at_s in (59.0, 3.0, -1.0, math.nan):
        history.add(at_s, 5.0)

    assert (history.seconds, history.newest_at_s) == (before, 59.0)


def test_an_hour_takes_no_more_room_than_a_quarter() -> None:
    history = seen(level(13.8), 3600)

    assert len(history.seconds) <= KEPT_S + 100
    assert sum(len(one.at_s) for one in history.stretches()) == KEPT_S


def test_before_the_first_reading_nothing_is_known() -> None:
    history = History()

    assert math.isnan(history.newest_v)
    assert (history.observed_s, history.stretches()) == (0.0, [])


@pytest.mark.parametrize("noise_v", [0.004, 0.01, 0.02])
def test_the_noise_is_measured_beside_slope_and_steps(noise_v: float) -> None:
    steps = [(float(at_s), -0.2 if at_s % 20 else 0.2) for at_s in range(10, 300, 10)]
    history = seen(stepping(13.9, *steps), 300, noise_v)

    assert history.noise_v == pytest.approx(noise_v, rel=0.5)


STRETCH = Stretch(tuple(at_s + 0.5 for at_s in range(10)), tuple(float(at_s) for at_s in range(10)), working=True)


@pytest.mark.parametrize(
    ("span", "left"),
    [
        (Span(3.0, 6.0), [(6.5, 7.5, 8.5, 9.5), (0.5, 1.5, 2.5)]),
        (Span(3.0, math.inf), [(0.5, 1.5, 2.5)]),
        (Span(-5.0, 6.0), [(6.5, 7.5, 8.5, 9.5)]),
        (Span(-5.0, 20.0), []),
        (Span(20.0, 30.0), [STRETCH.at_s]),
        (Span(3.6, 4.4), [STRETCH.at_s]),
    ],
)
def test_what_lies_outside_a_span_is_left_newest_first(span: Span, left: list[tuple[float, ...]]) -> None:
    parts = STRETCH.outside(span)
    assert [part.at_s for part in parts] == left
    assert all(part.volts == tuple(at_s - 0.5 for at_s in part.at_s) for part in parts)
