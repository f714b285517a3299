"""The charger test in the report and on the claim sheet."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from appliance.campaign.verdict import Verdict
from appliance.clock import VirtualClock
from appliance.engine.claim_sheet import render_claim_sheet
from appliance.engine.journal import Journal, Run, Sample
from appliance.engine.report import Ending, Report
from appliance.engine.report_of_run import build_report
from appliance.events import Asked, ChargerTested, Event
from appliance.values import to_json

RUN = Run("r-1", "service-action-dme", "", "virtual")
PASSED = ChargerTested("passed", "it stayed at 13.90 V", 0.08, 0.008, -0.004, 1.0)
SKIPPED = ChargerTested("skipped", "no consumer was seen")


@pytest.fixture
def journal() -> Iterator[Journal]:
    journal = Journal(Path(":memory:"), VirtualClock())
    journal.begin(RUN)
    journal.sample("r-1", Sample(0.0, 13.8))
    yield journal
    journal.abandon()


def reported(journal: Journal, *events: Event) -> Report:
    for number, event in enumerate(events):
        journal.event("r-1", float(number), event)
    return build_report(journal, RUN, Ending(Verdict.REFUSED, "because"), "")


def test_the_figures_are_under_supply_in_the_json(journal: Journal) -> None:
    said = json.loads(to_json(reported(journal, PASSED)))["supply"]["charger_test"]
    assert said == {
        "verdict": "passed",
        "words": "it stayed at 13.90 V",
        "sag_v": 0.08,
        "source_ohm": 0.008,
        "fall_v_per_min": -0.004,
        "recovery_s": 1.0,
    }


def test_a_run_that_did_not_come_to_it_has_none(journal: Journal) -> None:
    assert reported(journal).supply.charger_test is None


def test_of_several_tests_the_last_counts(journal: Journal) -> None:
    assert reported(journal, SKIPPED, PASSED).supply.charger_test == PASSED


def test_the_claim_sheet_has_a_line_with_the_figures(journal: Journal) -> None:
    sheet = render_claim_sheet(reported(journal, PASSED))
    assert "<th>Charger test</th><td>passed: it stayed at 13.90 V; source 8 mΩ, back after 1 s</td>" in sheet


def test_the_claim_sheet_tells_a_skip(journal: Journal) -> None:
    assert "<td>skipped: no consumer was seen</td>" in render_claim_sheet(reported(journal, SKIPPED))


def test_the_timeline_tells_what_was_asked_and_what_came_of_it(journal: Journal) -> None:
    timeline = reported(journal, Asked("Switch the low beam on.", "why"), Asked(""), PASSED).timeline
    assert [line.text for line in timeline] == [
        "asked: Switch the low beam on.",
        "charger test passed: it stayed at 13.90 V",
    ]
