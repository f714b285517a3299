"""The vehicle test after programming: what has come is looked at, and the ignition is given a chance to make it go."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.car import BODY
from appliance.bench.scenarios import STEADY
from appliance.bench.technician import Manner
from appliance.campaign.vehicle_test import Became, FaultRow
from appliance.engine.report import Report
from appliance.engine.vehicle_test import OFF
from tests.engine.workshop import WorkshopBench

CODE, STORED, PRESENT = 0x900120, 0x28, 0x2F
SECONDARY_CLEARED = "31 01 0F 06"  # the last thing that is cleared


def bench_with(data: Path, status: int, manner: Manner = Manner.WILLING) -> WorkshopBench:
    """A car whose body control unit stores a code just after all of them were cleared."""
    bench = WorkshopBench(data, replace(STEADY, technician=manner))
    body = bench.plant.car.units[BODY]
    bench.next_time(SECONDARY_CLEARED, lambda: body.note_fault(CODE, status))
    return bench


def row(report: Report) -> FaultRow:
    (found,) = report.vehicle_test
    return found


def asked(bench: WorkshopBench) -> bool:
    return any(status.asks == OFF for status in bench.statuses)


@pytest.fixture
def gone(tmp_path: Path) -> Report:
    return bench_with(tmp_path, STORED).started()


@pytest.fixture
def stays(tmp_path: Path) -> Report:
    return bench_with(tmp_path, PRESENT).started()


def test_nobody_is_asked_when_nothing_has_come(tmp_path: Path) -> None:
    bench = WorkshopBench(tmp_path)
    assert bench.started().verdict == "programmed"
    assert not asked(bench)


def test_a_code_that_an_ignition_cycle_heals_is_in_no_claim(gone: Report) -> None:
    assert gone.claim is not None
    assert (gone.verdict, gone.claim.consequential, gone.vehicle_test) == ("programmed", (), ())


def test_a_code_that_stays_is_consequential(stays: Report) -> None:
    assert stays.claim is not None
    assert [item.code for item in stays.claim.consequential] == ["900120"]
    assert (row(stays).address, row(stays).became, row(stays).before) == (BODY, Became.CONSEQUENTIAL, "")


def test_what_the_control_unit_kept_beside_it_is_read(stays: Report) -> None:
    assert row(stays).kept[:3] == ("condition 0", "frequency 1", "healing counter 6")
    assert row(stays).kept[3].startswith("snapshot ")


def test_the_claim_sheet_has_the_table(stays: Report, tmp_path: Path) -> None:
    sheet = (tmp_path / "reports" / f"{stays.run}.html").read_text(encoding="utf-8")
    assert "<h2>Vehicle test</h2>" in sheet
    assert "<td>0x40</td><td>900120</td><td>consequential</td>" in sheet


def test_nobody_there_to_turn_the_ignition_is_waited_for_and_then_the_code_is_told(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, STORED, Manner.ABSENT)
    report = bench.started()
    assert asked(bench)
    assert (report.verdict, row(report).became) == ("programmed", Became.CONSEQUENTIAL)


def test_start_goes_on_without_the_ignition(tmp_path: Path) -> None:
    bench = bench_with(tmp_path, STORED, Manner.HURRIED)
    report = bench.started()
    assert (report.verdict, row(report).became) == ("programmed", Became.CONSEQUENTIAL)
    assert any("goes on without the ignition" in line.text for line in report.timeline)


def test_a_code_that_was_there_before_and_is_cleared_is_healed(tmp_path: Path) -> None:
    bench = WorkshopBench(tmp_path)
    bench.plant.car.units[BODY].note_fault(CODE, STORED)
    assert row(bench.started()).became is Became.HEALED
