"""The report is the journal rendered; the claim sheet is the report on paper."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from appliance.campaign.eligibility import Affected
from appliance.campaign.plan import Plan, make_plan
from appliance.campaign.verdict import Verdict
from appliance.car.faults import Fault
from appliance.car.integration_level import parse_level
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vin import Vin
from appliance.clock import VirtualClock
from appliance.engine.claim_sheet import render_claim_sheet
from appliance.engine.journal import AFTER, BEFORE, Journal, Run, Sample
from appliance.engine.report import Ending, Report
from appliance.engine.report_of_run import build_report
from appliance.engine.unit_verdict import programmed_all, unit_verdict
from appliance.events import (
    Commanded,
    Event,
    HeldBegan,
    HeldEnded,
    Noted,
    Phase,
    PhaseEntered,
    Retried,
    Started,
    StepBegun,
    SupplySeen,
)
from appliance.procedure.facts import (
    CodingSaved,
    DatablockBegun,
    DatablockProgrammed,
    DependenciesChecked,
    Fact,
    UnitProgrammed,
)
from tests.campaign.cars import NEW, OLD, VIN, bulletin, dme

RUN = Run("r-1", "service-action-dme", "2017-06-01T09:00:00+00:00", "virtual")
PLAN = make_plan(bulletin(), Affected("it is behind", parse_level("F056-17-03-502")), (dme(*OLD),), vin=VIN)
(UNIT,) = PLAN.units
BEGUN = DatablockBegun(0x12, 0, "", 1)
ALL_BUT_THE_PROOF: tuple[Fact, ...] = (
    BEGUN,
    *(DatablockProgrammed(0x12, index, "") for index in range(3)),
    DependenciesChecked(0x12),
)
NAMED = UnitProgrammed(0x12, NEW)
PRIOR, CAUSED = Fault(0x105A20, 0x2F), Fault(0xCD8486, 0x28)


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal(Path(":memory:"), VirtualClock())
    journal.begin(RUN)
    yield journal
    journal.abandon()


def reported(
    journal: Journal, *events: Event, verdict: Verdict = Verdict.PROGRAMMED, plan: Plan = PLAN, run: str = "r-1"
) -> Report:
    for number, event in enumerate(events):
        journal.event(run, float(number), event)
    row = journal.run(run)
    assert row is not None
    return build_report(journal, row, Ending(verdict, "because", bulletin(), plan), "2017-06-01T10:00:00+00:00")


# -- what became of a control unit


def test_programmed_is_only_who_named_the_target_after_its_reset() -> None:
    assert unit_verdict(UNIT, (*ALL_BUT_THE_PROOF, NAMED)) == "programmed"


@pytest.mark.parametrize("count", range(1, len(ALL_BUT_THE_PROOF) + 1))
def test_whoever_was_begun_and_did_not_name_it_is_in_its_bootloader(count: int) -> None:
    assert unit_verdict(UNIT, ALL_BUT_THE_PROOF[:count]) == "in-bootloader"


def test_a_proof_from_before_the_last_erase_is_none() -> None:
    assert unit_verdict(UNIT, (*ALL_BUT_THE_PROOF, NAMED, BEGUN)) == "in-bootloader"


@pytest.mark.parametrize("facts", [(), (CodingSaved(0x12, 0x3000, b"\x01"),), (replace(NAMED, address=0x18),)])
def test_nothing_begun_is_untouched(facts: tuple[Fact, ...]) -> None:
    assert unit_verdict(UNIT, facts) == "untouched"


def test_a_wreck_that_was_found_is_not_called_untouched() -> None:
    assert unit_verdict(replace(UNIT, in_bootloader=True), ()) == "in-bootloader"


def test_every_control_unit_of_the_plan_has_to_be_proven() -> None:
    second = replace(UNIT, address=0x18)
    plan = replace(PLAN, units=(UNIT, second))
    assert not programmed_all(plan, (NAMED,))
    assert programmed_all(plan, (NAMED, replace(NAMED, address=0x18)))


def test_a_control_unit_in_its_bootloader_comes_with_what_to_do(journal: Journal) -> None:
    journal.mark("r-1", BEGUN)
    (unit,) = reported(journal, verdict=Verdict.FAILED).units
    assert (unit.verdict, unit.attempts) == ("in-bootloader", 1)
    assert unit.what_to_do.startswith("do not replace the control unit")


def test_the_saved_coding_data_is_in_the_report_of_every_run_that_owes_it(journal: Journal) -> None:
    journal.freeze("r-1", VIN, "{}", "", "")
    journal.mark("r-1", CodingSaved(0x12, 0x3000, b"\x01\xab"))
    journal.end("r-1", "failed", "")
    journal.begin(replace(RUN, id="r-2"))
    journal.freeze("r-2", VIN, "{}", "", "r-1")
    (unit,) = reported(journal, verdict=Verdict.FAILED, run="r-2").units
    assert unit.coding_saved == (("3000", "01AB"),)


# -- the supply


def test_each_hold_has_its_end(journal: Journal) -> None:
    first = HeldBegan("erase", "low", 12.34567, 13.0, 0.1)
    report = reported(journal, first, HeldEnded(14.0), replace(first, step="transfer", volts=None), HeldEnded(3.5))
    assert [(hold.step, hold.volts, hold.held_s) for hold in report.supply.holds] == [
        ("erase", 12.346, 14.0),
        ("transfer", None, 3.5),
    ]


def test_a_hold_that_was_cut_off_has_no_end_and_the_next_has_its_own(journal: Journal) -> None:
    first = HeldBegan("erase", "low", 12.3, 13.0, 0.1)
    report = reported(journal, first, Started("1"), replace(first, step="transfer"), HeldEnded(3.5))
    assert [(hold.step, hold.held_s) for hold in report.supply.holds] == [("erase", None), ("transfer", 3.5)]


def test_lowest_and_highest_leave_gaps_out(journal: Journal) -> None:
    for at_s, volts in enumerate((13.8, None, 12.9, 14.1)):
        journal.sample("r-1", Sample(float(at_s), volts))
    report = reported(journal)
    assert (report.supply.min_v, report.supply.max_v) == (12.9, 14.1)


def test_a_run_without_a_reading_says_so(journal: Journal) -> None:
    journal.sample("r-1", Sample(0.0, None))
    report = reported(journal)
    assert (report.supply.min_v, report.supply.max_v) == (None, None)
    assert "Readings" in render_claim_sheet(report)


# -- what happened


def test_every_life_after_the_first_is_an_interruption(journal: Journal) -> None:
    report = reported(journal, Started("1", "r-1"), Started("1", "r-1"))
    assert report.interruptions == 2
    assert "cut off 2 times" in render_claim_sheet(report)


def test_the_timeline_is_for_people(journal: Journal) -> None:
    report = reported(
        journal,
        PhaseEntered(Phase.PROGRAMMING, "The control units are being programmed."),
        StepBegun(0x12, "erase"),
        StepBegun(0, "read the VIN"),
        SupplySeen(13.8, "open"),
        Retried(0x12, "erase", "busy"),
        Commanded("cancel", "stops now"),
        Noted("a note"),
        Started("1", "r-1"),
    )
    assert [line.text for line in report.timeline] == [
        "PROGRAMMING: The control units are being programmed.",
        "0x12: erase",
        "read the VIN",
        "0x12: erase: again, because busy",
        "CANCEL: stops now",
        "a note",
        "the appliance came back and found run r-1 unfinished",
    ]


def test_only_what_wants_attention_is_a_note(journal: Journal) -> None:
    assert reported(journal, Noted("quiet"), Noted("loud", attention=True)).notes == ("loud",)


# -- prior and consequential


def _car(*faults: Fault) -> Vehicle:
    return Vehicle(Vin(VIN), units=(replace(dme(*OLD), faults=faults), UnitSeen(0x60, faults=())))


def test_prior_is_what_the_first_look_of_the_lineage_saw(journal: Journal) -> None:
    journal.observe("r-1", BEFORE, _car(PRIOR))
    journal.freeze("r-1", VIN, "{}", "", "")
    journal.end("r-1", "failed", "")
    journal.begin(replace(RUN, id="r-2"))
    journal.freeze("r-2", VIN, "{}", "", "r-1")
    journal.observe("r-2", BEFORE, _car(PRIOR, CAUSED))
    journal.observe("r-2", AFTER, _car(PRIOR, CAUSED))
    report = reported(journal, run="r-2")
    assert report.claim is not None
    assert [item.code for item in report.claim.prior] == ["105A20"]
    assert [item.code for item in report.claim.consequential] == ["CD8486"]


def test_without_a_first_look_there_is_nothing_prior_to_claim(journal: Journal) -> None:
    report = reported(journal)
    assert report.claim is not None
    assert (report.claim.prior, report.claim.consequential, report.vehicle) == ((), (), None)
    assert "could not be identified" in render_claim_sheet(report)


@pytest.mark.parametrize("verdict", [v for v in Verdict if v not in (Verdict.PROGRAMMED, Verdict.ALREADY_AT_TARGET)])
def test_only_what_was_done_is_claimed(journal: Journal, verdict: Verdict) -> None:
    report = reported(journal, verdict=verdict)
    assert report.claim is not None
    assert report.claim.labour_operation == ""
    assert "00 64 97" not in render_claim_sheet(report)


# -- on paper

HOSTILE = "<script>alert('x')</script>&\""


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)


def test_nothing_from_outside_becomes_markup(journal: Journal) -> None:
    """A campaign, a note or a control unit's own words may hold anything."""
    unit = replace(UNIT, name=HOSTILE, why=HOSTILE)
    journal.mark("r-1", BEGUN)
    journal.observe("r-1", BEFORE, Vehicle(Vin(VIN), units=(replace(dme(*OLD), calibration_id=HOSTILE, cvn=HOSTILE),)))
    journal.sample("r-1", Sample(0.0, 13.8))
    report = reported(
        journal,
        HeldBegan(HOSTILE, HOSTILE, 12.3, 13.0, 0.1),
        Noted(HOSTILE, attention=True),
        plan=replace(PLAN, units=(unit,)),
    )
    assert report.campaign is not None
    campaign = replace(report.campaign, title=HOSTILE, source=HOSTILE)
    sheet = render_claim_sheet(replace(report, campaign=campaign, reason=HOSTILE, plan_hash=HOSTILE))
    tags = _Tags()
    tags.feed(sheet)
    assert "script" not in tags.seen
    assert sheet.count("&lt;script&gt;") >= 8


def test_the_sheet_needs_nothing_but_itself(journal: Journal) -> None:
    sheet = render_claim_sheet(reported(journal))
    assert not any(word in sheet for word in ("http:", "https:", "src=", "<link", "@import", "<script"))
