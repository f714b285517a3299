"""Claims about trouble codes."""

from __future__ import annotations

import pytest

from appliance.car.faults import Change, Fault, compare_faults, decode_every_fault, decode_faults
from appliance.errors import MalformedAnswer
from tests.car import golden

PRESENT, STORED = 0x2F, 0x28


def test_codes_that_were_not_asked_for_are_left_out() -> None:
    assert decode_faults(golden.FAULTS_DME) == ()


def test_every_code_sent_can_be_had() -> None:
    assert decode_every_fault(golden.FAULTS_DME) == (Fault(0xCD9628, 0x20), Fault(0x030E05, 0x20))


@pytest.mark.parametrize("mask", ["FF", "7F", "4F", "4D"])
def test_three_bytes_are_no_trouble_code(mask: str) -> None:
    assert decode_faults(bytes.fromhex("5902" + mask)) == ()


@pytest.mark.parametrize(
    ("status", "kept"), [(0x2F, 1), (0x28, 1), (0x6D, 1), (0x04, 1), (0x20, 0), (0x50, 0), (0x03, 0)]
)
def test_a_code_is_kept_when_it_is_pending_or_confirmed(status: int, kept: int) -> None:
    assert len(decode_faults(bytes.fromhex("5902FF031786") + bytes([status]))) == kept


@pytest.mark.parametrize(
    ("status", "present", "stored"), [(0x2F, True, True), (0x28, False, True), (0x05, True, False)]
)
def test_present_and_stored_are_two_bits(status: int, *, present: bool, stored: bool) -> None:
    fault = Fault(0x031786, status)
    assert (fault.present, fault.stored) == (present, stored)


def test_a_code_is_written_with_six_digits() -> None:
    assert Fault(0x30E05, 0).text == "030E05"


def test_the_status_is_told_in_words() -> None:
    assert Fault(1, 0x28).status_text == "confirmed, failed since clear"


@pytest.mark.parametrize("length", [0, 1, 2, 4, 5, 6, 8, 10])
def test_a_truncated_answer_is_malformed(length: int) -> None:
    with pytest.raises(MalformedAnswer, match="59 02"):
        decode_faults(golden.FAULTS_DME[:length])


def test_new_gone_and_changed_codes_are_told_apart() -> None:
    before = (Fault(1, STORED), Fault(2, STORED), Fault(3, STORED))
    after = (Fault(2, STORED), Fault(3, PRESENT), Fault(4, PRESENT))
    difference = compare_faults(before, after)
    assert (difference.new, difference.gone, difference.changed) == (
        (Fault(4, PRESENT),),
        (Fault(1, STORED),),
        (Change(Fault(3, STORED), Fault(3, PRESENT)),),
    )


@pytest.mark.parametrize("bit", [1, 2, 4, 5, 6, 7])
def test_the_other_bits_change_nothing(bit: int) -> None:
    difference = compare_faults((Fault(1, STORED),), (Fault(1, STORED ^ 1 << bit),))
    assert (difference.new, difference.gone, difference.changed) == ((), (), ())


def test_a_code_sent_twice_counts_once_with_all_its_bits() -> None:
    difference = compare_faults((), (Fault(1, 0x08), Fault(1, 0x01)))
    assert difference.new == (Fault(1, 0x09),)
