"""What the charger test makes of a consumer that is switched on and off."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.power.charger_rules import RULES, ChargerTestRules
from appliance.power.charger_test import ChargerTest, ChargerVerdict, judge_load, unseen
from appliance.power.consumer import Load, load_since
from tests.power.curves import LIMITS, Curve, level, seen, stepping

ASKED_S, ON_S = 12, 15
STIFF = stepping(13.9, (ON_S, -0.08))


def falling(mv_per_min: float, from_v: float = 13.8, sag_v: float = 0.1) -> Curve:
    """It gives in when the consumer comes on."""

    def volts(at_s: float) -> float:
        return from_v - (sag_v + mv_per_min / 60_000 * (at_s - ON_S) if at_s >= ON_S else 0.0)

    return volts


def load_of(curve: Curve, for_s: int, rules: ChargerTestRules = RULES) -> Load:
    load = load_since(seen(curve, ON_S + for_s, 0.003), ASKED_S, rules)
    assert load is not None
    return load


def said_of(curve: Curve, for_s: int, rules: ChargerTestRules = RULES) -> ChargerTest | None:
    return judge_load(load_of(curve, for_s, rules), LIMITS, rules)


def result_of(curve: Curve, rules: ChargerTestRules = RULES) -> ChargerTest:
    """The first result, asked each second as the appliance asks."""
    said = (said_of(curve, for_s, rules) for for_s in range(8, 70))
    return next(one for one in said if one is not None)


def test_a_charger_that_carries_the_consumer_passes() -> None:
    assert result_of(STIFF).verdict is ChargerVerdict.PASSED


def test_nothing_is_said_before_the_consumer_was_on_for_long_enough() -> None:
    assert said_of(STIFF, 15) is None


def test_the_source_resistance_is_the_sag_by_the_assumed_current() -> None:
    said = result_of(STIFF)

    assert said.sag_v == pytest.approx(0.08, abs=0.01)
    assert said.source_ohm == pytest.approx(0.008, abs=0.001)


def test_half_the_current_means_twice_the_resistance() -> None:
    assert result_of(STIFF, ChargerTestRules(consumer_a=5.0)).source_ohm == pytest.approx(0.016, abs=0.002)


@pytest.mark.parametrize("mv_per_min", [110, 150, 300, 600])
def test_a_charger_that_falls_all_the_time_is_refused(mv_per_min: float) -> None:
    said = result_of(falling(mv_per_min))

    assert said.verdict is ChargerVerdict.REFUSED
    assert said.fall_v_per_min == pytest.approx(-mv_per_min / 1000, rel=0.15)


@pytest.mark.parametrize(
    ("mv_per_min", "words"),
    [
        (110, "this charger gives about 15 A, roughly estimated; programming needs about 20 A"),
        (220, "this charger gives about 9 A, roughly estimated; programming needs about 20 A"),
        (600, "this charger gives next to nothing; programming needs about 20 A"),
    ],
)
def test_the_faster_it_falls_the_fewer_amperes_it_is_said_to_give(mv_per_min: float, words: str) -> None:
    """The consumer takes 10 A beside the car's 12 A; what is missing comes from the battery, 3600 A·s for a volt."""
    load = replace(load_of(STIFF, 45), slope_v_per_s=-mv_per_min / 60_000, ends_v_per_s=-mv_per_min / 60_000)
    said = judge_load(load, LIMITS)

    assert said is not None
    assert said.words.endswith(words)


def test_a_refusal_tells_the_levels_and_the_fall() -> None:
    said = result_of(falling(150))

    assert "with the low beam (about 10 A) it went from 13.80 V to 13.6" in said.words
    assert "kept falling by 1" in said.words


def test_a_battery_that_settles_after_the_step_passes() -> None:
    assert result_of(falling(15)).verdict is ChargerVerdict.PASSED


def test_a_slow_fall_from_high_above_the_limit_is_left_to_the_forecast() -> None:
    said = result_of(falling(75, from_v=14.4))

    assert said.verdict is ChargerVerdict.INCONCLUSIVE
    assert "would be reached in" in said.words


def test_the_same_fall_near_the_limit_is_refused() -> None:
    assert result_of(falling(75, from_v=13.5)).verdict is ChargerVerdict.REFUSED


def test_a_doubtful_fall_is_watched_to_the_end() -> None:
    assert said_of(falling(55), 40) is None
    assert said_of(falling(55), 62) is not None


def test_below_the_limit_with_the_consumer_on_is_refused_in_seconds() -> None:
    said = said_of(stepping(13.3, (ON_S, -0.4)), 10)

    assert said is not None
    assert said.verdict is ChargerVerdict.REFUSED
    assert "below the limit 13.00 V" in said.words


def test_a_drop_that_programming_could_not_bear_is_refused() -> None:
    said = result_of(stepping(13.3, (ON_S, -0.15)), ChargerTestRules(consumer_a=4.0))

    assert said.verdict is ChargerVerdict.REFUSED
    assert "too near the limit 13.00 V" in said.words


def test_a_fall_that_only_one_of_two_measures_shows_is_not_concluded_from() -> None:
    """Something else was switched meanwhile: between the steps it is level, from end to end it is not."""
    load = replace(load_of(STIFF, 62), slope_v_per_s=0.0, ends_v_per_s=-0.002)
    said = judge_load(load, LIMITS)

    assert said is not None
    assert said.verdict is ChargerVerdict.INCONCLUSIVE
    assert "something else was switched meanwhile" in said.words


def test_another_consumer_in_between_does_not_fail_a_good_charger() -> None:
    """A fan that runs for a while, while the low beam is on."""
    fan = stepping(13.9, (ON_S, -0.08), (ON_S + 15, -0.06), (ON_S + 22, 0.06))

    assert result_of(fan).verdict is ChargerVerdict.PASSED


def test_a_consumer_that_was_not_seen_is_a_test_that_was_skipped() -> None:
    assert unseen().verdict is ChargerVerdict.SKIPPED
    assert unseen().sag_v is None


@pytest.mark.parametrize("curve", [level(13.8), stepping(13.8, (ON_S, 0.2)), stepping(13.8, (6, -0.2))])
def test_without_a_step_down_after_the_request_there_is_no_consumer(curve: Curve) -> None:
    assert load_since(seen(curve, 60, 0.003), ASKED_S) is None
