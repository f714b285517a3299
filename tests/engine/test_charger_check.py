"""The charger test with the real engine over the bench: who asks what of whom, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import pytest

from appliance.bench.scenarios import STEADY
from appliance.bench.technician import Manner
from appliance.bench.workshop import SUPPLIES
from appliance.config import PowerConfig
from appliance.engine.charger_check import OFF, ON, SEE_S
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.events import Phase
from tests.engine.workshop import WorkshopBench


def bench_with(data: Path, supply: str = "steady", manner: Manner = Manner.WILLING) -> WorkshopBench:
    story = None if supply == "set point" else SUPPLIES[supply]
    bench = WorkshopBench(data, replace(STEADY, supply=story, technician=manner))
    bench.power = PowerConfig()
    return bench


def verdict_of(report: Report) -> str:
    assert report.supply.charger_test is not None
    return report.supply.charger_test.verdict


def asks_of(bench: WorkshopBench) -> list[str]:
    """What was asked, in turn; an empty string when nothing was asked any more."""
    asks = [status.asks for status in bench.statuses]
    return [now for before, now in pairwise(["", *asks]) if now != before]


def moment(bench: WorkshopBench, what: Callable[[str], bool]) -> float:
    """When the status first said so."""
    return next(status.at_s for status in bench.statuses if what(status.asks or status.what))


@pytest.fixture
def tested(data: Path) -> tuple[WorkshopBench, Report]:
    bench = bench_with(data)
    return bench, bench.started()


def test_a_good_charger_passes_and_the_job_is_done(tested: tuple[WorkshopBench, Report]) -> None:
    _, report = tested
    assert (verdict_of(report), report.verdict) == ("passed", "programmed")


def test_the_low_beam_is_asked_for_and_then_asked_to_be_switched_off(tested: tuple[WorkshopBench, Report]) -> None:
    bench, _ = tested
    assert asks_of(bench) == [ON, "", OFF, ""]


def test_it_is_asked_for_as_soon_as_the_supply_is_fit(tested: tuple[WorkshopBench, Report]) -> None:
    bench, _ = tested
    watched_s = moment(bench, lambda said: said.startswith("The supply is being watched"))
    assert moment(bench, lambda said: said == ON) - watched_s < 2.0


def test_a_good_charger_is_asked_for_little_more_time_than_the_forecast_needs_anyway(
    tested: tuple[WorkshopBench, Report],
) -> None:
    bench, _ = tested
    begun_s = next(status.at_s for status in bench.statuses if status.phase is Phase.PROGRAMMING)
    assert begun_s <= bench.power.observe_s + 20.0


def test_the_figures_are_in_the_report(tested: tuple[WorkshopBench, Report]) -> None:
    _, report = tested
    said = report.supply.charger_test
    assert said is not None
    assert said.sag_v == pytest.approx(0.055, abs=0.02)
    assert said.source_ohm == pytest.approx(0.0055, abs=0.002)
    assert said.fall_v_per_min is not None
    assert said.recovery_s is not None


@pytest.mark.parametrize("supply", ["good-with-steps", "set point"])
def test_other_good_supplies_pass_as_well(data: Path, supply: str) -> None:
    report = bench_with(data, supply).started()
    assert (verdict_of(report), report.verdict) == ("passed", "programmed")


@pytest.mark.parametrize("supply", ["creeping-charger", "weak-charger"])
def test_a_charger_that_does_not_carry_the_low_beam_is_refused_before_anything_is_written(
    data: Path, supply: str
) -> None:
    bench = bench_with(data, supply)
    report = bench.started()
    assert (verdict_of(report), report.verdict) == ("refused", "refused")
    assert report.reason.startswith("the charger test was not passed: with the low beam (about 10 A) it went from ")
    assert "switch the low beam off, connect a charger" in report.reason
    assert not [payload for _, payload in bench.sent if payload[:1] in (b"\x2e", b"\x34", b"\x31")]


def test_the_seeds_charger_is_told_what_it_gives(data: Path) -> None:
    reason = bench_with(data, "creeping-charger").started().reason
    assert "this charger gives about 1" in reason
    assert "programming needs about 20 A" in reason


def test_when_nobody_is_there_the_test_is_skipped_after_two_minutes(data: Path) -> None:
    bench = bench_with(data, manner=Manner.ABSENT)
    report = bench.started()
    assert (verdict_of(report), report.verdict) == ("skipped", "programmed")
    asked_s, ended_s = (
        next(status.at_s for status in bench.statuses if status.asks),
        next(status.at_s for status in reversed(bench.statuses) if status.asks),
    )
    assert ended_s - asked_s == pytest.approx(SEE_S, abs=2.0)


def test_a_short_press_of_start_skips_it(data: Path) -> None:
    report = bench_with(data, manner=Manner.HURRIED).started()
    assert (verdict_of(report), report.verdict) == ("skipped", "programmed")
    assert "charger test skipped: skipped by the technician with START" in report.notes


def test_a_skip_needs_nobody_to_wait(data: Path) -> None:
    bench = bench_with(data, manner=Manner.HURRIED)
    bench.started()
    begun_s = next(status.at_s for status in bench.statuses if status.phase is Phase.PROGRAMMING)
    assert begun_s <= bench.power.observe_s + 10.0


def test_cancel_ends_it_before_anything_is_changed(data: Path) -> None:
    bench = bench_with(data, manner=Manner.ABSENT)
    bench.clock.every(1.0, lambda: _cancelled_when_asked(bench), "finger")
    report = bench.started()
    assert report.verdict == "refused"
    assert report.reason.startswith("cancelled by the technician")
    assert bench.statuses[-1].asks == ""


def _cancelled_when_asked(bench: WorkshopBench) -> None:
    if bench.statuses and bench.statuses[-1].asks:
        bench.plant.panel.press(Command.CANCEL.value)


def test_after_a_test_that_was_passed_the_next_start_does_not_ask_again(data: Path) -> None:
    """The first run is cancelled once the charger has passed; the second finds the same car."""
    bench = bench_with(data)
    with bench.switched_on() as engine:
        engine.boot()
        bench.at_transfer(3, bench.press(Command.CANCEL))
        first, asked = engine.start(), asks_of(bench)
        second = engine.start()
    assert first is not None
    assert second is not None
    assert (verdict_of(first), verdict_of(second), first.verdict) == ("passed", "passed", "interrupted")
    assert asks_of(bench) == asked
    assert second.supply.charger_test is not None
    assert second.supply.charger_test.words.startswith("earlier in this session: ")


def test_after_a_skip_the_next_start_asks_again(data: Path) -> None:
    bench = bench_with(data, manner=Manner.HURRIED)
    with bench.switched_on() as engine:
        engine.boot()
        bench.at_transfer(3, bench.press(Command.CANCEL))
        engine.start()
        engine.start()
    assert asks_of(bench) == [ON, "", ON, ""]


def test_when_the_readings_stop_meanwhile_the_test_begins_anew(data: Path) -> None:
    bench = bench_with(data, "set point", Manner.ABSENT)
    bench.clock.every(1.0, lambda: _read(bench, without=range(10, 20)), "sensor")
    assert verdict_of(bench.started()) == "skipped"
    assert asks_of(bench) == [ON, "", ON, ""]


def _read(bench: WorkshopBench, without: range) -> None:
    if int(bench.clock.now_s()) in without:
        bench.plant.monitor.unplug()
    else:
        bench.plant.monitor.plug_in()


def test_a_supply_that_falls_below_the_limit_while_it_is_asked_is_refused(data: Path) -> None:
    """A clamp that comes off, or a consumer that the charger cannot bear at all: which one cannot be told apart."""
    bench = bench_with(data, "set point", Manner.ABSENT)
    bench.plant.supply.dip(12.8, for_s=60.0, after_s=10.0)
    report = bench.started()
    assert (verdict_of(report), report.verdict) == ("refused", "refused")
    assert "below the limit 13.00 V" in report.reason


def test_switched_off_in_the_configuration_nothing_is_asked(data: Path) -> None:
    bench = bench_with(data)
    bench.power = PowerConfig(charger_test=False)
    report = bench.started()
    assert (verdict_of(report), asks_of(bench)) == ("off", [])


def test_a_supply_that_is_not_fit_is_refused_without_a_test(data: Path) -> None:
    bench = bench_with(data, "overcharge")
    report = bench.started()
    assert (report.supply.charger_test, asks_of(bench)) == (None, [])


def pressed_while_watched(bench: WorkshopBench, command: Command) -> None:
    """Somebody presses a button five seconds after the low beam was seen, once."""
    watched = [status.at_s for status in bench.statuses if status.what.startswith("The low beam is on")]
    if watched and watched[0] + 5.0 <= bench.clock.now_s() < watched[0] + 6.0:
        bench.plant.panel.press(command.value)


def test_who_skips_it_while_the_low_beam_is_on_is_asked_to_switch_it_off(data: Path) -> None:
    bench = bench_with(data)
    bench.clock.every(1.0, lambda: pressed_while_watched(bench, Command.START), "finger")
    report = bench.started()
    assert (verdict_of(report), report.verdict) == ("skipped", "programmed")
    assert asks_of(bench) == [ON, "", OFF, ""]


def test_who_cancels_it_is_told_to_switch_the_low_beam_off(data: Path) -> None:
    bench = bench_with(data)
    bench.clock.every(1.0, lambda: pressed_while_watched(bench, Command.CANCEL), "finger")
    report = bench.started()
    assert report.verdict == "refused"
    assert report.reason.endswith("switch the low beam off again, if it is on")


@pytest.mark.parametrize("supply", ["steady", "good-with-steps", "set point"])
def test_the_fall_under_the_low_beam_is_no_outlook(data: Path, supply: str) -> None:
    """From the moment it is asked for until the first erase, whose load is another one."""
    bench = bench_with(data, supply)
    bench.started()
    erased_s = next(at_s for at_s, payload in bench.timed if payload.startswith(b"\x31\x01\xff\x00"))
    seen = [status.supply for status in bench.statuses if status.at_s < erased_s]
    assert {supply.trend for supply in seen} <= {"", "unknown", "stepped", "steady", "rising"}
    assert {supply.limit_in_s for supply in seen} == {None}


def test_a_test_that_was_cancelled_is_over_for_the_outlook_too(data: Path) -> None:
    bench = bench_with(data)
    bench.clock.every(1.0, lambda: pressed_while_watched(bench, Command.CANCEL), "finger")
    bench.started()
    cancelled_s = bench.statuses[-1].at_s
    with bench.pressed_after(90.0, Command.START), bench.switched_on() as engine:
        engine.boot()
        engine.ready()
    assert bench.statuses[-1].at_s > cancelled_s + 60.0
    assert bench.statuses[-1].supply.trend == "steady"
