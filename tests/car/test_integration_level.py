"""Claims about integration levels."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.integration_level import (
    Comparison,
    Level,
    Levels,
    compare,
    decode_levels,
    encode_levels,
    in_range,
    parse_level,
)
from appliance.errors import MalformedAnswer, UsageError
from tests.car import golden

TARGET = parse_level("F056-17-03-502")
HEADER = bytes.fromhex("62100B")
RECORD = bytes.fromhex("46303536110301F6")

levels = st.builds(
    Level,
    series=st.from_regex(r"[A-Z0-9]{3,4}", fullmatch=True),
    year=st.integers(0, 99),
    month=st.integers(1, 12),
    version=st.integers(0, 999),
)


@pytest.mark.parametrize("text", ["F056-17-03-502", "f056_17_03_502", "F056-17_03-502", " F056-17-03-502 "])
def test_a_level_is_read_with_either_separator_and_any_case(text: str) -> None:
    assert parse_level(text) == Level("F056", 17, 3, 502)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "UNBEK",
        "F056-17-03",
        "F056-17-13-502",
        "F056-17-00-502",
        "F056-17-3-502",
        "F056 17 03 502",
        "F056-17-03-٥02",
    ],
)
def test_what_is_no_level_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_level(text)


@given(levels)
def test_a_level_survives_its_text(level: Level) -> None:
    assert parse_level(str(level)) == level


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("F056-17-03-502", Comparison.MET),
        ("F056-17-03-503", Comparison.MET),
        ("F056-17-07-500", Comparison.MET),
        ("F056-18-03-500", Comparison.MET),
        ("F056-17-03-501", Comparison.BELOW),
        ("F056-16-11-999", Comparison.BELOW),
        ("F045-17-03-502", Comparison.NOT_COMPARABLE),
        ("S15A-17-11-540", Comparison.NOT_COMPARABLE),
    ],
)
def test_levels_compare_only_inside_one_main_series(level: str, expected: Comparison) -> None:
    assert compare(parse_level(level), TARGET) is expected


def test_an_unreadable_level_is_never_met() -> None:
    assert compare(None, TARGET) is Comparison.NOT_COMPARABLE


@pytest.mark.parametrize(
    ("level", "expected"),
    [
        ("F056-21-03-499", False),
        ("F056-21-03-500", True),
        ("F056-21-03-544", True),
        ("F056-21-03-545", False),
        ("F045-21-03-510", None),
    ],
)
def test_a_range_holds_its_minimum_and_not_its_end(level: str, *, expected: bool | None) -> None:
    minimum, below = parse_level("F056-21-03-500"), parse_level("F056-21-03-545")
    assert in_range(parse_level(level), minimum, below) is expected


def test_an_unreadable_level_is_in_no_range_and_outside_of_none() -> None:
    assert in_range(None, TARGET, TARGET) is None


def test_the_levels_of_a_real_g31_are_decoded() -> None:
    factory = parse_level("S15A-17-03-509")
    assert decode_levels(golden.LEVELS) == Levels(parse_level("S15A-17-11-540"), factory, factory)


def test_the_record_of_the_campaign_is_f056_17_03_502() -> None:
    assert decode_levels(HEADER + RECORD * 3).current == TARGET


@pytest.mark.parametrize(
    "record",
    [
        bytes(8),
        b"\xff" * 8,
        b"UNBEK\0\0\0",
        RECORD[:5] + b"\x0d" + RECORD[6:],
        RECORD[:6] + b"\x03\xe8",
        b"\x46" + b"\xff" * 7,
    ],
)
def test_an_empty_or_unreadable_record_is_no_level(record: bytes) -> None:
    assert decode_levels(HEADER + record + RECORD * 2) == Levels(None, TARGET, TARGET)


@pytest.mark.parametrize("length", [0, 1, 23])
def test_fewer_than_three_records_are_malformed(length: int) -> None:
    with pytest.raises(MalformedAnswer, match=rf"DID 100B .*found {length} bytes?, expected at least 24 bytes"):
        decode_levels(HEADER + (RECORD * 3)[:length])


@given(st.builds(Levels, *[levels | st.none()] * 3), st.binary(max_size=30))
def test_levels_survive_encoding(written: Levels, trailer: bytes) -> None:
    assert decode_levels(encode_levels(written, trailer)) == written


def test_the_real_answer_is_encoded_byte_by_byte() -> None:
    assert encode_levels(decode_levels(golden.LEVELS), golden.TRAILER) == golden.LEVELS
