"""The timekeeper: what the runner hears and marks, turned into the time left."""

from __future__ import annotations

import pytest

from appliance.campaign.turns import Turns
from appliance.clock import VirtualClock
from appliance.engine.eta import LIKELY, PAUSE_S, WIND_UP_S
from appliance.engine.lane import Lane
from appliance.engine.timekeeper import TELL_S, Timekeeper
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed, UnitProgrammed
from appliance.procedure.job import DatablockJob, Job, Times
from appliance.procedure.words import Ask, Work

DME, CLUSTER = 0x12, 0x60
ERASE_S, CHECK_S, RESET_S = 100.0, 50.0, 4.0


def job(address: int = DME, *lengths: int) -> Job:
    blocks = tuple(
        DatablockJob(index, f"part {index}", index, 0x11, "", "", bytes(length)) for index, length in enumerate(lengths)
    )
    times = Times(erase_s=ERASE_S, check_memory_s=CHECK_S, reset_s=RESET_S)
    return Job(address, "unit", blocks, (), lambda _level, seed: seed, b"", times=times, rate_bytes_per_s=10.0)


def asked(work: Work, expected_s: float, address: int = DME) -> Ask:
    return Ask(address, b"\x31", "at work", work=work, expected_s=expected_s)


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


@pytest.fixture
def keeper(clock: VirtualClock) -> Timekeeper:
    return Timekeeper(clock)


def left_s(keeper: Timekeeper, *lanes: Lane) -> float:
    return keeper.estimate(lanes).left_s


def begin(keeper: Timekeeper, index: int = 0, address: int = DME) -> None:
    keeper.marked(DatablockBegun(address, index, "", 1))


def prove(keeper: Timekeeper, index: int = 0, address: int = DME) -> None:
    keeper.marked(DatablockProgrammed(address, index, ""))


def test_a_datablock_done_as_expected_leaves_the_rest(keeper: Timekeeper, clock: VirtualClock) -> None:
    keeper.plan([[job(DME, 100)]], [])
    begin(keeper)
    for work, expected_s in ((Work.ERASE, ERASE_S), (Work.TRANSFER, 10.0), (Work.CHECK, CHECK_S)):
        keeper.answered(asked(work, expected_s), expected_s)
    prove(keeper)
    clock.sleep_until(clock.now_s() + PAUSE_S)
    assert left_s(keeper) == pytest.approx(CHECK_S + RESET_S + WIND_UP_S)


def test_a_datablock_that_is_begun_again_is_all_of_its_work_again(keeper: Timekeeper) -> None:
    keeper.plan([[job(DME, 100)]], [])
    begin(keeper)
    before_s = left_s(keeper)
    keeper.answered(asked(Work.TRANSFER, 5.0), 5.0 * LIKELY)
    assert left_s(keeper) == pytest.approx(before_s - 5.0 * LIKELY)
    begin(keeper)
    assert left_s(keeper) == pytest.approx(before_s)


def test_what_an_earlier_life_proved_is_no_work(keeper: Timekeeper) -> None:
    keeper.plan([[job(DME, 100, 100)]], [])
    whole_s = left_s(keeper)
    keeper.plan([[job(DME, 100, 100)]], [DatablockProgrammed(DME, 0, "")])
    assert left_s(keeper) == pytest.approx(whole_s - LIKELY * (ERASE_S + 10.0 + CHECK_S) - PAUSE_S)


def test_the_time_of_a_request_under_way_passes(keeper: Timekeeper, clock: VirtualClock) -> None:
    keeper.plan([[job(DME, 100)]], [])
    begin(keeper)
    lane = Lane("DME", iter(()), DME, asking=asked(Work.ERASE, ERASE_S), open=True, asked_s=clock.now_s())  # type: ignore[arg-type]
    before_s = left_s(keeper, lane)
    clock.sleep_until(30.0)
    assert left_s(keeper, lane) == pytest.approx(before_s - 30.0)


def test_an_erase_that_takes_longer_than_ever_leaves_no_less_than_nothing_of_it(
    keeper: Timekeeper, clock: VirtualClock
) -> None:
    keeper.plan([[job(DME, 100)]], [])
    begin(keeper)
    lane = Lane("DME", iter(()), DME, asking=asked(Work.ERASE, ERASE_S), open=True, asked_s=clock.now_s())  # type: ignore[arg-type]
    clock.sleep_until(10 * ERASE_S)
    assert left_s(keeper, lane) == pytest.approx(LIKELY * (10.0 + 2 * CHECK_S) + RESET_S + WIND_UP_S)


def test_the_time_left_stands_still_while_nothing_is_under_way(keeper: Timekeeper, clock: VirtualClock) -> None:
    keeper.plan([[job(DME, 100)]], [])
    begin(keeper)
    before_s = left_s(keeper)
    clock.sleep_until(600.0)
    assert left_s(keeper) == before_s


def test_a_unit_that_has_ended_is_waited_for_no_more(keeper: Timekeeper) -> None:
    keeper.plan([[job(DME, 100)], [job(CLUSTER, 100)]], [])
    both_s = left_s(keeper)
    keeper.ended(Lane("DME", iter(()), DME))  # type: ignore[arg-type]
    assert left_s(keeper) < both_s


def test_what_prepares_several_is_none_of_them(keeper: Timekeeper) -> None:
    keeper.plan([[job(DME, 100)]], [])
    before_s = left_s(keeper)
    keeper.ended(Lane("DME and cluster", iter(()), DME, many=True))  # type: ignore[arg-type]
    assert left_s(keeper) == before_s


def test_the_rest_of_a_proven_unit_passes_by_itself(keeper: Timekeeper, clock: VirtualClock) -> None:
    keeper.plan([[job(DME, 100)]], [])
    begin(keeper)
    prove(keeper)
    keeper.marked(UnitProgrammed(DME, ()))
    clock.sleep_until(clock.now_s() + 60.0)
    assert left_s(keeper) == pytest.approx(WIND_UP_S)


def test_it_is_told_every_few_seconds_while_there_is_a_job(keeper: Timekeeper, clock: VirtualClock) -> None:
    assert not keeper.due()
    keeper.plan([[job(DME, 100)]], [])
    assert keeper.due()
    assert not keeper.due()
    clock.sleep_until(clock.now_s() + TELL_S)
    assert keeper.due()
    keeper.over()
    clock.sleep_until(clock.now_s() + TELL_S)
    assert not keeper.due()


def test_somebody_elses_unit_has_no_time_left(keeper: Timekeeper) -> None:
    keeper.plan([[job(DME, 100)]], [])
    assert keeper.left_s(Lane("cluster", iter(()), CLUSTER)) is None  # type: ignore[arg-type]


def test_the_way_to_the_first_datablock_passes_once_the_lane_has_begun(keeper: Timekeeper, clock: VirtualClock) -> None:
    keeper.plan([[job(DME, 100)]], [])
    lane = Lane("DME", iter(()), DME)  # type: ignore[arg-type]
    before_s = left_s(keeper, lane)
    clock.sleep_until(clock.now_s() + 3.0)
    assert left_s(keeper, lane) == pytest.approx(before_s - 3.0)


def test_who_waits_for_its_turn_is_behind_those_who_are_at_work(keeper: Timekeeper) -> None:
    both = [job(DME, 100), job(CLUSTER, 100)]
    keeper.plan([both], [], Turns(2))
    at_once_s = left_s(keeper)
    keeper.plan([both], [])
    assert left_s(keeper) > at_once_s + ERASE_S


def test_a_transfer_that_shared_the_wire_does_not_make_the_next_one_slower(keeper: Timekeeper) -> None:
    keeper.plan([[job(DME, 100, 100)]], [])
    begin(keeper)
    keeper.answered(asked(Work.TRANSFER, 5.0), 5.0 * LIKELY)
    alone_s = left_s(keeper)
    keeper.plan([[job(DME, 100, 100)]], [])
    begin(keeper)
    keeper.answered(asked(Work.TRANSFER, 5.0), 5.0 * LIKELY * 3, sharing=3)
    assert left_s(keeper) == pytest.approx(alone_s)


def test_what_comes_after_the_last_unit_passes_by_itself(keeper: Timekeeper, clock: VirtualClock) -> None:
    keeper.plan([[job(DME, 100)]], [], looks_s=6.0)
    keeper.ended(Lane("DME", iter(()), DME))  # type: ignore[arg-type]
    assert left_s(keeper) == WIND_UP_S + 6.0
    clock.sleep_until(clock.now_s() + 4.0)
    assert left_s(keeper) == WIND_UP_S + 2.0
