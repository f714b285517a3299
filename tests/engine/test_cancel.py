"""What the buttons do while lanes are driven."""

from __future__ import annotations

import inspect

import pytest

from appliance.engine.ports import Command
from appliance.events import Commanded
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, LevelBegun, LevelWritten
from appliance.procedure.words import Ask, Mark, Procedure, Wait
from tests.engine.rig import READ, RUN, Rig, reading, saying

CANCEL_AT_1 = [(1.0, Command.CANCEL)]


def block(index: int, pieces: int = 100) -> Procedure[None]:
    """A datablock of so many transfers, each 10 ms."""
    yield Mark(DatablockBegun(0x12, index, "", 1))
    for number in range(pieces):
        yield Ask(0x12, bytes((0x36, number & 0xFF, index)), f"transfer {index}", carries_bytes=1)
    yield Mark(DatablockProgrammed(0x12, index, ""))


def two_blocks() -> Procedure[None]:
    yield from reading(10)
    yield from block(0)
    yield from block(1)


def outcomes(rig: Rig) -> list[str]:
    return [event.outcome for event in rig.events(Commanded) if isinstance(event, Commanded)]


def test_a_cancel_ends_the_lane_at_its_next_safe_point(rig: Rig) -> None:
    rig.panel.timetable = list(CANCEL_AT_1)
    procedure = reading(400)
    (lane,) = rig.drive(procedure)
    assert (lane.cancelled, lane.ended, lane.failure) == (True, True, None)
    assert rig.link.submitted[-1].at_s <= 1.01
    assert inspect.getgeneratorstate(procedure) == "GEN_CLOSED"
    assert outcomes(rig) == ["stops now"]


def test_a_cancel_waits_for_the_answer_to_the_open_request(rig: Rig) -> None:
    rig.panel.timetable = list(CANCEL_AT_1)
    rig.link.takes_s = 4.0
    (lane,) = rig.drive(reading(10))
    assert lane.cancelled
    assert rig.clock.now_s() >= 4.0
    assert len(rig.link.submitted) == 1


def test_a_cancel_ends_a_wait(rig: Rig) -> None:
    rig.panel.timetable = list(CANCEL_AT_1)
    rig.drive(saying(Wait(300.0, "it resets"), READ))
    assert rig.clock.now_s() < 2.0
    assert rig.link.submitted == []


def test_inside_an_erased_datablock_a_cancel_comes_after_its_proof(rig: Rig) -> None:
    rig.panel.timetable = [(0.5, Command.CANCEL)]
    (lane,) = rig.drive(two_blocks())
    assert lane.cancelled
    assert rig.journal.facts(RUN.id) == (DatablockBegun(0x12, 0, "", 1), DatablockProgrammed(0x12, 0, ""))
    assert rig.link.requests[-1] == bytes((0x36, 99, 0))
    assert outcomes(rig) == ["stops after this part of lane-0"]


def test_before_the_erase_a_cancel_erases_nothing(rig: Rig) -> None:
    rig.panel.timetable = [(0.05, Command.CANCEL)]
    rig.drive(two_blocks())
    assert rig.journal.facts(RUN.id) == ()


def test_a_cancel_pressed_twice_is_answered_twice_and_cancels_once(rig: Rig) -> None:
    rig.panel.timetable = [(0.5, Command.CANCEL), (0.7, Command.CANCEL)]
    (lane,) = rig.drive(two_blocks())
    assert len(outcomes(rig)) == 2
    assert lane.cancelled


def test_between_the_begun_level_and_its_read_back_nothing_is_cut(rig: Rig) -> None:
    rig.panel.timetable = [(0.005, Command.CANCEL)]
    level = saying(Mark(LevelBegun("F056-17-03-502")), READ, READ, READ, Mark(LevelWritten("F056-17-03-502")))
    rig.drive(level)
    assert rig.journal.facts(RUN.id) == (LevelBegun("F056-17-03-502"), LevelWritten("F056-17-03-502"))


def test_what_only_reads_or_restores_is_not_cancelled(rig: Rig) -> None:
    rig.panel.timetable = list(CANCEL_AT_1)
    (lane,) = rig.drive(reading(400), guarded=False)
    assert not lane.cancelled
    assert outcomes(rig) == ["nothing to stop: the car is being read or restored"]


def test_a_cancel_does_not_reach_the_next_drive(rig: Rig) -> None:
    rig.panel.timetable = list(CANCEL_AT_1)
    rig.drive(reading(400))
    (lane,) = rig.drive(reading(10))
    assert not lane.cancelled


def test_start_pressed_while_it_works_starts_nothing_later(rig: Rig) -> None:
    rig.panel.timetable = [(1.0, Command.START)]
    (lane,) = rig.drive(reading(400))
    assert not lane.cancelled
    assert outcomes(rig) == ["already at work"]
    assert list(rig.runner.idle()) == []


@pytest.mark.parametrize("guarded", [True, False])
def test_a_shutdown_stops_like_a_cancel_and_is_not_forgotten(rig: Rig, guarded: bool) -> None:
    rig.panel.timetable = [(1.0, Command.SHUTDOWN)]
    (lane,) = rig.drive(reading(400), guarded=guarded)
    assert lane.cancelled is guarded
    assert list(rig.runner.idle()) == [Command.SHUTDOWN]
