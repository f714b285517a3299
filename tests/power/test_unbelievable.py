"""A reading whose time is no number is no reading, and no filter may be configured that hides a sag (law 3)."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from appliance.config import PowerConfig
from appliance.errors import ConfigError
from appliance.power.gate import GateKind, judge, unbelievable, unread
from appliance.power.limits import limits_from
from appliance.power.reading import Reading

LIMITS = limits_from(PowerConfig())


@pytest.mark.parametrize("at_s", [math.nan, math.inf, -math.inf])
def test_a_reading_of_no_time_is_none(at_s: float) -> None:
    reading = Reading(at_s, 13.8, 0.01)
    assert unbelievable(LIMITS, 100.0, reading)
    assert judge(unread(100.0), LIMITS, 100.0, reading).kind is GateKind.STALE


@pytest.mark.parametrize(("median", "sample_s"), [(7, 0.028), (5, 0.035)])
def test_a_filter_whose_majority_outlasts_a_sag_is_refused(median: int, sample_s: float) -> None:
    config = replace(PowerConfig(), median=median, sample_s=sample_s)
    with pytest.raises(ConfigError, match="would hide a sag"):
        limits_from(config)
