"""Claims about OBD identity and programming preconditions."""

from __future__ import annotations

import pytest

from appliance.car.confidence import Confidence
from appliance.car.identity import Precondition, decode_calibration_ids, decode_cvn, decode_preconditions
from appliance.errors import MalformedAnswer
from tests.car import golden


def test_the_calibration_id_of_a_real_dme_is_decoded() -> None:
    assert decode_calibration_ids(golden.CALIBRATION_ID) == ("CB24AFB7",)


def test_the_verification_number_of_a_real_dme_is_decoded() -> None:
    assert decode_cvn(golden.CVN) == ("CB24AFB7",)


def test_two_calibrations_are_two() -> None:
    item = golden.CALIBRATION_ID[3:]
    assert decode_calibration_ids(b"\x49\x04\x02" + item + item) == ("CB24AFB7", "CB24AFB7")


@pytest.mark.parametrize("item", [bytes(16), b"\xff" * 16, b"AB\0CD" + bytes(11)])
def test_a_calibration_id_nobody_can_print_is_malformed(item: bytes) -> None:
    with pytest.raises(MalformedAnswer, match="printable"):
        decode_calibration_ids(b"\x49\x04\x01" + item)


@pytest.mark.parametrize("length", range(2, 7))
def test_a_truncated_verification_number_is_malformed(length: int) -> None:
    with pytest.raises(MalformedAnswer, match="49 06"):
        decode_cvn(golden.CVN[:length])


def test_an_empty_list_means_all_preconditions_are_met() -> None:
    assert decode_preconditions(bytes.fromhex("71010203")) == ()


def test_a_running_engine_is_the_one_confirmed_precondition() -> None:
    assert decode_preconditions(bytes.fromhex("7101020301")) == (
        Precondition(1, "engine is running", Confidence.CONFIRMED),
    )


@pytest.mark.parametrize("code", [0x02, 0x08, 0x09, 0x0A, 0x0C, 0x80])
def test_the_other_known_preconditions_are_likely(code: int) -> None:
    (precondition,) = decode_preconditions(bytes.fromhex("71010203") + bytes([code]))
    assert precondition.confidence is Confidence.LIKELY


@pytest.mark.parametrize("code", [0x00, 0x55, 0xFF])
def test_an_unknown_precondition_is_still_unmet(code: int) -> None:
    (precondition,) = decode_preconditions(bytes.fromhex("71010203") + bytes([code]))
    assert precondition.confidence is Confidence.UNKNOWN


def test_the_answer_of_another_routine_is_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        decode_preconditions(bytes.fromhex("7101020201"))
