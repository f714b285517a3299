"""START again after a cancel or a failure, and the next life after a cut: the same job goes on."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.bench.memory import UnitMemory
from appliance.bench.scenarios import SCENARIOS
from appliance.engine.journal_check import SEALED
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.engine.seal import seal
from appliance.errors import JournalError, LinkError
from appliance.events import Phase
from tests.engine.workshop import LEVEL_TARGET, TARGET, WorkshopBench, dme_of, number_of, undisturbed

FIRST_WRITE = number_of(undisturbed(), "31 01 10 01")
BACK_FROM_RESET = number_of(undisturbed(), "11 01")
LEVEL_READ = number_of(undisturbed(), "22 10 0B", nth=2)
LEVEL_WRITE = number_of(undisturbed(), "2E 10 0B")
COARSE, FINE = range(FIRST_WRITE, BACK_FROM_RESET, 4), range(BACK_FROM_RESET, LEVEL_WRITE + 4)


def finished(bench: WorkshopBench, report: Report, before: UnitMemory) -> None:
    """The car is as the campaign wants it, and nothing it had before is lost."""
    assert report.verdict == "programmed", report.reason
    assert tuple(slot.software for slot in bench.dme.slots) == TARGET
    assert bench.dme.coding == before.coding
    assert report.vehicle_after is not None
    assert report.vehicle_after.integration_level.current == LEVEL_TARGET
    assert all(unit.dtc_setting and unit.normal_messages for unit in bench.plant.car.units.values())


# -- cancelled, and START again


@pytest.mark.parametrize("transfer", [1, 5, 7, 10])
def test_a_run_cancelled_in_a_transfer_goes_on_with_the_next_start(bench: WorkshopBench, transfer: int) -> None:
    before = bench.dme
    bench.at_transfer(transfer, bench.press(Command.CANCEL))
    assert bench.started().verdict == "interrupted"
    finished(bench, bench.started(), before)


@pytest.mark.parametrize("message", [*COARSE, *FINE])
def test_wherever_a_run_is_cancelled_the_next_start_finishes_it(bench: WorkshopBench, message: int) -> None:
    before = bench.dme
    bench.at_message(message, bench.press(Command.CANCEL))
    report = bench.started()
    if report.verdict == "interrupted":
        report = bench.started()
    finished(bench, report, before)


def test_a_cancel_before_the_level_is_written_is_no_success(bench: WorkshopBench) -> None:
    levels = bench.car.levels
    bench.at_message(LEVEL_READ, bench.press(Command.CANCEL))
    report = bench.started()
    assert bench.car.levels == levels
    assert (report.verdict, dme_of(report).verdict) == ("interrupted", "programmed")
    assert report.claim is not None
    assert report.claim.labour_operation == ""


def test_a_cancel_between_begun_and_proven_level_does_not_leave_it_in_doubt(bench: WorkshopBench) -> None:
    bench.at_message(LEVEL_WRITE, bench.press(Command.CANCEL))
    report = bench.started()
    assert report.vehicle_after is not None
    assert report.vehicle_after.integration_level.current == LEVEL_TARGET


def test_coding_lost_to_a_cancel_is_written_back_by_the_next_start(bench: WorkshopBench) -> None:
    """The control unit carries the target by then; it is coding alone that is owed."""
    before = bench.dme
    bench.at_message(number_of(undisturbed(), "10 41"), bench.press(Command.CANCEL))
    assert bench.started().verdict == "interrupted"
    assert bench.dme.coding != before.coding
    finished(bench, bench.started(), before)


def test_coding_owed_is_finished_even_if_the_next_life_is_cut_off_as_well(bench: WorkshopBench) -> None:
    before = bench.dme
    bench.at_message(number_of(undisturbed(), "10 41"), bench.press(Command.CANCEL))
    bench.started()
    written_back = [payload for payload in bench.requests_to(0x12) if payload[0] == 0x2E]
    bench.at_message(len(bench.sent) + 40, bench.press(Command.CANCEL))
    bench.cut_off(at=len(bench.sent) + 33)
    finished(bench, bench.started(), before)
    assert len(written_back) == 1  # the fingerprint


# -- failed, and START again


def test_a_control_unit_whose_proof_was_cut_short_is_proven_by_the_next_start(bench: WorkshopBench) -> None:
    """It carries the target by then; "untouched" would be a lie, and "programmed" without asking it a guess."""
    before = bench.dme
    bench.next_time("1101", bench.press(Command.CANCEL))
    assert bench.started().verdict == "interrupted"
    report = bench.started()
    finished(bench, report, before)
    assert dme_of(report).verdict == "programmed"


def test_a_mode_that_could_not_be_given_back_is_by_the_next_start(bench: WorkshopBench) -> None:
    before = bench.dme

    def loses_its_mind() -> None:
        bench.plant.car.terminal_15(bench.clock.now_s(), on=False)

    bench.next_time("31010F0C00", loses_its_mind)
    assert bench.started().verdict == "failed"
    bench.plant.car.terminal_15(bench.clock.now_s(), on=True)
    finished(bench, bench.started(), before)
    assert bench.dme.energy_mode == 0


def test_a_failed_run_is_finished_by_the_next_start(bench: WorkshopBench) -> None:
    before = bench.dme
    bench.shelf.spoiled = True
    assert bench.started().verdict == "failed"
    bench.shelf.spoiled = False
    report = bench.started()
    finished(bench, report, before)
    assert bench.runs()[0].continues == bench.runs()[1].id


def test_a_run_that_failed_after_the_level_was_raised_is_finished_as_programmed_and_claimed_so(
    bench: WorkshopBench,
) -> None:
    """The car is at the target by then, but by our own work: no other labour operation may be claimed for it."""

    def lost() -> None:
        bench.plant.car.terminal_15(bench.clock.now_s(), on=False)

    bench.next_time("2E100B", lambda: bench.next_time("8501", lost))
    assert bench.started().verdict == "failed"
    bench.plant.car.terminal_15(bench.clock.now_s(), on=True)
    report = bench.started()
    assert report.verdict == "programmed"
    assert report.claim is not None
    assert report.claim.labour_operation == "00 64 979"
    assert [unit.verdict for unit in report.units] == ["programmed"]


def test_a_car_that_somebody_else_brought_to_the_target_is_claimed_as_that(bench: WorkshopBench) -> None:
    assert bench.started().verdict == "programmed"
    report = bench.started()
    assert report.verdict == "already-at-target"
    assert report.claim is not None
    assert report.claim.labour_operation == "00 64 978"


def test_what_our_own_failure_broke_is_not_prior_in_the_run_that_repairs_it(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS["prior-faults"])
    bench.shelf.spoiled = True
    first = bench.started()
    bench.shelf.spoiled = False
    second = bench.started()
    assert first.claim is not None
    assert second.claim is not None
    assert second.claim.prior == first.claim.prior
    assert "its software is not proven: it is in its bootloader" in {item.text for item in first.claim.consequential}
    assert not set(second.claim.prior) & set(first.claim.consequential)


def test_a_third_try_still_has_the_first_look_and_the_first_coding(data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS["prior-faults"])
    before = bench.dme
    bench.shelf.spoiled = True
    bench.started()
    bench.started()
    bench.shelf.spoiled = False
    report = bench.started()
    finished(bench, report, before)
    assert report.claim is not None
    assert {item.code for item in report.claim.prior} == {"105A20", "E12402"}


def test_a_second_try_refused_for_its_supply_forgets_nothing(bench: WorkshopBench) -> None:
    before = bench.dme
    bench.shelf.spoiled = True
    bench.started()
    bench.shelf.spoiled = False
    bench.plant.supply.set_volts(12.8)
    assert bench.started().verdict == "refused"
    bench.plant.supply.set_volts(13.8)
    finished(bench, bench.started(), before)


def test_a_control_unit_our_failure_left_in_its_bootloader_is_never_called_untouched(bench: WorkshopBench) -> None:
    bench.shelf.spoiled = True
    bench.started()
    bench.sent.clear()
    bench.next_time("10 02", bench.press(Command.CANCEL))
    report = bench.started()
    assert not any(payload[:4] == b"\x31\x01\xff\x00" for _, payload in bench.sent)
    assert (report.verdict, dme_of(report).verdict) == ("interrupted", "in-bootloader")
    assert "press START to go on" in report.reason
    assert not bench.statuses[-1].safe_to_unplug


# -- cut off, and the next life


def _in_mid_transfer(bench: WorkshopBench) -> None:
    bench.cut_off(at=number_of(undisturbed(), "36", nth=6))


def test_the_next_life_finishes_the_job_without_a_button(bench: WorkshopBench) -> None:
    before = bench.dme
    _in_mid_transfer(bench)
    with bench.switched_on() as engine:
        report = engine.boot()
    assert report is not None
    finished(bench, report, before)
    assert (report.interruptions, len(bench.runs())) == (1, 1)


def test_a_proven_datablock_is_not_written_again(bench: WorkshopBench) -> None:
    _in_mid_transfer(bench)
    bench.sent.clear()
    bench.started()
    erased = [payload[6:10].hex() for payload in bench.requests_to(0x12) if payload[:4] == b"\x31\x01\xff\x00"]
    assert erased == ["80080000", "80180000"]


def test_another_car_at_the_plug_is_not_touched_and_the_job_waits_for_its_own(bench: WorkshopBench) -> None:
    before = bench.dme
    _in_mid_transfer(bench)
    vin, bench.plant.car.world.vin = bench.plant.car.world.vin, "WMWXM5C51G3A99999"
    bench.sent.clear()
    for boot_or_start in ("boot", "start"):
        with bench.switched_on() as engine:
            assert getattr(engine, boot_or_start)() is None
        assert bench.statuses[-1].phase is Phase.REFUSED
    assert vin in bench.statuses[-1].do
    assert not {payload[0] for _, payload in bench.sent} & {0x27, 0x34, 0x36, 0x2E, 0x14}
    assert bench.runs()[0].verdict == ""
    bench.plant.car.world.vin = vin
    finished(bench, bench.started(), before)


def test_a_car_that_does_not_answer_is_not_taken_for_the_right_one(bench: WorkshopBench) -> None:
    _in_mid_transfer(bench)
    units = dict(bench.plant.car.units)
    bench.plant.car.units.clear()
    with bench.switched_on() as engine:
        assert engine.boot() is None
    assert bench.runs()[0].verdict == ""
    bench.plant.car.units.update(units)
    assert bench.started().verdict == "programmed"


def test_an_interface_that_is_gone_leaves_the_run_to_the_next_life(bench: WorkshopBench) -> None:
    before = bench.dme

    def gone() -> None:
        raise LinkError("the interface is down")

    bench.at_message(number_of(undisturbed(), "36", nth=6), gone)
    with pytest.raises(LinkError):
        bench.started()
    assert bench.runs()[0].verdict == ""
    finished(bench, bench.started(), before)


def test_a_plan_nobody_can_read_is_said_and_not_guessed(bench: WorkshopBench) -> None:
    _in_mid_transfer(bench)
    with sqlite3.connect(bench.folder / "journal.sqlite", isolation_level=None) as other:
        other.execute("UPDATE run SET plan = '{}'")  # as another version would have written it
        (row,) = other.execute(f"SELECT {', '.join(SEALED['run'])} FROM run").fetchall()
        other.execute("UPDATE run SET seal = ?", (seal("run", *row),))
    other.close()
    with pytest.raises(JournalError, match="the measures plan of run"):
        bench.started()


@pytest.mark.parametrize("spoil", ["missing", "spoiled"])
def test_images_lost_while_it_was_off_end_in_a_failure_that_goes_on_later(bench: WorkshopBench, spoil: str) -> None:
    """Something was erased already: 'refused, nothing was written' would be a lie, and lose the saved coding."""
    before = bench.dme
    _in_mid_transfer(bench)
    setattr(bench.shelf, spoil, True)
    report = bench.started()
    assert (report.verdict, dme_of(report).verdict) == ("failed", "in-bootloader")
    assert "Nothing was written" not in bench.statuses[-1].do
    setattr(bench.shelf, spoil, False)
    finished(bench, bench.started(), before)


def test_a_resumed_run_can_be_cancelled_and_started_again(bench: WorkshopBench) -> None:
    before = bench.dme
    _in_mid_transfer(bench)
    bench.at_transfer(bench.plant.car.transfers + 2, bench.press(Command.CANCEL))
    assert bench.started().verdict == "interrupted"
    finished(bench, bench.started(), before)


def test_the_supply_is_needed_by_a_resumed_run_too(bench: WorkshopBench) -> None:
    _in_mid_transfer(bench)
    bench.plant.supply.dip(12.3, for_s=60.0)
    report = bench.started()
    assert report.verdict == "programmed"
    assert report.supply.holds[-1].held_s is not None


@pytest.mark.parametrize("again", [1, 2, 3])
def test_cut_after_cut_it_is_still_one_job(bench: WorkshopBench, again: int) -> None:
    before = bench.dme
    _in_mid_transfer(bench)
    for _ in range(again):
        bench.cut_off(at=len(bench.sent) + 40)
    report = bench.started()
    finished(bench, report, before)
    assert report.interruptions == again + 1


def test_a_finished_job_does_not_start_again_by_itself(bench: WorkshopBench) -> None:
    bench.started()
    bench.sent.clear()
    with bench.switched_on() as engine:
        assert engine.boot() is None
    assert bench.sent == []


def test_a_car_finished_by_us_is_at_its_target_for_the_next_start(bench: WorkshopBench) -> None:
    bench.started()
    assert bench.started().verdict == "already-at-target"


# -- another campaign file since then


def test_a_run_is_held_to_the_bulletin_it_began_with(bench: WorkshopBench, monkeypatch: pytest.MonkeyPatch) -> None:
    import tests.engine.workshop as place  # noqa: PLC0415 – its campaign is what changes

    _in_mid_transfer(bench)
    newer = replace(place.campaign(), defect_code="9999999999", units=())
    changed: Callable[[], object] = lambda: newer  # noqa: E731
    monkeypatch.setattr(place, "campaign", changed)
    report = bench.started()
    assert report.verdict == "programmed"
    assert report.claim is not None
    assert report.claim.defect_code == "0012440400"
