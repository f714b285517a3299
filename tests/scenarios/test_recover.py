"""`kl30` recovers a stuck control unit: what it prints, its exit code, and what became of the car."""

from __future__ import annotations

from pathlib import Path

from appliance.bench.car import BODY, DME
from appliance.bench.scenarios import scenario_named
from tests.scenarios.kl30 import car_in, fast_bench, kl30, unit


def test_start_recovers_the_body_control_unit_alone(tmp_path: Path) -> None:
    said = fast_bench(tmp_path / "data", scenario="body-in-bootloader")
    report, before = said.json, scenario_named("body-in-bootloader").car()
    assert (said.code, report["verdict"]) == (0, "programmed")
    assert [one["address"] for one in report["units"]] == ["0x40"]
    after = car_in(tmp_path / "data")
    assert after.unit(BODY).good
    assert after.levels == before.levels
    assert after.unit(DME).slots == before.unit(DME).slots


def test_the_report_says_what_was_found_and_what_is_still_owed(tmp_path: Path) -> None:
    report = fast_bench(tmp_path / "data", scenario="body-in-bootloader").json
    seen = next(one for one in report["vehicle"]["units"] if one["address"] == "0x40")
    assert seen["condition"] == report["recovery"]["condition"] == "stuck in its bootloader"
    assert any("its own check says" in words for words in report["recovery"]["evidence"])
    assert "coding data must be restored" in unit(report, "0x40")["what_to_do"]
    assert report["claim"]["labour_operation"] == ""


def test_a_dme_can_be_recovered_alone(tmp_path: Path) -> None:
    said = fast_bench(tmp_path / "data", "--recover", "12", scenario="ecu-in-bootloader")
    assert (said.code, said.json["recovery"]["address"]) == (0, "0x12")
    assert car_in(tmp_path / "data").levels == scenario_named("ecu-in-bootloader").car().levels


def test_a_healthy_unit_is_refused(tmp_path: Path) -> None:
    said = fast_bench(tmp_path / "data", "--recover", "0x40")
    assert (said.code, said.json["verdict"]) == (3, "refused")


def test_what_is_no_address_is_a_usage_error(tmp_path: Path) -> None:
    said = kl30("recover", "--ecu", "body", cwd=tmp_path)
    assert said.code == 2
    assert "write it in hexadecimal" in said.complaint
