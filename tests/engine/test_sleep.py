"""A car that falls asleep under the work is waited for, and said to be asleep."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from appliance.engine.holds import IGNITION
from appliance.engine.ports import Command
from appliance.engine.safe_point import WAKES_S
from appliance.errors import NoResponse
from appliance.events import FactMarked, HeldBegan, HeldEnded, Noted, Phase, PhaseEntered, StepBegun
from appliance.procedure import services
from appliance.procedure.facts import DatablockBegun
from appliance.procedure.words import Mark, Needs, Procedure, Wait
from tests.engine.rig import READ, Rig, reading, saying

ALL = {0x10, 0x12, 0x40, 0x60}
BEGINS = Mark(DatablockBegun(0x12, 0, "ab" * 32, 1), Needs(60.0, 60.0))
WATCHED = Wait(40.0, "the supply is watched")


def at_work(count: int = 400) -> Procedure[list[str]]:
    """Begins a datablock and reads on; what it heard of silence."""
    silences: list[str] = []
    yield WATCHED
    yield BEGINS
    steps: Iterator[Any] = reading(count)
    for step in steps:
        try:
            yield step
        except NoResponse as silence:
            silences.append(silence.reason)
    return silences


def held_because(rig: Rig) -> list[str]:
    return [event.reason for event in rig.events(HeldBegan) if isinstance(event, HeldBegan)]


def test_an_erase_waits_for_a_roll_call(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL)]
    rig.drive(saying(WATCHED, BEGINS, READ))
    assert rig.link.requests == [services.tester_present(), READ.request]


def test_no_erase_is_begun_in_a_car_that_falls_asleep(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (50.0, {0x12}), (100.0, ALL)]
    rig.drive(saying(WATCHED, BEGINS, Wait(20.0, "time passes"), BEGINS))
    first_s, second_s = rig.moments(FactMarked)
    assert first_s < 50.0
    assert 100.0 < second_s < 105.0
    assert held_because(rig) == [
        "3 of 4 control units have fallen silent (0x10, 0x40, 0x60): the car is falling asleep"
    ]


def test_one_that_does_not_answer_the_roll_call_stops_no_erase(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (50.0, ALL - {0x60})]
    rig.drive(saying(WATCHED, BEGINS, Wait(20.0, "time passes"), BEGINS))
    assert len(rig.moments(FactMarked)) == 2
    assert held_because(rig) == []


def test_a_car_that_answers_no_roll_call_at_all_is_not_thought_asleep(rig: Rig) -> None:
    rig.link.awake = [(0.0, set())]
    rig.drive(saying(WATCHED, BEGINS))
    assert len(rig.moments(FactMarked)) == 1


def test_a_silent_control_unit_in_a_car_that_is_awake_is_told_to_the_procedure_at_once(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (41.0, ALL - {0x12}), (42.0, ALL)]
    (lane,) = rig.drive(at_work())
    assert lane.result
    assert held_because(rig) == []
    notes = [event.text for event in rig.events(Noted) if isinstance(event, Noted)]
    assert any("no answer, silence; " in text for text in notes)


def test_a_car_that_sleeps_holds_the_work_until_it_is_awake(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (42.0, set()), (90.0, ALL)]
    (lane,) = rig.drive(at_work())
    (began_s,), (ended_s,) = rig.moments(HeldBegan), rig.moments(HeldEnded)
    assert began_s == pytest.approx(42.0, abs=3.0)
    assert ended_s == pytest.approx(90.0, abs=4.0)
    assert lane.result == ["silence"]


def test_people_are_told_that_the_car_sleeps_and_what_to_do(rig: Rig) -> None:
    rig.narrator.tell(PhaseEntered(Phase.PROGRAMMING, "programming"))
    rig.link.awake = [(0.0, ALL), (42.0, set()), (90.0, ALL)]
    rig.drive(at_work())
    held, again = [e for e in rig.events(PhaseEntered) if isinstance(e, PhaseEntered)][-2:]
    assert "the ignition (terminal 15) was switched off, the car fell asleep" in held.what
    assert (held.phase, held.do) == (Phase.HELD, IGNITION)
    assert (again.phase, again.what) == (Phase.PROGRAMMING, "The car answers again, and the work goes on.")


def test_a_unit_that_starts_later_than_the_others_is_waited_for(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (42.0, set()), (60.0, {0x10}), (66.0, ALL)]
    (lane,) = rig.drive(at_work())
    (ended_s,) = rig.moments(HeldEnded)
    assert ended_s == pytest.approx(66.0, abs=3.5)
    assert lane.result == ["silence"]


def test_a_unit_that_does_not_come_back_with_the_others_is_not_waited_for_long(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (42.0, set()), (60.0, ALL - {0x12})]
    rig.drive(at_work(count=250))
    (ended_s,) = rig.moments(HeldEnded)
    assert ended_s == pytest.approx(60.0 + WAKES_S, abs=5.0)


def test_a_car_that_does_not_wake_up_is_given_up(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (42.0, set())]
    (lane,) = rig.drive(at_work())
    assert lane.cancelled
    assert lane.gave_up == "the car did not wake up within 30 minutes"


def test_a_cancel_while_the_car_sleeps_before_an_erase_ends_the_work(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (50.0, set())]
    rig.panel.timetable = [(120.0, Command.CANCEL)]
    (lane,) = rig.drive(saying(Wait(60.0, "time passes"), READ))
    assert isinstance(lane.failure, NoResponse) or lane.cancelled


def test_a_sleeping_car_is_asked_every_few_seconds_and_no_more(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (42.0, set()), (142.0, ALL)]
    rig.drive(at_work())
    calls = [one.at_s for one in rig.link.submitted if one.ask.request == services.tester_present()]
    asleep = [at_s for at_s in calls if 42.0 < at_s < 142.0]
    assert 30 < len(asleep) < 55


def test_a_sleep_of_ten_minutes_is_a_few_lines_of_what_happened(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (42.0, set()), (642.0, ALL)]
    rig.drive(at_work())
    lines = [at_s for kind in (StepBegun, Noted, PhaseEntered) for at_s in rig.moments(kind)]
    assert len([at_s for at_s in lines if 43.5 < at_s < 642.0]) <= 2


def test_a_roll_call_is_no_step(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL)]
    rig.drive(saying(WATCHED, BEGINS, READ))
    steps = [event.step for event in rig.events(StepBegun) if isinstance(event, StepBegun)]
    assert steps == [WATCHED.why, READ.step]
