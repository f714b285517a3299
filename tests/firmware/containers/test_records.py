"""Intel HEX and S-records: what is read, and how each way to be broken is said."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.intel_hex import read_intel_hex
from appliance.firmware.containers.limits import LIMITS, Limits
from appliance.firmware.containers.model import Segment
from appliance.firmware.containers.s_record import read_s_record
from tests.firmware.containers.makers import IMAGE, intel_hex, s_record

END = b":00000001FF\n"
PARTS = st.dictionaries(st.integers(0, 63), st.binary(min_size=1, max_size=40), min_size=1, max_size=8).map(
    lambda parts: [(0x8000_0000 + 0x1000 * number, data) for number, data in sorted(parts.items())]
)


def record(kind: int, offset: int, data: bytes = b"") -> bytes:
    body = bytes([len(data), offset >> 8, offset & 0xFF, kind]) + data
    return b":" + (body + bytes([-sum(body) & 0xFF])).hex().upper().encode() + b"\n"


def srec(kind: str, address: bytes, data: bytes = b"") -> bytes:
    body = bytes([len(address) + len(data) + 1]) + address + data
    return b"S" + kind.encode() + (body + bytes([~sum(body) & 0xFF])).hex().upper().encode() + b"\n"


def hex_segments(data: bytes, limits: Limits = LIMITS) -> list[tuple[int | None, bytes]]:
    return [(one.address, one.data) for one in read_intel_hex(data, "x.hex", limits).segments]


def hex_error(data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(ContainerError) as raised:
        read_intel_hex(data, "x.hex", limits)
    assert raised.value.do
    return str(raised.value)


def srec_error(data: bytes) -> str:
    with pytest.raises(ContainerError) as raised:
        read_s_record(data, "x.s19", LIMITS)
    return str(raised.value)


@given(PARTS)
def test_what_bincopy_writes_as_intel_hex_comes_back(parts: list[tuple[int, bytes]]) -> None:
    assert hex_segments(intel_hex(parts)) == parts


@given(PARTS)
def test_what_bincopy_writes_as_s_records_comes_back(parts: list[tuple[int, bytes]]) -> None:
    read = read_s_record(s_record(parts), "x.s19", LIMITS)
    assert [(one.address, one.data) for one in read.segments] == parts


@pytest.mark.parametrize("width", [16, 24, 32])
def test_s_records_have_addresses_of_two_to_four_bytes(width: int) -> None:
    read = read_s_record(s_record([(0x1000, IMAGE)], width), "x.s19", LIMITS)
    assert read.segments == (Segment(0x1000, IMAGE),)


def test_the_order_of_records_does_not_matter() -> None:
    lines = [record(0, at, IMAGE[at : at + 16]) for at in range(0, 256, 16)]
    random.Random(1).shuffle(lines)
    assert hex_segments(b"".join(lines) + END) == [(0, IMAGE[:256])]


def test_carriage_returns_and_blank_lines_do_not_matter() -> None:
    assert hex_segments(b"\r\n" + record(0, 0, b"ab").replace(b"\n", b"\r\n") + b"\n\n" + END) == [(0, b"ab")]


def test_a_gap_makes_two_segments() -> None:
    assert hex_segments(record(0, 0, b"ab") + record(0, 4, b"cd") + END) == [(0, b"ab"), (4, b"cd")]


def test_a_linear_base_replaces_a_segmented_one() -> None:
    data = record(2, 0, b"\x10\x00") + record(4, 0, b"\x80\x02") + record(0, 0, b"ab") + END
    assert hex_segments(data) == [(0x8002_0000, b"ab")]


def test_a_segmented_base_is_counted_in_sixteens() -> None:
    assert hex_segments(record(2, 0, b"\x10\x00") + record(0, 2, b"ab") + END) == [(0x1_0002, b"ab")]


@pytest.mark.parametrize(
    ("kind", "body", "start"), [(5, b"\x80\x02\x00\x10", 0x8002_0010), (3, b"\x10\x00\x00\x10", 0x1_0010)]
)
def test_where_execution_begins_is_told(kind: int, body: bytes, start: int) -> None:
    assert read_intel_hex(record(0, 0, b"ab") + record(kind, 0, body) + END, "x.hex", LIMITS).start_address == start


def test_the_header_of_s_records_names_the_software() -> None:
    block = read_s_record(s_record([(0, IMAGE)], header="DME swfl_00002cce-021_010_002"), "x.s19", LIMITS)
    assert block.software is not None
    assert block.software.psdz == "swfl_00002cce-021_010_002"


BROKEN = {
    "checksum": (
        record(0, 0, b"ab").replace(b"6162", b"6163") + END,
        "x.hex:1: the checksum 3B does not fit the record, which gives 3A",
    ),
    "truncated record": (
        record(0, 0, b"abcd")[:-5] + b"\n" + END,
        "x.hex:1: the record was cut short: it is declared with 4 bytes of data and has 2",
    ),
    "overlong record": (b":0100000061629F\n" + END, "x.hex:1: the record is too long"),
    "half a byte": (record(0, 0, b"ab")[:-2] + b"\n" + END, "is no Intel HEX record"),
    "no end": (record(0, 0, b"ab"), "x.hex: the end record :00000001FF is missing"),
    "data behind the end": (
        record(0, 0, b"ab") + END + record(0, 2, b"cd"),
        "x.hex:3: there is more behind the end record of line 2",
    ),
    "a second end": (record(0, 0, b"ab") + END + END, "there is more behind the end record of line 2"),
    "overlap": (
        record(0, 0, b"abcd") + record(0, 8, b"x") + record(0, 2, b"cd") + END,
        "x.hex:3: 0x00000002 to 0x00000003 is there twice: in the records that begin in line 1, and again",
    ),
    "the same data twice": (record(0, 0, b"abcd") * 2 + END, "is there twice"),
    "odd address": (record(0, 1, b"ab") + END, "x.hex:1: the segment at 0x00000001 begins at an odd address"),
    "unknown type": (record(6, 0, b"ab") + END, "x.hex:1: record type 06 is none of Intel HEX"),
    "base of one byte": (record(4, 0, b"a") + END, "a record of type 04 has 2 bytes of data, this one has 1"),
    "end with data": (record(1, 0, b"a"), "a record of type 01 has 0 bytes of data"),
    "wraps in its segment": (
        record(2, 0, b"\x10\x00") + record(0, 0xFFFE, b"abcd") + END,
        "x.hex:2: the record at offset 0xFFFE reaches beyond its segment of 64 KiB",
    ),
    "leaves the address space": (
        record(4, 0, b"\xff\xff") + record(0, 0xFFFE, b"abcd") + END,
        "reaches beyond the four-byte address space",
    ),
    "no data": (END, "x.hex: it holds no data"),
    "a comment": (b"; made by hand\n" + END, "x.hex:1: '; made by hand' is no Intel HEX record"),
    "an endless line": (b":" + b"00" * 1000, "x.hex:1: a line of more than 600 characters is no record"),
    "an S-record": (record(0, 0, b"ab") + b"S9030000FC\n" + END, "x.hex:2: 'S9030000FC' is no Intel HEX record"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_intel_hex_file_is_told_by_line(what: str) -> None:
    data, expected = BROKEN[what]
    assert expected in hex_error(data)


BROKEN_S = {
    "checksum": (b"S10500006162\x33\x37\n".replace(b"37", b"38") + b"S9030000FC\n", "does not fit the record"),
    "truncated record": (srec("1", b"\0\0", b"abcd")[:-5] + b"\n", "the record was cut short: it is declared with 7"),
    "overlong record": (srec("1", b"\0\0", b"ab").strip() + b"00\n", "the record is too long"),
    "no end": (srec("1", b"\0\0", b"ab"), "x.s19: the end record (S7, S8 or S9) is missing"),
    "data behind the end": (
        srec("1", b"\0\0", b"ab") + srec("9", b"\0\0") + srec("1", b"\0\2", b"cd"),
        "x.s19:3: there is more behind the end record of line 2",
    ),
    "overlap": (
        srec("1", b"\0\0", b"abcd") + srec("1", b"\0\2", b"cd") + srec("9", b"\0\0"),
        "x.s19:2: 0x00000002 to 0x00000003 is there twice",
    ),
    "odd address": (srec("1", b"\0\1", b"ab") + srec("9", b"\0\0"), "begins at an odd address"),
    "too few records": (
        srec("1", b"\0\0", b"ab") + srec("5", b"\0\2") + srec("9", b"\0\0"),
        "x.s19:2: the number of data records is declared as 2, but there are 1.",
    ),
    "count in the wrong byte order": (
        srec("1", b"\0\0", b"ab") + srec("5", b"\1\0") + srec("9", b"\0\0"),
        "declared as 256, but there are 1; with its bytes in the other order it would fit",
    ),
    "no room for an address": (b"S10200FD\n", "an S1 record with 2 bytes has no room for its address"),
    "reserved type": (srec("4", b"\0\0"), "record type S4 is reserved"),
    "no data": (srec("9", b"\0\0"), "it holds no data"),
    "a comment": (b"# S-record\n", "x.s19:1: '# S-record' is no S-record"),
}


@pytest.mark.parametrize("what", BROKEN_S)
def test_a_broken_s_record_file_is_told_by_line(what: str) -> None:
    data, expected = BROKEN_S[what]
    assert expected in srec_error(data)


@given(st.data())
def test_no_single_damaged_digit_passes_unnoticed(data: st.DataObject) -> None:
    """A sum of bytes finds every change of one digit: the promise of both formats."""
    good = intel_hex([(0x8002_0000, IMAGE[:64])])
    at = data.draw(st.integers(0, len(good) - 1).filter(lambda at: chr(good[at]) in "0123456789ABCDEF"))
    digit = data.draw(st.sampled_from(b"0123456789ABCDEF").filter(lambda digit: digit != good[at]))
    assert hex_error(good[:at] + bytes([digit]) + good[at + 1 :])


def test_more_data_than_the_limit_is_refused() -> None:
    data = record(0, 0, bytes(32)) + record(0, 32, bytes(32)) + END
    assert "x.hex:2: more than 48 bytes of data" in hex_error(data, Limits(data_bytes=48))


def test_data_in_more_segments_than_the_limit_are_refused() -> None:
    scattered = b"".join(record(0, 4 * n, b"ab") for n in range(5)) + END
    assert "scattered over more than 4 segments" in hex_error(scattered, Limits(segments=4))


def test_data_that_jump_to_and_fro_are_refused_before_they_fill_memory() -> None:
    scattered = b"".join(record(0, 4 * n, b"ab") for n in range(100)) + END
    assert "x.hex:65: its data are scattered" in hex_error(scattered, Limits(segments=4))


@pytest.mark.parametrize("module", ["bincopy", "odxtools.database"])
def test_without_the_extra_the_person_is_told_what_to_install(module: str) -> None:
    code = (
        "import sys; sys.modules['bincopy'] = None; sys.modules['odxtools'] = None\n"
        "from appliance.errors import UsageError\n"
        "from appliance.firmware.containers.extra import publisher_library\n"
        f"try: publisher_library({module!r})\n"
        "except UsageError as error: print(error)"
    )
    root = Path(__file__).parents[3]
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root).stdout
    assert "pip install 'kl30[publish]'" in said


def test_reading_containers_imports_no_library_of_the_extra() -> None:
    code = (
        "import sys, appliance.firmware.containers.unpack\n"
        "print(*[name for name in ('bincopy', 'odxtools') if name in sys.modules])"
    )
    root = Path(__file__).parents[3]
    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=root).stdout
    assert said.strip() == ""
