"""The checks after a download, and what a simulated control unit says of itself through the life of a flash."""

from __future__ import annotations

import pytest

from appliance.bench.memory import SlotState
from tests.bench.talk import (
    CHECK_DEPENDENCIES,
    CHECK_MEMORY,
    CODING,
    ERASE,
    NEW,
    OLD,
    QUICK,
    Talk,
    memory,
    new_image,
)

UNKNOWN = "FF FF FF FF FF FF FF FF"


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


def test_an_erase_takes_what_it_has_learned_along() -> None:
    talk = Talk(memory(individual=((0x6110, b"\x01\x02"),)))
    talk.into_programming()
    talk.tell(ERASE)
    assert talk.kept.individual == ((0x6110, b"\xff\xff"),)


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
