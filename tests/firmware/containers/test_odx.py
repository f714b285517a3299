"""ODX-F documents: what they say, and what is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.model import Checksum, ContainerContent, ContainerKind, Ident, Security, Segment
from appliance.firmware.containers.read import read_container
from tests.firmware.containers.makers import (
    IMAGE,
    PROGRAM,
    SECURITY,
    Folder,
    datablock,
    extern,
    flashdata,
    good_odx,
    intel_hex,
    odx,
    odx_segment,
    s_record,
)

PLACE = 0x8002_0000
WHOLE = odx_segment(PLACE, len(IMAGE))
DATA = flashdata(IMAGE.hex())


def read(folder: Path, document: bytes, **beside: bytes) -> ContainerContent:
    files = Folder(folder)
    return read_container([files.file("dme.odx-f", document), *files(**beside)])


def error(folder: Path, document: bytes, **beside: bytes) -> str:
    with pytest.raises(ContainerError) as raised:
        read(folder, document, **beside)
    assert raised.value.do
    return str(raised.value)


@pytest.fixture
def good(tmp_path: Path) -> ContainerContent:
    return read(tmp_path, good_odx())


def test_a_datablock_has_its_bytes_at_its_address(good: ContainerContent) -> None:
    assert good.kind is ContainerKind.ODX_F
    assert good.segments == (Segment(PLACE, IMAGE, "SEG", 0x00),)


def test_a_datablock_tells_what_it_is(good: ContainerContent) -> None:
    (block,) = good.datablocks
    assert (block.name, block.data_type, block.software) == ("DB", "CODE", PROGRAM)
    assert block.own_idents == (Ident("SWID", ("swfl_00002cce-021_020_002",)),)


def test_security_is_handed_on_as_written(good: ContainerContent) -> None:
    assert good.datablocks[0].securities == (Security("ED25519", "C0FFEE", "4711", ""),)


def test_a_session_tells_what_the_control_unit_must_be(good: ContainerContent) -> None:
    (session,) = good.sessions
    hardware = ("hwel_00002ccb-001_003_004", "hwel_00002ccb-001_003_005")
    assert (session.name, session.datablocks) == ("Flash", ("DB",))
    assert session.expected_idents == (Ident("HWID", hardware),)


def test_a_session_tells_the_checksums_of_memory(good: ContainerContent) -> None:
    assert good.sessions[0].checksums == (Checksum("CRC", "CRC32", PLACE, 1024, 0xFF, "12345"),)


def test_the_diagnostic_database_is_not_needed(good: ContainerContent) -> None:
    """The document names a layer of another document, which nobody has given."""
    assert b"LAYER-REF" in good_odx()
    assert good.datablocks


@pytest.mark.parametrize(("selection", "made"), [("INTEL-HEX", intel_hex), ("MOTOROLA-S", s_record)])
def test_flash_data_may_be_records(selection: str, made: object, tmp_path: Path) -> None:
    text = made([(PLACE, IMAGE)]).decode()  # type: ignore[operator]
    content = read(tmp_path, odx(datablock(WHOLE), flashdata("\n  " + text, selection)))
    assert content.segments == (Segment(PLACE, IMAGE, "SEG", 0x00),)


def test_a_segment_is_cut_out_of_records(tmp_path: Path) -> None:
    text = intel_hex([(PLACE, IMAGE)]).decode()
    content = read(tmp_path, odx(datablock(odx_segment(PLACE + 16, 32)), flashdata(text, "INTEL-HEX")))
    assert content.segments[0].data == IMAGE[16:48]


def test_flash_data_may_be_a_file_beside_the_document(tmp_path: Path) -> None:
    content = read(tmp_path, odx(datablock(WHOLE), extern("data/dme.bin")), dme__bin=IMAGE)
    assert content.segments == (Segment(PLACE, IMAGE, "SEG", None),)


def test_segments_follow_each_other_in_binary_data(tmp_path: Path) -> None:
    segments = odx_segment(0x1000, 1000) + odx_segment(0x2000, 24)
    content = read(tmp_path, odx(datablock(segments), DATA))
    assert [(one.address, one.data) for one in content.segments] == [(0x1000, IMAGE[:1000]), (0x2000, IMAGE[1000:])]


def test_an_end_address_is_part_of_the_segment(tmp_path: Path) -> None:
    segment = WHOLE.replace(
        "<UNCOMPRESSED-SIZE>1024</UNCOMPRESSED-SIZE>", "<SOURCE-END-ADDRESS>800203FF</SOURCE-END-ADDRESS>"
    )
    assert read(tmp_path, odx(datablock(segment), DATA)).segments[0].data == IMAGE


@pytest.mark.parametrize(("method", "expected"), [("00", 0x00), ("10", 0x10), ("A1", 0xA1), ("", None)])
def test_the_data_format_is_the_byte_of_request_download(method: str, expected: int | None, tmp_path: Path) -> None:
    content = read(tmp_path, odx(datablock(WHOLE), flashdata(IMAGE.hex(), method=method)))
    assert content.segments[0].data_format == expected


def test_the_data_format_may_be_a_number_of_the_segment(tmp_path: Path) -> None:
    method = '<ENCRYPT-COMPRESS-METHOD TYPE="A_UINT32">17</ENCRYPT-COMPRESS-METHOD>'
    content = read(tmp_path, odx(datablock(odx_segment(PLACE, 1024, extra=method)), DATA))
    assert content.segments[0].data_format == 0x11


def test_packed_data_pass_through(tmp_path: Path) -> None:
    segment = odx_segment(PLACE, 4096, extra="<COMPRESSED-SIZE>1024</COMPRESSED-SIZE>")
    content = read(tmp_path, odx(datablock(segment), flashdata(IMAGE.hex(), method="11")))
    assert content.segments == (Segment(PLACE, IMAGE, "SEG", 0x11, 4096),)


@pytest.mark.parametrize(
    ("sign", "tag", "address"), [("POS", "POSITIVE", 0x8002_1000), ("NEG", "NEGATIVE", 0x8001_F000)]
)
def test_the_target_offset_moves_the_address(sign: str, tag: str, address: int, tmp_path: Path) -> None:
    offset = f'<TARGET-ADDR-OFFSET xsi:type="{sign}-OFFSET"><{tag}-OFFSET>1000</{tag}-OFFSET></TARGET-ADDR-OFFSET>'
    assert read(tmp_path, odx(datablock(WHOLE, offset), DATA)).segments[0].address == address


FILTER = (
    '<FILTERS><FILTER xsi:type="SIZEDEF-FILTER"><FILTER-START>0</FILTER-START><FILTER-SIZE>4</FILTER-SIZE></FILTER>'
    "</FILTERS>"
)
BROKEN = {
    "size too large": (
        odx(datablock(odx_segment(PLACE, 1025)), DATA),
        "dme.odx-f, datablock DB: the length of all segments is declared as 1025, but there are 1024",
    ),
    "size in the wrong byte order": (
        odx(datablock(odx_segment(PLACE, 0x0004_0000)), flashdata(IMAGE.hex())),
        "declared as 262144, but there are 1024; with its bytes in the other order it would fit",
    ),
    "a gibibyte": (
        odx(datablock(odx_segment(PLACE, 1 << 30)), DATA),
        "segment SEG: the segment is declared with 1073741824 bytes, at most 33554432 are taken",
    ),
    "no bytes": (odx(datablock(odx_segment(PLACE, 0)), DATA), "the segment is declared with 0 bytes"),
    "less than none": (odx(datablock(odx_segment(PLACE, -5)), DATA), "the segment is declared with -5 bytes"),
    "packed, but not said how": (
        odx(datablock(odx_segment(PLACE, 9, extra="<COMPRESSED-SIZE>1024</COMPRESSED-SIZE>")), DATA),
        "COMPRESSED-SIZE of data that are not marked as packed is declared as 1024, but there are 9",
    ),
    "two segments of unknown length": (
        odx(datablock(odx_segment(0, 512) + odx_segment(512, 512)), flashdata(IMAGE.hex(), method="10")),
        "a segment does not say how many bytes of the flash data are its own",
    ),
    "segments overlap": (
        odx(datablock(odx_segment(0, 512) + odx_segment(256, 512)), DATA),
        "two segments go to 0x00000100",
    ),
    "beyond four bytes": (
        odx(datablock(odx_segment(0xFFFF_FF00, 1024)), DATA),
        "0xFFFFFF00, which leaves the four-byte address space",
    ),
    "filters": (odx(datablock(WHOLE, FILTER), DATA), "it has FILTERS, which KL30 does not apply"),
    "half a byte": (odx(datablock(WHOLE), flashdata("ABC")), "half a byte"),
    "no digits": (odx(datablock(WHOLE), flashdata("firmware")), "its DATA are no hexadecimal digits"),
    "no data": (odx(datablock(WHOLE), flashdata("")), "its flash data are empty"),
    "a format of its own": (odx(datablock(WHOLE), flashdata("00", "USER-DEFINED")), "means something to its maker"),
    "records that lack a segment": (
        odx(datablock(odx_segment(0, 4)), flashdata(intel_hex([(PLACE, IMAGE)]).decode(), "INTEL-HEX")),
        "the flash data have nothing at 0x00000000",
    ),
    "records without their end": (
        odx(datablock(WHOLE), flashdata(":0200000061623B", "INTEL-HEX")),
        "datablock DB, flash data FD: the end record :00000001FF is missing",
    ),
    "a reference to nothing": (odx(datablock(WHOLE, flash="GONE"), DATA), "GONE"),
    "the same ID twice": (odx(datablock(WHOLE), DATA + DATA), "the ID FD is there twice"),
    "no datablock": (odx("", DATA), "it has no datablock"),
    "no name": (good_odx().replace(b"<SHORT-NAME>DB</SHORT-NAME>", b""), "it is no ODX-F as the standard has it"),
    "a data file nobody gave": (
        odx(datablock(WHOLE), extern("dme.bin")),
        "its data file dme.bin is neither in the container nor among the files given",
    ),
    "a document type": (
        odx(datablock(WHOLE), DATA, head='<!DOCTYPE ODX [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;">]>'),
        "dme.odx-f:2: it has a document type (<!DOCTYPE)",
    ),
    "cut short": (good_odx()[:-20], "no well-formed XML"),
    "nested too deeply": (
        odx(datablock(WHOLE, "<X>" * 40 + "</X>" * 40), DATA),
        "elements nested more than 32 deep",
    ),
    "too many elements": (odx(datablock(WHOLE, "<X/>" * 20_000), DATA), "more than 20000 elements and attributes"),
    "too many in one list": (
        odx(datablock("".join(odx_segment(2 * n, 2) for n in range(513))), DATA),
        "513 elements in one SEGMENTS, at most 512 are read",
    ),
    "UTF-16": (good_odx().decode().replace("UTF-8", "UTF-16").encode("utf-16"), "it is text in UTF-16"),
    "an encoding nobody uses": (good_odx().replace(b"UTF-8", b"cp037"), "it is declared as cp037"),
    "not the encoding it says": (good_odx().replace(b">DB<", b">D\xfc<"), "no well-formed XML"),
    "diagnostics instead": (
        b'<ODX MODEL-VERSION="2.2.0"><DIAG-LAYER-CONTAINER/></ODX>',
        "it is XML of another kind (ODX/DIAG-LAYER-CONTAINER)",
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_document_is_refused(what: str, tmp_path: Path) -> None:
    document, expected = BROKEN[what]
    assert expected in error(tmp_path, document)


def test_a_data_format_of_two_bytes_is_refused(tmp_path: Path) -> None:
    document = odx(datablock(WHOLE), flashdata(IMAGE.hex(), method="0110"))
    assert "ENCRYPT-COMPRESS-METHOD 0110 is not the one byte" in error(tmp_path, document)


def test_a_file_that_no_flash_data_name_is_refused(tmp_path: Path) -> None:
    assert "other.bin: no flash data name this file" in error(tmp_path, good_odx(), other__bin=IMAGE)


def test_german_letters_are_read_as_declared(tmp_path: Path) -> None:
    document = good_odx().replace(b"UTF-8", b"ISO-8859-1").replace(b">DB<", b">Motorsteuerger\xe4t<")
    assert read(tmp_path, document).datablocks[0].name == "Motorsteuergerät"


def test_security_of_a_session_is_read_too(tmp_path: Path) -> None:
    session = f'<SESSION ID="S"><SHORT-NAME>S</SHORT-NAME>{SECURITY}</SESSION>'
    content = read(tmp_path, odx(datablock(WHOLE), DATA, session))
    assert content.sessions[0].securities[0].method == "ED25519"
