"""Bus-off, and another tester, in the middle of a whole job in virtual time."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bench.link_fault import DisturbedTransport
from appliance.bus.transport import Transport
from appliance.engine.report import Report
from appliance.errors import LinkError
from appliance.events import Phase
from tests.engine.workshop import WorkshopBench, dme_of


class ShortedBench(WorkshopBench):
    """A bench with wires that something may be wrong with, and a service manager that restarts controller and life."""

    def line(self) -> Transport:
        return DisturbedTransport(super().line(), self.plant.wires, self.clock)

    def lost(self) -> None:
        """One life in which START is pressed, if it waits for that, and which a lost link ends."""
        appliance = self.assembled()
        with pytest.raises(LinkError, match="bus-off") as caught:
            appliance.engine.boot() or appliance.engine.start()
        appliance.fell(caught.value)
        self.plant.wires.restart()


@pytest.fixture
def bench(data: Path) -> ShortedBench:
    return ShortedBench(data)


def resumed(bench: ShortedBench) -> Report:
    report = bench.booted()
    assert report is not None
    return report


def test_after_bus_off_in_a_transfer_the_next_life_programs(bench: ShortedBench) -> None:
    bench.at_transfer(3, bench.plant.wires.short)
    bench.lost()
    report = resumed(bench)
    assert (report.verdict, dme_of(report).verdict) == ("programmed", "programmed")


def test_a_datablock_in_which_the_bus_went_off_is_begun_anew(bench: ShortedBench) -> None:
    """The request that was under way is in doubt, and in doubt is not done."""
    bench.at_transfer(3, bench.plant.wires.short)
    bench.lost()
    assert dme_of(resumed(bench)).attempts == 4  # three datablocks, and the first one twice


def test_bus_off_is_said_with_where_and_what_to_do(bench: ShortedBench) -> None:
    bench.at_transfer(3, bench.plant.wires.short)
    bench.lost()
    last = bench.statuses[-1]
    assert last.phase is Phase.FAILED
    assert "bus-off" in last.what
    assert "Do not unplug" in last.do
    assert "CAN wires" in last.do
    assert not last.safe_to_unplug


def test_the_report_says_that_the_bus_went_off(bench: ShortedBench) -> None:
    bench.at_transfer(3, bench.plant.wires.short)
    bench.lost()
    assert any("bus-off" in note for note in resumed(bench).notes)


def test_bus_off_twice_in_a_row_waits_for_a_person(bench: ShortedBench) -> None:
    """A short that stays must not be sent into for ever."""
    for transfer in (3, 6):
        bench.at_transfer(transfer, bench.plant.wires.short)
        bench.lost()
    with bench.switched_on() as engine:
        assert engine.boot() is None
    assert "bus-off" in bench.statuses[-1].what
    assert bench.statuses[-1].phase is Phase.REFUSED


def test_bus_off_before_the_plan_is_frozen_leaves_the_car_as_it_was(bench: ShortedBench) -> None:
    before = bench.car
    bench.next_time("22 10 0B", bench.plant.wires.short)
    bench.lost()
    assert bench.booted() is None
    assert bench.car == before
    assert any("bus-off" in note for note in bench.statuses[-1].notes)


def test_another_tester_before_the_start_is_refused_with_exit_3_words(bench: ShortedBench) -> None:
    bench.next_time("22 10 0B", lambda: bench.plant.wires.other_tester(600.0))
    report = bench.started()
    assert report.verdict == "refused"
    assert "another tester" in report.reason
    assert "unplug" in report.reason
    assert report.link.at_start is not None
    assert not report.link.at_start.fit


def test_another_tester_who_comes_while_the_supply_is_watched_is_refused(bench: ShortedBench) -> None:
    """The car has been read by then; it is the last look before the first write that finds him."""
    begun_s = bench.clock.now_s()

    def comes() -> None:
        if bench.clock.now_s() - begun_s == 20.0:
            bench.plant.wires.other_tester(600.0)

    bench.clock.every(20.0, comes, "another tester")
    report = bench.started()
    assert report.verdict == "refused"
    assert "another tester" in report.reason


def test_another_tester_in_a_transfer_holds_before_the_next_datablock(bench: ShortedBench) -> None:
    bench.at_transfer(2, lambda: bench.plant.wires.other_tester(30.0))
    report = bench.started()
    assert report.verdict == "programmed"
    (hold,) = report.supply.holds
    assert "another tester" in hold.reason
    assert report.link.seen is not None
    assert dict(report.link.seen.counts)["foreign"] > 10


def test_the_report_says_what_the_link_was_like(bench: ShortedBench) -> None:
    report = bench.started()
    at_start = report.link.at_start
    assert at_start is not None
    assert at_start.fit
    assert at_start.round_trips >= 7
    assert at_start.p95_s is not None
    assert report.link.seen is None
    assert any(line.text.startswith("link to the car: ") for line in report.timeline)


def test_the_judgement_makes_no_request_of_its_own(bench: ShortedBench) -> None:
    """It looks at those of identification: nothing but reads goes out before the first write."""
    bench.started()
    first_write = next(number for number, (_, payload) in enumerate(bench.sent) if payload[0] not in (0x22, 0x19, 0x09))
    assert first_write > 5
    assert b"\x3e\x00" not in [payload for _, payload in bench.sent[:first_write]]
