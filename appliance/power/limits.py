"""What a fit supply is: the configured thresholds, checked, with the upper limits of the car's battery.

The configuration chooses inside ISTA's error bounds; nobody can configure those away.  A configuration that cannot
mean what its author thinks is refused by key (`ConfigError`), never corrected.

Sources: facts.md §6 – ISTA's thresholds by battery type, confirmed; 14.8 V charging limit of AGM, confirmed;
13.0 V of the repair instruction, confirmed.  The bounds of times, ripple, disagreement and
offset are our own inference.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from appliance.config import Battery, PowerConfig
from appliance.errors import ConfigError

IMPLAUSIBLE_V = 26.0  # a 12 V car never shows more, and the voltage monitor's input ends here (TI SBOS448G, 7.1)

SLOWEST_SAMPLE_S = 0.05  # 20 Hz: ten samples in the debounce of a hold
OLDEST_READING_S = 0.2  # half a second of debounce with a reading of this age still reacts within a second
SHORTEST_SAG_S = 0.1  # a sag this long must come through the median filter
LONGEST_DEBOUNCE_S = 2.0  # a longer one would configure the hold away
LONGEST_RELEASE_S = 600.0
SHORTEST_OBSERVATION_S = 10.0  # a slope over less is noise
SHORTEST_HOLD_LIMIT_S = 60.0  # time to put a clamp back
LONGEST_HOLD_LIMIT_S = 7200.0  # a car awake draws 12 A: no battery lasts longer
LARGEST_RIPPLE_V = 0.5  # five times Clore's figure: past that it is no limit
SMALLEST_DISAGREEMENT_V = 0.1  # the two ends of a good cable are further apart under load
LARGEST_DISAGREEMENT_V = 1.0  # a band as wide as the way from a good supply to a flat battery compares nothing
SMALLEST_CONSUMER_A = 2.0  # its step would drown in the noise
LARGEST_CONSUMER_A = 30.0  # more is a starter, or a typing error
LARGEST_OFFSET_V = 0.5  # sense wire and gain error of the monitor (0.5 % of 16 V) are far below; more hides a fault
_MILLIVOLTS = 100.0  # nobody means this many volts


@dataclass(frozen=True, slots=True)
class Bounds:
    """ISTA's limits for one type of battery: error below, warning above, error above."""

    floor_v: float
    upper_warn_v: float
    upper_stop_v: float


# facts.md §6, confirmed, except that an AGM battery's warning is its charging limit (same section, confirmed).
BOUNDS = {
    Battery.LEAD: Bounds(9.95, 14.85, 15.55),
    Battery.AGM: Bounds(9.95, 14.80, 15.55),
    Battery.LFP: Bounds(10.25, 14.05, 14.45),
    Battery.UNKNOWN: Bounds(9.90, 15.00, 16.10),
}


@dataclass(frozen=True, slots=True)
class Limits:
    """The limits of one gate; ordered `floor ≤ hold_now < hold < release ≤ start ≤ upper_warn < upper_stop`.

    The meaning of each is told at `config.PowerConfig`; above `upper_warn_v` it holds after the debounce, above
    `upper_stop_v` at once.
    """

    start_v: float
    hold_v: float
    hold_now_v: float
    release_v: float
    upper_warn_v: float
    upper_stop_v: float
    ripple_v: float
    release_s: float
    debounce_s: float
    max_age_s: float
    observe_s: float = 30.0
    hold_limit_s: float = 1800.0
    disagreement_v: float = 0.5
    charger_test: bool = True
    consumer_a: float = 10.0


def limits_from(config: PowerConfig) -> Limits:
    """The limits this configuration asks for.

    Raises:
        ConfigError: a value is no number, in the wrong unit, outside its bounds, or contradicts another; names the key.
    """
    bounds = BOUNDS[config.battery]
    _check_numbers(config)
    _check_voltages(config, bounds)
    _check_times(config)
    _check_filter(config)
    _check_forecast(config)
    return Limits(
        start_v=config.start_v,
        hold_v=config.hold_v,
        hold_now_v=config.hold_now_v,
        release_v=config.release_v,
        upper_warn_v=bounds.upper_warn_v,
        upper_stop_v=bounds.upper_stop_v,
        ripple_v=config.ripple_v,
        release_s=config.release_s,
        debounce_s=config.debounce_s,
        max_age_s=config.max_age_s,
        observe_s=config.observe_s,
        hold_limit_s=config.hold_limit_s,
        disagreement_v=config.disagreement_v,
        charger_test=config.charger_test,
        consumer_a=config.consumer_a,
    )


def _check_numbers(config: PowerConfig) -> None:
    numbers = {
        "start_v": config.start_v,
        "hold_v": config.hold_v,
        "hold_now_v": config.hold_now_v,
        "release_v": config.release_v,
        "ripple_v": config.ripple_v,
        "offset_v": config.offset_v,
        "release_s": config.release_s,
        "debounce_s": config.debounce_s,
        "max_age_s": config.max_age_s,
        "sample_s": config.sample_s,
        "observe_s": config.observe_s,
        "hold_limit_s": config.hold_limit_s,
        "disagreement_v": config.disagreement_v,
        "consumer_a": config.consumer_a,
    }
    for key, value in numbers.items():
        if not math.isfinite(value):
            raise _refused(key, f"{value} is no number")
        if key.endswith("_v") and abs(value) >= _MILLIVOLTS:
            raise _refused(key, f"{value:g} V is no voltage of a car", do=f"write {value / 1000:g} if mV were meant")


def _check_voltages(config: PowerConfig, bounds: Bounds) -> None:
    kind = config.battery.value
    if config.hold_now_v < bounds.floor_v:
        raise _refused(
            "hold_now_v", f"{config.hold_now_v:g} V is below ISTA's error bound {bounds.floor_v:g} V (battery {kind})"
        )
    ordered = (
        ("hold_now_v", config.hold_now_v, "hold_v", config.hold_v),
        ("hold_v", config.hold_v, "release_v", config.release_v),
    )
    for lower, lower_v, upper, upper_v in ordered:
        if not lower_v < upper_v:
            raise _refused(lower, f"{lower_v:g} V must be below {upper} {upper_v:g} V")
    if config.release_v > config.start_v:
        raise _refused("release_v", f"{config.release_v:g} V must not be above start_v {config.start_v:g} V")
    if config.start_v > bounds.upper_warn_v:
        raise _refused(
            "start_v",
            f"{config.start_v:g} V is above the upper limit {bounds.upper_warn_v:g} V (battery {kind}): "
            "nothing could ever start",
        )
    if not 0 < config.ripple_v <= LARGEST_RIPPLE_V:
        raise _refused("ripple_v", f"{config.ripple_v:g} V must be above 0 and at most {LARGEST_RIPPLE_V:g} V")
    if not SMALLEST_DISAGREEMENT_V <= config.disagreement_v <= LARGEST_DISAGREEMENT_V:
        raise _refused(
            "disagreement_v",
            f"{config.disagreement_v:g} V must be from {SMALLEST_DISAGREEMENT_V:g} to {LARGEST_DISAGREEMENT_V:g} V",
        )
    if abs(config.offset_v) > LARGEST_OFFSET_V:
        raise _refused(
            "offset_v",
            f"a correction of {config.offset_v:g} V is more than {LARGEST_OFFSET_V:g} V",
            do="repair the sense wire instead",
        )


def _check_times(config: PowerConfig) -> None:
    if not 0 < config.sample_s <= SLOWEST_SAMPLE_S:
        raise _refused("sample_s", f"{config.sample_s:g} s must be above 0 and at most {SLOWEST_SAMPLE_S:g} s (20 Hz)")
    if not 2 * config.sample_s <= config.max_age_s <= OLDEST_READING_S:
        raise _refused(
            "max_age_s",
            f"{config.max_age_s:g} s must be at least two samples ({2 * config.sample_s:g} s) "
            f"and at most {OLDEST_READING_S:g} s",
        )
    if not 0 <= config.debounce_s <= LONGEST_DEBOUNCE_S:
        raise _refused("debounce_s", f"{config.debounce_s:g} s must be between 0 and {LONGEST_DEBOUNCE_S:g} s")
    if not 0 < config.release_s <= LONGEST_RELEASE_S:
        raise _refused("release_s", f"{config.release_s:g} s must be above 0 and at most {LONGEST_RELEASE_S:g} s")


def _check_forecast(config: PowerConfig) -> None:
    if not SHORTEST_OBSERVATION_S <= config.observe_s <= LONGEST_RELEASE_S:
        raise _refused(
            "observe_s", f"{config.observe_s:g} s must be from {SHORTEST_OBSERVATION_S:g} to {LONGEST_RELEASE_S:g} s"
        )
    if not SMALLEST_CONSUMER_A <= config.consumer_a <= LARGEST_CONSUMER_A:
        raise _refused(
            "consumer_a",
            f"{config.consumer_a:g} A must be from {SMALLEST_CONSUMER_A:g} to {LARGEST_CONSUMER_A:g} A",
            do="switch power.charger_test off if there is no such consumer",
        )
    if not SHORTEST_HOLD_LIMIT_S <= config.hold_limit_s <= LONGEST_HOLD_LIMIT_S:
        raise _refused(
            "hold_limit_s",
            f"{config.hold_limit_s:g} s must be from {SHORTEST_HOLD_LIMIT_S:g} to {LONGEST_HOLD_LIMIT_S:g} s",
        )


def _check_filter(config: PowerConfig) -> None:
    if config.median < 1 or config.median % 2 == 0:
        raise _refused("median", f"{config.median} samples have no middle one", do="choose an odd number, 1 or more")
    span_s = config.median * config.sample_s
    if span_s > config.max_age_s:
        raise _refused(
            "median",
            f"{config.median} samples of {config.sample_s:g} s reach back {span_s:g} s, "
            f"further than max_age_s {config.max_age_s:g} s",
        )
    majority_s = (config.median // 2 + 1) * config.sample_s
    if majority_s > SHORTEST_SAG_S:
        raise _refused("median", f"{config.median} samples would hide a sag of {SHORTEST_SAG_S:g} s")


def _refused(key: str, reason: str, do: str = "") -> ConfigError:
    return ConfigError(reason, where=f"power.{key}", do=do)
