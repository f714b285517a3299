"""What a run takes over from the runs it goes on with: coding data, and nobody else's proofs."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.campaign.plan import Action, Plan
from appliance.clock import VirtualClock
from appliance.engine.journal import Journal, Run
from appliance.engine.lineage import facts_of
from appliance.procedure.facts import (
    CodingBegun,
    CodingRestored,
    CodingSaved,
    DatablockProgrammed,
    DependenciesChecked,
    Fact,
    FaultsCleared,
    IndividualSaved,
    LevelWritten,
    UnitProgrammed,
)
from tests.campaign.cars import NEW, VIN
from tests.engine.test_report import PLAN, RUN, UNIT

SAVED = CodingSaved(0x12, 0x3000, b"\x01")
NAMED = UnitProgrammed(0x12, NEW)
LEFT_ALONE = replace(PLAN, units=(replace(UNIT, action=Action.NONE),))


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal(Path(":memory:"), VirtualClock())
    yield journal
    journal.abandon()


def taken_over(journal: Journal, plan: Plan | None, *facts: Fact) -> tuple[Fact, ...]:
    """What a second run has of a first one that marked these."""
    journal.begin(RUN)
    journal.freeze(RUN.id, VIN, "{}", "", "")
    for fact in facts:
        journal.mark(RUN.id, fact)
    journal.end(RUN.id, "failed", "")
    journal.begin(replace(RUN, id="r-2"))
    journal.freeze("r-2", VIN, "{}", "", RUN.id)
    second = journal.run("r-2")
    assert isinstance(second, Run)
    return facts_of(journal, second, plan)


@pytest.mark.parametrize("plan", [None, PLAN, LEFT_ALONE])
def test_saved_coding_data_is_taken_over_whatever_the_plan(journal: Journal, plan: Plan | None) -> None:
    assert taken_over(journal, plan, SAVED) == (SAVED,)


@pytest.mark.parametrize(
    "fact",
    [
        DatablockProgrammed(0x12, 0, "ab"),
        DependenciesChecked(0x12),
        LevelWritten("F056-17-03-502"),
        FaultsCleared(),
        NAMED,
    ],
    ids=lambda fact: type(fact).__name__,
)
@pytest.mark.parametrize("plan", [None, PLAN])
def test_a_proof_of_an_earlier_start_is_found_out_anew(journal: Journal, plan: Plan | None, fact: Fact) -> None:
    assert taken_over(journal, plan, fact) == ()


def test_who_names_its_software_by_now_and_is_left_alone_stays_programmed(journal: Journal) -> None:
    assert taken_over(journal, LEFT_ALONE, NAMED) == (NAMED,)


LEARNED, CODED, NEW_CODING = (
    IndividualSaved(0x12, 0x6110, b"\x5a"),
    CodingBegun(0x12, 0x3000),
    CodingRestored(0x12, 0x3000, b"\x02"),
)


@pytest.mark.parametrize("plan", [None, PLAN, LEFT_ALONE])
def test_individual_data_and_coding_that_was_begun_are_taken_over_as_well(journal: Journal, plan: Plan | None) -> None:
    assert taken_over(journal, plan, SAVED, LEARNED, CODED) == (SAVED, LEARNED, CODED)


def test_coding_that_was_begun_and_read_back_is_done(journal: Journal) -> None:
    assert taken_over(journal, PLAN, SAVED, CODED, NEW_CODING) == (SAVED,)


def test_a_stuck_control_unit_has_the_newest_copy_there_is_and_what_was_coded_anew_is_one(journal: Journal) -> None:
    stuck = replace(PLAN, units=(replace(UNIT, in_bootloader=True),))
    journal.begin(replace(RUN, id="r-0", vin=VIN))
    journal.freeze("r-0", VIN, "{}", "", "")
    for fact in (SAVED, LEARNED, CODED, NEW_CODING):
        journal.mark("r-0", fact)
    journal.end("r-0", "programmed", "")
    copies = taken_over(journal, stuck)
    assert copies == (SAVED, LEARNED, CodingSaved(0x12, 0x3000, b"\x02"))
