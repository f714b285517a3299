"""How a consumer that is switched on is seen in the supply."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.power.consumer import back_after_s, load_since, off_since
from appliance.power.history import History
from tests.power.curves import creeping, level, seen, stepping

ASKED_S, ON_S, OFF_ASKED_S, OFF_S = 12, 20, 50, 55
ON_AND_OFF = stepping(13.9, (ON_S, -0.1), (OFF_S, 0.1))


def test_the_step_is_found_some_seconds_after_it_came() -> None:
    assert load_since(seen(ON_AND_OFF, ON_S + 1), ASKED_S) is None
    assert load_since(seen(ON_AND_OFF, ON_S + 6), ASKED_S) is not None


def test_it_is_found_where_it_is() -> None:
    load = load_since(seen(ON_AND_OFF, 45), ASKED_S)

    assert load is not None
    assert load.on_s == pytest.approx(ON_S, abs=3.0)
    assert load.before_v == pytest.approx(13.9, abs=0.01)
    assert load.last_v == pytest.approx(13.8, abs=0.01)


@settings(max_examples=40, deadline=None)
@given(sag_v=st.floats(0.05, 0.4), noise_v=st.floats(0.001, 0.008), creep_mv=st.floats(0.0, 60.0))
def test_any_step_that_stands_out_is_found(sag_v: float, noise_v: float, creep_mv: float) -> None:
    fall = creeping(13.9, creep_mv)
    load = load_since(seen(lambda at_s: fall(at_s) - (sag_v if at_s >= ON_S else 0.0), 45, noise_v), ASKED_S)

    assert load is not None
    assert load.sag_v == pytest.approx(sag_v, abs=0.03)


@settings(max_examples=40, deadline=None)
@given(noise_v=st.floats(0.001, 0.02), creep_mv=st.floats(-60.0, 200.0))
def test_neither_noise_nor_a_creep_is_a_consumer(noise_v: float, creep_mv: float) -> None:
    assert load_since(seen(creeping(13.9, creep_mv), 120, noise_v), ASKED_S) is None


def test_a_step_that_was_taken_back_was_somebody_elses() -> None:
    assert load_since(seen(stepping(13.9, (15, -0.1), (22, 0.1)), 40), ASKED_S) is None


def test_after_a_step_that_was_taken_back_the_right_one_is_found() -> None:
    load = load_since(seen(stepping(13.9, (15, -0.1), (22, 0.1), (35, -0.1)), 60), ASKED_S)

    assert load is not None
    assert load.on_s == pytest.approx(35, abs=3.0)


def test_one_that_was_on_before_is_not_the_one_asked_for() -> None:
    assert load_since(seen(stepping(13.9, (5, -0.1)), 60), ASKED_S) is None


def test_for_some_seconds_no_slope_is_known() -> None:
    load = load_since(seen(ON_AND_OFF, ON_S + 8), ASKED_S)

    assert load is not None
    assert load.ends_v_per_s is None


def test_both_measures_of_the_fall_agree_when_nothing_else_is_switched() -> None:
    load = load_since(seen(lambda at_s: 13.9 - (0.1 + 0.002 * (at_s - ON_S) if at_s >= ON_S else 0.0), 55), ASKED_S)

    assert load is not None
    assert load.slope_v_per_s == pytest.approx(-0.002, rel=0.15)
    assert load.ends_v_per_s == pytest.approx(-0.002, rel=0.25)


def test_switching_off_is_seen_and_the_level_is_back_at_once() -> None:
    history = seen(ON_AND_OFF, 65)
    off_s = off_since(history, OFF_ASKED_S)

    assert off_s == pytest.approx(OFF_S, abs=3.0)
    assert off_s is not None
    assert back_after_s(history, off_s, 13.9) == pytest.approx(0.0, abs=3.0)


def test_while_it_is_on_it_is_not_off() -> None:
    assert off_since(seen(ON_AND_OFF, OFF_S), OFF_ASKED_S) is None


def test_a_level_that_does_not_come_back_has_no_recovery() -> None:
    assert back_after_s(seen(level(13.7), 65), 55.0, 13.9) is None


def test_nothing_seen_is_no_consumer() -> None:
    assert load_since(History(), 0.0) is None
    assert off_since(History(), 0.0) is None
