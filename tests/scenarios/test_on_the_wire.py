"""What a wire-speed run in which nothing is to be done puts on the wire, and what its recording is good for."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.scenarios.kl30 import NEW_SOFTWARE, Said, kl30
from tests.scenarios.wire import Request, requests

pytestmark = pytest.mark.realtime

READERS = {0x09, 0x19, 0x22}  # OBD vehicle information, trouble codes, identifiers
SESSION, TESTER_PRESENT = 0x10, 0x3E


@pytest.fixture
def recording(already_current: tuple[Path, Said]) -> Path:
    data, _ = already_current
    (log,) = (data / "recordings").iterdir()
    return log


@pytest.fixture
def said(recording: Path) -> list[Request]:
    return requests(recording)


def test_the_reader_of_these_tests_puts_a_download_together(tmp_path: Path) -> None:
    log = tmp_path / "download.log"
    lines = ("6F1#12100B3400448002", "612#F130000000000000", "6F1#DF023E8000000000", "6F1#1221000000040000")
    log.write_text("".join(f"(1.0) can0 {line}\n" for line in lines), encoding="ascii")
    assert requests(log) == [Request(0xDF, b"\x3e\x80"), Request(0x12, bytes.fromhex("34 00 44 80020000 00040000"))]


def test_the_run_ends_with_the_first_labour_operation(already_current: tuple[Path, Said]) -> None:
    _, said = already_current
    claim = said.json["claim"]
    assert (said.code, claim["labour_operation"], claim["fru"]) == (0, "00 64 978", 1)


def test_the_recording_holds_the_conversation(said: list[Request]) -> None:
    asked = {request.payload for request in said}
    assert {bytes.fromhex("22F101"), bytes.fromhex("22F190"), bytes.fromhex("22100B")} <= asked


@pytest.mark.parametrize(
    ("service", "prefix"),
    [
        ("WriteDataByIdentifier", "2E"),
        ("erase memory", "31 01 FF 00"),
        ("RequestDownload", "34"),
        ("TransferData", "36"),
    ],
)
def test_nothing_is_written_to_a_car_at_its_target(service: str, prefix: str, said: list[Request]) -> None:
    writes = [request for request in said if request.payload.startswith(bytes.fromhex(prefix))]
    assert writes == [], service


def test_a_car_at_its_target_is_only_read(said: list[Request]) -> None:
    services = {request.payload[0] for request in said}
    assert services <= READERS | {SESSION, TESTER_PRESENT}


def test_a_car_at_its_target_stays_in_its_default_session(said: list[Request]) -> None:
    sessions = {request.payload for request in said if request.payload[0] == SESSION}
    assert sessions <= {b"\x10\x01", b"\x10\x81"}


def test_the_recording_stands_in_for_the_car(recording: Path, already_current: tuple[Path, Said]) -> None:
    said = kl30("identify", "--car", recording, "--json", cwd=recording.parent)
    live = already_current[1].json["vehicle"]
    assert said.code == 0
    # Which campaigns the cache holds is not the car's: the recording's folder has no cache.
    assert said.json == {**live, "campaigns": []}


def test_the_recording_of_a_killed_run_stands_in_for_its_car(killed_before_erase: Path) -> None:
    (log,) = (killed_before_erase / "recordings").iterdir()
    said = kl30("identify", "--car", log, "--json", cwd=log.parent)
    assert said.json["integration_level"]["current"] == "F056-16-07-502"
    assert [unit["address"] for unit in said.json["units"]] == ["0x10", "0x12", "0x40", "0x60"]


def test_a_plan_is_made_from_a_recording_without_a_car(killed_before_erase: Path, tmp_path: Path) -> None:
    (log,) = (killed_before_erase / "recordings").iterdir()
    settings = tmp_path / "kl30.toml"
    settings.write_text(f'cache = "{killed_before_erase}/firmware_cache"\n', encoding="utf-8")
    said = kl30("plan", "--car", log, "--config", settings, "--json", cwd=tmp_path)
    assert (said.code, said.json["verdict"]) == (0, "affected")
    assert said.json["vin"] == "WMWXM5C54G3A12345"
    (dme,) = said.json["plan"]["units"]
    assert (dme["address"], dme["action"]) == ("0x12", "program")
    assert tuple(block["software"] for block in dme["datablocks"]) == NEW_SOFTWARE
