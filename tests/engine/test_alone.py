"""One control unit programmed alone: what it needs is asked for, no level is raised, and nothing is claimed."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.car import CLUSTER, DME
from appliance.bench.power_cut import PowerCut
from appliance.bench.scenarios import LEVEL_BEFORE, LEVEL_TARGET, SCENARIOS, STEADY, WHOLE, Scenario
from appliance.car.integration_level import decode_levels
from appliance.engine.ports import Command
from tests.engine.workshop import TARGET, TWO, WorkshopBench

WRITE_LEVEL, ERASE = b"\x2e\x10\x0b", b"\x31\x01\xff\x00"


def level_of(bench: WorkshopBench) -> str:
    return str(decode_levels(b"\x62\x10\x0b" + bench.car.levels).current)


def erased(bench: WorkshopBench) -> set[int]:
    return {to for to, payload in bench.sent if payload.startswith(ERASE)}


@pytest.mark.parametrize("scenario", [STEADY, SCENARIOS[WHOLE]], ids=lambda one: one.name)
def test_it_is_programmed_and_the_vehicle_keeps_its_level(scenario: Scenario, data: Path) -> None:
    bench = WorkshopBench(data, scenario, alone=DME)
    report = bench.programmed_alone(DME)
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_BEFORE)
    assert erased(bench) == {DME}
    assert tuple(slot.software for slot in bench.dme.slots) == TARGET


def test_nothing_is_claimed_for_it(data: Path) -> None:
    claim = WorkshopBench(data, STEADY, alone=DME).programmed_alone(DME).claim
    assert claim is not None
    assert claim.labour_operation == ""
    assert "alone" in claim.sentences[0]


def test_one_that_was_replaced_in_a_vehicle_at_the_level_is_programmed(data: Path) -> None:
    """START would say that the vehicle is at the target already; that is what programming one alone is for."""
    bench = WorkshopBench(data, replace(STEADY, level=LEVEL_TARGET), alone=DME)
    assert bench.programmed_alone(DME).verdict == "programmed"
    assert tuple(slot.software for slot in bench.dme.slots) == TARGET


def test_one_that_carries_the_target_already_is_left_alone(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS["already-current"], alone=DME)
    report = bench.programmed_alone(DME)
    assert report.verdict == "already-at-target"
    assert "DME 0x12 already carries the target software" in report.reason
    assert report.claim is not None
    assert report.claim.labour_operation == ""


def test_one_the_campaign_has_nothing_for_is_refused_with_what_there_is(data: Path) -> None:
    report = WorkshopBench(data, STEADY, alone=CLUSTER).programmed_alone(CLUSTER)
    assert report.verdict == "refused"
    assert "it has 0x12 DME" in report.reason


def test_what_it_needs_of_another_is_asked_for_all_the_same(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS[WHOLE], alone=CLUSTER)
    report = bench.programmed_alone(CLUSTER)
    assert report.verdict == "refused"
    assert "bring control unit 0x12 up to date first" in report.reason
    assert erased(bench) == set()


def test_after_a_power_cut_it_is_finished_and_the_vehicle_keeps_its_level(data: Path) -> None:
    bench = WorkshopBench(data, STEADY, alone=DME)
    bench.next_time("37", _cut)
    with pytest.raises(PowerCut):
        bench.programmed_alone(DME)
    report = bench.booted()
    assert report is not None
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_BEFORE)


def _cut() -> None:
    raise PowerCut


def test_a_campaign_goes_on_with_what_was_begun_alone(data: Path) -> None:
    """Filed apart, but the coding data that was saved alone is given back by whoever finishes it."""
    bench = WorkshopBench(data, STEADY)
    before = bench.dme.coding
    bench.next_time("37", bench.press(Command.CANCEL))
    with bench.switched_on() as engine:
        engine.boot()
        first = engine.program(DME)
    assert first is not None
    assert first.verdict == "interrupted"
    report = bench.started()
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_TARGET)
    newest, earlier, *_ = bench.runs()
    assert newest.continues == earlier.id
    assert bench.dme.coding == before


def test_a_good_end_alone_does_not_hide_what_a_campaign_has_begun(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS[TWO])
    bench.next_time("37", bench.press(Command.CANCEL))
    first = bench.started()
    assert first.verdict == "interrupted"
    with bench.switched_on() as engine:
        engine.boot()
        alone = engine.program(DME)
    assert alone is not None
    assert alone.verdict == "programmed"
    report = bench.started()
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_TARGET)
    newest, _, oldest = bench.runs()
    assert newest.continues == oldest.id


def test_a_signed_campaign_that_raises_no_level_does_the_same_from_the_panel(data: Path) -> None:
    bench = WorkshopBench(data, replace(STEADY, level=LEVEL_TARGET), alone=DME)
    bench.campaign = replace(bench.campaign, raises_level=False, labour=())
    report = bench.started()
    assert report.verdict == "programmed"
    assert WRITE_LEVEL not in {payload[:3] for _, payload in bench.sent}
    assert report.claim is not None
    assert "no bulletin pays for" in report.claim.sentences[0]
