"""The words of ISO 14229-1: what answers a request, and what does not."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import uds
from appliance.uds import Nrc, Sid, expected_prefix, expects_answer, is_positive, negative_code, nrc_name, service_name

# Every service: a request, and how its positive response begins (ISO 14229-1, clauses 9 to 14).
SERVICES = [
    ("09 04", "49 04"),
    ("10 03", "50 03"),
    ("11 01", "51 01"),
    ("14 FF FF FF", "54"),
    ("19 02 0C", "59 02"),
    ("22 F1 01", "62 F1 01"),
    ("27 11 FF FF FF FF", "67 11"),
    ("28 01 01", "68 01"),
    ("2E F1 5A 17", "6E F1 5A"),
    ("31 01 FF 00 02", "71 01 FF 00"),
    ("34 00 44 80 02 00 00 00 00 00 0C", "74"),
    ("36 FF 01 02", "76 FF"),
    ("37", "77"),
    ("3E 00", "7E 00"),
    ("85 02", "C5 02"),
]
SUPPRESSIBLE = ("10 83", "11 81", "19 82 0C", "27 91", "28 81 01", "31 81 02 03", "3E 80", "85 82")
NEVER_SUPPRESSED = ("22 F1 90", "22 90 F1", "2E F1 5A", "36 80 00", "34 80", "37", "14 FF FF FF", "09 84")


@pytest.mark.parametrize(("request_hex", "prefix"), SERVICES)
def test_the_positive_response_repeats_what_the_standard_demands(request_hex: str, prefix: str) -> None:
    assert expected_prefix(bytes.fromhex(request_hex)) == bytes.fromhex(prefix)


def test_every_service_is_in_the_table() -> None:
    assert {bytes.fromhex(request)[0] for request, _ in SERVICES} == set(Sid)


def test_a_service_nobody_knows_is_answered_by_its_identifier_alone() -> None:
    assert expected_prefix(b"\x3d\x01\x02") == b"\x7d"


@pytest.mark.parametrize("request_hex", SUPPRESSIBLE)
def test_the_suppress_bit_is_not_repeated(request_hex: str) -> None:
    request = bytes.fromhex(request_hex)
    assert expected_prefix(request)[1] == request[1] & 0x7F


def test_a_transfers_counter_is_repeated_whole() -> None:
    assert expected_prefix(b"\x36\x80\x00") == b"\x76\x80"


@pytest.mark.parametrize(
    ("request_hex", "response_hex"),
    [
        ("22 F1 01", "62 F1 90 41"),  # another identifier
        ("36 02 AA", "76 01"),  # the block before
        ("31 01 FF 00", "71 01 FF 01 00"),  # another routine
        ("10 03", "50 01"),  # another session
        ("22 F1 01", "62 F1"),  # cut short
        ("22 F1 01", "7F 22 31"),
        ("22 F1 01", ""),
    ],
)
def test_a_foreign_or_short_answer_is_not_positive(request_hex: str, response_hex: str) -> None:
    assert not is_positive(bytes.fromhex(request_hex), bytes.fromhex(response_hex))


@given(st.sampled_from(SERVICES), st.binary(max_size=20))
def test_anything_may_follow_the_echo(pair: tuple[str, str], rest: bytes) -> None:
    assert is_positive(bytes.fromhex(pair[0]), bytes.fromhex(pair[1]) + rest)


@given(st.sampled_from(SERVICES), st.binary(max_size=20))
def test_no_answer_is_positive_and_negative_at_once(pair: tuple[str, str], response: bytes) -> None:
    request = bytes.fromhex(pair[0])
    assert not (is_positive(request, response) and negative_code(request, response) is not None)


# -- negative responses


@pytest.mark.parametrize("request_hex", [request for request, _ in SERVICES])
def test_a_negative_response_names_the_service_and_the_code(request_hex: str) -> None:
    request = bytes.fromhex(request_hex)
    assert negative_code(request, bytes((0x7F, request[0], 0x31))) == 0x31


@pytest.mark.parametrize("response_hex", ["7F 10 31", "7F 22", "7F 22 31 00", "62 22 31", "22 7F 31", ""])
def test_what_refuses_another_service_or_has_another_length_refuses_nothing(response_hex: str) -> None:
    assert negative_code(b"\x22\xf1\x01", bytes.fromhex(response_hex)) is None


# -- suppressed answers


@pytest.mark.parametrize("request_hex", SUPPRESSIBLE)
def test_no_answer_is_due_with_the_suppress_bit(request_hex: str) -> None:
    assert not expects_answer(bytes.fromhex(request_hex))


@pytest.mark.parametrize("request_hex", [*(request for request, _ in SERVICES), *NEVER_SUPPRESSED])
def test_an_answer_is_due_to_everything_else(request_hex: str) -> None:
    assert expects_answer(bytes.fromhex(request_hex))


def test_the_keep_alive_is_answered_by_nobody() -> None:
    assert not expects_answer(uds.TESTER_PRESENT)


# -- names


@pytest.mark.parametrize(
    ("sid", "name"),
    [
        (0x10, "DiagnosticSessionControl"),
        (0x11, "ECUReset"),
        (0x19, "ReadDTCInformation"),
        (0x22, "ReadDataByIdentifier"),
        (0x85, "ControlDTCSetting"),
        (0x99, "service 99"),
    ],
)
def test_services_have_the_standards_names(sid: int, name: str) -> None:
    assert service_name(sid) == name


@pytest.mark.parametrize(
    ("nrc", "name"), [(0x31, "requestOutOfRange"), (0x93, "voltageTooLow"), (0x10, "generalReject"), (0xEE, "unknown")]
)
def test_negative_response_codes_have_the_standards_names(nrc: int, name: str) -> None:
    assert nrc_name(nrc) == name


def test_no_two_codes_share_a_name() -> None:
    assert len({nrc_name(nrc) for nrc in Nrc}) == len(Nrc)


@pytest.mark.parametrize("sid", [0xC0, 0xF1, 0xFF])
def test_what_is_no_service_has_no_positive_response(sid: int) -> None:
    assert not is_positive(bytes([sid, 0x01]), bytes([(sid + 0x40) & 0xFF, 0x01]))
