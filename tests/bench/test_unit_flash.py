"""Erase and download in a simulated control unit, in order and out of order."""

from __future__ import annotations

from dataclasses import replace

import pytest

from appliance.bench.memory import SlotState
from tests.bench.talk import (
    CHECK_MEMORY,
    DATA,
    ERASE,
    QUICK,
    REQUEST_DOWNLOAD,
    Talk,
    new_image,
)

BLOCK = bytes(128)


@pytest.fixture
def talk() -> Talk:
    """Unlocked in the programming session."""
    talk = Talk()
    talk.into_programming()
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
