"""Claims about what `kl30 decode` says of a message."""

from __future__ import annotations

import pytest

from appliance.car.explain import Explanation, explain, parse_hex
from appliance.errors import MalformedAnswer, UsageError
from tests.car import golden


def said(message: str | bytes) -> str:
    """Everything an explanation says, in one line."""
    explanation = explain(parse_hex(message) if isinstance(message, str) else message)
    return " · ".join([explanation.title, *(f"{r.field}={r.value}={r.meaning}" for r in explanation.rows)])


def rows(explanation: Explanation) -> list[tuple[str, str]]:
    return [(row.field, row.value) for row in explanation.rows]


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("10 03", ["request", "DiagnosticSessionControl", "extended"]),
        ("3E 80", ["TesterPresent", "suppress positive response=yes"]),
        ("11 01", ["ECUReset", "hard reset"]),
        ("14 FF FF FF", ["ClearDiagnosticInformation", "FFFFFF=all"]),
        ("19 02 0C", ["codes by status", "pending, confirmed"]),
        ("19 04 03 0E 05 FF", ["snapshot", "030E05"]),
        ("22 F1 90", ["ReadDataByIdentifier", "F190=VIN"]),
        ("22 F1 01 F1 90", ["F101=SVK, current", "F190=VIN"]),
        ("22 12 34", ["1234=unknown"]),
        ("27 11 FF FF FF FF", ["SecurityAccess", "request seed", "FF FF FF FF"]),
        ("27 12 01 02 03", ["send key", "3 bytes=not shown"]),
        ("28 01 01", ["receive, do not send", "normal messages"]),
        ("2E F1 5A 18 01 30", ["F15A=fingerprint", "18 01 30"]),
        ("31 01 02 03", ["start", "check programming preconditions"]),
        ("31 01 FF 00 02 40 80 02 00 00 06", ["erase memory", "02 40 80 02 00 00 06"]),
        ("34 00 44 80 02 00 00 00 10 00 00", ["plain", "0x80020000", "1048576 bytes"]),
        ("36 01 AA BB", ["TransferData", "counter=01", "2 bytes"]),
        ("37", ["RequestTransferExit"]),
        ("85 02", ["off"]),
        ("09 04", ["calibration id"]),
        ("2C 03 F3 03", ["DynamicallyDefineDataIdentifier", "03 F3 03=not decoded here"]),
        ("BA 01", ["unknown service BA"]),
    ],
)
def test_a_request_is_explained(message: str, words: list[str]) -> None:
    text = said(message)
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("50 03 00 32 01 F4", ["positive response", "extended", "P2=50 ms", "P2*=5000 ms"]),
        ("50 03", ["timing=not stated"]),
        ("51 01", ["hard reset"]),
        ("54", ["ClearDiagnosticInformation"]),
        (golden.FAULTS_DME, ["CD9628=20=failed since clear", "pending or confirmed=0=of 2 codes sent"]),
        (golden.EXTENDED_FAULT_DME, ["030E05=20", "extended data=01 00 02 01 03 06"]),
        ("59 03 01", ["report=03=unknown"]),
        ("67 11 01 02 03 04 05 06 07 08", ["seed=8 bytes"]),
        ("67 12", ["key accepted"]),
        ("6E F1 5A", ["fingerprint"]),
        ("71 01 02 03", ["unmet preconditions=none"]),
        ("71 01 02 03 01 08", ["engine is running (confirmed)", "programming voltage is too low (likely)"]),
        ("71 01 02 02 01", ["result=01=not good"]),
        ("71 01 FF 01 02", ["does not match the hardware (likely)"]),
        ("71 01 12 34 05", ["1234=unknown", "status=05"]),
        ("74 20 0B B9", ["3001 bytes"]),
        ("76 01", ["counter=01"]),
        ("77", ["RequestTransferExit"]),
        ("7E 00", ["TesterPresent"]),
        ("C5 02", ["ControlDTCSetting"]),
        (golden.CALIBRATION_ID, ["CB24AFB7"]),
        (golden.CVN, ["CB24AFB7"]),
        (golden.VIN_F30, ["WBA3C1C52DK104997", "=valid"]),
        (golden.LEVELS, ["current=S15A-17-11-540", "factory=S15A-17-03-509"]),
        (golden.VEHICLE_ORDER, ["construction=2017-03", "series=G031", "type key=JM71", "1CA", "E-words=A090"]),
        (golden.TIMINGS_DME, ["erase=120 s", "reset=5 s"]),
        (golden.TIMINGS_BDC, ["transfer (likely)=unknown"]),
        ("62 25 03 FF FF", ["unlimited"]),
        (golden.UNIT_LIST, ["control units=24", "0x12=DME"]),
        ("62 F1 86 01 81", ["session=01=default", "data=81"]),
        ("62 10 0A 03", ["flash"]),
        ("62 F1 8B 17 06 15", ["2017-06-15"]),
        ("62 12 34 56", ["1234=unknown", "data=56=not decoded here"]),
    ],
)
def test_a_response_is_explained(message: str | bytes, words: list[str]) -> None:
    text = said(message)
    assert [word for word in words if word not in text] == []


@pytest.mark.parametrize(
    ("message", "words"),
    [
        ("7F 22 31", ["negative response", "ReadDataByIdentifier", "31=requestOutOfRange"]),
        ("7F 10 78", ["responsePending: not a refusal"]),
        ("7F 31 93", ["voltageTooLow"]),
        ("7F 31 EE", ["EE=unknown"]),
        ("7F BA 11", ["unknown service BA"]),
    ],
)
def test_a_refusal_is_explained(message: str, words: list[str]) -> None:
    text = said(message)
    assert [word for word in words if word not in text] == []


def test_the_svk_of_a_real_dme_is_explained_row_by_row() -> None:
    assert rows(explain(golden.SVK_DME)) == [
        ("DID", "F101"),
        ("layout version", "01"),
        ("programming check", "01"),
        ("programmed on", "2018-01-30"),
        ("fingerprint", "8A 04 D2 01 00 00 10 00 00 00"),
        ("HWEL", "HWEL-00002CCB-01.03.04"),
        ("HWAP", "HWAP-00004147-FF.FF.FF"),
        ("BTLD", "BTLD-00002CCD-15.0A.01"),
        ("SWFL", "SWFL-00002CCE-15.0A.02"),
        ("SWFL", "SWFL-000046DA-15.0A.34"),
        ("CAFD", "CAFD-000029B7-00.14.0A"),
    ]


def test_the_body_of_an_svk_is_explained_without_its_header() -> None:
    assert rows(explain(golden.SVK_DME_BODY)) == rows(explain(golden.SVK_DME))[1:]


def test_a_unit_lost_in_a_failed_flash_is_said_to_be() -> None:
    broken = golden.SVK_DME[:-8] + b"\xff" * 8
    assert "unkn_ffffffff-255_255_255: a unit that cannot be identified, as after a failed flash" in said(broken)


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("", "UDS message: found 0 bytes, expected at least 1 byte"),
        ("62 F1", "found 62 F1, expected 62 and a data identifier"),
        ("62 F1 90 57", r"DID F190 \(VIN\): found 1 byte, expected 17 bytes"),
        ("62 F1 01 01 01 00 06", r"DID F101 \(SVK\): found 4 bytes, expected at least 17 bytes"),
        ("62 25 04 00 78 00", "DID 2504 .*found 3 bytes, expected 10, 12 or 15 bytes"),
        ("59 02 FF 01 02", "59 02"),
        ("7F 22", "found 2 bytes, expected 3 bytes"),
        ("74 20 0B", "found 3 bytes, expected 4 bytes"),
        ("22 F1", "ReadDataByIdentifier: found 2 bytes, expected at least 3 bytes"),
        ("22 F1 90 F1", "found 4 bytes"),
        ("34 00 44 80 02", "found 5 bytes, expected 11 bytes"),
    ],
)
def test_a_truncated_message_names_what_was_found_and_expected(message: str, sentence: str) -> None:
    data = parse_hex(message) if message else b""
    with pytest.raises(MalformedAnswer, match=sentence):
        explain(data)


@pytest.mark.parametrize(
    "text",
    [
        "62F101",
        "62 f1 01",
        "0x62 0xF1 0x01",
        "62:F1:01",
        "62|F1|01",
        "0x62F101",
        " 62\n F1\t01 ",
        "62, F1, 01",
        "62F1 01",
    ],
)
def test_bytes_are_read_as_people_write_them(text: str) -> None:
    assert parse_hex(text) == b"\x62\xf1\x01"


@pytest.mark.parametrize(
    ("text", "token"), [("62 F", "'F'"), ("62 xyz 01", "'xyz'"), ("62 F1011", "'F1011'"), ("0x", "'0x'")]
)
def test_a_bad_token_is_named(text: str, token: str) -> None:
    with pytest.raises(UsageError, match=token):
        parse_hex(text)


@pytest.mark.parametrize("text", ["", "  ", " : | "])
def test_no_bytes_are_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="no hexadecimal bytes"):
        parse_hex(text)
