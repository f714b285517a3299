"""The judgement of a link, from counts and exchanges."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.config import LinkConfig
from appliance.engine.link_health import QUIET, BusHealth, ControllerState, Exchanged, LinkHealth
from appliance.engine.link_judge import LinkJudgement, judge_link, trouble_in

DME, READ, OBD = 0x12, 0x22, 0x09
LIMITS = LinkConfig()


def health(
    *trips: float | None, bus: BusHealth = QUIET, sid: int = READ, then: tuple[Exchanged, ...] = ()
) -> LinkHealth:
    exchanges = (*(Exchanged(DME, sid, trip_s) for trip_s in trips), *then)
    return LinkHealth(bus, exchanges, len(exchanges))


def judged(now: LinkHealth, earlier: LinkHealth = LinkHealth()) -> LinkJudgement:  # noqa: B008 – frozen
    return judge_link(earlier, now, LIMITS)


def test_a_good_link_is_not_refused_and_says_how_fast_it_is() -> None:
    good = judged(health(*[0.020] * 9))
    assert good.refusal == ""
    assert good.words == "9 answers, 95 of 100 within 20 ms, none lost, bus undisturbed"


@pytest.mark.parametrize(
    ("bus", "words"),
    [
        (BusHealth(foreign=1), "another tester"),
        (BusHealth(bus_off=1), "off the bus"),
        (BusHealth(passive=1), "error-passive"),
        (BusHealth(warning=1), "warning level"),
        (BusHealth(overflow=1), "1 received frame had no room and is lost"),
        (BusHealth(no_ack=LIMITS.errors_max + 1), "no acknowledgement"),
        (BusHealth(disturbed=LIMITS.errors_max + 1), "disturbed"),
        (BusHealth(disturbed=LIMITS.errors_max, tx_timeout=1), "did not get out"),
        (BusHealth(queue_full=LIMITS.queue_full_max + 1), "transmit queue was full"),
    ],
)
def test_a_bus_with_this_is_refused_in_its_own_words(bus: BusHealth, words: str) -> None:
    judgement = judged(health(*[0.020] * 9, bus=bus))
    assert words in judgement.refusal
    assert judgement.do


@pytest.mark.parametrize(
    "bus",
    [
        BusHealth(disturbed=LIMITS.errors_max),
        BusHealth(queue_full=LIMITS.queue_full_max),
        BusHealth(lost_arbitration=10_000),
        BusHealth(restarted=1, error_frames=1),
    ],
)
def test_a_bus_with_only_this_is_not_refused(bus: BusHealth) -> None:
    assert judged(health(*[0.020] * 9, bus=bus)).refusal == ""


def test_what_happened_before_is_not_judged() -> None:
    """The plug was pushed in with the appliance running: errors, and a state that nobody has taken back."""
    before = BusHealth(state=ControllerState.PASSIVE, warning=1, passive=1, no_ack=400, overflow=3, foreign=7)
    earlier = health(None, None, bus=before)
    now = replace(health(None, None, *[0.020] * 9, bus=before))
    assert judged(now, earlier).refusal == ""


def test_who_was_heard_just_before_is_there_all_the_same() -> None:
    judgement = judge_link(LinkHealth(), health(*[0.020] * 9), LIMITS, "another tester is on the bus")
    assert judgement.refusal == "another tester is on the bus"


def test_requests_without_an_answer_are_refused_from_the_second_on() -> None:
    assert judged(health(*[0.020] * 9, None)).refusal == ""
    assert "2 requests had no answer" in judged(health(*[0.020] * 9, None, None)).refusal


def test_a_service_that_a_unit_never_answers_is_not_lost() -> None:
    """Legislated OBD demands silence where a service is not supported (ISO 15031-5)."""
    silent = tuple(Exchanged(DME, OBD, None) for _ in range(5))
    assert judged(health(*[0.020] * 9, then=silent)).lost == 0


def test_answers_that_are_late_are_refused_and_a_single_one_is_not() -> None:
    late_s = LIMITS.round_trip_s + 0.05
    assert judged(health(*[0.020] * 8, late_s)).refusal == ""
    assert "450 ms" in judged(health(*[0.020] * 7, late_s, late_s)).refusal


def test_too_few_answers_say_nothing_of_the_pace() -> None:
    judgement = judged(health(*[0.9] * 4))
    assert (judgement.p95_s, judgement.refusal) == (None, "")


@given(st.lists(st.floats(0.0, 2.0), min_size=5, max_size=128))
def test_at_least_95_of_100_answers_came_in_that_time_or_all_but_one(trips: list[float]) -> None:
    p95_s = judged(health(*trips)).p95_s
    assert p95_s is not None
    beyond = sum(1 for trip_s in trips if trip_s > p95_s)
    assert beyond <= max(1, len(trips) // 20)


@given(st.integers(0, 200))
def test_only_the_newest_exchanges_are_known_and_no_others_judged(ended: int) -> None:
    exchanges = tuple(Exchanged(DME, READ, 0.02) for _ in range(min(ended, 128)))
    now = LinkHealth(QUIET, exchanges, ended)
    assert judged(now).round_trips == min(ended, 128)
    assert judged(now, now).round_trips == 0


def test_no_trouble_has_no_words() -> None:
    assert trouble_in(BusHealth(lost_arbitration=5, restarted=1, error_frames=6)) == ""
