"""What lanes that are at work at the same time have to know of each other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.car.own_voltage import OwnVoltage, VoltageUnit
from appliance.engine.holds import Hold, Holds
from appliance.engine.lane import Lane
from appliance.engine.ports import Command
from appliance.events import Commanded, FactMarked, Forecast, HeldBegan, HeldEnded, Noted, PhaseEntered
from appliance.procedure import services
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, Fact
from appliance.procedure.words import Ask, Mark, Needs, Procedure, Wait
from tests.engine.rig import Rig, saying

ALL = {0x10, 0x12, 0x13, 0x40, 0x60}
ERASE_A, ERASE_B = (Ask(address, b"\x31\x01\xff\x00" + bytes((address,)), "erase") for address in (0x12, 0x13))
WATCHED = Wait(40.0, "the supply is watched")
ERASES_S = 100.0
BODY = OwnVoltage(0x40, 0x40C6, 0, 2, VoltageUnit.MILLIVOLT)


def begun(address: int) -> DatablockBegun:
    return DatablockBegun(address, 0, "ab" * 32, 1)


def begins(address: int, needs: Needs) -> Mark:
    return Mark(begun(address), needs)


SHORT = Needs(20.0, 20.0)


def one_erases_the_other_begins(rig: Rig, later_s: float = 10.0) -> None:
    """A's erase lasts; B is to begin `later_s` after A has."""
    rig.link.takes_for[ERASE_A.request] = ERASES_S
    rig.drive(
        saying(WATCHED, begins(0x12, SHORT), ERASE_A),
        saying(WATCHED, Wait(later_s, "later"), begins(0x13, SHORT), ERASE_B),
    )


# -- the roll call


def test_while_one_erases_another_may_begin(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL)]
    one_erases_the_other_begins(rig)
    first_s, second_s = rig.moments(FactMarked)
    assert second_s - first_s < 15.0


def test_while_one_is_busy_everybody_else_is_asked_by_name(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL)]
    one_erases_the_other_begins(rig)
    asked = [one.ask.to for one in rig.link.submitted if one.ask.request == services.tester_present()]
    assert asked == [0xDF, 0x10, 0x40, 0x60]


def test_a_car_that_falls_asleep_holds_the_second_while_the_first_is_busy(rig: Rig) -> None:
    rig.link.awake = [(0.0, ALL), (45.0, {0x10, 0x12, 0x13}), (80.0, ALL)]
    one_erases_the_other_begins(rig)
    _, second_s = rig.moments(FactMarked)
    assert 80.0 < second_s < 90.0
    (held,) = (event for event in rig.events(HeldBegan) if isinstance(event, HeldBegan))
    assert "2 of 3 control units have fallen silent (0x40, 0x60)" in held.reason


# -- the forecast


def said(rig: Rig) -> list[Forecast]:
    return [event for event in rig.events(Forecast) if isinstance(event, Forecast)]


def test_the_second_is_judged_by_the_longer_datablock_of_both(rig: Rig) -> None:
    rig.drive(
        saying(WATCHED, begins(0x12, Needs(300.0, 300.0)), Wait(60.0, "it is written")),
        saying(WATCHED, Wait(20.0, "later"), begins(0x13, SHORT)),
    )
    assert said(rig)[1].for_s == pytest.approx(280.0, abs=2.0)


def test_the_wire_is_shared(rig: Rig) -> None:
    needs = Needs(100.0, 200.0, 40.0, 70.0)
    rig.drive(saying(WATCHED, begins(0x12, needs)), saying(Wait(100.0, "it lives")))
    assert said(rig)[0].for_s == pytest.approx(270.0, abs=1.0)


def test_alone_a_lane_needs_what_it_needs() -> None:
    assert Needs(100.0, 200.0, 40.0, 70.0).shared(1) == Needs(100.0, 200.0, 40.0, 70.0)


def test_a_hold_moves_what_is_expected_of_a_datablock(rig: Rig) -> None:
    lane, holds = Lane("DME", saying(), 0x12), Holds(rig.clock, rig.narrator, rig.limits)
    lane.datablock_ends_s = 100.0
    holds.begin(lane, [lane], Hold("transfer", "it is low", "more"), 12.0)
    rig.clock.sleep_until(rig.clock.now_s() + 30.0)
    holds.go_on(lane, [lane])
    assert lane.datablock_ends_s == 130.0


def test_who_has_ended_is_no_load() -> None:
    lane = Lane("DME", saying(), 0x12)
    lane.marked(begun(0x12))
    before = lane.loads
    lane.end()
    assert (before, lane.loads) == (True, False)


# -- holds


def two(rig: Rig) -> tuple[Holds, Lane, Lane]:
    return Holds(rig.clock, rig.narrator, rig.limits), Lane("A", saying(), 0x12), Lane("B", saying(), 0x13)


LOW = Hold("transfer", "it is low", "more volts")
ASLEEP = replace(LOW, reason="it sleeps", do="Switch the ignition on.", lacking="the car did not wake up")


def test_two_reasons_to_hold_are_told_once_each_however_often_they_are_found(rig: Rig) -> None:
    holds, one, other = two(rig)
    for _ in range(5):
        holds.begin(one, (one, other), LOW, 12.0)
        holds.begin(other, (one, other), ASLEEP, 12.0)
    assert len(rig.events(HeldBegan)) == 1
    assert len(rig.events(PhaseEntered)) == 2


def test_one_that_gave_up_does_not_hold_the_others(rig: Rig) -> None:
    holds, one, other = two(rig)
    holds.begin(one, (one, other), ASLEEP, 12.0)
    holds.give_up(one)
    holds.go_on(other, (one, other))
    assert len(rig.events(HeldEnded)) == 1


def test_each_gives_up_for_what_it_waited_for(rig: Rig) -> None:
    holds, one, other = two(rig)
    holds.begin(one, (one, other), ASLEEP, 12.0)
    holds.begin(other, (one, other), LOW, 12.0)
    holds.give_up(one)
    holds.give_up(other)
    assert [lane.gave_up.split(" within")[0] for lane in (one, other)] == [ASLEEP.lacking, LOW.lacking]


# -- the second opinion, and CANCEL


def datablock(address: int, pieces: int) -> Procedure[None]:
    yield WATCHED
    yield begins(address, Needs(30.0, 60.0))
    for number in range(pieces):
        yield Ask(address, bytes((0x36, number & 0xFF, address)), "transfer")
    yield Mark(DatablockProgrammed(address, 0, "ab" * 32))


def test_both_datablocks_are_carried_by_a_third_and_each_is_told_once(rig: Rig) -> None:
    rig.link.takes_s = 0.05
    rig.supply.timetable = [(0.0, 13.8), (45.0, None)]
    rig.link.answers[bytes.fromhex("2240C6")] = [bytes.fromhex("6240C6") + (13_700).to_bytes(2, "big")] * 200
    rig.runner.beside.sources = (BODY,)
    lanes = rig.drive(datablock(0x12, 300), datablock(0x13, 300))
    proven = [fact for lane in lanes for fact in lane.facts if isinstance(fact, DatablockProgrammed)]
    carried = [event for event in rig.events(Noted) if isinstance(event, Noted) and "by that word alone" in event.text]
    assert (len(proven), len(carried)) == (2, 2)


def test_two_at_work_cannot_be_asked_for_each_other(rig: Rig) -> None:
    rig.link.takes_s = 0.05
    rig.supply.timetable = [(0.0, 13.8), (45.0, None), (60.0, 13.8)]
    rig.runner.beside.sources = tuple(replace(BODY, address=address) for address in (0x12, 0x13))
    rig.drive(datablock(0x12, 300), datablock(0x13, 300))
    assert bytes.fromhex("2240C6") not in rig.link.requests
    assert len(rig.events(HeldBegan)) == 1


def test_a_cancel_names_everybody_who_is_to_finish(rig: Rig) -> None:
    rig.panel.timetable = [(42.0, Command.CANCEL)]
    rig.drive(datablock(0x12, 300), datablock(0x13, 300), saying(Wait(100.0, "it lives")))
    (told,) = (event for event in rig.events(Commanded) if isinstance(event, Commanded))
    assert told.outcome == "stops after this part of lane-0 and lane-1"


def test_a_lane_of_many_tells_each_step_as_that_control_unit_s(rig: Rig) -> None:
    steps = [Ask(address, b"\x22\x30\x00", "save coding data") for address in (0x12, 0x13)]
    fact: Fact = begun(0x13)
    lane = Lane("both", saying(*steps, Mark(fact)), many=True)
    rig.runner.drive([lane])
    told = [(type(event).__name__, getattr(event, "address", None)) for event in rig.events()]
    assert ("StepBegun", 0x12) in told
    assert ("StepBegun", 0x13) in told
    assert ("UnitChanged", 0x13) in told
