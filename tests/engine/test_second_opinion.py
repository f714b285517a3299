"""The voltage monitor dies inside an erased datablock: a second opinion carries it to its end, and nothing further."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from appliance.car.own_voltage import OwnVoltage, VoltageUnit
from appliance.engine.advice import Trouble, while_held
from appliance.engine.lane import Lane
from appliance.events import HeldBegan, PhaseEntered, StepBegun
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, Fact, LevelBegun
from appliance.procedure.words import Ask, Mark, Needs, Procedure, Wait
from tests.engine.rig import Rig

BODY = OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.MILLIVOLT)
OWN = OwnVoltage(0x12, 0x402B, 2, 2, VoltageUnit.VOLT, 4000.0, 6.0)
SHA = "ab" * 32
ASKED = bytes.fromhex("2240C6")
DIES_S = 50.0


def says(millivolts: int) -> bytes:
    return bytes.fromhex("6240C6") + millivolts.to_bytes(2, "big")


def two_datablocks(pieces: int = 400) -> Procedure[None]:
    yield Wait(40.0, "the supply is watched")
    for index in range(2):
        yield Mark(DatablockBegun(0x12, index, SHA, 1), Needs(30.0, 60.0))
        for number in range(pieces):
            yield Ask(0x12, bytes((0x36, number & 0xFF)), f"transfer {index}")
        yield Mark(DatablockProgrammed(0x12, index, SHA))


def driven(rig: Rig, sources: Sequence[OwnVoltage], opinions: Sequence[bytes | int]) -> Lane:
    rig.link.takes_s = 0.05
    rig.supply.timetable = [(0.0, 13.8), (DIES_S, None)]
    rig.link.answers[ASKED] = [*opinions, *[0x31] * 2000]
    rig.runner.beside.sources = tuple(sources)
    (lane,) = rig.drive(two_datablocks())
    return lane


def proven(lane: Lane) -> list[Fact]:
    return [fact for fact in lane.facts if isinstance(fact, DatablockProgrammed)]


def test_the_datablock_is_carried_to_its_end_and_the_next_is_not_begun(rig: Rig) -> None:
    lane = driven(rig, [BODY], [says(13_700)] * 50)
    assert proven(lane) == [DatablockProgrammed(0x12, 0, SHA)]
    assert len(lane.facts) == 2
    assert lane.cancelled


def test_without_anybody_to_ask_it_holds_inside_the_datablock(rig: Rig) -> None:
    lane = driven(rig, [], [])
    assert proven(lane) == []
    assert lane.gave_up == "the supply did not become fit within 30 minutes"


@pytest.mark.parametrize("millivolts", [12_900, 15_200])
def test_an_opinion_outside_the_limits_carries_nothing(rig: Rig, millivolts: int) -> None:
    assert proven(driven(rig, [BODY], [says(millivolts)] * 2000)) == []


def test_a_control_unit_that_refuses_has_no_opinion(rig: Rig) -> None:
    assert proven(driven(rig, [BODY], [0x31])) == []


def test_a_control_unit_that_is_being_programmed_is_not_asked(rig: Rig) -> None:
    driven(rig, [OWN], [])
    assert bytes.fromhex("22402B") not in rig.link.requests


def test_when_the_opinion_turns_bad_the_datablock_is_held_again(rig: Rig) -> None:
    lane = driven(rig, [BODY], [*[says(13_700)] * 2, *[says(12_000)] * 2000])
    assert proven(lane) == []
    assert len(rig.events(HeldBegan)) == 2


def test_no_second_opinion_is_asked_while_the_monitor_works(rig: Rig) -> None:
    rig.runner.beside.sources = (BODY,)
    rig.drive(two_datablocks(40))
    assert ASKED not in rig.link.requests


def test_a_low_reading_is_not_overruled(rig: Rig) -> None:
    """A second opinion stands in for no reading, never against one."""
    rig.supply.timetable = [(0.0, 13.8), (DIES_S, 12.0)]
    rig.link.answers[ASKED] = [says(13_700)] * 2000
    rig.link.takes_s = 0.05
    rig.runner.beside.sources = (BODY,)
    (lane,) = rig.drive(two_datablocks())
    assert proven(lane) == []
    assert ASKED not in rig.link.requests


def test_a_datablock_that_fails_under_a_second_opinion_is_not_erased_again(rig: Rig) -> None:
    def fails_once() -> Procedure[None]:
        yield Wait(40.0, "the supply is watched")
        yield Mark(DatablockBegun(0x12, 0, SHA, 1), Needs(30.0, 60.0))
        for number in range(250):
            yield Ask(0x12, bytes((0x36, number & 0xFF)), "transfer")
        yield Mark(DatablockBegun(0x12, 0, SHA, 2), Needs(30.0, 60.0))

    rig.link.takes_s = 0.05
    rig.supply.timetable = [(0.0, 13.8), (DIES_S, None)]
    rig.link.answers[ASKED] = [says(13_700)] * 2000
    rig.runner.beside.sources = (BODY,)
    (lane,) = rig.drive(fails_once())
    assert lane.facts == [DatablockBegun(0x12, 0, SHA, 1)]


def test_the_integration_level_is_not_written_on_a_second_opinion(rig: Rig) -> None:
    def level() -> Procedure[None]:
        yield Mark(LevelBegun("F056-17-03-502"))
        yield Wait(60.0, "the gateway is slow")
        yield Ask(0x10, bytes.fromhex("2E100B00"), "write the integration level")

    rig.supply.timetable = [(0.0, 13.8), (DIES_S, None)]
    rig.link.answers[ASKED] = [says(13_700)] * 2000
    rig.runner.beside.sources = (BODY,)
    rig.drive(level())
    assert bytes.fromhex("2E100B00") not in rig.link.requests


def test_people_are_told_whose_word_it_goes_by(rig: Rig) -> None:
    driven(rig, [BODY], [says(13_700)] * 50)
    whats = [event.what for event in rig.events(PhaseEntered) if isinstance(event, PhaseEntered)]
    assert any("Control unit 0x40 says 13.70 V: this part is finished, and nothing further" in what for what in whats)


def test_a_second_opinion_is_no_step(rig: Rig) -> None:
    driven(rig, [BODY], [says(13_700)] * 50)
    assert ASKED in rig.link.requests
    assert not [event for event in rig.events(StepBegun) if isinstance(event, StepBegun) and "0x40" in event.step]


def test_somebody_is_sent_to_the_plug_and_not_to_the_charger(rig: Rig) -> None:
    driven(rig, [], [])
    advice = [event.do for event in rig.events(PhaseEntered) if isinstance(event, PhaseEntered)]
    assert advice == [while_held(rig.limits, Trouble.MONITOR)]
