"""When the gate shuts, when it opens again, and what it says."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import Battery, PowerConfig
from appliance.power.gate import GateKind, GateState, judge, start_refusal, trip, unbelievable, unread, waits_for
from appliance.power.limits import Limits, limits_from
from appliance.power.reading import Reading

LIMITS = limits_from(PowerConfig(battery=Battery.LEAD))
STEP_S = 0.1


class Watched:
    """A gate looked at every 0.1 s, as a waiting runner would."""

    def __init__(self, state: GateState | None = None) -> None:
        self.now_s = 100.0
        self.state = state or unread(self.now_s)

    def see(self, volts: float | None, for_s: float = 0.0) -> Watched:
        """Look at `volts` once, and then again until `for_s` have passed; None: no reading."""
        for _ in range(1 + round(for_s / STEP_S)):
            self.now_s = round(self.now_s + STEP_S, 6)
            reading = None if volts is None else Reading(self.now_s - 0.02, volts, 0.01)
            self.state = judge(self.state, LIMITS, self.now_s, reading)
        return self

    @property
    def kind(self) -> GateKind:
        return self.state.kind


def opened() -> Watched:
    return Watched().see(13.8)


def held() -> Watched:
    return opened().see(12.0)


def test_the_gate_is_shut_before_the_first_reading() -> None:
    assert not unread(0.0).is_open


def test_the_first_reading_opens_it_when_it_is_good_enough_to_start() -> None:
    assert Watched().see(13.2).kind is GateKind.OPEN


@pytest.mark.parametrize("volts", [13.19, 12.0, 14.86, 16.0])
def test_the_first_reading_holds_it_when_nothing_could_start(volts: float) -> None:
    assert Watched().see(volts).kind is GateKind.HELD


def test_exactly_the_hold_limit_is_good_enough_to_go_on() -> None:
    assert opened().see(13.0, for_s=60).kind is GateKind.OPEN


def test_below_the_hold_limit_it_holds_after_the_debounce() -> None:
    gate = opened().see(12.91, for_s=0.4)
    assert gate.kind is GateKind.OPEN

    assert gate.see(12.91).kind is GateKind.HELD


def test_a_dip_shorter_than_the_debounce_is_forgotten() -> None:
    gate = opened().see(12.91, for_s=0.4).see(13.05).see(12.91, for_s=0.4)

    assert gate.kind is GateKind.OPEN


def test_far_below_it_holds_at_once() -> None:
    assert opened().see(12.54).kind is GateKind.HELD


def test_exactly_the_immediate_limit_is_still_debounced() -> None:
    assert opened().see(12.55).kind is GateKind.OPEN


def test_above_the_upper_warning_it_holds_after_the_debounce() -> None:
    gate = opened().see(14.86, for_s=0.4)
    assert gate.kind is GateKind.OPEN

    assert gate.see(14.86).kind is GateKind.HELD


def test_exactly_the_upper_warning_is_good_enough() -> None:
    assert opened().see(14.85, for_s=60).kind is GateKind.OPEN


def test_above_the_upper_stop_it_holds_at_once() -> None:
    assert opened().see(15.56).kind is GateKind.HELD


def test_leaving_low_for_high_does_not_restart_the_debounce() -> None:
    assert opened().see(12.91, for_s=0.3).see(14.9, for_s=0.1).kind is GateKind.HELD


def test_a_hold_names_the_sample_that_first_crossed_the_limit() -> None:
    gate = opened()
    first_low_s = gate.now_s + STEP_S - 0.02

    assert gate.see(12.91, for_s=0.5).state.crossed_at_s == pytest.approx(first_low_s)


def test_a_hold_ends_after_the_release_time() -> None:
    gate = held().see(13.1, for_s=9.9)
    assert gate.kind is GateKind.HELD

    assert gate.see(13.1, for_s=0.2).kind is GateKind.OPEN


@pytest.mark.parametrize("volts", [13.09, 12.9, 14.86])
def test_one_reading_that_is_not_good_enough_begins_the_release_again(volts: float) -> None:
    gate = held().see(13.5, for_s=9.5).see(volts).see(13.5, for_s=9.5)

    assert gate.kind is GateKind.HELD


def test_between_hold_and_release_it_stays_as_it_is() -> None:
    assert held().see(13.05, for_s=60).kind is GateKind.HELD
    assert opened().see(13.05, for_s=60).kind is GateKind.OPEN


def test_a_release_needs_somebody_to_have_looked() -> None:
    gate = held().see(13.8)
    gate.now_s += 60

    assert gate.see(13.8).kind is GateKind.HELD


def test_no_reading_shuts_it_at_once() -> None:
    gate = opened().see(None)

    assert (gate.kind, gate.state.reason) == (GateKind.STALE, "there is no reading of the supply")


def test_an_old_reading_shuts_it_at_once_and_says_how_old() -> None:
    gate = opened()
    state = judge(gate.state, LIMITS, 200.0, Reading(199.65, 13.8))

    assert (state.kind, state.reason) == (GateKind.STALE, "the newest reading is 0.35 s old, more than 0.20 s")
    assert state.crossed_at_s == pytest.approx(199.85)


def test_a_reading_of_exactly_the_greatest_age_still_counts() -> None:
    assert judge(opened().state, LIMITS, 0.2, Reading(0.0, 13.8)).is_open


@pytest.mark.parametrize("volts", [math.nan, math.inf, -math.inf, 0.0, -1.0, 26.01])
def test_an_impossible_reading_is_no_reading(volts: float) -> None:
    assert opened().see(volts).kind is GateKind.STALE


def test_a_reading_from_the_future_is_no_reading() -> None:
    assert judge(opened().state, LIMITS, 100.0, Reading(101.0, 13.8)).kind is GateKind.STALE


def test_after_a_loss_of_readings_it_releases_like_a_hold() -> None:
    gate = opened().see(None, for_s=3).see(13.8, for_s=9.9)
    assert gate.kind is GateKind.HELD

    assert gate.see(13.8, for_s=0.2).kind is GateKind.OPEN


def test_a_loss_of_readings_during_a_release_begins_it_again() -> None:
    assert held().see(13.8, for_s=9.5).see(None).see(13.8, for_s=9.5).kind is GateKind.HELD


def test_no_reading_before_the_first_one_is_nothing_new() -> None:
    assert Watched().see(None, for_s=30).state.reason == "no reading of the supply yet"


def test_the_first_reading_may_come_late() -> None:
    assert Watched().see(None, for_s=30).see(13.8).kind is GateKind.OPEN


def test_going_from_stale_to_held_is_no_new_shutting() -> None:
    gate = opened().see(None)
    shut_s = gate.now_s

    assert gate.see(None, for_s=2).see(12.0).state.since_s == shut_s


def test_a_control_unit_trips_it_whatever_we_read() -> None:
    gate = opened()
    tripped = trip(gate.state, gate.now_s, "control unit 0x12 reports voltageTooLow")

    assert (tripped.kind, tripped.reason) == (GateKind.HELD, "control unit 0x12 reports voltageTooLow")


def test_after_a_trip_it_releases_like_a_hold() -> None:
    gate = opened()
    gate.state = trip(gate.state, gate.now_s, "voltageTooLow")
    assert gate.see(13.8, for_s=9.9).kind is GateKind.HELD

    assert gate.see(13.8, for_s=0.2).kind is GateKind.OPEN


def test_a_trip_during_a_release_begins_it_again() -> None:
    gate = held().see(13.8, for_s=9)
    gate.state = trip(gate.state, gate.now_s, "voltageTooLow")

    assert gate.see(13.8, for_s=9).kind is GateKind.HELD


@pytest.mark.parametrize(
    ("volts", "sentence"),
    [
        (12.91, "12.91 V is below the hold limit 13.00 V"),
        (12.996, "12.996 V is below the hold limit 13.00 V"),
        (12.3, "12.30 V is below the limit 12.55 V that holds at once"),
        (14.9, "14.90 V is above the upper limit 14.85 V"),
        (15.8, "15.80 V is above the limit 15.55 V no car may see"),
    ],
)
def test_a_hold_says_which_limit_with_both_numbers(volts: float, sentence: str) -> None:
    assert opened().see(volts, for_s=1).state.reason == sentence


def test_the_reason_of_a_hold_stays_while_it_recovers() -> None:
    assert held().see(13.8, for_s=5).state.reason == "12.00 V is below the limit 12.55 V that holds at once"


def test_a_shut_gate_says_what_it_waits_for() -> None:
    assert waits_for(LIMITS, opened().state) == ""
    assert waits_for(LIMITS, opened().see(None).state) == "a reading of the supply"
    assert waits_for(LIMITS, held().state) == "13.10 V to 14.85 V for 10 s"
    assert waits_for(LIMITS, held().see(13.8, for_s=3.95).state) == "13.10 V to 14.85 V for another 6 s"


def refusal(volts: float, ripple_v: float | None = 0.01, state: GateState | None = None) -> str | None:
    return start_refusal(LIMITS, 1.0, Reading(1.0, volts, ripple_v), state or GateState(GateKind.OPEN, "", 0.0))


def test_a_fit_supply_may_start() -> None:
    assert refusal(13.2) is None


@pytest.mark.parametrize(
    ("volts", "ripple_v", "sentence"),
    [
        (13.19, 0.01, "13.19 V is below the start limit 13.20 V"),
        (14.9, 0.01, "14.90 V is above the upper limit 14.85 V"),
        (13.8, 0.18, "a ripple of 180 mV is above the limit 100 mV"),
        (13.8, None, "the ripple of the supply has not been measured yet"),
        (0.0, 0.01, "0.00 V is not a voltage a car can have"),
    ],
)
def test_an_unfit_supply_may_not_start_and_is_told_why(volts: float, ripple_v: float | None, sentence: str) -> None:
    assert refusal(volts, ripple_v) == sentence


def test_no_reading_may_not_start() -> None:
    assert start_refusal(LIMITS, 1.0, None, opened().state) == "there is no reading of the supply"


def test_a_supply_that_has_just_come_back_may_not_start_yet() -> None:
    refused = refusal(13.8, state=held().see(13.8, for_s=3.95).state)

    assert refused is not None
    assert refused.endswith("it needs 13.10 V to 14.85 V for another 6 s")


LOOKS = st.lists(
    st.tuples(
        st.one_of(st.sampled_from([0.25, 0.9, 1.0]), st.floats(0.0, 3.0)),  # time since the last look
        st.one_of(
            st.just((0.0, 13.8)),
            st.none(),
            st.tuples(
                st.floats(-0.1, 0.5),  # age of the reading
                st.one_of(st.floats(11.0, 17.0), st.sampled_from([13.0, 13.1, 13.5, 13.8, 14.85, math.nan, 0.0])),
            ),
        ),
    ),
    max_size=120,
)


def played(looks: list[tuple[float, tuple[float, float] | None]]) -> list[tuple[float, Reading | None, GateState]]:
    now_s, state, seen = 50.0, unread(50.0), []
    for after_s, measured in looks:
        now_s += after_s
        reading = None if measured is None else Reading(now_s - measured[0], measured[1])
        state = judge(state, LIMITS, now_s, reading)
        seen.append((now_s, reading, state))
    return seen


def forbidden(limits: Limits, now_s: float, reading: Reading | None) -> bool:
    """Whether the gate must not be open on this reading, written down without the gate's own words."""
    if reading is None or now_s - reading.at_s > limits.max_age_s:
        return True
    return not limits.hold_now_v <= reading.volts <= limits.upper_stop_v  # NaN is in no range


@given(LOOKS)
def test_it_is_never_open_on_a_stale_or_far_too_low_reading(
    looks: list[tuple[float, tuple[float, float] | None]],
) -> None:
    assert not any(state.is_open and forbidden(LIMITS, now_s, reading) for now_s, reading, state in played(looks))


@given(LOOKS)
def test_it_never_opens_again_sooner_than_the_release_time(
    looks: list[tuple[float, tuple[float, float] | None]],
) -> None:
    shut_s = None
    was_open = False
    for now_s, _, state in played(looks):
        if was_open and not state.is_open:
            shut_s = now_s
        if state.is_open and not was_open and shut_s is not None:
            # A reading may carry a time up to `max_age_s` ahead of the look.
            assert now_s - shut_s >= LIMITS.release_s - LIMITS.max_age_s
        was_open = state.is_open


@given(LOOKS)
def test_a_shut_gate_always_says_why(looks: list[tuple[float, tuple[float, float] | None]]) -> None:
    assert all(state.is_open == (state.reason == "") for _, _, state in played(looks))


@given(st.floats(allow_nan=True), st.floats(allow_nan=True))
def test_nothing_that_is_no_number_is_believed(volts: float, at_s: float) -> None:
    if not (math.isfinite(volts) and math.isfinite(at_s)):
        assert unbelievable(LIMITS, 0.0, Reading(at_s, volts))
