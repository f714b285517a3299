"""Which configurations of the supply are refused, and by which key."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from appliance.config import Battery, PowerConfig
from appliance.errors import ConfigError
from appliance.power.limits import BOUNDS, limits_from

DEFAULT = PowerConfig()


@pytest.mark.parametrize("battery", Battery)
def test_the_defaults_are_allowed_for_every_battery(battery: Battery) -> None:
    limits = limits_from(replace(DEFAULT, battery=battery))

    assert (limits.start_v, limits.hold_v, limits.hold_now_v, limits.release_v) == (13.2, 13.0, 12.55, 13.1)


@pytest.mark.parametrize(
    ("battery", "upper"),
    [
        (Battery.LEAD, (14.85, 15.55)),
        (Battery.AGM, (14.80, 15.55)),
        (Battery.LFP, (14.05, 14.45)),
        (Battery.UNKNOWN, (15.0, 16.1)),
    ],
)
def test_the_battery_decides_the_upper_limits(battery: Battery, upper: tuple[float, float]) -> None:
    limits = limits_from(replace(DEFAULT, battery=battery))

    assert (limits.upper_warn_v, limits.upper_stop_v) == upper


@pytest.mark.parametrize(
    ("key", "changed"),
    [
        ("start_v", replace(DEFAULT, start_v=math.nan)),
        ("release_s", replace(DEFAULT, release_s=math.inf)),
        ("hold_v", replace(DEFAULT, hold_v=12800.0)),
        ("ripple_v", replace(DEFAULT, ripple_v=100.0)),
        ("hold_now_v", replace(DEFAULT, hold_now_v=13.0)),
        ("hold_now_v", replace(DEFAULT, hold_now_v=9.8)),
        ("hold_v", replace(DEFAULT, hold_v=13.1)),
        ("release_v", replace(DEFAULT, release_v=13.3)),
        ("start_v", replace(DEFAULT, start_v=15.1)),
        ("ripple_v", replace(DEFAULT, ripple_v=0.0)),
        ("consumer_a", replace(DEFAULT, consumer_a=1.0)),
        ("consumer_a", replace(DEFAULT, consumer_a=10_000.0)),
        ("consumer_a", replace(DEFAULT, consumer_a=math.nan)),
        ("ripple_v", replace(DEFAULT, ripple_v=0.6)),
        ("offset_v", replace(DEFAULT, offset_v=-0.6)),
        ("disagreement_v", replace(DEFAULT, disagreement_v=0.05)),
        ("disagreement_v", replace(DEFAULT, disagreement_v=1.1)),
        ("disagreement_v", replace(DEFAULT, disagreement_v=500.0)),
        ("disagreement_v", replace(DEFAULT, disagreement_v=math.nan)),
        ("sample_s", replace(DEFAULT, sample_s=0.051)),
        ("sample_s", replace(DEFAULT, sample_s=25.0)),
        ("sample_s", replace(DEFAULT, sample_s=0.0)),
        ("max_age_s", replace(DEFAULT, max_age_s=0.21)),
        ("max_age_s", replace(DEFAULT, max_age_s=0.049)),
        ("debounce_s", replace(DEFAULT, debounce_s=-0.1)),
        ("debounce_s", replace(DEFAULT, debounce_s=3600.0)),
        ("release_s", replace(DEFAULT, release_s=0.0)),
        ("median", replace(DEFAULT, median=4)),
        ("median", replace(DEFAULT, median=0)),
        ("median", replace(DEFAULT, median=-1)),
        ("median", replace(DEFAULT, median=9)),
        ("median", replace(DEFAULT, median=5, max_age_s=0.1)),
    ],
)
def test_a_value_that_cannot_be_meant_is_refused_by_its_key(key: str, changed: PowerConfig) -> None:
    with pytest.raises(ConfigError) as refused:
        limits_from(changed)

    assert refused.value.where == f"power.{key}"


def test_millivolts_are_recognised_and_the_volts_are_offered() -> None:
    with pytest.raises(ConfigError, match=r"write 12\.8 if mV were meant"):
        limits_from(replace(DEFAULT, hold_v=12800.0))


@pytest.mark.parametrize("battery", Battery)
def test_nobody_can_configure_istas_error_bound_away(battery: Battery) -> None:
    floor_v = BOUNDS[battery].floor_v
    limits_from(replace(DEFAULT, battery=battery, hold_now_v=floor_v))

    with pytest.raises(ConfigError, match="ISTA's error bound"):
        limits_from(replace(DEFAULT, battery=battery, hold_now_v=floor_v - 0.01))


def test_start_may_equal_release_and_the_upper_limit() -> None:
    assert limits_from(replace(DEFAULT, start_v=13.1)).start_v == 13.1
    assert limits_from(replace(DEFAULT, start_v=15.0)).start_v == 15.0
