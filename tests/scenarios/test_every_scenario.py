"""Every scenario of the bench: its exit code, its report and what it did to the car."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from appliance.bench.car import DME
from appliance.bench.memory import CarMemory
from appliance.bench.scenarios import SCENARIOS, VIN, scenario_named
from appliance.car.integration_level import decode_levels
from tests.scenarios.kl30 import (
    BULLETIN_TARGET,
    NEW_SOFTWARE,
    OLD_SOFTWARE,
    Said,
    car_in,
    fast_bench,
    kl30,
    software,
    unit,
)

# Scenario → exit code, verdict, labour operation, flat rate units: the bulletin's two outcomes, and none.
ENDINGS: dict[str, tuple[int, str, str, int]] = {
    "steady": (0, "programmed", "00 64 979", 8),
    "already-current": (0, "already-at-target", "00 64 978", 1),
    "not-affected": (3, "not-affected", "", 0),
    "month-ambiguous": (3, "cannot-decide", "", 0),
    "dip": (0, "programmed", "00 64 979", 8),
    "power-cut": (0, "programmed", "00 64 979", 8),
    "hung-process": (0, "programmed", "00 64 979", 8),
    "prior-faults": (0, "programmed", "00 64 979", 8),
    "ecu-in-bootloader": (0, "programmed", "00 64 979", 8),
    "creeping-charger": (4, "interrupted", "", 0),
    "weak-charger": (3, "refused", "", 0),
    "overcharge": (3, "refused", "", 0),
    "clamp-slips": (4, "interrupted", "", 0),
    "float-stepdown": (4, "interrupted", "", 0),
    "good-with-steps": (0, "programmed", "00 64 979", 8),
    "dead-sensor": (3, "refused", "", 0),
    "door-sleep": (0, "programmed", "00 64 979", 8),
    "frozen-sensor": (4, "interrupted", "", 0),
    "second-tester": (3, "refused", "", 0),
    "tester-joins": (0, "programmed", "00 64 979", 8),
    "bus-off": (0, "programmed", "00 64 979", 8),
    "cranking": (0, "programmed", "00 64 979", 8),
    "two-units": (0, "programmed", "00 64 979", 8),
    "two-campaigns": (0, "programmed", "00 64 979", 8),
    "contradicting-campaigns": (3, "refused", "", 0),
    "whole-vehicle": (0, "programmed", "00 64 979", 8),
    "unknown-unit": (0, "programmed", "", 0),
    "unit-missing": (3, "refused", "", 0),
    "unknown-variant": (3, "refused", "", 0),
    "big-car": (0, "programmed", "00 64 979", 8),
    "recoded": (0, "programmed", "00 64 979", 8),
    "unguarded": (1, "failed", "", 0),
}
RECOVERED = ["body-in-bootloader"]  # no campaign: test_recover.py
PROGRAMMED = [name for name, (_, verdict, _, _) in ENDINGS.items() if verdict == "programmed"]
GIVEN_UP = [name for name, (_, verdict, _, _) in ENDINGS.items() if verdict == "interrupted"]
NOT_BEGUN = ["creeping-charger"]  # given up before the first erase
HALF_DONE = [name for name in GIVEN_UP if name not in NOT_BEGUN]
LOST = ["unguarded"]
LEVEL_KEPT = ["unknown-unit"]  # programmed, and the level is not the vehicle's
UNTOUCHED = [name for name in ENDINGS if name not in PROGRAMMED + GIVEN_UP + LOST]
FORECAST = [name for name in GIVEN_UP if name != "frozen-sensor"]  # held by it, not by a reading

REPORT_KEYS = {"verdict", "reason", "vehicle", "campaign", "claim", "units", "supply", "signature"}
VEHICLE_KEYS = {"vin", "vin_valid", "main_series", "production", "integration_level", "units"}
CLAIM_KEYS = {"defect_code", "labour_operation", "fru", "prior", "consequential"}
UNIT_KEYS = {"address", "action", "verdict", "why", "software_before", "software_after"}
SEEN_UNIT_KEYS = {"address", "name", "software", "programming_check", "programmed_on", "faults"}


class Played:
    """Each scenario, played once in this process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.said = cache(self._play)

    def _play(self, scenario: str) -> Said:
        config = self._folder / "impatient.toml"  # what is given up is given up sooner
        config.write_text("[power]\nhold_limit_s = 400\n", encoding="utf-8")
        return fast_bench(self._folder / scenario, "--config", str(config), scenario=scenario)

    def folder(self, scenario: str) -> Path:
        self.said(scenario)
        return self._folder / scenario

    def report(self, scenario: str) -> Any:
        return self.said(scenario).json

    def car(self, scenario: str) -> CarMemory:
        self.said(scenario)
        return car_in(self._folder / scenario)


def datablock_facts(data: Path) -> list[str]:
    with closing(sqlite3.connect(data / "journal.sqlite")) as journal:
        return [row[0] for row in journal.execute("SELECT kind FROM fact WHERE kind LIKE 'Datablock%' ORDER BY seq")]


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Played:
    return Played(tmp_path_factory.mktemp("scenarios"))


def test_the_list_names_every_scenario(tmp_path: Path) -> None:
    said = kl30("bench", "--scenario", "list", cwd=tmp_path)
    assert said.code == 0
    assert [line.split()[0] for line in said.out.splitlines()] == list(SCENARIOS)


def test_the_ending_of_every_scenario_is_told_here() -> None:
    assert {*ENDINGS, *RECOVERED} == set(SCENARIOS)


@pytest.mark.parametrize("scenario", ENDINGS)
def test_exit_code_verdict_and_labour_operation_agree(scenario: str, played: Played) -> None:
    code, verdict, labour, fru = ENDINGS[scenario]
    report = played.report(scenario)
    claim = report["claim"]
    assert (played.said(scenario).code, report["verdict"]) == (code, verdict)
    assert (claim["defect_code"], claim["labour_operation"], claim["fru"]) == ("0012440400", labour, fru)


@pytest.mark.parametrize("scenario", ENDINGS)
def test_the_report_has_the_promised_keys(scenario: str, played: Played) -> None:
    report = played.report(scenario)
    vehicle = report["vehicle"]
    assert report.keys() >= REPORT_KEYS
    assert vehicle.keys() >= VEHICLE_KEYS
    assert vehicle["production"].keys() >= {"year", "month"}
    assert vehicle["integration_level"].keys() >= {"current", "last", "factory"}
    assert all(seen.keys() >= SEEN_UNIT_KEYS for seen in vehicle["units"])
    assert report["claim"].keys() >= CLAIM_KEYS
    assert all(one.keys() >= UNIT_KEYS for one in report["units"])
    assert report["supply"].keys() >= {"min_v", "max_v", "holds", "forecasts"}
    assert report["campaign"]["id"] == scenario_named(scenario).campaign


@pytest.mark.parametrize("scenario", ENDINGS)
def test_the_reason_is_a_sentence_and_the_car_is_named(scenario: str, played: Played) -> None:
    report = played.report(scenario)
    assert len(report["reason"].split()) > 4
    assert (report["vehicle"]["vin"], report["vehicle"]["vin_valid"]) == (VIN, True)


@pytest.mark.parametrize("scenario", PROGRAMMED)
def test_a_programmed_car_holds_what_the_report_says(scenario: str, played: Played) -> None:
    dme, told = played.car(scenario).unit(DME), unit(played.report(scenario))
    assert (told["action"], told["verdict"]) == ("program", "programmed")
    assert software(told["software_after"]) == NEW_SOFTWARE
    assert tuple(slot.software for slot in dme.slots) == NEW_SOFTWARE
    assert dme.good
    assert dme.dependencies_good


@pytest.mark.parametrize("scenario", LEVEL_KEPT)
def test_a_level_that_is_not_the_vehicles_is_not_written(scenario: str, played: Played) -> None:
    report = played.report(scenario)
    assert played.car(scenario).levels == scenario_named(scenario).car().levels
    assert "the integration level was not touched" in report["reason"]
    assert [one["address"] for one in report["untouched"] if one["blocks_level"]] == ["0x71"]


@pytest.mark.parametrize("scenario", [name for name in PROGRAMMED if name not in LEVEL_KEPT])
def test_a_programmed_car_has_the_level_of_the_bulletin(scenario: str, played: Played) -> None:
    report = played.report(scenario)
    levels = decode_levels(b"\x62\x10\x0b" + played.car(scenario).levels)
    assert report["vehicle_after"]["integration_level"]["current"] == str(levels.current) == BULLETIN_TARGET
    # The level it had before is its last one now: 100B holds current, last, factory (facts.md §4).
    assert report["vehicle"]["integration_level"]["current"] == str(levels.last)


@pytest.mark.parametrize("scenario", PROGRAMMED)
def test_nothing_is_blamed_on_a_programming_that_went_well(scenario: str, played: Played) -> None:
    assert played.report(scenario)["claim"]["consequential"] == []


@pytest.mark.parametrize("scenario", UNTOUCHED)
def test_a_car_that_is_not_programmed_is_as_it_drove_in(scenario: str, played: Played) -> None:
    assert played.car(scenario) == scenario_named(scenario).car()


@pytest.mark.parametrize("scenario", UNTOUCHED)
def test_a_car_that_is_not_programmed_has_no_programmed_unit_in_its_report(scenario: str, played: Played) -> None:
    assert all(one["verdict"] == "untouched" for one in played.report(scenario)["units"])


@pytest.mark.parametrize("scenario", HALF_DONE)
def test_a_supply_that_does_not_come_back_leaves_the_unit_named_as_in_its_bootloader(
    scenario: str, played: Played
) -> None:
    told = unit(played.report(scenario))
    assert told["verdict"] == "in-bootloader"
    assert "do not replace the control unit" in told["what_to_do"]


@pytest.mark.parametrize("scenario", FORECAST)
def test_no_datablock_was_begun_that_the_supply_did_not_carry_to_its_end(scenario: str, played: Played) -> None:
    """The forecast held before the next erase: every datablock that was begun is proven."""
    kinds = datablock_facts(played.folder(scenario))
    assert kinds.count("DatablockBegun") == kinds.count("DatablockProgrammed")


@pytest.mark.parametrize("scenario", NOT_BEGUN)
def test_what_is_given_up_before_the_first_erase_has_all_its_software(scenario: str, played: Played) -> None:
    assert unit(played.report(scenario))["verdict"] == "untouched"
    assert datablock_facts(played.folder(scenario)) == []
    assert played.car(scenario).unit(DME).slots == scenario_named(scenario).car().unit(DME).slots


@pytest.mark.parametrize("scenario", FORECAST)
def test_the_forecast_that_held_tells_its_arithmetic(scenario: str, played: Played) -> None:
    refused = [one for one in played.report(scenario)["supply"]["forecasts"] if not one["allowed"]]
    assert refused
    assert all(word in refused[0]["reason"] for word in ("mV/min", "±", "the limit is 13.00 V", "at worst"))


def test_a_frozen_sensor_is_no_reading_and_held(played: Played) -> None:
    holds = played.report("frozen-sensor")["supply"]["holds"]
    assert {hold["reason"] for hold in holds} == {"there is no reading of the supply"}


def test_a_frozen_sensor_costs_no_datablock_and_the_report_says_who_carried_it(played: Played) -> None:
    kinds = datablock_facts(played.folder("frozen-sensor"))
    assert kinds.count("DatablockBegun") == kinds.count("DatablockProgrammed") == 2
    assert any("Control unit 0x40 says 13.80 V" in note for note in played.report("frozen-sensor")["notes"])


def test_a_crank_of_the_engine_is_one_hold(played: Played) -> None:
    (hold,) = played.report("cranking")["supply"]["holds"]
    assert hold["step"].startswith("transfer ")
    assert 10 <= hold["held_s"] < 20


@pytest.mark.parametrize("scenario", LOST)
def test_a_lost_control_unit_is_reported_with_what_it_names_and_how_it_refuses(scenario: str, played: Played) -> None:
    told = unit(played.report(scenario))
    assert played.car(scenario).unit(DME).lost
    assert told["verdict"] == "failed"
    assert "it answers but refuses to be programmed" in told["what_to_do"]
    assert "unkn_ffffffff-255_255_255" in told["software_after"]
    assert "request 10 refused" in played.report(scenario)["reason"]


def test_no_control_unit_is_lost_while_the_guard_is_on(played: Played) -> None:
    guarded = [scenario for scenario in ENDINGS if scenario not in LOST]
    assert [name for name in guarded if any(unit.lost for unit in played.car(name).units)] == []


def test_the_forecast_lets_a_good_charger_with_switching_consumers_work(played: Played) -> None:
    assert all(one["allowed"] for one in played.report("good-with-steps")["supply"]["forecasts"])


def test_the_software_before_is_what_the_car_brought(played: Played) -> None:
    told = unit(played.report("steady"))
    assert software(told["software_before"]) == OLD_SOFTWARE
    assert all(old in told["why"] for old in OLD_SOFTWARE)


def test_a_steady_supply_is_never_held(played: Played) -> None:
    supply = played.report("steady")["supply"]
    assert supply["holds"] == []
    assert 13.5 < supply["min_v"] <= supply["max_v"] < 14.0


def test_a_dip_is_one_hold_with_its_step_its_reason_and_its_reaction(played: Played) -> None:
    supply = played.report("dip")["supply"]
    (hold,) = supply["holds"]
    assert supply["min_v"] < 12.55
    assert hold["step"].startswith("transfer ")
    assert "12.55 V" in hold["reason"]
    assert 0 <= hold["reaction_s"] < 0.25
    assert hold["held_s"] >= 10, "released only after ten good seconds"


@pytest.mark.parametrize("scenario", ["power-cut", "hung-process"])
def test_a_life_that_was_ended_is_one_interruption(scenario: str, played: Played) -> None:
    assert played.report(scenario)["interruptions"] == 1


def test_without_a_power_cut_there_is_no_interruption(played: Played) -> None:
    assert played.report("steady")["interruptions"] == 0


def test_faults_that_were_there_before_are_prior(played: Played) -> None:
    claim = played.report("prior-faults")["claim"]
    assert [(one["unit"][:4], one["code"]) for one in claim["prior"]] == [("0x12", "105A20"), ("0x60", "E12402")]
    assert claim["consequential"] == []


def test_a_unit_found_in_its_bootloader_is_a_prior_failure_and_repaired(played: Played) -> None:
    report = played.report("ecu-in-bootloader")
    assert "unkn_ffffffff-255_255_255" in unit(report)["software_before"]
    assert any(one["unit"].startswith("0x12") for one in report["claim"]["prior"])


def test_a_month_at_the_edge_is_decided_by_the_list_of_open_campaigns(tmp_path: Path) -> None:
    (tmp_path / "open.txt").write_text(f"{VIN}\n", encoding="ascii")
    (tmp_path / "kl30.toml").write_text('open_campaign_list = "open.txt"\n', encoding="ascii")
    said = fast_bench(tmp_path / "data", "--config", tmp_path / "kl30.toml", scenario="month-ambiguous")
    assert (said.code, said.json["verdict"]) == (0, "programmed")
