"""`kl30 identify --car`: a recorded conversation in place of the car."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.kl30 import kl30

# A real F30's transmission control unit told a real tester its VIN (facts.md §1, confirmed).
F30_EXCHANGE = """\
(1496307600.000000) can0 6F1#180322F190000000
(1496307600.011000) can0 618#F1101462F1905742
(1496307600.011400) can0 6F1#18300F0200000000
(1496307600.013000) can0 618#F121413343314335
(1496307600.015000) can0 618#F12232444B313034
(1496307600.017000) can0 618#F123393937AAAAAA
"""
F30_VIN = bytes.fromhex("5742 413343314335 32444B313034 393937").decode("ascii")
IDENTIFY_KEYS = {"vin", "vin_valid", "main_series", "production", "integration_level", "units"}


@pytest.fixture
def f30(tmp_path: Path) -> Path:
    log = tmp_path / "f30.log"
    log.write_text(F30_EXCHANGE, encoding="ascii")
    return log


def test_the_vin_of_the_recorded_f30_is_shown(f30: Path) -> None:
    said = kl30("identify", "--car", f30, "--json", cwd=f30.parent)
    assert said.code == 0
    assert said.json["vin"] == F30_VIN == "WBA3C1C52DK104997"


def test_the_keys_are_all_there_when_the_recording_holds_little(f30: Path) -> None:
    said = kl30("identify", "--car", f30, "--json", cwd=f30.parent)
    assert said.json.keys() >= IDENTIFY_KEYS
    assert said.json["integration_level"] == {"current": None, "last": None, "factory": None}
    assert said.json["production"] == {"year": None, "month": None}


def test_people_see_the_vin_too(f30: Path) -> None:
    said = kl30("identify", "--car", f30, cwd=f30.parent)
    assert said.code == 0
    assert F30_VIN in said.out


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the recording is empty"),
        (b"rubbish\n", ":1: not a line of candump -L"),
        (bytes(range(256)), "not a line of candump -L"),
        (F30_EXCHANGE.encode() + b"(1496307601.0) can0 6F1#18032\n", ":7: not a line of candump -L"),
        (b"(1496307600.000000) can0 130#45420F0000\n", "no diagnostic request"),
    ],
    ids=["empty", "rubbish", "binary", "damaged line", "no request"],
)
def test_a_log_that_is_none_is_refused_with_file_and_reason(content: bytes, complaint: str, tmp_path: Path) -> None:
    log = tmp_path / "car.log"
    log.write_bytes(content)
    said = kl30("identify", "--car", log, cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith(str(log))
    assert complaint in said.complaint


def test_a_missing_log_is_refused_with_its_path(tmp_path: Path) -> None:
    said = kl30("identify", "--car", "nowhere.log", cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith("nowhere.log: the recording cannot be read: No such file or directory")


def test_a_car_that_said_nothing_is_an_error_of_the_car(tmp_path: Path) -> None:
    log = tmp_path / "silent.log"
    log.write_text("(1496307600.000000) can0 6F1#DF0322F101000000\n", encoding="ascii")
    said = kl30("identify", "--car", log, cwd=tmp_path)
    assert said.code == 1
    assert said.complaint == f"{log}: the car does not answer. → check the plug, switch the ignition on"
