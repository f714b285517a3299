"""Raw files and campaign tables out of a container."""

from __future__ import annotations

import hashlib
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.campaign.load import parse_campaign
from appliance.errors import UsageError
from appliance.firmware.containers.datablocks_toml import datablocks_toml
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.model import ContainerBlock, ContainerContent, ContainerKind, Segment
from appliance.firmware.containers.names import plain_file_name
from appliance.firmware.containers.pieces import pieces_of
from appliance.firmware.containers.unpack import Unpacked, unpack
from tests.campaign.cars import BULLETIN
from tests.firmware.containers.makers import (
    BIN_NAME,
    IMAGE,
    PROGRAM,
    XML_NAME,
    Folder,
    good_odx,
    intel_hex,
    psdz_segment,
    psdz_xml,
)

GAPS = intel_hex([(0x8002_0000, b"abcd"), (0x8002_0008, b"efgh")])


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def out(files: Folder, name: str, data: bytes, fill: int | None = None) -> Unpacked:
    return unpack([files.file(name, data)], files.path / "out", fill)


def tables(unpacked: Unpacked) -> list[dict[str, Any]]:
    return list(tomllib.loads(unpacked.toml)["units"]["datablocks"])


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_what_is_written_is_what_the_container_holds(files: Folder) -> None:
    (written,) = out(files, "dme.odx-f", good_odx()).files
    assert written.path.read_bytes() == IMAGE
    assert written.piece.sha256 == hashlib.sha256(IMAGE).hexdigest()


def test_files_are_named_as_psdz_names_them(files: Folder) -> None:
    out(files, "dme.odx-f", good_odx())
    assert names(files.path / "out") == [BIN_NAME]


def test_the_tables_make_a_campaign(files: Folder) -> None:
    """Pasted in place of the example's, they are accepted."""
    begin = BULLETIN.index("[[units.datablocks]]")
    end = BULLETIN.index("[[units.datablocks]]", begin + 1)
    campaign = parse_campaign(BULLETIN[:begin] + out(files, "x", good_odx()).toml + BULLETIN[end:], "x.toml")
    block = campaign.units[0].datablocks[0]
    assert (block.software, block.address, block.length) == (PROGRAM, 0x8002_0000, len(IMAGE))
    assert (block.file, block.sha256) == (BIN_NAME, hashlib.sha256(IMAGE).hexdigest())


def test_what_the_container_does_not_say_is_a_key_that_is_missing(files: Folder) -> None:
    unpacked = out(files, "dme.bin", IMAGE)
    assert {"address", "software"}.isdisjoint(tables(unpacked)[0])
    assert "# address = 0x…  the container does not say where this goes" in unpacked.toml


def test_a_block_with_gaps_is_one_file_for_each_segment(files: Folder) -> None:
    unpacked = out(files, "dme.hex", GAPS)
    assert [(one["address"], one["length"]) for one in tables(unpacked)] == [(0x8002_0000, 4), (0x8002_0008, 4)]
    assert names(files.path / "out") == ["dme.hex.80020000.bin", "dme.hex.80020008.bin"]
    assert "# segment 1 of 2 of dme.hex" in unpacked.toml


def test_a_fill_byte_makes_one_file_of_it(files: Folder) -> None:
    unpacked = out(files, "dme.hex", GAPS, fill=0xFF)
    assert unpacked.files[0].path.read_bytes() == b"abcd\xff\xff\xff\xffefgh"
    assert "# 4 bytes of 0xFF were filled in between 2 segments" in unpacked.toml


def test_a_gap_of_a_gibibyte_is_not_filled(files: Folder) -> None:
    far = intel_hex([(0, b"ab"), (1 << 30, b"cd")])
    with pytest.raises(ContainerError, match="with its gaps filled is declared with 1073741826 bytes"):
        out(files, "dme.hex", far, fill=0)


def test_packed_data_are_not_filled(files: Folder) -> None:
    packed = psdz_segment((0, 7), (0, 15), "COMPRESSED") + psdz_segment((8, 1023), (0x100, 0xFFF), "COMPRESSED")
    paths = [files.file(BIN_NAME, IMAGE), files.file(XML_NAME, psdz_xml(packed))]
    with pytest.raises(ContainerError, match="packed data are never filled up"):
        unpack(paths, files.path / "out", fill=0)


def test_packed_data_say_how_long_they_become(files: Folder) -> None:
    packed = psdz_segment((0, 1023), (0, 4095), "COMPRESSED")
    unpacked = unpack([files.file(BIN_NAME, IMAGE), files.file(XML_NAME, psdz_xml(packed))], files.path / "out")
    assert tables(unpacked)[0]["data_format"] == 0x10
    assert "length = 1024 # bytes sent; the control unit makes 4096 of them" in unpacked.toml


def test_unpacking_twice_changes_nothing(files: Folder) -> None:
    first, second = (out(files, "dme.odx-f", good_odx()) for _ in range(2))
    assert first == second


def test_a_file_with_other_bytes_is_not_replaced(files: Folder) -> None:
    (files.path / "out").mkdir()
    (files.path / "out" / "dme.hex.80020008.bin").write_bytes(b"mine")
    with pytest.raises(ContainerError, match="there is a file of that name with other bytes"):
        out(files, "dme.hex", GAPS)
    assert names(files.path / "out") == ["dme.hex.80020008.bin"]


def test_a_refused_container_writes_nothing(files: Folder) -> None:
    with pytest.raises(ContainerError):
        out(files, "dme.hex", GAPS[:-20])
    assert not (files.path / "out").exists()


def test_where_nothing_can_be_written_nothing_is_left(files: Folder) -> None:
    (files.path / "out").mkdir()
    (files.path / "out" / ".dme.hex.80020008.bin.partial").mkdir()  # in the way of the second file
    with pytest.raises(UsageError, match="it cannot be written"):
        out(files, "dme.hex", GAPS)


@pytest.mark.parametrize("fill", [-1, 256])
def test_a_fill_byte_is_a_byte(fill: int, files: Folder) -> None:
    with pytest.raises(UsageError, match="expected 0x00 to 0xFF"):
        out(files, "dme.hex", GAPS, fill)


def blocks(*found: str) -> ContainerContent:
    made = tuple(ContainerBlock(name, (Segment(0, IMAGE),)) for name in found)
    return ContainerContent(ContainerKind.ODX_F, (), made)


@given(st.lists(st.text(), min_size=1, max_size=6))
def test_no_two_pieces_share_a_name_or_a_file(found: list[str]) -> None:
    pieces = pieces_of(blocks(*found))
    assert len({piece.name.lower() for piece in pieces}) == len({piece.file.lower() for piece in pieces}) == len(found)


def test_a_number_in_front_meets_no_other_file() -> None:
    assert [piece.file for piece in pieces_of(blocks("a", "2-a", "a"))] == ["a.bin", "2-a.bin", "3-a.bin"]


@given(st.text())
def test_a_file_name_is_plain_whatever_the_container_says(name: str) -> None:
    plain = plain_file_name(name)
    assert plain
    assert plain[0] != "."
    assert Path(plain).name == plain
    assert plain.isascii()


@given(st.text())
def test_no_name_breaks_out_of_its_line(name: str) -> None:
    content = blocks(name)
    text = datablocks_toml(pieces_of(content), [name])
    (table,) = tomllib.loads(text)["units"]["datablocks"]
    assert table["length"] == len(IMAGE)
