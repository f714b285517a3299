"""What the forecast says of a supply, and whether it lets a datablock begin."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from appliance.bench import workshop
from appliance.clock import VirtualClock
from appliance.power.forecast import Criterion, ForecastRules, Trend, may_begin, outlook
from appliance.power.history import History, Span
from tests.power.curves import LIMIT_V, LIMITS, Curve, approaching, asked, creeping, level, looked, seen, stepping

# Millivolts above 13 V, a second each: a creep, a consumer that goes off after 19 s, much noise.
HIDDEN_MV = (
    124, 92, 100, 104, 68, 116, 100, 64, 72, 96, 80, 76, 84, 84, 108, 88, 52, 48, 76, 148,
    132, 116, 144, 200, 160, 140, 164, 140, 140, 152, 140, 176, 140, 128, 116, 188, 168, 168, 180, 128,
)  # fmt: skip
CONSUMERS = stepping(13.9, (20, -0.15), (55, 0.15), (70, -0.15), (110, 0.15), (130, 0.15), (170, -0.15))


@pytest.mark.parametrize("mv_per_min", [20, 40, 60])
def test_a_creeping_supply_is_seen_with_its_slope(mv_per_min: float) -> None:
    said = looked(creeping(13.9, mv_per_min), 180)

    assert said.trend is Trend.CREEPING
    assert said.slope_v_per_min == pytest.approx(-mv_per_min / 1000, abs=3 * said.slope_error_v_per_min)
    assert said.slope_error_v_per_min < 0.006


def test_it_says_when_the_limit_is_reached() -> None:
    said = looked(creeping(13.9, 40), 180)

    assert said.limit_in_s == pytest.approx((13.9 - 0.12 - LIMIT_V) / 0.040 * 60, rel=0.15)


@pytest.mark.parametrize("for_s", [60, 100, 150, 240])
def test_consumers_on_a_good_charger_are_no_creeping(for_s: int) -> None:
    assert looked(CONSUMERS, for_s).trend is not Trend.CREEPING


@pytest.mark.parametrize("for_s", [50, 69, 105, 129, 165, 240])
def test_consumers_on_a_good_charger_do_not_refuse(for_s: int) -> None:
    assert asked(CONSUMERS, for_s).allowed


@pytest.mark.parametrize(
    ("curve", "for_s", "trend"),
    [
        (level(13.8), 120, Trend.STEADY),
        (stepping(14.2, (100, -0.6)), 120, Trend.STEPPED),
        (approaching(13.8, 12.5, 100.0, at_s=60.0), 110, Trend.FALLING),
        (approaching(12.6, 14.2, 100.0), 60, Trend.RISING),
        (creeping(13.9, 40), 20, Trend.UNKNOWN),
    ],
    ids=lambda value: value.name if isinstance(value, Trend) else "",
)
def test_each_trend_has_its_name(curve: Curve, for_s: int, trend: Trend) -> None:
    assert looked(curve, for_s).trend is trend


def test_a_supply_that_does_not_fall_never_reaches_the_limit() -> None:
    assert [looked(curve, 120).limit_in_s for curve in (level(13.8), approaching(13.1, 14.0, 60.0))] == [None, None]


def test_below_the_limit_it_is_reached_now() -> None:
    assert looked(level(12.9), 60).limit_in_s == 0.0


def test_too_little_seen_refuses() -> None:
    answer = asked(level(13.8), 20)

    assert (answer.allowed, answer.criterion) == (False, Criterion.OBSERVED)
    assert answer.reason.startswith("the supply must be watched for another 1")


def test_nothing_seen_refuses() -> None:
    assert may_begin(History(), 0.0, LIMITS, 60, 60).criterion is Criterion.OBSERVED


def test_a_reading_that_is_not_present_refuses() -> None:
    assert may_begin(seen(level(13.8), 120), 130.0, LIMITS, 60, 60).criterion is Criterion.OBSERVED


def test_a_long_gap_makes_it_watch_anew() -> None:
    history = seen(level(13.8), 300)
    for at_s in range(400, 420):
        history.add(at_s, 13.8)

    assert may_begin(history, 419.0, LIMITS, 60, 60).criterion is Criterion.OBSERVED


def test_how_long_it_watches_is_a_rule() -> None:
    history = seen(level(13.8), 40)

    assert not may_begin(history, 39.0, LIMITS, 60, 60, ForecastRules(observe_s=60)).allowed
    assert may_begin(history, 39.0, LIMITS, 60, 60, ForecastRules(observe_s=30)).allowed


@pytest.mark.parametrize("for_s", [60, 120, 300])
def test_a_good_charger_is_let_begin(for_s: int) -> None:
    assert asked(level(13.6), for_s, datablock_s=400, plan_s=2400).allowed


def test_a_rise_is_let_begin_and_expected_to_go_no_higher() -> None:
    answer = asked(approaching(12.9, 14.0, 60.0), 120)

    assert answer.allowed
    assert answer.predicted_v == pytest.approx(13.85, abs=0.05)


def test_a_datablock_that_would_end_below_the_limit_is_refused() -> None:
    answer = asked(creeping(13.5, 60), 120, datablock_s=420, plan_s=420)

    assert (answer.allowed, answer.criterion) == (False, Criterion.DATABLOCK)
    assert answer.predicted_v is not None
    assert answer.predicted_v < LIMIT_V


def test_a_short_datablock_may_begin_on_a_supply_that_could_not_carry_a_long_one() -> None:
    assert asked(creeping(13.6, 40), 180, datablock_s=30, plan_s=30).allowed
    assert not asked(creeping(13.6, 40), 180, datablock_s=600, plan_s=600).allowed


def test_a_plan_that_cannot_be_finished_is_not_begun() -> None:
    answer = asked(creeping(13.8, 30), 180, datablock_s=60, plan_s=2400)

    assert (answer.allowed, answer.criterion) == (False, Criterion.PLAN)


def test_a_plan_is_not_refused_for_what_may_be_noise() -> None:
    assert asked(creeping(13.6, 2), 60, datablock_s=60, plan_s=2400).allowed


def test_a_charger_that_has_just_gone_is_waited_for() -> None:
    answer = asked(approaching(13.9, 12.5, 60.0, at_s=117.0), 120, datablock_s=60, plan_s=60)

    assert (answer.allowed, answer.criterion) == (False, Criterion.SETTLED)


def test_a_charger_that_stopped_regulating_at_a_consumers_step_is_not_excused_by_its_past() -> None:
    def overloaded(at_s: float) -> float:
        return 13.7 if at_s < 300 else 13.5 - 0.060 / 60 * (at_s - 300)

    assert not asked(overloaded, 360, datablock_s=400, plan_s=400).allowed


def test_a_creep_behind_a_consumer_that_went_off_unseen_does_not_begin() -> None:
    """Of the population: among much noise 90 mV up are no step but a rise, which hides a creep of 43 mV a minute."""
    history = History()
    for at_s, over_mv in enumerate(HIDDEN_MV):
        history.add(float(at_s), 13.0 + over_mv / 1000)
    now_s = len(HIDDEN_MV) - 1.0

    answer = may_begin(history, now_s, LIMITS, 212, 1295)

    assert outlook(history, now_s, LIMIT_V).trend is Trend.RISING
    assert (answer.allowed, answer.criterion) == (False, Criterion.DATABLOCK)


def test_a_fall_that_begins_as_our_load_goes_is_looked_for() -> None:
    """Our load gave back what the charger, gone at that moment, took away."""

    def gone(at_s: float) -> float:
        return 14.11 + (0.036 - 1.72 * (1 - math.exp(-(at_s - 429) / 127)) if at_s > 428 else 0.0)

    answers = [
        may_begin(seen(gone, for_s, noise_v=0.02, working=range(50, 428)), for_s - 1.0, LIMITS, 189, 1400)
        for for_s in (434, 445)
    ]

    assert [answer.allowed for answer in answers] == [False, False]
    assert answers[0].criterion is Criterion.SETTLED


def test_after_a_datablock_a_good_charger_is_watched_for_seconds_only() -> None:
    said = [
        may_begin(seen(level(13.8), for_s, working=range(40, 200)), for_s - 1.0, LIMITS, 60, 300).allowed
        for for_s in (204, 210)
    ]

    assert said == [False, True]


def test_while_one_works_on_the_end_of_the_other_is_watched_for_seconds_only() -> None:
    history = History()
    said = {}
    for at_s in range(300):
        history.add(float(at_s), 13.8, (1 if at_s > 40 else 0) + (1 if 60 < at_s <= 200 else 0))
        said[at_s] = may_begin(history, at_s, LIMITS, 60, 300).allowed

    assert [said[at_s] for at_s in (199, 204, 212)] == [True, False, True]


def test_what_only_falls_while_we_work_is_refused_at_rest() -> None:
    def laden(at_s: float) -> float:
        return 13.6 - 0.080 / 60 * (min(at_s, 240) - 60 if at_s > 60 else 0) + 0.080 / 60 * max(0.0, at_s - 240)

    answer = may_begin(seen(laden, 270, working=range(60, 240)), 269.0, LIMITS, 240, 240)

    assert (answer.allowed, answer.criterion) == (False, Criterion.WORKING)


def test_a_rest_that_shows_no_recovery_does_excuse() -> None:
    def stepped(at_s: float) -> float:
        return 14.2 - 0.080 / 60 * max(0.0, min(at_s, 240) - 60)

    assert may_begin(seen(stepped, 330, working=range(60, 240)), 329.0, LIMITS, 240, 240).allowed


def test_in_doubt_about_the_plan_it_watches_longer() -> None:
    """Half a minute cannot show whether 15 mV a minute are noise; two and a half times as long can."""
    early, late = (asked(creeping(13.4, 10), for_s, 60, 1500) for for_s in (35, 80))

    assert (early.allowed, early.criterion) == (False, Criterion.OBSERVED)
    assert "leaves in doubt" in early.reason
    assert late.allowed


def test_a_level_that_leaves_no_doubt_is_not_watched_longer() -> None:
    assert asked(level(14.2), 35, 60, 1500).allowed


@pytest.mark.parametrize(("from_v", "plan_s"), [(13.5, 420.0), (13.8, 2400.0)])
def test_a_no_tells_slope_error_time_voltage_and_limit(from_v: float, plan_s: float) -> None:
    answer = asked(creeping(from_v, 60), 120, datablock_s=min(plan_s, 420), plan_s=plan_s)

    assert not answer.allowed
    assert f"{answer.predicted_v:.2f} V" in answer.reason
    assert "the limit is 13.00 V" in answer.reason
    assert " mV/min over the last " in answer.reason
    assert "-6" in answer.reason.split(" ± ")[0]
    assert " min, when the " in answer.reason


def test_the_outlook_tells_slope_error_limit_and_time() -> None:
    words = looked(creeping(13.9, 40), 180).words

    assert words.startswith("the supply creeps down: the charger gives less than the car takes: 13.78 V, -39 ± ")
    assert " mV/min; it reaches the limit 13.00 V in 20 min" in words


def test_the_warm_maintainer_of_the_seed_is_refused_a_plan_it_could_not_carry() -> None:
    """13.4 V and every reading fair: two minutes of watching are enough to refuse half an hour's plan."""
    clock = VirtualClock()
    electrics, history = workshop.creeping_charger(clock), History()
    for tenth in range(1200):
        clock.sleep_until(tenth / 10)
        history.add(tenth / 10, electrics.volts())

    assert not may_begin(history, clock.now_s(), LIMITS, 240, 1800).allowed


volts = st.floats(0.1, 26.0)
times = st.floats(-1e6, 1e6) | st.floats(0, 100)


@given(st.lists(st.tuples(times, volts, st.booleans()), max_size=80), times, st.floats(0, 5000), st.floats(0, 5000))
def test_no_readings_in_any_order_raise(
    readings: list[tuple[float, float, bool]], now_s: float, datablock_s: float, plan_s: float
) -> None:
    history = History()
    for at_s, seen_v, working in readings:
        history.add(at_s, seen_v, working)

    assert outlook(history, now_s, LIMIT_V).words
    assert may_begin(history, now_s, LIMITS, datablock_s, plan_s).reason


@settings(max_examples=60)
@given(
    st.lists(st.tuples(st.floats(0.2, 2.5), st.floats(12.5, 14.8), st.booleans()), min_size=40, max_size=120),
    st.floats(11.0, LIMIT_V, exclude_max=True),
)
def test_nothing_begins_while_the_newest_reading_is_below_the_limit(
    readings: list[tuple[float, float, bool]], newest_v: float
) -> None:
    history, at_s = History(), 0.0
    for later_s, seen_v, working in readings:
        at_s += later_s
        history.add(at_s, seen_v, working)
    history.add(at_s + 1, newest_v)

    assert not may_begin(history, at_s + 1, LIMITS, 0.0, 0.0).allowed


def fallen_under(consumer: Span, mv_per_min: float, always: float = 0.0) -> Curve:
    """A level that falls while the consumer is on, and comes back; and falls by `always` all the time."""

    def volts(at_s: float) -> float:
        on_s = at_s - consumer.from_s if consumer.from_s <= at_s < consumer.to_s else None
        under_v = 0.0 if on_s is None else 0.07 + mv_per_min / 60_000 * on_s
        return 13.9 - under_v - always / 60_000 * at_s

    return volts


BEAM = Span(12.0, 40.0)


@pytest.mark.parametrize("for_s", [45, 60, 75, 100])
def test_a_fall_under_a_consumer_that_is_known_not_to_stay_is_no_outlook(for_s: int) -> None:
    history = seen(fallen_under(BEAM, 90.0), for_s, 0.002)

    assert outlook(history, for_s - 1.0, LIMIT_V, apart=[BEAM]).limit_in_s is None


def test_without_knowing_of_it_that_fall_is_one() -> None:
    assert outlook(seen(fallen_under(BEAM, 90.0), 60, 0.002), 59.0, LIMIT_V).limit_in_s is not None


def test_a_creep_is_seen_beside_a_consumer_that_is_left_aside() -> None:
    said = outlook(seen(fallen_under(BEAM, 90.0, always=40.0), 150, 0.002), 149.0, LIMIT_V, apart=[BEAM])

    assert said.trend is Trend.CREEPING
    assert said.slope_v_per_min == pytest.approx(-0.040, abs=0.005)


@pytest.mark.parametrize("for_s", [42, 45])
def test_a_few_seconds_around_a_consumer_that_is_left_aside_are_no_outlook(for_s: int) -> None:
    history = seen(fallen_under(BEAM, 90.0), for_s, 0.002)

    assert outlook(history, for_s - 1.0, LIMIT_V, apart=[BEAM]).trend is Trend.UNKNOWN
