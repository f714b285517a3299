"""The battery loses no charge, rests where its kind rests, and relaxes as fast as its surface lets it."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bench.battery import AGM, LEAD, LFP, Battery, BatteryState, Chemistry

TIGHT = replace(AGM, gassing_s=0.0)
CURRENTS = st.lists(st.floats(-200, 200), max_size=50)
KINDS = pytest.mark.parametrize("kind", [LEAD, AGM, LFP], ids=["lead", "agm", "lfp"])


def driven(battery: Battery, state: BatteryState, current_a: float, for_s: float, step_s: float = 0.1) -> BatteryState:
    for _ in range(round(for_s / step_s)):
        state = battery.after(state, current_a, step_s)
    return state


def kept_at(battery: Battery, state: BatteryState, volts: float, for_s: float, step_s: float = 0.1) -> BatteryState:
    for _ in range(round(for_s / step_s)):
        current_a = (volts - battery.emf_v(state)) / battery.resistance_ohm
        state = battery.after(state, current_a, step_s)
    return state


@given(currents_a=CURRENTS, charge=st.floats(0.05, 0.95))
def test_what_flows_in_is_in_it(currents_a: list[float], charge: float) -> None:
    battery = Battery(TIGHT)
    state = BatteryState(charge)
    before_c = battery.coulombs(state)
    for current_a in currents_a:
        state = battery.after(state, current_a, 0.1)

    assert battery.coulombs(state) - before_c == pytest.approx(sum(currents_a) * 0.1, abs=1e-6)


@given(currents_a=CURRENTS)
def test_gassing_only_ever_loses(currents_a: list[float]) -> None:
    battery = Battery(LEAD)
    state = BatteryState(0.9)
    before_c = battery.coulombs(state)
    for current_a in currents_a:
        state = battery.after(state, current_a, 0.1)

    assert battery.coulombs(state) - before_c <= sum(currents_a) * 0.1 + 1e-6


@KINDS
def test_the_voltage_at_rest_rises_with_the_charge(kind: Chemistry) -> None:
    rest_v = [Battery(kind).rest_v(percent / 100) for percent in range(101)]

    assert rest_v == sorted(rest_v)
    assert len(set(rest_v)) == 101


def test_a_lithium_battery_rests_on_a_plateau() -> None:
    battery = Battery(LFP)

    assert battery.rest_v(0.95) - battery.rest_v(0.35) < 0.2
    assert battery.rest_v(1.0) - battery.rest_v(0.97) > 0.3


def test_a_lithium_battery_stays_on_its_plateau_under_the_load_of_a_car() -> None:
    battery = Battery(LFP)
    state = driven(battery, BatteryState(0.9), -15.0, 1800.0)

    assert battery.emf_v(state) == pytest.approx(13.25, abs=0.05)


def test_half_an_hour_of_fifteen_ampere_takes_seven_and_a_half_ampere_hours() -> None:
    state = driven(Battery(LEAD), BatteryState(0.9), -15.0, 1800.0)

    assert state.charge == pytest.approx(0.9 - 7.5 / 80, abs=0.01)


def test_the_surface_soaks_in_with_its_time_constant() -> None:
    """Capacitance over conductance: 75 F over 1.0 A/V times the half that is missing to full."""
    battery = Battery(TIGHT)
    begun = battery.held_at(battery.rest_v(0.5) + 0.4, 0.5)
    after = driven(battery, begun, 0.0, 150.0)

    assert battery.surface_v(after) / battery.surface_v(begun) == pytest.approx(math.exp(-1), rel=0.03)


def test_a_consumer_is_felt_with_the_time_constant_of_delivery() -> None:
    battery = Battery(LEAD)
    steady_v = -10.0 / (LEAD.delivery_s * battery.capacity_ah)
    after = driven(battery, BatteryState(0.8), -10.0, LEAD.surface_f / LEAD.delivery_s)

    assert battery.surface_v(after) == pytest.approx(steady_v * (1 - math.exp(-1)), rel=0.01)


@KINDS
def test_held_at_a_voltage_it_takes_only_what_soaks_in(kind: Chemistry) -> None:
    battery = Battery(kind)
    held = battery.held_at(13.9, 0.8)
    later = kept_at(battery, held, 13.9, 1.0)

    assert battery.surface_v(later) == pytest.approx(battery.surface_v(held), abs=1e-3)


@KINDS
def test_no_charger_can_fill_it_beyond_full(kind: Chemistry) -> None:
    battery = Battery(kind)

    assert 0.95 < kept_at(battery, BatteryState(0.9), 14.8, 4 * 3600.0).charge <= 1.0


def test_the_current_tapers_as_it_gets_full() -> None:
    battery = Battery(AGM)

    def taken_a(state: BatteryState) -> float:
        return (14.4 - battery.emf_v(state)) / battery.resistance_ohm

    early = kept_at(battery, BatteryState(0.7), 14.4, 300.0)
    late = kept_at(battery, early, 14.4, 7200.0)

    assert taken_a(early) > 20.0
    assert 0.0 < taken_a(late) < 5.0


def test_an_empty_battery_collapses_under_load() -> None:
    battery = Battery(LEAD)

    assert battery.emf_v(driven(battery, BatteryState(0.02), -12.0, 1800.0)) < 10.0


def test_a_tenth_of_a_second_is_fine_enough() -> None:
    """The same hour of constant voltage in steps ten times finer, within a millivolt."""
    battery = Battery(LFP)  # the fastest of the three
    coarse = kept_at(battery, BatteryState(0.85), 13.9, 900.0, 0.1)
    fine = kept_at(battery, BatteryState(0.85), 13.9, 900.0, 0.01)

    assert battery.emf_v(coarse) == pytest.approx(battery.emf_v(fine), abs=1e-3)
