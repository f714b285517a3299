"""The alarm of a hold: later is louder."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.engine.alarm import URGENT_SHARE, WARNING_S, Alarm, AlarmLevel, alarm
from appliance.events import HeldBegan, HeldEnded, Phase, PhaseEntered
from appliance.status import Status, apply

LIMIT_S = 1800.0
LOUDNESS = list(AlarmLevel)


def held(gives_up_s: float = LIMIT_S, at_s: float = 100.0) -> Status:
    """A status in which a hold began at `at_s`."""
    status = apply(Status(), at_s, HeldBegan("erase", "12.90 V is below 13.00 V", 12.9, 13.0, 0.1, gives_up_s))
    return apply(status, at_s, PhaseEntered(Phase.HELD, "held"))


def level(held_s: float, gives_up_s: float = LIMIT_S) -> AlarmLevel:
    found = alarm(held(gives_up_s), 100.0 + held_s)
    assert found is not None
    return found.level


@pytest.mark.parametrize(
    ("held_s", "expected"),
    [
        (0.0, AlarmLevel.NOTICE),
        (WARNING_S - 0.1, AlarmLevel.NOTICE),
        (WARNING_S, AlarmLevel.WARNING),
        (LIMIT_S * (1 - URGENT_SHARE) - 0.1, AlarmLevel.WARNING),
        (LIMIT_S * (1 - URGENT_SHARE), AlarmLevel.URGENT),
        (LIMIT_S + 10, AlarmLevel.URGENT),
    ],
)
def test_the_level_rises_with_the_minutes(held_s: float, expected: AlarmLevel) -> None:
    assert level(held_s) is expected


def test_a_hold_of_a_minute_at_most_is_urgent_before_it_is_a_warning() -> None:
    assert level(50.0, gives_up_s=60.0) is AlarmLevel.URGENT


def test_a_hold_without_a_known_limit_never_becomes_urgent() -> None:
    assert alarm(held(0.0), 100_000.0) == Alarm(AlarmLevel.WARNING, 99_900.0, None)


def test_it_tells_when_the_car_is_given_back() -> None:
    found = alarm(held(), 100.0 + 84.0)
    assert found is not None
    assert found.gives_up_in_s == LIMIT_S - 84.0


def test_the_countdown_ends_at_nothing() -> None:
    found = alarm(held(), 100.0 + LIMIT_S + 5)
    assert found is not None
    assert found.gives_up_in_s == 0.0


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase is not Phase.HELD])
def test_only_a_hold_is_an_alarm(phase: Phase) -> None:
    assert alarm(apply(held(), 101.0, PhaseEntered(phase, "")), 200.0) is None


def test_a_hold_that_ended_leaves_no_alarm() -> None:
    status = apply(apply(held(), 150.0, HeldEnded(50.0)), 150.0, PhaseEntered(Phase.PROGRAMMING, "goes on"))
    assert alarm(status, 151.0) is None


def test_the_next_hold_begins_quietly() -> None:
    status = apply(held(), 500.0, HeldEnded(400.0))
    again = apply(status, 600.0, HeldBegan("erase", "low", 12.9, 13.0, 0.1, LIMIT_S))
    found = alarm(again, 601.0)
    assert found is not None
    assert found.level is AlarmLevel.NOTICE


@given(st.floats(0, 4000), st.floats(0, 4000), st.sampled_from([0.0, 60.0, 300.0, LIMIT_S]))
def test_it_never_becomes_quieter(one_s: float, other_s: float, limit_s: float) -> None:
    earlier, later = sorted((one_s, other_s))
    assert LOUDNESS.index(level(earlier, limit_s)) <= LOUDNESS.index(level(later, limit_s))
