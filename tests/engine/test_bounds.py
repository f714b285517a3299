"""Bounds in seconds as the standard and the documents have them, and not as the code names them."""

from __future__ import annotations

import itertools

from appliance.car.own_voltage import Opinion, OwnVoltage, VoltageUnit
from appliance.clock import VirtualClock
from appliance.config import PowerConfig
from appliance.engine.beside import Beside
from appliance.power.limits import limits_from
from tests.engine.rig import Rig, reading

S3_S = 5.0  # ISO 14229-2: a session ends by itself after so much silence
LIMITS = limits_from(PowerConfig())
BODY = OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.MILLIVOLT)


def longest_gap(moments: list[float]) -> float:
    return max(later - earlier for earlier, later in itertools.pairwise(moments))


def test_one_lost_tester_present_in_a_hold_ends_no_session(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, 12.3), (120.0, 13.8)]
    rig.drive(reading(400))
    held = [at_s for at_s in rig.link.kept_alive if at_s < 120.0]
    assert 2 * longest_gap(held) < S3_S


def test_supply_and_buttons_are_looked_at_several_times_a_second(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (2.0, 12.3), (60.0, 13.8)]
    rig.drive(reading(400))
    assert longest_gap([at_s for at_s, _ in rig.watchdog.pulses]) <= 0.3


def test_an_appliance_that_waits_for_start_is_alive(rig: Rig) -> None:
    for _ in range(20):
        rig.runner.idle()
    assert len(rig.watchdog.pulses) == 20
    assert longest_gap([at_s for at_s, _ in rig.watchdog.pulses]) <= 0.3


def asked(clock: VirtualClock) -> Beside:
    """Somebody who has just been told 13.7 V by the body control unit."""
    beside = Beside(clock)
    beside.another_car((BODY,))
    assert beside.carries(LIMITS, frozenset()) == ""
    assert beside.lane is not None
    beside.lane.result = (Opinion(0x40, 13.7),)
    beside.lane.end()
    beside.collect()
    return beside


def test_a_second_opinion_carries_for_five_seconds_and_no_longer() -> None:
    clock = VirtualClock()
    beside = asked(clock)
    clock.sleep_until(4.9)
    assert "13.70 V" in beside.carries(LIMITS, frozenset())
    clock.sleep_until(5.1)
    assert beside.carries(LIMITS, frozenset()) == ""


def test_who_is_being_programmed_is_not_asked_for_an_opinion() -> None:
    beside = Beside(VirtualClock())
    beside.another_car((BODY,))
    beside.carries(LIMITS, frozenset({0x40}))
    assert beside.lane is None
