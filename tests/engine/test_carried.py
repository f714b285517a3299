"""The voltage monitor is lost inside a datablock of a whole job: carried to its proof, and nothing further (law 3)."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.bench.scenarios import SCENARIOS, Happening, Kind
from appliance.clock import VirtualClock
from appliance.engine.journal import Journal
from appliance.engine.report import Report
from appliance.procedure.facts import DatablockBegun, DatablockProgrammed
from tests.engine.odd_dme import RefusingUnit, with_dme
from tests.engine.workshop import WorkshopBench, number_of, undisturbed
from tests.scenarios.inprocess import Workplace

FROZEN_DAY = SCENARIOS["frozen-sensor"]
GIVES_UP_S = 60.0
TRANSFERS = {40: 2, 90: 3}  # frozen at that TransferData, it is found out inside this datablock


def counted(folder: Path, run: str) -> tuple[int, int]:
    """How many datablocks were begun, and how many of them proven."""
    journal = Journal(folder / "journal.sqlite", VirtualClock())
    facts = journal.facts(run)
    journal.close()
    kinds = [type(fact) for fact in facts]
    return kinds.count(DatablockBegun), kinds.count(DatablockProgrammed)


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bench_firmware_cache")
    fill_bench_cache(folder)
    return folder


class Days:
    """Days on which the voltage monitor freezes at some TransferData."""

    def __init__(self, data: Path, cache: Path) -> None:
        self.data = data
        self._cache = cache

    def frozen_at(self, transfer: int) -> Report:
        scenario = replace(FROZEN_DAY, happenings=(Happening(Kind.STUCK_SENSOR, transfer),))
        place = Workplace(self.data, self._cache, scenario)
        place.config = replace(place.config, power=replace(place.config.power, hold_limit_s=GIVES_UP_S))
        report = place.life()
        assert report is not None
        return report


@pytest.fixture
def days(data: Path, cache: Path) -> Days:
    return Days(data, cache)


@pytest.mark.parametrize("transfer", TRANSFERS)
def test_a_frozen_monitor_costs_no_datablock_that_was_begun_and_begins_no_other(days: Days, transfer: int) -> None:
    report = days.frozen_at(transfer)
    assert report.verdict == "interrupted"
    assert counted(days.data, report.run) == (TRANSFERS[transfer], TRANSFERS[transfer])


def test_a_frozen_monitor_is_held_before_the_next_part_and_the_report_says_so(days: Days) -> None:
    holds = days.frozen_at(40).supply.holds
    assert [hold.step for hold in holds] == ["request download of program extension (2 of 3)", "the next part"]


def test_the_report_names_once_by_whose_word_a_datablock_was_finished(days: Days) -> None:
    carried, given_up = days.frozen_at(40).notes
    assert re.search(r"the voltage monitor gave nothing\. Control unit 0x40 says 13\.(79|80) V", carried)
    assert "the supply did not become fit" in given_up


def moments() -> list[int]:
    """Every message from the first erase to the last check memory."""
    return list(range(number_of(undisturbed(), "3101FF00"), number_of(undisturbed(), "31010202", 3) + 1))


@pytest.mark.parametrize("at", moments())
def test_wherever_the_monitor_dies_every_datablock_that_was_begun_is_proven(bench: WorkshopBench, at: int) -> None:
    bench.power = replace(bench.power, hold_limit_s=GIVES_UP_S)
    bench.at_message(at, bench.plant.monitor.unplug)
    report = bench.started()
    begun, proven = counted(bench.folder, report.run)
    assert (report.verdict, begun) == ("interrupted", proven)


def test_a_datablock_that_fails_while_it_is_carried_is_not_begun_again_and_nothing_is_written(
    bench: WorkshopBench,
) -> None:
    with_dme(bench, RefusingUnit)  # its first transfer exit goes badly
    bench.power = replace(bench.power, hold_limit_s=GIVES_UP_S)
    bench.at_transfer(2, bench.plant.monitor.unplug)
    report = bench.started()
    assert (report.verdict, counted(bench.folder, report.run)) == ("interrupted", (1, 0))
    after_exit = [payload for _, payload in bench.sent[number_of(bench.sent, "37") :]]
    assert not [payload.hex() for payload in after_exit if payload[0] in (0x27, 0x2E, 0x34, 0x36)]
