"""Each supply of the workshop tells its story."""

from __future__ import annotations

import math
import statistics
from itertools import pairwise

import pytest

from appliance.bench import workshop
from appliance.bench.electrics import Electrics
from appliance.bench.loads import LOW_BEAM, PROGRAMMING
from appliance.bench.unit.undervoltage import DEADLY_V, WEAK_V
from appliance.clock import VirtualClock
from tests.bench.battery_rig import volts

HOLD_V, HOLD_NOW_V, START_V = 13.0, 12.55, 13.2  # what the appliance guards by default


def programming_from(clock: VirtualClock, electrics: Electrics, at_s: float) -> Electrics:
    clock.sleep_until(at_s)
    electrics.switch(PROGRAMMING, True)
    return electrics


def smooth(seen_v: list[float]) -> list[float]:
    """Without noise: the middle of ten."""
    return [statistics.median(seen_v[at : at + 10]) for at in range(0, len(seen_v) - 9, 10)]


def each_tenth(from_s: float, until_s: float) -> list[float]:
    return [from_s + step * 0.0975 for step in range(int((until_s - from_s) / 0.0975))]


def slope_mv_min(clock: VirtualClock, electrics: Electrics, from_s: float, for_s: float = 120.0) -> float:
    times_s = each_tenth(from_s, from_s + for_s)
    return statistics.linear_regression(times_s, volts(clock, electrics, times_s)).slope * 60_000


@pytest.mark.parametrize("name", workshop.SUPPLIES)
def test_every_story_begins_at_a_plausible_voltage(name: str) -> None:
    clock = VirtualClock(1000.0)

    assert 13.2 < workshop.SUPPLIES[name](clock).volts() < 15.8


def test_a_good_supply_carries_the_flash_without_moving() -> None:
    clock = VirtualClock()
    electrics = programming_from(clock, workshop.steady(clock), 60.0)
    seen = volts(clock, electrics, each_tenth(60.0, 1200.0))

    assert max(seen) - min(seen) < 0.1
    assert min(seen) > 13.9


def test_a_good_supply_does_not_drift_while_the_car_is_identified() -> None:
    clock = VirtualClock()

    assert abs(slope_mv_min(clock, workshop.steady(clock), 0.0, 60.0)) < 3.0


@pytest.mark.parametrize("seed", range(5))
def test_somebody_in_the_car_makes_steps_and_no_trend(seed: int) -> None:
    clock = VirtualClock()
    seen = volts(clock, workshop.good_with_steps(clock, seed), range(1200))

    assert max(seen) - min(seen) > 0.05
    assert min(seen) > 13.8
    assert statistics.mean(seen[600:]) == pytest.approx(statistics.mean(seen[:600]), abs=0.02)


def test_the_warm_maintainer_creeps_tens_of_millivolts_a_minute() -> None:
    clock = VirtualClock()
    electrics = workshop.creeping_charger(clock)
    idle = slope_mv_min(clock, electrics, 0.0)
    flashing = slope_mv_min(clock, programming_from(clock, electrics, 120.0), 150.0)

    assert -30.0 < idle < -10.0
    assert -60.0 < flashing < -30.0


def test_the_warm_maintainer_looks_good_until_it_is_too_late() -> None:
    """13.4 V, never a reading that alone would alarm, under 13.0 V between 8 and 20 minutes."""
    clock = VirtualClock()
    electrics = programming_from(clock, workshop.creeping_charger(clock), 60.0)
    seen = volts(clock, electrics, range(60, 1800))
    under_s = next(60 + at for at, seen_v in enumerate(seen) if seen_v < HOLD_V)

    assert seen[0] == pytest.approx(13.4, abs=0.05)
    assert min(seen) > HOLD_NOW_V
    assert 8 * 60 < under_s < 20 * 60


def test_the_warm_maintainer_may_be_met_later_on_its_way_down() -> None:
    clock = VirtualClock()
    electrics = workshop.creeping_charger(clock, from_v=13.25)

    assert electrics.volts() == pytest.approx(13.25, abs=0.02)
    assert slope_mv_min(clock, electrics, 0.0) < -5.0


def test_the_warm_maintainer_never_steps() -> None:
    clock = VirtualClock()
    seen = smooth(volts(clock, workshop.creeping_charger(clock), each_tenth(0.0, 900.0)))

    assert max(abs(later - earlier) for earlier, later in pairwise(seen)) < 0.01


def test_a_weak_charger_is_exposed_within_a_minute() -> None:
    clock = VirtualClock()
    first_v, soon_v, last_v = volts(clock, workshop.weak_charger(clock), [0.0, 60.0, 600.0])

    assert first_v > START_V > soon_v
    assert last_v == pytest.approx(12.3, abs=0.05)


def test_a_weak_charger_sags_under_a_consumer_and_does_not_come_back() -> None:
    clock = VirtualClock()
    electrics = workshop.weak_charger(clock)
    (before_v,) = volts(clock, electrics, [5.0])
    electrics.switch(LOW_BEAM, True)
    at_once_v, later_v = volts(clock, electrics, [5.05, 15.0])

    assert before_v - at_once_v == pytest.approx(LOW_BEAM.amps * 0.016, abs=0.03)
    assert later_v < at_once_v


def test_the_float_comes_at_its_time() -> None:
    clock = VirtualClock()
    electrics = workshop.float_stepdown(clock, after_s=360.0)
    before_v, after_v, later_v = volts(clock, electrics, [359.0, 361.0, 600.0])

    assert before_v > 14.0
    assert 0.05 < before_v - after_v < 0.15
    assert later_v < 13.2


@pytest.mark.parametrize("float_v", [12.9, 13.2])
def test_the_voltage_ends_at_the_float_voltage(float_v: float) -> None:
    clock = VirtualClock()
    electrics = workshop.float_stepdown(clock, after_s=60.0, float_v=float_v)

    assert volts(clock, electrics, [3600.0])[0] == pytest.approx(float_v, abs=0.12)


def test_blower_and_steering_pull_it_under_the_limit_for_seconds() -> None:
    clock = VirtualClock()
    seen = volts(clock, workshop.heavy_dip(clock, at_s=60.0, for_s=5.0), [59.9, 60.1, 64.9, 65.1, 80.0])

    assert seen[0] > 13.5
    assert all(12.1 < seen_v < 12.5 for seen_v in seen[1:3])
    assert all(seen_v > 13.3 for seen_v in seen[3:])


def test_after_the_clamp_slipped_it_falls_like_a_battery() -> None:
    """A step, then at first fast, then slower, to what the battery holds under load."""
    clock = VirtualClock()
    seen = volts(clock, workshop.clamp_slips(clock, at_s=120.0), [119.9, 120.1, 180.0, 240.0, 300.0, 900.0])

    assert 0.08 < seen[0] - seen[1] < 0.2
    assert seen[1] - seen[2] > 2 * (seen[2] - seen[3]) > 0
    assert seen[3] > HOLD_V > seen[4]
    assert seen[5] == pytest.approx(12.6, abs=0.1)


def test_a_loose_clamp_makes_the_same_small_step_again_and_again() -> None:
    clock = VirtualClock()
    times_s = [period * 45.0 + at_s for period in (1, 2, 3) for at_s in (40.0, 43.0)]
    seen = volts(clock, workshop.loose_clamp(clock), times_s)
    steps_v = [before - within for before, within in zip(seen[::2], seen[1::2], strict=True)]

    assert steps_v == pytest.approx([0.16] * 3, abs=0.04)


def test_overcharge_is_above_what_a_lead_battery_may_have() -> None:
    clock = VirtualClock()

    assert min(volts(clock, workshop.overcharge(clock), range(600))) > 15.55


def test_a_bad_rectifier_shows_in_the_ripple_only() -> None:
    clock = VirtualClock()
    seen = volts(clock, workshop.rippling(clock), (step * 0.0235 for step in range(400)))

    assert max(seen) - min(seen) > 0.25
    assert statistics.mean(seen) == pytest.approx(14.05, abs=0.02)


def test_cranking_pulls_it_down_for_a_second() -> None:
    clock = VirtualClock()
    seen = volts(clock, workshop.cranking(clock, at_s=60.0), [59.9, 60.1, 60.9, 61.1])

    assert seen[0] > 13.9
    assert max(seen[1:3]) < HOLD_NOW_V
    assert seen[3] > 13.9


def test_a_car_that_falls_asleep_is_seen_in_the_volts() -> None:
    clock = VirtualClock()
    seen = volts(clock, workshop.door_sleep(clock, sleeps_at_s=480.0, door_at_s=600.0), [479.0, 490.0, 599.0, 601.0])

    assert seen[1] - seen[0] > 0.04
    assert seen[2] - seen[3] > 0.04


def test_the_maintainer_that_folds_back_looks_well_and_ends_where_flash_memory_is_lost() -> None:
    clock = VirtualClock()
    electrics = workshop.folding_charger(clock)
    first_v = volts(clock, electrics, each_tenth(0.0, 20.0))
    programming_from(clock, electrics, 40.0)
    minute_v, fourth_v, sixth_v = (
        smooth(volts(clock, electrics, each_tenth(at_s, at_s + 1)))[0] for at_s in (60, 240, 360)
    )

    assert min(first_v) > 13.3
    assert minute_v > 13.0
    assert WEAK_V - 0.1 < fourth_v < 12.3
    assert sixth_v < DEADLY_V


def test_a_car_that_cranks_never_still_stands_on_its_charger() -> None:
    clock = VirtualClock()

    assert min(volts(clock, workshop.cranking(clock, at_s=math.inf), each_tenth(0.0, 120.0))) > 13.8
