"""The charger keeps its voltage, its limit and its habits."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.bench.charger import Charger, ChargerState
from appliance.bench.span import Span

BATTERY_OHM = 0.005


def after(charger: Charger, state: ChargerState, current_a: float, for_s: float) -> ChargerState:
    for _ in range(round(for_s / 0.1)):
        state = charger.after(state, current_a, 0.1)
    return state


@given(
    set_point_v=st.floats(0, 20),
    emf_v=st.floats(0, 16),
    load_a=st.floats(0, 400),
    warmth=st.floats(0, 1),
    cable_ohm=st.floats(0, 0.1),
)
def test_it_never_gives_more_than_its_limit_nor_takes(
    set_point_v: float, emf_v: float, load_a: float, warmth: float, cable_ohm: float
) -> None:
    charger = Charger(set_point_v, 55.0, cable_ohm, warm_limit_a=20.0)
    state = ChargerState(warmth)

    assert 0.0 <= charger.current_a(state, emf_v, BATTERY_OHM, load_a) <= charger.most_a(state) <= 55.0


def test_its_output_is_at_the_set_point_while_it_can_carry_the_load() -> None:
    charger = Charger(14.2, 70.0, cable_ohm=0.01)
    given_a = charger.current_a(ChargerState(), 14.0, BATTERY_OHM, 15.0)
    battery_v = 14.0 + (given_a - 15.0) * BATTERY_OHM

    assert battery_v + given_a * 0.01 == pytest.approx(14.2)


def test_cold_it_gives_what_its_label_says() -> None:
    assert Charger(14.2, 55.0, warm_limit_a=20.0).current_a(ChargerState(), 12.0, BATTERY_OHM, 100.0) == 55.0


def test_under_load_it_warms_to_its_warm_limit() -> None:
    charger = Charger(14.2, 55.0, warm_limit_a=20.0, warms_in_s=600.0)

    assert charger.most_a(after(charger, ChargerState(), 30.0, 600.0)) == pytest.approx(
        20.0 + 35.0 * math.exp(-1), rel=0.01
    )
    assert charger.most_a(after(charger, ChargerState(), 30.0, 3600.0)) == pytest.approx(20.0, abs=0.1)


def test_switched_off_it_cools() -> None:
    charger = Charger(14.2, 55.0, warm_limit_a=20.0)

    assert charger.after_off(ChargerState(1.0), 60.0).warmth == pytest.approx(0.9)


def test_it_steps_down_after_its_time_at_low_current() -> None:
    charger = Charger(14.2, 40.0, float_v=13.2, float_below_a=20.0, float_after_s=300.0)
    before = after(charger, ChargerState(), 15.0, 299.0)

    assert charger.output_v(before) == 14.2
    assert charger.output_v(after(charger, before, 15.0, 2.0)) == 13.2


def test_one_moment_of_higher_current_makes_it_wait_anew() -> None:
    charger = Charger(14.2, 40.0, float_v=13.2, float_below_a=20.0, float_after_s=300.0)
    broken = after(charger, after(charger, ChargerState(), 15.0, 299.0), 25.0, 0.1)

    assert not after(charger, broken, 15.0, 299.0).floating


def test_a_supply_without_float_never_steps_down() -> None:
    charger = Charger(14.2, 70.0)

    assert charger.output_v(after(charger, ChargerState(), 1.0, 3600.0)) == 14.2


def test_off_for_a_moment_it_begins_its_programme_anew() -> None:
    charger = Charger(14.2, 40.0, float_v=13.2)

    assert charger.output_v(charger.after_off(ChargerState(0.0, 900.0, floating=True), 0.1)) == 14.2


def test_it_trips_at_the_end_of_every_period() -> None:
    charger = Charger(trips_every_s=45.0, trips_for_s=4.0)

    assert [charger.gives(at_s) for at_s in (0.0, 40.9, 41.1, 44.9, 45.1, 86.1)] == [
        True,
        True,
        False,
        False,
        True,
        False,
    ]


def test_connected_again_it_gives_until_it_slips_the_next_time() -> None:
    charger = Charger(away=(Span(10.0), Span(100.0))).connected(20.0)

    assert [charger.gives(at_s) for at_s in (9.0, 15.0, 21.0, 99.0, 101.0)] == [True, False, True, True, False]
