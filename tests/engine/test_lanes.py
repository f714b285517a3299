"""Several lanes under one runner, and the arithmetic of one."""

from __future__ import annotations

import pytest

from appliance.engine.lane import Lane
from appliance.engine.ports import Command
from appliance.errors import NegativeResponse
from appliance.events import Progressed
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, Fact
from appliance.procedure.words import Ask, Mark, Step
from tests.engine.rig import EVERYONE, READ, Rig, reading, saying

ERASE = Ask(0x12, b"\x31\x01\xff\x00", "erase")


def piece(number: int, count: int = 100) -> Ask:
    return Ask(0x12, bytes((0x36, number)), "transfer", carries_bytes=count)


# -- side by side


def test_while_one_waits_out_an_erase_another_transfers(rig: Rig) -> None:
    rig.link.takes_for[ERASE.request] = 60.0
    rig.drive(saying(ERASE), reading(100, address=0x13))
    assert rig.link.submitted[-1].at_s < 2.0
    assert len(rig.link.submitted) == 101


def test_two_lanes_take_turns(rig: Rig) -> None:
    rig.drive(reading(5), reading(5, address=0x13))
    assert [submitted.ask.to for submitted in rig.link.submitted] == [0x12, 0x13] * 5


@pytest.mark.parametrize("order", [1, -1])
def test_a_functional_request_has_the_bus_to_itself_and_gets_its_turn(rig: Rig, order: int) -> None:
    """The rig's link refuses anything beside it; here it must also not wait until the others have finished."""
    lanes = [saying(READ, EVERYONE), reading(300, address=0x13)]
    first, second = rig.drive(*lanes[::order])
    (functional,) = (one for one in rig.link.submitted if one.ask.functional)
    assert functional.at_s < 0.5
    assert first.failure is second.failure is None
    assert len(rig.link.submitted) == 302


def test_a_held_functional_request_holds_nobody_elses_car_back(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 12.3), (5.0, 13.8)]
    (lane, other) = rig.drive(saying(EVERYONE), reading(10, address=0x13))
    assert lane.failure is other.failure is None


def test_the_failure_of_one_lane_is_not_the_others(rig: Rig) -> None:
    rig.link.answers[READ.request] = [0x31]
    failing, other = rig.drive(saying(READ, ERASE), reading(50, address=0x13))
    assert isinstance(failing.failure, NegativeResponse)
    assert other.failure is None
    assert len(rig.link.submitted) == 51


def test_a_cancel_ends_each_lane_at_its_own_safe_point(rig: Rig) -> None:
    rig.panel.timetable = [(0.5, Command.CANCEL)]
    proof: list[Step] = [
        Mark(DatablockBegun(0x12, 0, "", 1)),
        *map(piece, range(100)),
        Mark(DatablockProgrammed(0x12, 0, "")),
    ]
    erased, reader = rig.drive(saying(*proof, READ), reading(400, address=0x13))
    assert erased.cancelled
    assert reader.cancelled
    assert piece(99) in [submitted.ask for submitted in rig.link.submitted]
    assert READ not in [submitted.ask for submitted in rig.link.submitted]


def test_one_hold_is_told_once_for_all_lanes(rig: Rig) -> None:
    rig.supply.timetable = [(0.0, 13.8), (1.0, 12.3), (2.0, 13.8)]
    rig.drive(reading(200), reading(200, address=0x13))
    assert [type(event).__name__ for event in rig.events() if type(event).__name__.startswith("Held")] == [
        "HeldBegan",
        "HeldEnded",
    ]


# -- the arithmetic of progress


def progressed(rig: Rig) -> list[Progressed]:
    return [event for event in rig.events(Progressed) if isinstance(event, Progressed)]


def _lane(*facts: Fact) -> Lane:
    lane = Lane("DME", saying(), 0x12, total_bytes=1000)
    for fact in facts:
        lane.marked(fact)
    return lane


def _sent(lane: Lane, *pieces: int) -> None:
    for count in pieces:
        lane.asking = piece(1, count)
        lane.answered(None)


BEGUN_0, PROVEN_0 = DatablockBegun(0x12, 0, "", 1), DatablockProgrammed(0x12, 0, "")


def test_acknowledged_bytes_are_counted() -> None:
    lane = _lane(BEGUN_0)
    _sent(lane, 100, 50)
    assert lane.done_bytes == 150


def test_a_refused_piece_is_not_counted() -> None:
    lane = _lane(BEGUN_0)
    _sent(lane, 100)
    lane.asking = piece(2)
    lane.refused(NegativeResponse(0x12, 0x36, 0x73, ""))
    assert lane.done_bytes == 100


def test_a_datablock_begun_again_counts_from_its_beginning() -> None:
    lane = _lane(BEGUN_0)
    _sent(lane, 100, 100)
    lane.marked(BEGUN_0)
    _sent(lane, 100)
    assert lane.done_bytes == 100


def test_a_proven_datablock_stays_counted_when_the_next_is_begun_again() -> None:
    lane = _lane(BEGUN_0)
    _sent(lane, 400)
    lane.marked(PROVEN_0)
    lane.marked(DatablockBegun(0x12, 1, "", 1))
    _sent(lane, 100)
    lane.marked(DatablockBegun(0x12, 1, "", 2))
    assert lane.done_bytes == 400


def test_a_proven_datablock_begun_again_in_a_second_round_is_not_counted_twice() -> None:
    lane = _lane(BEGUN_0)
    _sent(lane, 400)
    lane.marked(PROVEN_0)
    lane.marked(DatablockBegun(0x12, 0, "", 2))
    _sent(lane, 400)
    assert lane.done_bytes == 400


def test_a_lane_is_erased_from_begun_to_proven() -> None:
    lane = _lane(BEGUN_0)
    assert lane.erased
    lane.marked(PROVEN_0)
    assert not lane.erased


def test_progress_tells_done_and_total(rig: Rig) -> None:
    rig.link.takes_s = 1.0
    rig.drive(saying(*map(piece, range(10))), total_bytes=1000)
    assert [event.done_bytes for event in progressed(rig)] == list(range(100, 1001, 100))
    assert {event.total_bytes for event in progressed(rig)} == {1000}
