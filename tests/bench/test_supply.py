"""The supply of the bench does what the scenario asked for."""

from __future__ import annotations

import pytest

from appliance.bench.supply import NOISE_V, Dip, SimulatedSupply
from appliance.clock import VirtualClock


def test_it_stays_at_its_set_point_give_or_take_the_noise() -> None:
    clock = VirtualClock()
    supply = SimulatedSupply(clock)
    seen = []
    for step in range(1000):
        clock.sleep_until(step * 0.01)
        seen.append(supply.volts())

    assert min(seen) >= 13.8 - NOISE_V
    assert max(seen) <= 13.8 + NOISE_V
    assert len(set(seen)) > 500


def test_two_runs_see_the_same_volts() -> None:
    one, other = SimulatedSupply(VirtualClock(3.7)), SimulatedSupply(VirtualClock(3.7))
    one.volts()

    assert one.volts() == other.volts()


def test_another_seed_is_another_noise() -> None:
    clock = VirtualClock(3.7)

    assert SimulatedSupply(clock, seed=1).volts() != SimulatedSupply(clock, seed=2).volts()


def test_a_dip_lasts_from_its_time_for_its_time() -> None:
    clock = VirtualClock()
    supply = SimulatedSupply(clock, dips=(Dip(10.0, 2.0, 12.4),), noise_v=0.0)

    def at(at_s: float) -> float:
        clock.sleep_until(at_s)
        return supply.volts()

    assert [at(9.9), at(10.0), at(11.9), at(12.0)] == [13.8, 12.4, 12.4, 13.8]


def test_a_dip_may_be_asked_for_on_the_way() -> None:
    clock = VirtualClock(100.0)
    supply = SimulatedSupply(clock, noise_v=0.0)
    supply.dip(12.0, for_s=5.0, after_s=1.0)

    clock.sleep_until(101.5)

    assert supply.volts() == 12.0


def test_the_set_point_may_be_moved() -> None:
    supply = SimulatedSupply(VirtualClock(), noise_v=0.0)
    supply.set_volts(12.7)

    assert supply.volts() == pytest.approx(12.7)
    assert supply.set_point_v == 12.7


def test_unplugged_there_is_nothing_to_measure() -> None:
    supply = SimulatedSupply(VirtualClock())
    supply.unplug()
    assert supply.volts() == 0.0

    supply.plug_in()

    assert supply.volts() > 13.0
