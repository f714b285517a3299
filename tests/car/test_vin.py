"""Claims about vehicle identification numbers."""

from __future__ import annotations

import pytest

from appliance.car.confidence import Confidence
from appliance.car.vin import Vin, decode_vin, parse_vin
from appliance.errors import MalformedAnswer
from tests.car import golden

REAL = ("WMWWG5C50H3C19710", "WMWWH9C50J3A78339", "WMWXU3C5XH2000001", "WMWWJ5C02L3L51461", "WBA3C1C52DK104997")


@pytest.mark.parametrize("text", REAL)
def test_real_north_american_vins_have_a_valid_check_digit(text: str) -> None:
    assert parse_vin(text).check_digit_valid is True


@pytest.mark.parametrize("position", [0, 3, 7, 10, 16])
def test_one_wrong_character_makes_the_check_digit_invalid(position: int) -> None:
    good = "WMWXU3C5XH2000001"
    wrong = "3" if good[position] != "3" else "4"
    assert parse_vin(good[:position] + wrong + good[position + 1 :]).check_digit_valid is False


@pytest.mark.parametrize("text", ["WMWXM510000A00001", "WMWXM5100FTA00001", "WMWXM510ZFTA00001"])
def test_a_vin_that_need_not_have_a_check_digit_is_neither_valid_nor_invalid(text: str) -> None:
    assert parse_vin(text).check_digit_valid is None


def test_the_type_code_is_positions_four_to_seven() -> None:
    assert parse_vin("WMWXU3C5XH2000001").type_code == "XU3C"


@pytest.mark.parametrize(
    ("text", "body", "confidence"),
    [
        ("WMWXU3C5XH2000001", "F55", Confidence.LIKELY),
        ("WMWWG5C50H3C19710", "F57", Confidence.LIKELY),
        ("WMWWH9C50J3A78339", "F57", Confidence.FROM_MEMORY),
        ("WMWXM510000A00001", "F56", Confidence.FROM_MEMORY),
        ("WMWLN510000A00001", "F54", Confidence.FROM_MEMORY),
        ("WMWYS510000A00001", "F60", Confidence.FROM_MEMORY),
    ],
)
def test_a_body_comes_with_how_sure_it_is(text: str, body: str, confidence: Confidence) -> None:
    assert (parse_vin(text).body, parse_vin(text).body_confidence) == (body, confidence)


@pytest.mark.parametrize("text", ["WBA3C1C52DK104997", "WBAXM510000A00001", "WMWZZ510000A00001"])
def test_an_unlisted_type_has_no_body(text: str) -> None:
    assert parse_vin(text).body is None


def test_a_person_may_write_lower_case_and_blanks_around() -> None:
    assert parse_vin(" wmwxu3c5xh2000001\n") == Vin("WMWXU3C5XH2000001")


@pytest.mark.parametrize(
    "text", ["WMWXU3C5XH200000", "WMWXU3C5XH20000011", "", "WMWXU3C5XH200000I", "WMWXU3C5XH200000Ä"]
)
def test_wrong_length_and_illegal_characters_are_malformed(text: str) -> None:
    with pytest.raises(MalformedAnswer):
        parse_vin(text)


@pytest.mark.parametrize("illegal", list("IOQ"))
def test_i_o_and_q_are_in_no_vin(illegal: str) -> None:
    with pytest.raises(MalformedAnswer, match="without I, O and Q"):
        parse_vin("WMWXU3C5XH200000" + illegal)


def test_the_vin_of_a_real_f30_is_decoded() -> None:
    assert decode_vin(golden.VIN_F30).text == "WBA3C1C52DK104997"


def test_lower_case_from_a_control_unit_is_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        decode_vin(bytes.fromhex("62F190") + b"wmwxu3c5xh2000001")


@pytest.mark.parametrize("length", [3, 4, 19])
def test_a_truncated_vin_names_the_did_and_both_lengths(length: int) -> None:
    with pytest.raises(MalformedAnswer, match=rf"DID F190 \(VIN\): found {length - 3} bytes?, expected 17 bytes"):
        decode_vin(golden.VIN_F30[:length])


def test_another_answer_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="found 62 F1 91, expected 62 F1 90"):
        decode_vin(bytes.fromhex("62F191") + golden.VIN_F30[3:])
