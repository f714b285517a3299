"""What is kept beside a trouble code."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.fault_details import FaultDetail, decode_extended, decode_snapshot
from appliance.errors import MalformedAnswer

REAL = bytes.fromhex("5906030E0520010002010306")  # a real DME (facts.md §9)


def test_a_real_answer_is_read() -> None:
    assert decode_extended(REAL) == ((1, 0), (2, 1), (3, 6))


def test_its_records_have_names() -> None:
    words = FaultDetail(decode_extended(REAL)).words
    assert words == ("condition 0", "frequency 1", "healing counter 6")


def test_a_record_without_a_name_keeps_its_number() -> None:
    assert FaultDetail(((0x10, 7),)).words == ("record 10 7",)


def test_a_code_with_nothing_beside_it_has_no_records() -> None:
    assert decode_extended(REAL[:6]) == ()


@pytest.mark.parametrize("payload", ["", "5906", "5904030E0520", "5906030E052001", "7F1912"])
def test_what_is_no_such_answer_is_refused(payload: str) -> None:
    with pytest.raises(MalformedAnswer):
        decode_extended(bytes.fromhex(payload))


def test_a_snapshot_is_kept_as_it_was_read() -> None:
    detail = FaultDetail(snapshot=decode_snapshot(bytes.fromhex("5904030E0520 0102 1700 00A2C4")))
    assert detail.words == ("snapshot 01 02 17 00 00 A2 C4",)


@given(st.binary(max_size=64))
def test_any_bytes_are_a_value_or_the_documented_error(payload: bytes) -> None:
    for decode in (decode_extended, decode_snapshot):
        try:
            decode(payload)
        except MalformedAnswer:
            continue
