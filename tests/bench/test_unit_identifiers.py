"""What a simulated control unit tells of itself, and what may be written into it (facts.md §3.4, §4, §5)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.memory import MemoryFile
from appliance.bench.scenarios import STEADY
from tests.bench.talk import QUICK, VIN, Talk, memory

FINGERPRINT = "2E F1 5A 26 01 02 8A 04 D2 01 00 00 10 00 00 00"
OF_THE_BOOTLOADER = ("F1 01", "F1 86", "25 02", "25 03", "25 04")
OF_THE_APPLICATION = ("F1 90", "10 0A", "30 00", "F1 5A")


@pytest.fixture
def talk() -> Talk:
    return Talk()


@pytest.fixture
def gateway() -> Talk:
    car = MemoryFile(None, STEADY.car())
    return Talk(memory(address=0x10), vehicle=car)


@pytest.mark.parametrize("did", [*OF_THE_BOOTLOADER, *OF_THE_APPLICATION])
def test_the_application_knows_it(talk: Talk, did: str) -> None:
    assert talk.ask(f"22 {did}").startswith(f"62 {did}")


@pytest.mark.parametrize("did", OF_THE_BOOTLOADER)
def test_the_bootloader_knows_it(talk: Talk, did: str) -> None:
    talk.tell("10 03", "10 02")
    assert talk.ask(f"22 {did}").startswith(f"62 {did}")


@pytest.mark.parametrize("did", OF_THE_APPLICATION)
def test_the_bootloader_does_not_know_it(talk: Talk, did: str) -> None:
    talk.tell("10 03", "10 02")
    assert talk.ask(f"22 {did}") == "7F 22 31"


@pytest.mark.parametrize("request_", ["19 02 0C", "09 04", "14 FF FF FF"])
def test_the_bootloader_has_no_such_service(talk: Talk, request_: str) -> None:
    talk.tell("10 03", "10 02")
    assert talk.ask(request_) == f"7F {request_[:2]} 7F"


def test_it_tells_how_long_things_take_and_how_often_it_was_programmed(talk: Talk) -> None:
    assert talk.ask("22 25 04") == "62 25 04 00 06 00 03 00 01 00 01 00 02 00 14"
    assert talk.ask("22 25 02") == "62 25 02 00 00 00 02"
    assert talk.ask("22 25 03") == "62 25 03 00 F7"


def test_a_unit_may_have_no_flash_timings_and_no_calibration() -> None:
    plain = Talk(profile=replace(QUICK, timings=(), calibration=False))
    assert plain.ask("22 25 04") == "7F 22 31"
    assert plain.ask("09 04") == "7F 09 11"


def test_the_vin_is_the_vehicles(talk: Talk) -> None:
    assert bytes.fromhex(talk.ask("22 F1 90"))[3:] == VIN.encode()


def test_a_fingerprint_is_written_by_who_has_the_key_and_shows_in_the_svk(talk: Talk) -> None:
    assert talk.ask(FINGERPRINT) == "7F 2E 33"
    talk.into_programming()
    assert talk.ask(FINGERPRINT) == "6E F1 5A"
    assert "26 01 02 8A 04 D2 01 00 00 10 00 00 00" in talk.ask("22 F1 01")


def test_a_fingerprint_has_thirteen_bytes(talk: Talk) -> None:
    talk.into_programming()
    assert talk.ask(FINGERPRINT[:-3]) == "7F 2E 13"


def test_coding_is_written_in_its_session_with_its_key_and_length(talk: Talk) -> None:
    assert talk.ask("2E 30 00 01 02 03 04") == "7F 2E 33"
    talk.tell("10 41")
    assert talk.ask("2E 30 00 01 02 03 04") == "7F 2E 33"
    talk.unlock(0x01)
    assert talk.ask("2E 30 00 01 02 03") == "7F 2E 13"
    assert talk.ask("2E 30 00 01 02 03 04") == "6E 30 00"
    assert talk.ask("22 30 00") == "62 30 00 01 02 03 04"


def test_what_it_has_learned_is_written_in_the_extended_session_with_its_length_and_without_a_key() -> None:
    talk = Talk(memory(individual=((0x6110, b"\x01\x02"),)))
    assert talk.ask("22 61 10") == "62 61 10 01 02"
    assert talk.ask("2E 61 10 03 04") == "7F 2E 7F"
    talk.tell("10 41")
    assert talk.ask("2E 61 10 03 04") == "7F 2E 7F"
    talk.tell("10 03")
    assert talk.ask("2E 61 10 03") == "7F 2E 13"
    assert talk.ask("2E 61 10 03 04") == "6E 61 10"
    assert talk.ask("22 61 10") == "62 61 10 03 04"


def test_a_bootloader_knows_nothing_of_what_was_learned() -> None:
    talk = Talk(memory(individual=((0x6110, b"\x01\x02"),)))
    talk.into_programming()
    assert (talk.ask("22 61 10"), talk.ask("2E 61 10 03 04")) == ("7F 22 31", "7F 2E 31")


def test_the_coding_proof_stamp_is_written_in_the_coding_session(talk: Talk) -> None:
    assert talk.ask("2E 37 FE 33 41") == "7F 2E 31"
    talk.tell("10 41", "2E 37 FE 33 41")
    assert talk.ask("22 37 FE") == "62 37 FE 33 41"


def test_what_nobody_may_write_is_out_of_range(talk: Talk) -> None:
    assert talk.ask("2E F1 90 41") == "7F 2E 31"


def test_the_gateway_tells_levels_order_and_units(gateway: Talk) -> None:
    assert gateway.ask("22 10 0B").startswith("62 10 0B 46 30 35 36 10 07 01 F6")
    assert gateway.ask("22 3F 06").startswith("62 3F 06")
    assert gateway.ask("22 3F 07") == "62 3F 07 00 04 10 12 40 60"


@pytest.mark.parametrize("did", ["10 0B", "3F 06", "3F 07"])
def test_no_other_unit_knows_what_belongs_to_the_vehicle(talk: Talk, did: str) -> None:
    assert talk.ask(f"22 {did}") == "7F 22 31"


def test_levels_are_written_in_the_extended_session_only(gateway: Talk) -> None:
    levels = bytes.fromhex(gateway.ask("22 10 0B"))[3:]
    write = b"\x2e\x10\x0b" + b"F057" + levels[4:]
    assert gateway.ask(write) == "7F 2E 7F"
    gateway.tell("10 41")
    assert gateway.ask(write) == "7F 2E 7F"
    gateway.tell("10 03")
    assert gateway.ask(write) == "6E 10 0B"
    assert gateway.ask("22 10 0B").startswith("62 10 0B 46 30 35 37")


def test_levels_of_another_length_are_malformed(gateway: Talk) -> None:
    gateway.tell("10 03")
    assert gateway.ask("2E 10 0B 46 30 35 36") == "7F 2E 13"


# -- routines


def test_all_preconditions_met_is_an_empty_list(talk: Talk) -> None:
    assert talk.ask("31 01 02 03") == "71 01 02 03"


def test_each_unmet_precondition_has_its_code(talk: Talk) -> None:
    talk.world.engine_running, talk.world.ignition_on, talk.volts = True, False, 10.0
    assert talk.ask("31 01 02 03") == "71 01 02 03 01 08 09"


@pytest.mark.parametrize("request_", ["31 01 0F 0C 03", "31 01 10 03 01"])
def test_modes_are_set_outside_the_default_session(talk: Talk, request_: str) -> None:
    assert talk.ask(request_) == "7F 31 7F"
    talk.tell("10 03")
    assert talk.ask(request_) == f"71 {request_[3:11]}"


def test_the_energy_mode_outlives_the_session(talk: Talk) -> None:
    talk.tell("10 03", "31 01 0F 0C 03", "10 01")
    assert talk.ask("22 10 0A") == "62 10 0A 03"


def test_the_power_mode_is_set_in_any_session(talk: Talk) -> None:
    assert talk.ask("31 01 10 01 0A 0A 43") == "71 01 10 01"


def test_the_coding_checksum_belongs_to_the_coding_session(talk: Talk) -> None:
    assert talk.ask("31 01 0F 01") == "7F 31 7F"
    talk.tell("10 41")
    assert talk.ask("31 01 0F 01") == "71 01 0F 01 00"


@pytest.mark.parametrize("request_", ["31 01 02 03", "31 01 0F 0C 03", "31 01 0F 06"])
def test_the_bootloader_has_none_of_the_applications_routines(talk: Talk, request_: str) -> None:
    talk.tell("10 03", "10 02")
    assert talk.ask(request_) == "7F 31 31"


@pytest.mark.parametrize(("request_", "refusal"), [("31 02 FF 00", "7F 31 12"), ("31 01 AB CD", "7F 31 31")])
def test_routines_are_only_started_and_only_known_ones(talk: Talk, request_: str, refusal: str) -> None:
    assert talk.ask(request_) == refusal
