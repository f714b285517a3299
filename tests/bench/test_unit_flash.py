"""The life of a flash in a simulated control unit: erase, download, checks, and everything out of order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.memory import SlotState
from tests.bench.talk import (
    CHECK_DEPENDENCIES,
    CHECK_MEMORY,
    CODING,
    DATA,
    ERASE,
    NEW,
    OLD,
    QUICK,
    REQUEST_DOWNLOAD,
    Talk,
    new_image,
)

UNKNOWN = "FF FF FF FF FF FF FF FF"
BLOCK = bytes(128)


@pytest.fixture
def talk() -> Talk:
    """Unlocked in the programming session."""
    talk = Talk()
    talk.into_programming()
    return talk


def svk(talk: Talk) -> str:
    return talk.ask("22 F1 01")


def check_byte(talk: Talk) -> str:
    return svk(talk)[12:14]


def restarted(talk: Talk) -> Talk:
    talk.tell("11 01")
    talk.wait(QUICK.reset_s)
    return talk


# -- erase


@pytest.mark.parametrize("way", [(), ("10 03",), ("10 03", "10 02")])
def test_nothing_is_erased_without_programming_session_and_key(way: tuple[str, ...]) -> None:
    talk = Talk()
    talk.tell(*way)
    assert talk.ask(ERASE) == "7F 31 33"
    assert talk.kept.good


def test_the_closing_byte_of_an_erase_may_be_missing(talk: Talk) -> None:
    assert talk.ask(ERASE[:-3]) == "71 01 FF 00 00"


@pytest.mark.parametrize("request_", ["31 01 FF 00 02 40 80 03 00 00 06", "31 01 FF 00 01 40 80 02 00 00 06"])
def test_an_erase_of_nothing_known_is_out_of_range(talk: Talk, request_: str) -> None:
    assert talk.ask(request_) == "7F 31 31"


def test_a_region_is_lost_with_the_first_pulse_not_with_the_answer(talk: Talk) -> None:
    talk.unit.request(talk.now_s, bytes.fromhex(ERASE), functional=False)
    assert talk.kept.slots[0].state is SlotState.ERASED


def test_a_smaller_region_is_erased_faster(talk: Talk) -> None:
    begun_s = talk.now_s
    talk.tell(ERASE)
    large_s, begun_s = talk.now_s - begun_s, talk.now_s
    talk.tell(f"31 01 FF 00 02 40 {DATA.to_bytes(4, 'big').hex()} 06")
    assert talk.now_s - begun_s == pytest.approx(large_s / 2, abs=0.01)


@pytest.mark.parametrize(("volts", "nrc"), [(10.9, "93"), (16.1, "92")])
def test_flash_memory_is_left_alone_at_a_wrong_voltage(talk: Talk, volts: float, nrc: str) -> None:
    talk.volts = volts
    assert talk.ask(ERASE) == f"7F 31 {nrc}"
    assert talk.kept.good


def test_an_erase_after_an_aborted_transfer_needs_a_new_session(talk: Talk) -> None:
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    assert talk.ask(ERASE) == "7F 31 22"
    talk.tell("10 02")
    talk.unlock(0x11)
    assert talk.ask(ERASE) == "71 01 FF 00 00"


# -- download


def test_a_download_is_granted_with_the_block_length(talk: Talk) -> None:
    talk.tell(ERASE)
    assert talk.ask(REQUEST_DOWNLOAD) == "74 20 00 82"


def test_a_download_needs_an_erased_region(talk: Talk) -> None:
    assert talk.ask(REQUEST_DOWNLOAD) == "7F 34 70"


@pytest.mark.parametrize(
    "request_",
    [
        "34 00 44 80 02 00 00 00 00 01 FF",
        "34 00 44 80 03 00 00 00 00 02 00",
        "34 10 44 80 02 00 00 00 00 02 00",
        "34 00 33 80 02 00 00 02 00",
    ],
)
def test_a_download_of_another_shape_is_out_of_range(talk: Talk, request_: str) -> None:
    talk.tell(ERASE)
    assert talk.ask(request_) == "7F 34 31"


@pytest.mark.parametrize("request_", [REQUEST_DOWNLOAD, "36 01 00", "37"])
def test_the_application_has_no_download(request_: str) -> None:
    talk = Talk()
    talk.tell("10 03")
    assert talk.ask(request_) == f"7F {request_[:2]} 7F"


def test_a_locked_bootloader_grants_no_download() -> None:
    talk = Talk()
    talk.tell("10 03", "10 02")
    assert talk.ask(REQUEST_DOWNLOAD) == "7F 34 33"


def test_one_download_at_a_time(talk: Talk) -> None:
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    assert talk.ask(REQUEST_DOWNLOAD) == "7F 34 22"


def test_a_half_written_region_takes_no_download_until_it_is_erased_again(talk: Talk) -> None:
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    talk.ask(b"\x36\x01" + BLOCK)
    talk.unit.lose_power()
    talk.into_programming()
    assert talk.ask(REQUEST_DOWNLOAD) == "7F 34 70"
    talk.tell(ERASE)
    assert talk.ask(REQUEST_DOWNLOAD) == "74 20 00 82"


# -- transfer


@pytest.fixture
def receiving(talk: Talk) -> Talk:
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    return talk


def test_a_block_is_acknowledged_with_its_counter(receiving: Talk) -> None:
    assert receiving.ask(b"\x36\x01" + BLOCK) == "76 01"


def test_data_without_a_download_is_out_of_sequence(talk: Talk) -> None:
    assert talk.ask(b"\x36\x01" + BLOCK) == "7F 36 24"


@pytest.mark.parametrize("counter", [0, 2, 3])
def test_a_wrong_first_counter_is_refused(receiving: Talk, counter: int) -> None:
    assert receiving.ask(bytes((0x36, counter)) + BLOCK) == "7F 36 73"


def test_a_skipped_counter_is_refused_and_the_right_one_still_taken(receiving: Talk) -> None:
    receiving.ask(b"\x36\x01" + BLOCK)
    assert receiving.ask(b"\x36\x03" + BLOCK) == "7F 36 73"
    assert receiving.ask(b"\x36\x02" + BLOCK) == "76 02"


def test_the_same_block_again_is_acknowledged_and_not_written_twice(receiving: Talk) -> None:
    image = new_image()
    receiving.ask(b"\x36\x01" + image[:128])
    assert receiving.ask(b"\x36\x01" + image[:128]) == "76 01"
    for number in (2, 3, 4):
        receiving.ask(bytes((0x36, number)) + image[128 * (number - 1) : 128 * number])
    assert receiving.ask("37") == "77"
    assert receiving.ask(CHECK_MEMORY) == "71 01 02 02 00"


def test_the_counter_goes_from_ff_to_00() -> None:
    talk = Talk(profile=replace(QUICK, block_length=3))
    talk.into_programming()
    talk.tell(ERASE, REQUEST_DOWNLOAD)
    answers = talk.transfer(new_image())
    assert answers[253:258] == ["76 FE", "76 FF", "76 00", "76 01", "76 02"]
    assert talk.ask("37") == "77"


def test_more_than_was_announced_is_out_of_range(receiving: Talk) -> None:
    receiving.transfer(new_image())
    assert receiving.ask(b"\x36\x05\x00") == "7F 36 31"


def test_a_block_longer_than_granted_is_malformed(receiving: Talk) -> None:
    assert receiving.ask(b"\x36\x01" + bytes(129)) == "7F 36 13"


def test_a_voltage_that_drops_stops_the_transfer_and_nothing_is_lost(receiving: Talk) -> None:
    receiving.ask(b"\x36\x01" + BLOCK)
    receiving.volts = 10.5
    assert receiving.ask(b"\x36\x02" + BLOCK) == "7F 36 93"
    receiving.volts = 13.8
    assert receiving.ask(b"\x36\x02" + BLOCK) == "76 02"


def test_an_exit_before_the_end_is_out_of_sequence(receiving: Talk) -> None:
    receiving.ask(b"\x36\x01" + BLOCK)
    assert receiving.ask("37") == "7F 37 24"


def test_an_exit_without_a_download_is_out_of_sequence(talk: Talk) -> None:
    assert talk.ask("37") == "7F 37 24"


# -- checks


def test_a_good_image_passes_the_check(talk: Talk) -> None:
    talk.download(new_image())
    assert talk.ask(CHECK_MEMORY) == "71 01 02 02 00"


@pytest.mark.parametrize("at", [0, 100, 511])
def test_an_image_with_one_wrong_byte_fails_the_check(talk: Talk, at: int) -> None:
    image = bytearray(new_image())
    image[at] ^= 1
    talk.download(bytes(image))
    assert talk.ask(CHECK_MEMORY) == "71 01 02 02 01"
    assert talk.kept.slots[0].state is SlotState.ERASED


def test_an_erased_region_cannot_be_checked(talk: Talk) -> None:
    talk.tell(ERASE)
    assert talk.ask(CHECK_MEMORY) == "7F 31 22"


def test_dependencies_with_a_missing_block_are_04(talk: Talk) -> None:
    talk.tell(ERASE)
    assert talk.ask(CHECK_DEPENDENCIES) == "71 01 FF 01 04"


def test_dependencies_of_a_written_but_unchecked_block_are_04(talk: Talk) -> None:
    talk.download(new_image())
    assert talk.ask(CHECK_DEPENDENCIES) == "71 01 FF 01 04"


def test_dependencies_of_good_blocks_are_met(talk: Talk) -> None:
    talk.download(new_image())
    talk.tell(CHECK_MEMORY)
    assert talk.ask(CHECK_DEPENDENCIES) == "71 01 FF 01 00"


@pytest.mark.parametrize("request_", [CHECK_MEMORY, CHECK_DEPENDENCIES])
def test_both_checks_take_their_time(talk: Talk, request_: str) -> None:
    talk.download(new_image())
    begun_s = talk.now_s
    assert talk.hear(request_)[0].words == "7F 31 78"
    assert talk.now_s - begun_s == pytest.approx(QUICK.check_s, abs=0.01)


@pytest.mark.parametrize("request_", [CHECK_MEMORY, CHECK_DEPENDENCIES])
def test_both_checks_are_the_bootloaders(request_: str) -> None:
    assert Talk().ask(request_) == "7F 31 7F"


def test_dependencies_that_were_not_met_stay_unproven_when_the_block_is_good(talk: Talk) -> None:
    talk.download(new_image())
    talk.tell(CHECK_DEPENDENCIES, CHECK_MEMORY)
    assert check_byte(talk) == "02"


# -- what the unit says of itself meanwhile


def test_before_the_flash_it_names_the_old_software_and_is_content() -> None:
    assert svk(Talk()).startswith("62 F1 01 01 01 00 05")
    assert svk(Talk()).endswith("08 00 00 2C CE 15 0A 02 08 00 00 46 DA 15 0A 34")


def test_after_the_erase_its_check_is_02_and_the_unit_unknown(talk: Talk) -> None:
    talk.tell(ERASE)
    assert check_byte(talk) == "02"
    assert svk(talk).endswith(f"{UNKNOWN} 08 00 00 46 DA 15 0A 34")


def test_written_but_unchecked_software_is_unknown_still(talk: Talk) -> None:
    talk.download(new_image())
    assert UNKNOWN in svk(talk)


def test_checked_software_is_named_but_the_check_stays_02_until_the_dependencies_are(talk: Talk) -> None:
    talk.download(new_image())
    talk.tell(CHECK_MEMORY)
    assert "08 00 00 2C CE 15 14 02" in svk(talk)
    assert check_byte(talk) == "02"
    talk.tell(CHECK_DEPENDENCIES)
    assert check_byte(talk) == "01"


def test_an_erase_empties_the_coding_and_the_unit_says_so(talk: Talk) -> None:
    talk.tell(ERASE)
    assert dict(talk.kept.coding) == {0x3000: b"\xff\xff\xff\xff"}
    assert "05 FF FF FF FF FF FF FF" in svk(talk)


def test_coding_stays_blank_after_the_flash_until_it_is_written_back() -> None:
    talk = Talk()
    talk.program()
    restarted(talk)
    assert talk.ask("22 30 00") == "62 30 00 FF FF FF FF"
    talk.tell("10 41")
    talk.unlock(0x01)
    talk.tell(f"2E 30 00 {CODING.hex()}", "31 01 0F 01")
    assert talk.ask("22 30 00") == "62 30 00 01 04 22 A0"
    assert "05 00 00 29 B7 00 14 0A" in svk(talk)


def test_an_erased_unit_stays_in_its_bootloader_whatever_happens(talk: Talk) -> None:
    talk.tell(ERASE)
    restarted(talk)
    assert talk.unit.in_bootloader
    talk.unit.lose_power()
    assert talk.unit.in_bootloader


def test_the_application_runs_again_after_a_whole_flash() -> None:
    talk = Talk()
    talk.program()
    restarted(talk)
    assert talk.ask("22 F1 90").startswith("62 F1 90")
    assert talk.kept.slots[0].software == NEW


def test_a_programming_is_counted_once_however_often_it_is_checked() -> None:
    talk = Talk()
    assert talk.ask("22 25 02") == "62 25 02 00 00 00 02"
    talk.program()
    talk.tell(CHECK_DEPENDENCIES, CHECK_DEPENDENCIES)
    assert talk.ask("22 25 02") == "62 25 02 00 00 00 03"


def test_a_failed_flash_is_not_counted(talk: Talk) -> None:
    talk.download(bytes(512))
    talk.tell(CHECK_MEMORY, CHECK_DEPENDENCIES)
    assert talk.kept.programmed == 2


def test_the_calibration_changes_with_the_software() -> None:
    talk = Talk()
    before = talk.ask("09 04"), talk.ask("09 06")
    talk.program()
    restarted(talk)
    assert not {talk.ask("09 04"), talk.ask("09 06")} & set(before)


def test_the_other_region_is_untouched_by_it_all() -> None:
    talk = Talk()
    talk.program()
    assert (talk.kept.slots[1].software, talk.kept.slots[1].state) == (OLD[1], SlotState.GOOD)
