"""Claims about the SVK and SGBM ids."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.car.svk import (
    ProcessClass,
    ProgrammingCheck,
    SgbmId,
    Svk,
    decode_svk,
    encode_svk,
    is_svk_body,
    missing_and_surplus,
    parse_sgbm,
)
from appliance.errors import MalformedAnswer, UsageError
from appliance.values import from_json, to_json
from tests.car import golden

bytes_of_one = st.integers(0, 255)
units = st.builds(
    SgbmId,
    process_class=bytes_of_one,
    identifier=st.integers(0, 0xFFFFFFFF),
    main=bytes_of_one,
    sub=bytes_of_one,
    patch=bytes_of_one,
)
svks = st.builds(
    Svk,
    version=bytes_of_one,
    check=st.sampled_from(ProgrammingCheck),
    programmed_on=st.none() | st.dates(date(2000, 1, 1), date(2099, 12, 31)),
    fingerprint=st.binary(min_size=10, max_size=10),
    entries=st.lists(units, max_size=12).map(tuple),
)
TARGET = tuple(parse_sgbm(text) for text in ("btld_00002ccd-021_010_001", "swfl_00002cce-021_010_002"))


def test_the_svk_of_a_real_dme_is_decoded() -> None:
    assert decode_svk(golden.SVK_DME) == Svk(
        version=1,
        check=ProgrammingCheck.PASSED,
        programmed_on=date(2018, 1, 30),
        fingerprint=bytes.fromhex("8A04D201000010000000"),
        entries=(
            SgbmId(ProcessClass.HWEL, 0x2CCB, 1, 3, 4),
            SgbmId(ProcessClass.HWAP, 0x4147, 255, 255, 255),
            SgbmId(ProcessClass.BTLD, 0x2CCD, 21, 10, 1),
            SgbmId(ProcessClass.SWFL, 0x2CCE, 21, 10, 2),
            SgbmId(ProcessClass.SWFL, 0x46DA, 21, 10, 52),
            SgbmId(ProcessClass.CAFD, 0x29B7, 0, 20, 10),
        ),
    )


@pytest.mark.parametrize("payload", [golden.SVK_DME, golden.SVK_KOMBI, golden.SVK_KAFAS])
def test_real_svks_are_encoded_byte_by_byte(payload: bytes) -> None:
    assert encode_svk(decode_svk(payload)) == payload


def test_a_unit_a_supplier_programmed_says_so() -> None:
    assert decode_svk(golden.SVK_KAFAS).fingerprint[0] == 0x8B


@given(svks)
def test_an_svk_survives_encoding(svk: Svk) -> None:
    assert decode_svk(encode_svk(svk)) == svk


@given(svks)
def test_an_svk_survives_the_journal(svk: Svk) -> None:
    assert from_json(to_json(svk), Svk) == svk


@pytest.mark.parametrize("did", [0xF102, 0xF103, 0xF104, 0xF140])
def test_supplier_factory_and_backup_svks_have_the_same_layout(did: int) -> None:
    svk = decode_svk(golden.SVK_DME)
    assert decode_svk(encode_svk(svk, did), did) == svk


def test_an_svk_under_another_identifier_is_malformed() -> None:
    with pytest.raises(MalformedAnswer, match="DID F102"):
        decode_svk(golden.SVK_DME, 0xF102)


@given(st.integers(0, len(golden.SVK_DME) - 1))
def test_a_truncated_svk_is_malformed_and_never_shorter(length: int) -> None:
    with pytest.raises(MalformedAnswer, match="DID F101"):
        decode_svk(golden.SVK_DME[:length])


def test_a_truncated_svk_names_both_lengths() -> None:
    with pytest.raises(MalformedAnswer, match=r"DID F101 \(SVK\): found 64 bytes, expected 65 bytes for its 6 entries"):
        decode_svk(golden.SVK_DME[:-1])


def test_a_byte_too_many_is_malformed() -> None:
    with pytest.raises(MalformedAnswer):
        decode_svk(golden.SVK_DME + b"\0")


@pytest.mark.parametrize("value", [0, 5, 255])
def test_an_unknown_check_result_is_malformed(value: int) -> None:
    payload = golden.SVK_DME[:4] + bytes([value]) + golden.SVK_DME[5:]
    with pytest.raises(MalformedAnswer, match="programming check"):
        decode_svk(payload)


@pytest.mark.parametrize("bcd", ["000000", "FFFFFF", "171301", "180230", "1A0101"])
def test_a_date_that_is_none_is_unknown(bcd: str) -> None:
    payload = golden.SVK_DME[:7] + bytes.fromhex(bcd) + golden.SVK_DME[10:]
    assert decode_svk(payload).programmed_on is None


@pytest.mark.parametrize("check", list(ProgrammingCheck))
def test_every_check_result_is_explained(check: ProgrammingCheck) -> None:
    assert check.explanation


def test_the_body_of_an_svk_is_known_by_its_length() -> None:
    assert is_svk_body(golden.SVK_DME_BODY)


@pytest.mark.parametrize(
    "data", [b"", b"\x01\x01", golden.SVK_DME_BODY[:-1], golden.SVK_DME, b"\x02" + golden.SVK_DME_BODY[1:]]
)
def test_what_may_be_something_else_is_no_svk_body(data: bytes) -> None:
    assert not is_svk_body(data)


@pytest.mark.parametrize("text", ["SWFL-00002CCE-15.0A.02", "swfl_00002cce-021_010_002", "SWFL_00002CCE_021_010_002"])
def test_both_spellings_are_the_same_unit(text: str) -> None:
    assert parse_sgbm(text) == SgbmId(ProcessClass.SWFL, 0x2CCE, 21, 10, 2)


@given(units)
def test_an_id_survives_both_spellings(unit: SgbmId) -> None:
    assert [parse_sgbm(unit.text), parse_sgbm(unit.psdz)] == [unit, unit]


def test_the_version_alone_is_decimal() -> None:
    assert parse_sgbm("SWFL-00002CCE-15.0A.02").version == "21.10.2"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "swfl_00002cce",
        "xxxx_00002cce-021_010_002",
        "swfl_00002cce-021_010_256",
        "swfl_2cce-021_010_002",
        "swfl_00002cce-1_2_3",
    ],
)
def test_what_is_no_sgbm_id_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError):
        parse_sgbm(text)


@pytest.mark.parametrize("text", ["unkn_ffffffff-255_255_255", "cafd_ffffffff-255_255_255", "00_00000000-000_000_000"])
def test_a_unit_without_a_number_or_a_class_is_unknown(text: str) -> None:
    assert parse_sgbm(text).unknown


def test_a_hardware_unit_without_a_version_is_known() -> None:
    assert not parse_sgbm("HWAP-00004147-FF.FF.FF").unknown


def test_an_empty_coding_is_not_unidentifiable() -> None:
    assert not parse_sgbm("cafd_ffffffff-255_255_255").unidentifiable


def test_a_class_nobody_named_is_written_as_its_number() -> None:
    assert SgbmId(0x33, 1, 2, 3, 4).text == "33-00000001-02.03.04"


def test_the_same_software_lacks_nothing_and_has_nothing_beyond() -> None:
    assert missing_and_surplus(decode_svk(golden.SVK_DME).entries, TARGET, {"BTLD"}) == ((), ())


def test_only_the_classes_that_count_are_compared() -> None:
    missing, surplus = missing_and_surplus(decode_svk(golden.SVK_DME).entries, TARGET, {"SWFL"})
    assert (missing, surplus) == ((), (parse_sgbm("SWFL-000046DA-15.0A.34"),))


def test_another_version_is_both_missing_and_surplus() -> None:
    old = parse_sgbm("swfl_00002cce-020_001_000")
    assert missing_and_surplus((old,), TARGET, {"SWFL"}) == ((TARGET[1],), (old,))


def test_an_unidentifiable_unit_is_surplus_whatever_counts() -> None:
    unknown = parse_sgbm("unkn_ffffffff-255_255_255")
    assert missing_and_surplus((*TARGET, unknown), TARGET, {"SWFL"}) == ((), (unknown,))
