"""Claims about flash timings, programming counters and session timing."""

from __future__ import annotations

import pytest

from appliance.car.timings import (
    FlashTimings,
    ProgrammingCounter,
    SessionTiming,
    decode_counter,
    decode_counters,
    decode_flash_timings,
    decode_session,
)
from appliance.errors import MalformedAnswer
from tests.car import golden


@pytest.mark.parametrize(
    ("payload", "expected"),
    [
        (golden.TIMINGS_DME, FlashTimings(120, 60, 1, 10, 5, 20)),
        (golden.TIMINGS_EGS, FlashTimings(90, 60, 5, 10, 2, 60)),
        (golden.TIMINGS_EPS, FlashTimings(15, 10, 20, 2, 3, 10)),
        (golden.TIMINGS_DME[:-2], FlashTimings(120, 60, 1, 10, 5, None)),
        (golden.TIMINGS_BDC, FlashTimings(60, 32, 5, 10, 21, None)),
    ],
    ids=["DME", "EGS", "EPS", "five words", "BDC"],
)
def test_every_known_layout_of_flash_timings_is_decoded(payload: bytes, expected: FlashTimings) -> None:
    assert decode_flash_timings(payload) == expected


def test_a_time_that_is_not_stated_is_none() -> None:
    assert decode_flash_timings(golden.TIMINGS_DME[:3] + b"\xff\xff" + golden.TIMINGS_DME[5:]).erase_s is None


@pytest.mark.parametrize("length", [0, 1, 9, 11, 13, 14, 16])
def test_flash_timings_of_another_length_are_malformed(length: int) -> None:
    with pytest.raises(MalformedAnswer, match=rf"DID 2504 .*found {length} bytes?, expected 10, 12 or 15 bytes"):
        decode_flash_timings(bytes.fromhex("622504") + bytes(length))


def test_the_programming_counter_of_a_real_dme_is_two() -> None:
    assert decode_counters(golden.COUNTER_DME) == ProgrammingCounter(0x2502, 2)


def test_a_real_dme_may_be_programmed_247_times() -> None:
    assert decode_counters(golden.COUNTER_MAX_DME) == ProgrammingCounter(0x2503, 247)


def test_a_maximum_of_ffff_is_unlimited() -> None:
    assert decode_counter(bytes.fromhex("622503FFFF")) is None


@pytest.mark.parametrize("payload", ["622502000002", "6225030000F7", "6225", "622505 0001", "7F2231"])
def test_a_counter_of_another_length_or_identifier_is_malformed(payload: str) -> None:
    with pytest.raises(MalformedAnswer):
        decode_counters(bytes.fromhex(payload))


@pytest.mark.parametrize(
    ("payload", "expected"),
    [("5003003201F4", SessionTiming(0.05, 5.0)), ("5003012B01F4", SessionTiming(0.299, 5.0))],
)
def test_session_timing_is_in_milliseconds_and_tens_of_them(payload: str, expected: SessionTiming) -> None:
    assert decode_session(bytes.fromhex(payload)) == expected


def test_a_bare_session_answer_says_no_timing() -> None:
    assert decode_session(bytes.fromhex("5003")) is None


@pytest.mark.parametrize("payload", ["", "50", "500300", "5003003201", "5003003201F400", "7F1022"])
def test_a_session_answer_of_another_length_is_malformed(payload: str) -> None:
    with pytest.raises(MalformedAnswer, match="session timing"):
        decode_session(bytes.fromhex(payload))
