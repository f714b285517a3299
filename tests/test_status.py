"""The fold: what every kind of event does to what a person is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.events import (
    Asked,
    ChargerTested,
    Commanded,
    Event,
    FactMarked,
    HeldBegan,
    HeldEnded,
    LimitsSet,
    Noted,
    Phase,
    PhaseEntered,
    PlanFrozen,
    PlannedUnit,
    Progressed,
    Retried,
    RunEnded,
    Started,
    StepBegun,
    SupplySeen,
    UnitChanged,
    UnitState,
    VehicleSeen,
)
from appliance.status import HISTORY, Status, SupplyPoint, UnitStatus, VehicleStatus, apply
from tests.instances import bare, full, members

DME, CLUSTER = 0x12, 0x60
PLAN = PlanFrozen(
    run="r-1",
    campaign="service-action-dme",
    title="Program the DME",
    target="F056-17-03-502",
    plan_hash="ab" * 32,
    units=(
        PlannedUnit(DME, "DME", "program", "it is behind", size_bytes=1000, expected_s=60.0),
        PlannedUnit(CLUSTER, "cluster", "none", "it is current"),
    ),
)
AT_WORK = (Phase.PROGRAMMING, Phase.HELD, Phase.RESUMING)
AT_REST = tuple(phase for phase in Phase if phase not in AT_WORK)
LEFT_AS_IT_WAS_OR_GOOD = (UnitState.UNTOUCHED, UnitState.PROGRAMMED, UnitState.CODED)


def told(*events: Event, status: Status | None = None) -> Status:
    status = status or Status()
    for number, event in enumerate(events, 1):
        status = apply(status, float(number), event)
    return status


@pytest.mark.parametrize("kind", members(Event), ids=lambda kind: kind.__name__)
def test_every_kind_of_event_can_be_folded_and_moves_the_clock(kind: type) -> None:
    for event in (full(kind), bare(kind)):
        assert apply(told(PLAN), 99.5, event).at_s == 99.5


def test_started_tells_the_version_and_the_run_it_goes_on_with() -> None:
    status = told(Started("1.2.3", "r-7"))
    assert (status.version, status.run) == ("1.2.3", "r-7")


def test_a_phase_brings_its_three_sentences() -> None:
    status = told(PhaseEntered(Phase.HELD, "held before: erase", "13.1 V for 10 s", "check the charger"))
    assert (status.phase, status.what, status.waits_for, status.do) == (
        Phase.HELD,
        "held before: erase",
        "13.1 V for 10 s",
        "check the charger",
    )


def test_the_vehicle_is_shown_as_seen() -> None:
    seen = VehicleSeen("WMWXM5C54G3A12345", "F056", "F056 XM51", "03/2016", "F056-16-07-502")
    assert told(seen).vehicle == VehicleStatus("WMWXM5C54G3A12345", "F056", "F056 XM51", "03/2016", "F056-16-07-502")


def test_the_plan_lists_its_control_units_untouched() -> None:
    status = told(PLAN)
    assert (status.run, status.target, status.plan_hash) == ("r-1", "F056-17-03-502", "ab" * 32)
    assert status.units == (
        UnitStatus(DME, "DME", "program", "it is behind", total_bytes=1000, left_s=60.0),
        UnitStatus(CLUSTER, "cluster", "none", "it is current", left_s=None),
    )


def test_step_state_and_progress_belong_to_one_control_unit() -> None:
    status = told(PLAN, StepBegun(DME, "erase"), UnitChanged(DME, UnitState.ERASED), Progressed(DME, 400, 1000, 7.5))
    dme, cluster = status.units
    assert (dme.step, dme.state, dme.done_bytes, dme.left_s) == ("erase", UnitState.ERASED, 400, 7.5)
    assert cluster == told(PLAN).units[1]


@pytest.mark.parametrize(
    "event", [StepBegun(0x55, "x"), UnitChanged(0x55, UnitState.FAILED), Progressed(0x55, 1, 2, 3)]
)
def test_a_control_unit_outside_the_plan_changes_nothing(event: Event) -> None:
    assert apply(told(PLAN), 1.0, event) == told(PLAN)


def test_the_supply_has_its_newest_reading_and_a_history() -> None:
    status = told(SupplySeen(13.8, "open"), SupplySeen(None, "stale", "no reading"))
    assert (status.supply.volts, status.supply.gate, status.supply.reason) == (None, "stale", "no reading")
    assert status.supply.history == (SupplyPoint(1.0, 13.8), SupplyPoint(2.0, None, held=True))


def test_the_supply_has_the_numbers_of_its_outlook() -> None:
    seen = SupplySeen(13.4, "open", "", "it creeps", "creeping", 13.0, 600.0, -0.04, 0.003)
    supply = told(seen).supply
    assert (supply.outlook, supply.trend, supply.limit_v, supply.limit_in_s) == ("it creeps", "creeping", 13.0, 600.0)
    assert (supply.slope_v_per_min, supply.slope_error_v_per_min) == (-0.04, 0.003)


def test_the_next_look_forgets_an_outlook_that_is_no_more() -> None:
    supply = told(SupplySeen(13.4, "open", "", "it creeps", "creeping", 13.0, 600.0), SupplySeen(None, "stale")).supply
    assert (supply.trend, supply.limit_v, supply.limit_in_s) == ("", None, None)


def test_the_limits_are_known_once_told() -> None:
    limits = LimitsSet(13.0, 12.55, 13.1, 14.85, 15.55)
    assert (told().limits, told(limits, PLAN).limits) == (None, limits)


def test_a_point_of_the_history_says_whether_anything_could_be_begun_then() -> None:
    """Not with the gate shut, and not in a hold for another reason."""
    hold = HeldBegan("the next part", "it would not last", 13.4, 13.0, 0.0, 1800.0)
    seen = SupplySeen(13.4, "open")
    history = told(seen, SupplySeen(12.9, "held", "low"), seen, hold, seen, HeldEnded(2.0), seen).supply.history
    assert [point.held for point in history] == [False, True, False, True, False]


def test_the_history_keeps_the_newest_five_minutes() -> None:
    status = told(*(SupplySeen(13.0 + n / 1000, "open") for n in range(HISTORY + 7)))
    assert len(status.supply.history) == HISTORY
    assert status.supply.history[-1].at_s == HISTORY + 7


def test_a_hold_is_dated_and_ends() -> None:
    held = told(PLAN, HeldBegan("erase", "12.40 V is below the limit", 12.4, 13.0, 0.3, 1800.0))
    assert (held.held_since_s, held.held_reason, held.hold_limit_s) == (2.0, "12.40 V is below the limit", 1800.0)
    ended = apply(held, 9.0, HeldEnded(7.0))
    assert (ended.held_since_s, ended.held_reason, ended.hold_limit_s) == (None, "", 0.0)


@pytest.mark.parametrize(("command", "shown"), [("cancel", "stops now"), ("start", ""), ("shutdown", "")])
def test_what_came_of_a_cancel_is_shown(command: str, shown: str) -> None:
    assert told(Commanded(command, "stops now")).cancel == shown


def test_only_notes_that_want_attention_are_shown_and_only_the_newest_five() -> None:
    events = [Noted(f"note {n}", attention=n % 2 == 0) for n in range(14)]
    assert told(*events).notes == ("note 4", "note 6", "note 8", "note 10", "note 12")


def test_the_verdict_brings_what_the_claim_needs() -> None:
    status = told(RunEnded("programmed", "all named it", "00 64 979", "r-1"))
    assert (status.verdict, status.reason, status.labour_operation, status.report) == (
        "programmed",
        "all named it",
        "00 64 979",
        "r-1",
    )


@pytest.mark.parametrize("event", [Retried(DME, "erase", "busy"), FactMarked("DatablockBegun", DME)])
def test_what_only_the_journal_needs_changes_nothing_shown(event: Event) -> None:
    assert apply(told(PLAN), 1.0, event) == told(PLAN)


def test_a_new_check_forgets_the_run_before_it_but_not_the_supply() -> None:
    before = told(
        Started("1.0"),
        SupplySeen(13.8, "open"),
        full(VehicleSeen),
        PLAN,
        Noted("odd", attention=True),
        Commanded("cancel", "stops now"),
        RunEnded("failed", "why", "x", "r-1"),
    )
    after = apply(before, 50.0, PhaseEntered(Phase.CHECKING, "reading the car"))
    assert (after.vehicle, after.units, after.notes, after.cancel) == (None, (), (), "")
    assert (after.verdict, after.reason, after.labour_operation, after.report) == ("", "", "", "")
    assert (after.version, after.supply) == (before.version, before.supply)


# -- safe to unplug

BASE = told(PLAN)


@pytest.mark.parametrize("phase", AT_WORK)
def test_while_it_works_it_is_never_safe_to_unplug(phase: Phase) -> None:
    assert not replace(BASE, phase=phase).safe_to_unplug


@pytest.mark.parametrize("phase", AT_REST)
@pytest.mark.parametrize("state", UnitState)
@pytest.mark.parametrize("verdict", ["", "failed", "interrupted", "programmed"])
def test_at_rest_it_is_safe_exactly_while_every_control_unit_is_as_it_was_or_proven(
    phase: Phase, state: UnitState, verdict: str
) -> None:
    status = apply(replace(BASE, phase=phase, verdict=verdict), 1.0, UnitChanged(DME, state))
    assert status.safe_to_unplug is (state in LEFT_AS_IT_WAS_OR_GOOD)


@pytest.mark.parametrize("phase", AT_REST)
def test_without_a_plan_it_is_safe_at_rest(phase: Phase) -> None:
    assert Status(phase=phase).safe_to_unplug


def test_what_is_asked_is_shown_until_it_is_taken_back() -> None:
    asked = apply(Status(), 1.0, Asked("Switch the low beam on.", "The charger is tested."))
    assert (asked.asks, asked.asks_why) == ("Switch the low beam on.", "The charger is tested.")
    assert apply(asked, 2.0, Asked("")).asks == ""


def test_nothing_is_asked_any_more_in_another_phase() -> None:
    asked = replace(Status(), phase=Phase.CHECKING, asks="Switch the low beam on.", asks_why="The charger is tested.")
    assert apply(asked, 2.0, PhaseEntered(Phase.CHECKING, "still checking")).asks == asked.asks
    refused = apply(asked, 2.0, PhaseEntered(Phase.REFUSED, "cancelled"))
    assert (refused.asks, refused.asks_why) == ("", "")


def test_the_charger_tests_result_changes_nothing_that_is_shown() -> None:
    assert apply(Status(), 0.0, ChargerTested("passed", "it carried it")) == Status()
