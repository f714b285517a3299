"""A campaign that goes by a level catalogue: whatever is behind is programmed, and the level is the vehicle's."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import pytest

from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY
from appliance.bench.fleet import TRAILER_MODULE, Units
from appliance.bench.power_cut import PowerCut
from appliance.bench.scenarios import LEVEL_BEFORE, LEVEL_TARGET, SCENARIOS, WHOLE
from appliance.campaign.catalogue import CatalogueUnit
from appliance.campaign.model import Need
from appliance.car.integration_level import decode_levels
from appliance.car.sgbm import parse_sgbm
from appliance.engine.ports import Command
from appliance.engine.report import Report
from appliance.status import Status
from appliance.uds import FUNCTIONAL
from tests.engine.workshop import WorkshopBench

Done: TypeAlias = tuple[WorkshopBench, Report]
VEHICLE, STRANGER = SCENARIOS[WHOLE], SCENARIOS["unknown-unit"]
EVERY_UNIT = {BODY, DME, CLUSTER, GATEWAY}
READ_SVK, WRITE_LEVEL, ERASE = b"\x22\xf1\x01", b"\x2e\x10\x0b", b"\x31\x01\xff\x00"


@pytest.fixture
def vehicle(data: Path) -> WorkshopBench:
    return WorkshopBench(data, VEHICLE)


@pytest.fixture(scope="module")
def done(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """A whole vehicle that was programmed, for who only looks."""
    bench = WorkshopBench(tmp_path_factory.mktemp("vehicle"), VEHICLE)
    return bench, bench.started()


def level_of(bench: WorkshopBench) -> str:
    return str(decode_levels(b"\x62\x10\x0b" + bench.car.levels).current)


def verdicts(report: Report) -> dict[int, str]:
    return {int(unit.address, 16): unit.verdict for unit in report.units}


def erased(bench: WorkshopBench) -> list[int]:
    """Addresses in the order in which they are first erased."""
    return list(dict.fromkeys(to for to, payload in bench.sent if payload.startswith(ERASE)))


def frozen_status(bench: WorkshopBench) -> Status:
    return next(one for one in bench.statuses if one.plan_hash)


def test_every_control_unit_that_is_behind_is_programmed_and_the_level_is_raised(done: Done) -> None:
    bench, report = done
    assert report.verdict == "programmed"
    assert verdicts(report) == dict.fromkeys(EVERY_UNIT, "programmed")
    assert level_of(bench) == LEVEL_TARGET


def test_a_level_that_was_raised_is_claimed(done: Done) -> None:
    assert done[1].claim is not None
    assert done[1].claim.labour_operation == VEHICLE.labour


def test_body_comes_first_and_gateway_last(done: Done) -> None:
    assert erased(done[0]) == [BODY, DME, CLUSTER, GATEWAY]


def test_status_and_report_say_who_is_left_alone(done: Done) -> None:
    bench, report = done
    assert [one.address for one in report.untouched] == ["0x5D", "0x63"]
    assert "not fitted" in report.untouched[0].why
    assert [one.why for one in frozen_status(bench).untouched] == [one.why for one in report.untouched]


def test_status_and_report_say_why_the_level_is_raised(done: Done) -> None:
    bench, report = done
    assert frozen_status(bench).level_why == report.level_why
    assert LEVEL_TARGET in report.level_why


def test_everybody_is_asked_once_more_before_the_level_is_written(done: Done) -> None:
    bench, _ = done
    written = next(number for number, (_, payload) in enumerate(bench.sent) if payload.startswith(WRITE_LEVEL))
    last = max(number for number, (_, payload) in enumerate(bench.sent) if payload[:1] == b"\x36")
    assert (FUNCTIONAL, READ_SVK) in bench.sent[last:written]


def test_what_is_at_the_level_already_is_left_alone_and_said(data: Path) -> None:
    bench = WorkshopBench(data, replace(VEHICLE, fleet=None))
    report = bench.started()
    assert erased(bench) == [DME, CLUSTER]
    assert verdicts(report) == {BODY: "untouched", DME: "programmed", CLUSTER: "programmed", GATEWAY: "untouched"}
    assert level_of(bench) == LEVEL_TARGET


def test_one_that_fell_silent_meanwhile_keeps_the_level_back_although_nothing_was_to_be_done_to_it(data: Path) -> None:
    """It was at the level when the plan was made; what is not read back is not known (law 9)."""
    bench = WorkshopBench(data, replace(VEHICLE, fleet=None))
    bench.at_transfer(3, lambda: _gone(bench, BODY))
    with bench.switched_on() as engine:
        engine.boot()
        report = engine.start()
    assert report is not None
    assert report.verdict == "failed"
    assert level_of(bench) == LEVEL_BEFORE
    assert WRITE_LEVEL not in {payload[:3] for _, payload in bench.sent}


def _gone(bench: WorkshopBench, address: int) -> None:
    del bench.plant.car.units[address]


def test_a_stranger_keeps_the_level_back_and_nothing_else(data: Path) -> None:
    bench = WorkshopBench(data, STRANGER)
    report = bench.started()
    assert report.verdict == "programmed"
    assert verdicts(report) == dict.fromkeys(EVERY_UNIT, "programmed")
    assert level_of(bench) == LEVEL_BEFORE
    assert [one.address for one in report.untouched if one.blocks_level] == [f"0x{TRAILER_MODULE:02X}"]


def test_a_level_that_was_not_raised_is_not_claimed(data: Path) -> None:
    report = WorkshopBench(data, STRANGER).started()
    assert report.claim is not None
    assert report.claim.labour_operation == ""
    assert "does not have the target integration level" in report.claim.sentences[0]
    assert f"0x{TRAILER_MODULE:02X}" in report.claim.sentences[0]


def test_with_nothing_to_program_and_a_level_that_is_blocked_the_start_is_refused(data: Path) -> None:
    bench = WorkshopBench(data, STRANGER)
    bench.started()
    sent = len(bench.sent)
    report = bench.started()
    assert report.verdict == "refused"
    assert f"0x{TRAILER_MODULE:02X}" in report.reason
    assert not any(payload[:1] in (b"\x2e", b"\x31", b"\x34") for _, payload in bench.sent[sent:])


def at_level(units: Units) -> Units:
    return tuple(
        replace(unit, slots=(replace(unit.slots[0], software="swfl_00002b14-010_005_000"),))
        if unit.address == CLUSTER
        else unit
        for unit in units
    )


def test_a_vehicle_whose_control_units_are_all_at_the_level_gets_the_level_and_nothing_else(data: Path) -> None:
    bench = WorkshopBench(data, replace(VEHICLE, programmed=True, fleet=at_level))
    report = bench.started()
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_TARGET)
    assert erased(bench) == []


@pytest.mark.parametrize("scenario", ["unit-missing", "unknown-variant"])
def test_a_car_that_is_not_the_catalogues_is_refused_before_anything_is_written(scenario: str, data: Path) -> None:
    bench = WorkshopBench(data, SCENARIOS[scenario])
    report = bench.started()
    assert report.verdict == "refused"
    assert "0x60 instrument cluster" in report.reason
    assert {payload[0] for _, payload in bench.sent} <= {0x22, 0x19, 0x09, 0x3E, 0x10}


def test_needs_in_a_circle_that_only_the_car_shows_are_refused_by_name(data: Path) -> None:
    """Each would do with less than it is given, so that the file alone has an order."""
    bench = WorkshopBench(data, VEHICLE)
    assert bench.catalogue is not None
    bench.catalogue = replace(bench.catalogue, units=tuple(map(_needing, bench.catalogue.units)))
    report = bench.started()
    assert report.verdict == "refused"
    assert "there is no order to program them in: " in report.reason
    assert all(name in report.reason for name in ("DME 0x12", "instrument cluster 0x60"))
    assert erased(bench) == []


def _needing(unit: CatalogueUnit) -> CatalogueUnit:
    needs = {
        DME: Need(CLUSTER, parse_sgbm("swfl_00002b14-010_004_200")),
        CLUSTER: Need(DME, parse_sgbm("swfl_00002cce-021_015_000")),
    }
    if unit.address not in needs:
        return unit
    return replace(unit, variants=tuple(replace(one, needs=(needs[unit.address],)) for one in unit.variants))


def test_a_stuck_control_unit_of_the_catalogue_is_programmed_with_the_rest(data: Path) -> None:
    bench = WorkshopBench(data, replace(VEHICLE, bootloader=True))
    assert bench.started().verdict == "programmed"
    assert level_of(bench) == LEVEL_TARGET


def test_a_stuck_control_unit_is_recovered_alone_with_the_software_of_the_catalogue(data: Path) -> None:
    bench = WorkshopBench(data, replace(VEHICLE, bootloader=True), alone=DME)
    report = recovered(bench)
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_BEFORE)
    assert report.recovery is not None


def test_a_recovery_from_the_catalogue_is_gone_on_with_after_a_power_cut(data: Path) -> None:
    bench = WorkshopBench(data, replace(VEHICLE, bootloader=True), alone=DME)
    bench.next_time("37", _cut)
    with pytest.raises(PowerCut):
        recovered(bench)
    report = bench.booted()
    assert report is not None
    assert (report.verdict, level_of(bench)) == ("programmed", LEVEL_BEFORE)


def recovered(bench: WorkshopBench) -> Report:
    """As `kl30 recover --ecu 12`."""
    with bench.switched_on() as engine:
        report = engine.boot() or engine.recover(DME)
    assert report is not None
    return report


def _cut() -> None:
    raise PowerCut


@pytest.mark.parametrize("message", ["3101FF00", "2E100B"])
def test_a_power_cut_is_gone_on_with(message: str, vehicle: WorkshopBench) -> None:
    vehicle.cut_at_next(message)
    report = vehicle.booted()
    assert report is not None
    assert (report.verdict, level_of(vehicle)) == ("programmed", LEVEL_TARGET)
    assert verdicts(report) == dict.fromkeys(EVERY_UNIT, "programmed")


def test_a_cancel_before_the_level_leaves_it_as_it_was(vehicle: WorkshopBench) -> None:
    vehicle.at_transfer(3, vehicle.press(Command.CANCEL))
    assert vehicle.started().verdict == "interrupted"
    assert level_of(vehicle) == LEVEL_BEFORE
    assert vehicle.started().verdict == "programmed"
    assert level_of(vehicle) == LEVEL_TARGET


def test_only_the_chosen_one_is_programmed_and_the_others_keep_the_level_back(data: Path) -> None:
    bench = WorkshopBench(data, VEHICLE, alone=DME)
    bench.campaign = replace(bench.campaign, only=(DME,))
    report = bench.started()
    assert erased(bench) == [DME]
    assert level_of(bench) == LEVEL_BEFORE
    assert {one.address for one in report.untouched if one.blocks_level} == {"0x40", "0x60", "0x10"}
