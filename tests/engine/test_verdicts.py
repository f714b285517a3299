"""Whole runs over the bench: what each verdict means for the car, the claim and the person."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.scenarios import SCENARIOS, STEADY
from appliance.engine import campaign_run
from appliance.engine.ports import Command
from appliance.errors import JournalError
from appliance.events import Phase
from tests.engine.workshop import LEVEL_TARGET, TARGET, WorkshopBench, dme_of, number_of, undisturbed

WRITING = (0x2E, 0x31, 0x34, 0x36, 0x37, 0x11, 0x14, 0x27, 0x28, 0x85)


def wrote(bench: WorkshopBench) -> list[str]:
    """Requests that could have changed something, of everybody."""
    return [payload[:4].hex() for _, payload in bench.sent if payload[0] in WRITING]


def test_programmed_means_the_control_unit_names_the_target_and_everything_else_is_as_before(
    bench: WorkshopBench,
) -> None:
    before = bench.dme
    report = bench.started()
    assert report.verdict == "programmed"
    assert tuple(slot.software for slot in bench.dme.slots) == TARGET
    assert bench.dme.good
    assert (bench.dme.coding, bench.dme.energy_mode) == (before.coding, before.energy_mode)
    assert bench.dme.programmed == before.programmed + 1
    assert [unit.session for unit in bench.plant.car.units.values()] == [1, 1, 1, 1]
    assert all(unit.dtc_setting and unit.normal_messages for unit in bench.plant.car.units.values())


def test_programmed_is_claimed_with_the_second_labour_operation(bench: WorkshopBench) -> None:
    report = bench.started()
    assert report.claim is not None
    assert (report.claim.labour_operation, report.claim.fru) == ("00 64 979", 8)


def test_a_programmed_report_shows_before_and_after(bench: WorkshopBench) -> None:
    report = bench.started()
    unit = dme_of(report)
    assert (unit.verdict, unit.attempts, unit.what_to_do) == ("programmed", 3, "")
    assert set(TARGET) <= set(unit.software_after)
    assert not set(TARGET) & set(unit.software_before)
    assert unit.calibration_before != unit.calibration_after
    assert [did for did, _ in unit.coding_saved] == ["3000", "3010"]
    assert report.vehicle_after is not None
    assert report.vehicle_after.integration_level.current == LEVEL_TARGET


def test_the_integration_level_is_the_last_thing_written_to_the_car(bench: WorkshopBench) -> None:
    bench.started()
    written = [(to, payload) for to, payload in bench.sent if payload[0] == 0x2E]
    assert (written[-1][0], written[-1][1][:3].hex()) == (0x10, "2e100b")


@pytest.mark.parametrize(
    ("scenario", "verdict", "labour"),
    [
        ("already-current", "already-at-target", "00 64 978"),
        ("not-affected", "not-affected", ""),
        ("month-ambiguous", "cannot-decide", ""),
    ],
)
def test_a_car_that_is_not_to_be_programmed_is_only_read(data: Path, scenario: str, verdict: str, labour: str) -> None:
    bench = WorkshopBench(data, SCENARIOS[scenario])
    report = bench.started()
    assert report.verdict == verdict
    assert report.claim is not None
    assert report.claim.labour_operation == labour
    assert wrote(bench) == []
    assert [run.plan for run in bench.runs()] == [""]


def test_an_unfit_supply_is_refused_before_anything_is_written(bench: WorkshopBench) -> None:
    bench.plant.supply.set_volts(12.8)
    report = bench.started()
    assert report.verdict == "refused"
    assert "12.8" in report.reason
    assert wrote(bench) == []


def test_a_missing_image_is_refused_before_anything_is_written(bench: WorkshopBench) -> None:
    bench.shelf.missing = True
    report = bench.started()
    assert report.verdict == "refused"
    assert "the image is missing" in report.reason
    assert wrote(bench) == []


def test_a_card_with_too_little_room_for_a_run_ends_it_before_anything_is_written(
    bench: WorkshopBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(campaign_run, "ROOM_BYTES", 1 << 60)
    with pytest.raises(JournalError, match="a run needs"):
        bench.started()
    assert not {payload[0] for _, payload in bench.sent} & {0x10, 0x27, 0x2E, 0x31, 0x34, 0x36}


def test_unmet_preconditions_are_refused_and_the_control_unit_is_untouched(bench: WorkshopBench) -> None:
    bench.plant.car.world.engine_running = True
    before = bench.dme
    report = bench.started()
    assert report.verdict == "refused"
    assert "engine is running" in report.reason
    assert bench.dme == before
    assert dme_of(report).verdict == "untouched"
    assert bench.statuses[-1].safe_to_unplug


def test_a_flash_that_cannot_be_proven_is_a_failure_that_says_what_not_to_do(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    report = bench.started()
    assert report.verdict == "failed"
    unit = dme_of(report)
    assert (unit.verdict, unit.attempts) == ("in-bootloader", 3)
    assert "do not replace the control unit" in unit.what_to_do
    assert "do not replace" in bench.statuses[-1].do
    assert not bench.statuses[-1].safe_to_unplug


def test_after_a_failure_the_car_is_given_back_all_the_same(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    bench.started()
    assert all(unit.dtc_setting and unit.normal_messages for unit in bench.plant.car.units.values())
    assert all(payload[0] != 0x14 for _, payload in bench.sent), "trouble codes are evidence until it is finished"


def test_the_level_is_not_raised_for_a_control_unit_that_is_not_proven(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    levels = bench.car.levels
    bench.started()
    assert bench.car.levels == levels


def test_a_cancel_is_an_interruption_with_no_datablock_half_written(bench: WorkshopBench) -> None:
    bench.at_transfer(2, bench.press(Command.CANCEL))
    report = bench.started()
    assert report.verdict == "interrupted"
    assert "in its bootloader: press START to go on" in report.reason
    assert [slot.state for slot in bench.dme.slots] == ["good", "good", "good"]
    assert bench.dme.slots[0].software == TARGET[0]
    assert not bench.statuses[-1].safe_to_unplug


def test_a_cancel_before_the_first_erase_leaves_the_control_unit_untouched(bench: WorkshopBench) -> None:
    before = bench.dme
    erase = number_of(undisturbed(), "27 12")
    bench.at_message(erase, bench.press(Command.CANCEL))
    report = bench.started()
    assert (report.verdict, dme_of(report).verdict) == ("interrupted", "untouched")
    assert bench.dme.slots == before.slots
    assert bench.statuses[-1].safe_to_unplug


def test_a_cancel_while_the_supply_is_looked_at_is_obeyed(bench: WorkshopBench) -> None:
    bench.plant.supply.set_volts(12.8)
    bench.plant.supply.dip(13.8, for_s=600.0, after_s=8.0)  # fit only after a while
    read = number_of(undisturbed(), "09 06")
    bench.at_message(read, bench.press(Command.CANCEL))
    report = bench.started()
    assert report.verdict in ("refused", "interrupted")
    assert "cancelled" in report.reason
    assert wrote(bench) == []


@pytest.mark.parametrize("command", [Command.CANCEL, Command.SHUTDOWN])
def test_a_button_pressed_while_a_fit_supply_is_waited_for_is_obeyed(bench: WorkshopBench, command: Command) -> None:
    bench.plant.supply.set_volts(12.8)
    bench.plant.supply.dip(13.8, for_s=600.0, after_s=10.0)
    with bench.switched_on() as engine:
        engine.boot()
        with bench.pressed_after(7.0, command):
            report = engine.start()
        assert report is not None
        assert "cancelled" in report.reason
        if command is Command.SHUTDOWN:
            assert engine.ready() is command
    assert wrote(bench) == []


def test_a_shutdown_pressed_during_a_run_stops_it_and_then_the_appliance(bench: WorkshopBench) -> None:
    bench.at_transfer(2, bench.press(Command.SHUTDOWN))
    with bench.switched_on() as engine:
        engine.boot()
        report = engine.start()
        assert engine.ready() is Command.SHUTDOWN
    assert report is not None
    assert report.verdict == "interrupted"


def test_start_pressed_during_a_run_does_not_begin_another(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    bench.at_transfer(2, bench.press(Command.START))
    with bench.switched_on() as engine:
        engine.boot()
        engine.start()
        bench.plant.panel.press("shutdown")
        assert engine.ready() is Command.SHUTDOWN


def test_a_dip_in_the_supply_is_held_and_reported(bench: WorkshopBench) -> None:
    bench.at_transfer(3, lambda: bench.plant.supply.dip(12.3, for_s=4.0))
    report = bench.started()
    assert report.verdict == "programmed"
    (hold,) = report.supply.holds
    assert hold.step.startswith("transfer program")
    assert hold.reaction_s < 1.0
    assert hold.held_s is not None
    assert hold.held_s >= 10.0
    assert Phase.HELD in {status.phase for status in bench.statuses}


def test_prior_and_consequential_failures_are_told_apart(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS["prior-faults"])
    report = bench.started()
    assert report.claim is not None
    assert {item.code for item in report.claim.prior} == {"105A20", "E12402"}
    assert report.claim.consequential == ()


def test_the_report_is_on_disk_for_people_and_programs(bench: WorkshopBench) -> None:
    report = bench.started()
    on_disk = json.loads((bench.folder / "reports" / f"{report.run}.json").read_text(encoding="utf-8"))
    sheet = (bench.folder / "reports" / f"{report.run}.html").read_text(encoding="utf-8")
    assert on_disk["verdict"] == "programmed"
    assert "00 64 979" in sheet
    assert json.loads(bench.runs()[0].report) == on_disk


def test_two_runs_of_the_same_second_have_two_names(bench: WorkshopBench) -> None:
    bench.plant.supply.set_volts(12.8)
    assert bench.started().run != bench.started().run


def test_another_tools_wreck_is_repaired(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS["ecu-in-bootloader"])
    report = bench.started()
    assert report.verdict == "programmed"
    assert bench.dme.good


def test_a_vehicle_whose_vin_nobody_tells_is_not_programmed(data: Path) -> None:
    bench = WorkshopBench(data, replace(STEADY))
    bench.plant.car.world.vin = ""
    assert bench.started().verdict == "cannot-decide"
    assert wrote(bench) == []


def test_without_a_car_at_the_plug_it_cannot_be_decided(bench: WorkshopBench) -> None:
    bench.plant.car.units.clear()
    assert bench.started().verdict == "cannot-decide"
