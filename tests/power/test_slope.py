"""How steep, how sure, and over which window."""

from __future__ import annotations

import math
import random
from statistics import mean, stdev

import pytest

from appliance.power.history import Stretch
from appliance.power.slope import WANDER_V, Slope, slopes, steadiest
from tests.power.curves import approaching, creeping, level, seen, stepping

PER_MIN = 60_000  # V/s in mV/min


def stretch(volts: list[float], from_s: float = 0.0) -> Stretch:
    return Stretch(tuple(from_s + at for at in range(len(volts))), tuple(volts), working=False)


def steady_slope(stretches: list[Stretch], noise_v: float = 0.005) -> Slope:
    found = steadiest(slopes(stretches, noise_v, 20.0))
    assert found is not None
    return found


@pytest.mark.parametrize("mv_per_min", [5, 20, 60])
def test_the_true_slope_lies_within_three_errors(mv_per_min: float) -> None:
    history = seen(creeping(14.0, mv_per_min), 300)
    slope = steady_slope(history.stretches(), history.noise_v)

    assert slope.v_per_s * PER_MIN == pytest.approx(-mv_per_min, abs=3 * slope.error_v_per_s * PER_MIN)
    assert slope.error_v_per_s * PER_MIN < 3


def test_the_error_is_the_scatter_of_white_noise() -> None:
    """The fit's own share of it; the allowance for the charger's wander comes on top."""
    chance = random.Random(3)
    found = [steady_slope([stretch([chance.gauss(13.8, 0.02) for _ in range(60)])], 0.02) for _ in range(300)]
    whole = [one for one in found if one.window_s == 60]

    assert len(whole) > 200
    assert 0.8 < mean(one.error_v_per_s for one in whole) / stdev(one.v_per_s for one in whole) < 1.6


def test_noise_that_is_not_white_counts_as_a_larger_error() -> None:
    chance, wander = random.Random(4), [0.0]
    for _ in range(119):
        wander.append(0.95 * wander[-1] + chance.gauss(0, 0.006))
    *_, slope = slopes([stretch([13.8 + one for one in wander])], 0.006, 100.0)
    if_white = 0.006 / math.sqrt(120 * (120**2 - 1) / 12)

    assert math.sqrt(slope.error_v_per_s**2 - (WANDER_V / slope.window_s) ** 2) > 2 * if_white


def test_a_step_between_two_stretches_adds_no_slope() -> None:
    slope = steady_slope([stretch([13.6] * 60, 60.0), stretch([13.9] * 60)])

    assert slope.v_per_s == pytest.approx(0, abs=1e-9)


def test_one_slope_is_measured_across_steps() -> None:
    curve = creeping(14.0, 30)
    steps = stepping(0.0, (50, -0.15), (90, 0.15), (140, -0.1))
    history = seen(lambda at_s: curve(at_s) + steps(at_s), 240)

    assert steady_slope(history.stretches(), history.noise_v).v_per_s * PER_MIN == pytest.approx(-30, abs=6)


def test_the_window_grows_while_the_supply_does_the_same() -> None:
    history = seen(creeping(14.0, 20), 700)

    assert steady_slope(history.stretches(), history.noise_v).window_s >= 300


def test_the_window_stops_where_the_supply_began_to_fall() -> None:
    history = seen(approaching(13.8, 12.6, 120.0, at_s=300.0), 345)
    slope = steady_slope(history.stretches(), history.noise_v)

    assert slope.window_s <= 65
    assert slope.v_per_s * PER_MIN < -300


def test_a_rise_is_measured_as_one() -> None:
    history = seen(approaching(13.0, 14.2, 200.0), 90)

    assert steady_slope(history.stretches(), history.noise_v).rises(3.0, 0.0)


def test_a_steady_supply_neither_falls_nor_rises() -> None:
    history = seen(level(13.8), 200)
    slope = steady_slope(history.stretches(), history.noise_v)

    assert not slope.falls(3.0, 0.0)
    assert not slope.rises(3.0, 0.0)


def test_the_lower_bound_takes_drift_into_account() -> None:
    slope = Slope(60.0, -0.001, 0.0003)

    assert slope.low_v_per_s(2.0, 0.0004) == pytest.approx(-0.002)


def test_a_rise_does_not_pay_for_its_own_uncertainty() -> None:
    assert Slope(60.0, 0.002, 0.0003).low_v_per_s(3.0, 0.0) == pytest.approx(-0.0009)


@pytest.mark.parametrize("count", range(4))
def test_too_little_has_no_slope(count: int) -> None:
    given = [stretch([13.8] * count)] if count else []
    windows = list(slopes(given, 0.005, math.inf))

    assert len(windows) == (count >= 4)
    assert steadiest(iter(windows[:0])) is None
