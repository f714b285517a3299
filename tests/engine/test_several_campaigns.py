"""A cache with several campaigns: the default, the choice at the buttons, one programming for all, one invoice."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from appliance.bench.power_cut import PowerCut
from appliance.bench.scenarios import LEVEL_BEFORE, LEVEL_TARGET, SCENARIOS, STEADY
from appliance.campaign.claim_beside import OtherClaim
from appliance.campaign.model import Campaign
from appliance.campaign.selection import Offer
from appliance.car.integration_level import decode_levels
from appliance.engine.choosing import ASKS, PATIENCE_S
from appliance.engine.journal import Journal
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.engine.visit import invoiced_before
from appliance.errors import UsageError
from appliance.events import Phase
from appliance.status import Status
from tests.engine.workshop import CLUSTER, DME, TARGET, WorkshopBench, campaign

BOTH, AGAINST = SCENARIOS["two-campaigns"], SCENARIOS["contradicting-campaigns"]
FIRST, SECOND = "service-action-dme", "service-action-instrument-cluster"
ERASE = b"\x31\x01\xff\x00"
CLUSTER_TARGET = "swfl_00002b14-010_005_000"


@pytest.fixture
def both(data: Path) -> WorkshopBench:
    return WorkshopBench(data, BOTH)


@pytest.fixture
def second(data: Path) -> WorkshopBench:
    """The same, and the second campaign is the one that will be invoiced."""
    return WorkshopBench(data, BOTH, pays=SECOND)


def level_of(bench: WorkshopBench) -> str:
    return str(decode_levels(b"\x62\x10\x0b" + bench.car.levels).current)


def erased(bench: WorkshopBench) -> set[int]:
    return {to for to, payload in bench.sent if payload.startswith(ERASE)}


def other_of(report: Report) -> OtherClaim:
    assert report.claim is not None
    (one,) = report.claim.others
    return one


def whole(bench: WorkshopBench) -> bool:
    """Both control units carry their target, and the car its level."""
    cluster = tuple(slot.software for slot in bench.car.unit(CLUSTER).slots)
    dme = tuple(slot.software for slot in bench.dme.slots)
    return (dme, cluster, level_of(bench)) == (TARGET, (CLUSTER_TARGET,), LEVEL_TARGET)


def pressing(bench: WorkshopBench, *commands: Command) -> Callable[[Status], None]:
    """Somebody at the buttons: each time something else is asked or shown while choosing, the next press."""
    presses, seen = iter(commands), {""}

    def look(status: Status) -> None:
        if status.asks == ASKS and status.what not in seen:
            seen.add(status.what)
            if (command := next(presses, None)) is not None:
                bench.plant.panel.press(command.value)

    return look


# -- without anybody at the buttons


def test_the_default_carries_out_both_in_one_run_and_writes_the_level_once(both: WorkshopBench) -> None:
    report = both.started()
    assert report.verdict == "programmed"
    assert whole(both)
    assert sum(payload.startswith(b"\x2e\x10\x0b") for _, payload in both.sent) == 1


def test_programming_is_invoiced_once_and_the_other_campaign_is_closed(both: WorkshopBench) -> None:
    report = both.started()
    assert report.claim is not None
    assert (report.claim.labour_operation, other_of(report).labour_operation) == ("00 64 979", "00 99 620")
    assert (other_of(report).campaign, other_of(report).closing) == (SECOND, "closed")


def test_the_campaign_that_is_wanted_is_the_one_that_is_invoiced(second: WorkshopBench) -> None:
    report = second.started(SECOND)
    assert report.campaign is not None
    assert report.claim is not None
    assert (report.campaign.id, report.claim.labour_operation) == (SECOND, "00 99 621")
    assert (other_of(report).campaign, other_of(report).labour_operation) == (FIRST, "00 64 978")
    assert whole(second)


def test_one_that_is_not_there_is_a_mistake_and_no_run(both: WorkshopBench) -> None:
    with pytest.raises(UsageError, match="holds no campaign 'third'"):
        both.started("third")
    assert both.runs() == ()


def test_after_both_were_carried_out_the_next_start_finds_both_at_the_target(both: WorkshopBench) -> None:
    both.started()
    report = both.started()
    assert (report.verdict, other_of(report).closing) == ("already-at-target", "done-before")


def test_the_status_says_which_is_chosen_and_what_becomes_of_the_other(both: WorkshopBench) -> None:
    both.started()
    seen = {one.id: (one.standing, one.chosen, one.fulfilled) for one in both.statuses[-1].campaigns}
    assert seen == {FIRST: ("open", True, False), SECOND: ("open", False, True)}


def test_with_one_campaign_there_is_no_list_and_nothing_is_asked(bench: WorkshopBench) -> None:
    bench.started(asks=True)
    assert all(status.campaigns == () and status.asks != ASKS for status in bench.statuses)


def test_where_one_is_not_open_nothing_is_asked_and_the_page_says_why(data: Path) -> None:
    built = replace(BOTH, built=(3, 2018))
    bench = WorkshopBench(data, built)
    report = bench.started(asks=True)
    assert report.verdict == "not-affected"
    assert all("it was built in 03/2018" in one.why for one in bench.statuses[-1].campaigns)


# -- contradictions


def test_campaigns_that_contradict_each_other_are_refused_before_anything_is_written(data: Path) -> None:
    bench = WorkshopBench(data, AGAINST)
    before = bench.car
    report = bench.started(asks=True)
    assert report.verdict == "refused"
    assert all(name in report.reason for name in (FIRST, "service-action-next-level", "DME 0x12"))
    assert bench.car == before


def test_what_was_half_programmed_is_finished_although_another_campaign_contradicts_it_now(data: Path) -> None:
    bench = WorkshopBench(data, STEADY)
    bench.at_transfer(5, bench.press(Command.CANCEL))
    assert bench.started().verdict == "interrupted"
    bench.others = (Offer(campaign("service-action-next-level")),)
    report = bench.started()
    assert report.campaign is not None
    assert (report.verdict, report.campaign.id, other_of(report).closing) == ("programmed", FIRST, "open")


# -- somebody at the buttons


def test_a_long_press_begins_with_the_one_that_is_shown(both: WorkshopBench) -> None:
    both.plant.panel.on_show = pressing(both, Command.CHOOSE)
    report = both.started(asks=True)
    assert report.campaign is not None
    assert (report.verdict, report.campaign.id) == ("programmed", FIRST)


def test_a_short_press_shows_the_next_one(second: WorkshopBench) -> None:
    second.plant.panel.on_show = pressing(second, Command.START, Command.CHOOSE)
    report = second.started(asks=True)
    assert report.campaign is not None
    assert (report.verdict, report.campaign.id) == ("programmed", SECOND)


def test_behind_the_last_one_the_first_is_shown_again(both: WorkshopBench) -> None:
    shown: list[str] = []
    presses = iter((Command.START, Command.START, Command.CHOOSE))

    def look(status: Status) -> None:
        if status.asks == ASKS and (not shown or shown[-1] != status.what):
            shown.append(status.what)
            both.plant.panel.press(next(presses).value)

    both.plant.panel.on_show = look
    both.started(asks=True)
    assert [one[:6] for one in shown] == ["1 of 2", "2 of 2", "1 of 2"]


def test_the_one_that_is_shown_is_marked_in_the_list(second: WorkshopBench) -> None:
    second.plant.panel.on_show = pressing(second, Command.START, Command.CHOOSE)
    second.started(asks=True)
    asked = [status for status in second.statuses if status.asks == ASKS and status.campaigns]
    assert {one.id for one in asked[-1].campaigns if one.chosen} == {SECOND}


def test_while_nobody_presses_nothing_begins_and_it_is_ready_again_and_says_why(both: WorkshopBench) -> None:
    before = both.car
    begun_s = both.clock.now_s()
    report = both.started(asks=True)
    assert (report.verdict, both.car) == ("refused", before)
    assert PATIENCE_S < both.clock.now_s() - begun_s < PATIENCE_S + 60
    last = both.statuses[-1]
    assert last.phase is Phase.READY
    assert last.what == "Ready for a car. Nothing was begun: nobody chose one of the open campaigns within 5 minutes."


def test_why_nothing_was_begun_stays_on_the_page_while_it_waits_for_start(both: WorkshopBench) -> None:
    with both.switched_on() as engine:
        engine.boot()
        engine.start(asks=True)
        both.plant.panel.press(Command.SHUTDOWN.value)
        assert engine.ready() is Command.SHUTDOWN
    assert "nobody chose" in both.statuses[-1].what


@pytest.mark.parametrize("command", [Command.CANCEL, Command.SHUTDOWN])
def test_cancel_ends_the_choice_and_nothing_begins(both: WorkshopBench, command: Command) -> None:
    before = both.car
    both.plant.panel.on_show = pressing(both, command)
    report = both.started(asks=True)
    assert (report.verdict, both.car, both.statuses[-1].phase) == ("refused", before, Phase.READY)


def test_a_long_press_means_nothing_where_nothing_is_to_choose(bench: WorkshopBench) -> None:
    bench.at_transfer(2, bench.press(Command.CHOOSE))
    with bench.switched_on() as engine:
        engine.boot()
        with bench.pressed_after(1.0, Command.CHOOSE), bench.pressed_after(3.0, Command.START):
            assert engine.ready() is Command.START
        report = engine.start(asks=True)
    assert report is not None
    assert report.verdict == "programmed"


# -- cut off, cancelled, failed


@pytest.mark.parametrize("prefix", ["34", "37", "11 01", "2E 10 0B"])
def test_after_a_power_cut_both_are_finished_and_the_claim_is_the_same(data: Path, prefix: str) -> None:
    bench = WorkshopBench(data, BOTH, pays=SECOND)
    bench.next_time(prefix, _cut)
    with pytest.raises(PowerCut):
        bench.started(SECOND)
    report = bench.booted()
    assert report is not None
    assert report.claim is not None
    assert (report.verdict, report.claim.labour_operation, other_of(report).closing) == (
        "programmed",
        "00 99 621",
        "closed",
    )
    assert whole(bench)


def test_a_start_after_a_cancel_goes_on_with_the_campaign_that_was_begun(second: WorkshopBench) -> None:
    second.at_transfer(5, second.press(Command.CANCEL))
    assert second.started(SECOND).verdict == "interrupted"
    report = second.started(asks=True)
    assert report.campaign is not None
    assert (report.verdict, report.campaign.id) == ("programmed", SECOND)
    assert whole(second)


def test_what_one_campaign_saved_of_a_control_units_coding_another_gives_back(second: WorkshopBench) -> None:
    """The first run is cut off with the DME erased; the next is for the other campaign, on somebody's word."""
    coding = second.dme.coding
    second.at_transfer(5, second.press(Command.CANCEL))
    first = second.started(FIRST).run
    assert second.dme.coding != coding
    report = second.started(SECOND)
    assert report.verdict == "programmed"
    assert report.claim is not None
    assert report.claim.stages[0].run == first
    assert second.dme.coding == coding


def test_the_stages_of_the_job_are_named_with_their_plans_and_reports(both: WorkshopBench) -> None:
    both.at_transfer(5, both.press(Command.CANCEL))
    first = both.started()
    second = both.started()
    assert second.claim is not None
    one, two = second.claim.stages
    text = (both.folder / "reports" / f"{first.run}.json").read_bytes()
    assert (one.run, one.verdict, one.plan_sha256) == (first.run, "interrupted", first.plan_hash)
    assert one.report_sha256 == hashlib.sha256(text).hexdigest()
    assert (two.run, two.plan_sha256, two.report_sha256) == (second.run, second.plan_hash, "")


def test_a_control_unit_that_failed_asks_for_remote_support_before_it_is_replaced(data: Path) -> None:
    bench = WorkshopBench(data, STEADY)
    bench.campaign = replace(bench.campaign, remote_support="Ask the hotline.", authorisation="In the comments.")
    bench.shelf.spoiled = True
    report = bench.started()
    assert report.verdict == "failed"
    assert report.claim is not None
    assert report.claim.remote_support is not None
    assert report.claim.remote_support.units == ("0x12 DME/DDE",)
    sheet = (bench.folder / "reports" / f"{report.run}.html").read_text(encoding="utf-8")
    assert all(word in sheet for word in ("Ask the hotline.", "In the comments.", "Authorisation code: ___"))


def test_a_stuck_control_unit_of_a_car_at_the_level_is_recovered_from_the_campaign_that_has_it(data: Path) -> None:
    bench = WorkshopBench(data, replace(BOTH, bootloader=True, level=LEVEL_TARGET), alone=DME)
    first, (second,) = Offer(bench.campaign), bench.others
    bench.campaign, bench.others = second.campaign, (first,)
    report = bench.started(asks=True)
    assert report.recovery is not None
    assert (report.verdict, report.recovery.address) == ("programmed", "0x12")


# -- one visit


def invoiced(bench: WorkshopBench, *, to: Campaign, later: timedelta = timedelta(hours=2)) -> str:
    """What a run for this campaign finds that was begun so much later on the same vehicle."""
    journal = Journal(bench.folder / "journal.sqlite", bench.clock)
    try:
        newest, *_ = journal.runs()
        begun = (datetime.fromisoformat(newest.begun) + later).isoformat()
        return invoiced_before(journal, replace(newest, id="later", begun=begun), to)
    finally:
        journal.close()


def test_a_second_programming_in_the_same_visit_is_not_invoiced_again(bench: WorkshopBench) -> None:
    run = bench.started().run
    words = invoiced(bench, to=campaign(SECOND))
    assert words == f"00 64 979, defect code 0012440400 (service-action-dme) by run {run}"


def test_on_another_day_it_is_another_visit(bench: WorkshopBench) -> None:
    bench.started()
    assert invoiced(bench, to=campaign(SECOND), later=timedelta(hours=25)) == ""


def test_a_programming_that_failed_was_not_invoiced(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    bench.started()
    assert invoiced(bench, to=campaign(SECOND)) == ""


def test_a_control_unit_programmed_alone_was_not_invoiced(data: Path) -> None:
    bench = WorkshopBench(data, STEADY, alone=DME)
    bench.programmed_alone(DME)
    assert invoiced(bench, to=campaign(SECOND)) == ""


# -- one control unit alone


def test_one_control_unit_is_programmed_alone_from_the_campaign_that_has_it(data: Path) -> None:
    bench = WorkshopBench(data, BOTH, alone=CLUSTER)
    report = bench.programmed_alone(CLUSTER)
    assert (report.verdict, erased(bench), level_of(bench)) == ("programmed", {CLUSTER}, LEVEL_BEFORE)


def test_one_that_two_campaigns_bring_different_things_for_needs_the_campaign_named(both: WorkshopBench) -> None:
    (second,) = both.others
    dme = replace(both.campaign.units[0], coding=())
    both.others = (replace(second, campaign=replace(second.campaign, units=(dme,))),)
    with pytest.raises(UsageError, match="several campaigns bring something for it, and not the same"):
        both.programmed_alone(DME)


def _cut() -> None:
    raise PowerCut
