"""What a person is told to do fits what is wrong with the supply."""

from __future__ import annotations

import math

import pytest

from appliance.config import Battery, PowerConfig
from appliance.engine.advice import STAY, Trouble, before_start, trouble_of, while_held
from appliance.engine.holds import CHARGER
from appliance.power.limits import limits_from
from appliance.power.reading import Reading

LIMITS = limits_from(PowerConfig())
NOW_S = 100.0


@pytest.mark.parametrize(
    ("reading", "trouble"),
    [
        (None, Trouble.MONITOR),
        (Reading(NOW_S - 5, 13.8, 0.01), Trouble.MONITOR),
        (Reading(NOW_S, math.nan, 0.01), Trouble.MONITOR),
        (Reading(NOW_S, 0.0, 0.01), Trouble.MONITOR),
        (Reading(NOW_S, 15.7, 0.3), Trouble.HIGH),
        (Reading(NOW_S, 12.4, 0.3), Trouble.LOW),
        (Reading(NOW_S, 13.8, 0.3), Trouble.RIPPLE),
        (Reading(NOW_S, 13.8, None), Trouble.UNSETTLED),
        (Reading(NOW_S, 13.8, 0.01), Trouble.UNSETTLED),
    ],
)
def test_each_reading_has_its_trouble(reading: Reading | None, trouble: Trouble) -> None:
    assert trouble_of(LIMITS, NOW_S, reading, LIMITS.start_v) is trouble


def test_low_is_another_voltage_before_the_start_than_in_a_hold() -> None:
    reading = Reading(NOW_S, 13.15, 0.01)
    found = [trouble_of(LIMITS, NOW_S, reading, least_v) for least_v in (LIMITS.start_v, LIMITS.release_v)]
    assert found == [Trouble.LOW, Trouble.UNSETTLED]


@pytest.mark.parametrize("trouble", [Trouble.MONITOR, Trouble.HIGH, Trouble.RIPPLE, Trouble.UNSETTLED])
def test_only_a_low_supply_needs_a_charger_with_more_volts(trouble: Trouble) -> None:
    assert "connect a charger that holds" not in before_start(LIMITS, trouble)


def test_a_monitor_that_gives_nothing_is_looked_for_at_the_plug() -> None:
    said = before_start(LIMITS, Trouble.MONITOR)
    assert "plug" in said
    assert "kl30 selftest" in said


@pytest.mark.parametrize("trouble", [Trouble.HIGH, Trouble.LOW])
def test_the_volts_are_those_of_the_battery(trouble: Trouble) -> None:
    limits = limits_from(PowerConfig(battery=Battery.LFP))
    assert f"{limits.upper_warn_v:.2f} V" in before_start(limits, trouble)


@pytest.mark.parametrize("trouble", Trouble)
def test_a_start_ends_with_the_button_and_a_hold_with_the_plug(trouble: Trouble) -> None:
    assert before_start(LIMITS, trouble).endswith(", then press START")
    assert while_held(LIMITS, trouble).endswith(STAY)


def test_a_low_supply_is_told_the_same_whoever_holds() -> None:
    assert while_held(LIMITS, Trouble.LOW) == CHARGER
