"""The verdict: what the car says at the very end outweighs every fact (laws 1 and 8)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.campaign.verdict import Verdict
from appliance.car.integration_level import Levels, parse_level
from appliance.car.svk import ProgrammingCheck
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.clock import VirtualClock
from appliance.engine.ending import judged, not_named, several, silent_at_end
from appliance.engine.journal import Journal
from appliance.engine.report import Ending, UnitReport
from appliance.engine.report_of_run import build_report
from appliance.errors import CarError, Kl30Error, NegativeResponse, RefusedError
from appliance.procedure.facts import CodingRestored, CodingSaved, DatablockBegun, Fact, UnitProgrammed
from appliance.procedure.failures import ProgrammingRefused
from tests.campaign.cars import NEW, OLD, bulletin, dme
from tests.engine.test_report import BEGUN, NAMED, PLAN, RUN, UNIT
from tests.engine.workshop import DME, WorkshopBench

REFUSED = RefusedError("a precondition is unmet")
FAILED = CarError("the datablock failed three times")


def verdict(
    facts: tuple[Fact, ...], failure: Kl30Error | None = None, troubles: tuple[str, ...] = (), stopped: str = ""
) -> Verdict:
    return judged(bulletin(), PLAN, facts, failure, troubles, stopped).verdict


def at_end(unit: UnitSeen = dme(*NEW), level: str | None = "F056-17-03-502") -> Vehicle:  # noqa: B008 – frozen
    return Vehicle(levels=Levels(parse_level(level), None, None) if level else None, units=(unit,))


# -- pure


def test_proven_and_nothing_wrong_is_programmed() -> None:
    assert verdict((NAMED,)) is Verdict.PROGRAMMED


@pytest.mark.parametrize(
    ("facts", "failure", "troubles"),
    [
        ((NAMED,), None, ("not restored: control unit 0x12",)),
        ((NAMED,), FAILED, ()),
        ((BEGUN,), None, ()),
        ((), None, ()),
        ((BEGUN,), REFUSED, ()),
        ((NAMED,), REFUSED, ()),
    ],
)
def test_anything_less_is_failed(facts: tuple[Fact, ...], failure: Kl30Error | None, troubles: tuple[str, ...]) -> None:
    assert verdict(facts, failure, troubles) is Verdict.FAILED


def test_a_refusal_is_one_only_while_nothing_was_touched() -> None:
    assert verdict((), REFUSED) is Verdict.REFUSED


def test_work_that_was_stopped_is_interrupted_even_when_all_of_it_was_done() -> None:
    assert verdict((NAMED,), stopped="cancelled") is Verdict.INTERRUPTED
    assert verdict((BEGUN,), stopped="cancelled") is Verdict.INTERRUPTED


def test_a_failure_is_not_called_a_stop() -> None:
    assert verdict((BEGUN,), FAILED, stopped="cancelled") is Verdict.FAILED


def test_several_failures_are_all_told_and_refused_only_if_each_is_a_refusal() -> None:
    both, refused = several([REFUSED, FAILED]), several([REFUSED, REFUSED])
    assert (verdict((), both), verdict((), refused)) == (Verdict.FAILED, Verdict.REFUSED)
    assert all(one.what in str(both) for one in (REFUSED, FAILED))


def test_among_several_failures_who_refuses_for_good_is_named() -> None:
    refusing = ProgrammingRefused(NegativeResponse(DME, 0x10, 0x22, ""), "DME", 3)
    assert judged(bulletin(), PLAN, (BEGUN,), several([FAILED, refusing]), (), "").refusing == DME


def test_an_interruption_says_who_is_left_in_its_bootloader() -> None:
    words = {facts: judged(bulletin(), PLAN, facts, None, (), "cancelled").reason for facts in ((BEGUN,), (NAMED,))}
    assert "is in its bootloader" in words[(BEGUN,)]
    assert "no control unit was left half programmed" in words[(NAMED,)]


def test_a_car_that_names_everything_at_the_end_has_no_troubles() -> None:
    assert not_named(at_end(), PLAN) == []


@pytest.mark.parametrize(
    ("after", "word"),
    [
        (at_end(dme(*OLD)), "names"),
        (at_end(dme(*NEW[1:])), "names"),
        (at_end(dme(*NEW, *OLD[:1])), "names"),
        (at_end(dme(*NEW, check=ProgrammingCheck.NOT_PASSED)), "names"),
        (at_end(UnitSeen(0x12)), "does not name its software"),
        (at_end(UnitSeen(0x18)), "does not name its software"),
        (at_end(level="F056-16-07-502"), "integration level reads F056-16-07-502"),
        (at_end(level="F010-17-03-502"), "integration level reads F010-17-03-502"),
        (at_end(level=None), "integration level reads nothing"),
    ],
)
def test_what_the_car_does_not_confirm_at_the_end_is_a_trouble(after: Vehicle, word: str) -> None:
    (trouble,) = not_named(after, PLAN)
    assert word in trouble


@pytest.mark.parametrize("after", [at_end(UnitSeen(0x12)), at_end(UnitSeen(0x18)), at_end(level=None)])
def test_a_car_that_did_not_say_may_be_asked_once_more(after: Vehicle) -> None:
    assert silent_at_end(after, PLAN)


def test_a_car_that_did_say_is_not_asked_again() -> None:
    assert not silent_at_end(at_end(dme(*OLD)), PLAN)


# -- what the report tells of lost coding data


def unit_of(facts: tuple[Fact, ...], coding: tuple[int, ...]) -> UnitReport:
    journal = Journal(Path(":memory:"), VirtualClock())
    journal.begin(RUN)
    for fact in facts:
        journal.mark(RUN.id, fact)
    plan = replace(PLAN, units=(replace(UNIT, coding=coding, in_bootloader=True),))
    (unit,) = build_report(journal, RUN, Ending(Verdict.PROGRAMMED, "", bulletin(), plan), "").units
    journal.abandon()
    return unit


def test_a_wreck_that_was_programmed_comes_with_the_loss_of_its_coding() -> None:
    assert "code the control unit" in unit_of((BEGUN, NAMED), (0x3000,)).what_to_do


@pytest.mark.parametrize(
    ("facts", "coding"),
    [
        ((CodingSaved(0x12, 0x3000, b"\x01"), BEGUN, NAMED, CodingRestored(0x12, 0x3000)), (0x3000,)),
        ((BEGUN, NAMED), ()),
        ((BEGUN,), (0x3000,)),
    ],
)
def test_nobody_else_is_told_so(facts: tuple[Fact, ...], coding: tuple[int, ...]) -> None:
    assert "code the control unit" not in unit_of(facts, coding).what_to_do


# -- in the workshop


def when_given_back(bench: WorkshopBench, action: Callable[[], None]) -> None:
    """Do this when the car is being given back: at the first request that changes nothing any more."""
    bench.next_time("28 00 01", action)


def test_a_control_unit_that_turns_bad_after_its_proof_is_not_reported_as_programmed(bench: WorkshopBench) -> None:
    def turn_bad() -> None:
        unit = bench.plant.car.units[DME]
        unit._core.store(replace(unit.memory, dependencies_good=False))

    when_given_back(bench, turn_bad)
    with bench.switched_on() as engine:
        report = engine.start()
    assert report is not None
    assert report.verdict == "failed"
    assert "at the end" in report.reason


def test_a_control_unit_that_is_not_given_back_makes_the_run_not_succeeded(bench: WorkshopBench) -> None:
    other = next(address for address in bench.plant.car.units if address not in (DME, 0x10))
    when_given_back(bench, bench.plant.car.units[other].fall_asleep)
    with bench.switched_on() as engine:
        report = engine.start()
    assert report is not None
    assert report.verdict == "failed"
    assert f"not restored: control unit 0x{other:02X}" in report.reason


def test_the_facts_of_the_first_datablock_alone_program_nobody() -> None:
    assert verdict((DatablockBegun(0x12, 0, "", 1), UnitProgrammed(0x18, NEW))) is Verdict.FAILED
