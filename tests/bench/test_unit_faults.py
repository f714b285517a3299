"""Trouble codes of a simulated control unit (ISO 14229-1:2013, 11.2 and 11.3; facts.md §9)."""

from __future__ import annotations

import pytest

from appliance.bench.memory import StoredFault
from tests.bench.talk import Talk, memory

PRESENT, STORED, OLD_STATUS, PASSED = (
    StoredFault(0x105A20, 0x2F),
    StoredFault(0xE12402, 0x28),
    StoredFault(0x030E05, 0x20),
    StoredFault(0x030E06, 0x50),
)


@pytest.fixture
def talk() -> Talk:
    return Talk(memory(faults=(PRESENT, STORED)))


def test_no_trouble_codes_are_three_bytes() -> None:
    assert Talk().ask("19 02 0C") == "59 02 FF"


def test_pending_and_confirmed_codes_are_told_with_their_status(talk: Talk) -> None:
    assert talk.ask("19 02 0C") == "59 02 FF 10 5A 20 2F E1 24 02 28"


def test_status_20_is_told_although_the_mask_does_not_match_and_50_is_not() -> None:
    assert Talk(memory(faults=(OLD_STATUS, PASSED))).ask("19 02 0C") == "59 02 FF 03 0E 05 20"


def test_only_the_report_by_status_mask_is_known(talk: Talk) -> None:
    assert talk.ask("19 0A") == "7F 19 12"
    assert talk.ask("19 02") == "7F 19 13"


def test_clearing_keeps_what_is_present(talk: Talk) -> None:
    assert talk.ask("14 FF FF FF") == "54"
    assert talk.ask("19 02 0C") == "59 02 FF 10 5A 20 2F"


def test_only_all_groups_are_cleared(talk: Talk) -> None:
    assert talk.ask("14 00 00 00") == "7F 14 31"


def test_a_code_is_stored_once_and_takes_its_newest_status() -> None:
    talk = Talk()
    talk.unit.note_fault(0xCD8486, 0x2F)
    talk.unit.note_fault(0xCD8486, 0x28)
    assert talk.ask("19 02 0C") == "59 02 FF CD 84 86 28"


def test_nothing_is_stored_while_storing_is_off() -> None:
    talk = Talk()
    talk.tell("10 03", "85 02")
    talk.unit.note_fault(0xCD8486, 0x2F)
    assert talk.ask("19 02 0C") == "59 02 FF"
