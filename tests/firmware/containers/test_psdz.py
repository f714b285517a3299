"""PSdZ pairs of `.bin` and `.xml`."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.model import ContainerContent, ContainerKind, Segment
from appliance.firmware.containers.read import read_container
from tests.firmware.containers.makers import BIN_NAME, IMAGE, PROGRAM, XML_NAME, Folder, psdz_segment, psdz_xml

WHOLE = (0, len(IMAGE) - 1)
PLACE = (0x8002_0000, 0x8002_0000 + len(IMAGE) - 1)


def read(folder: Path, xml: bytes, image: bytes = IMAGE, xml_name: str = XML_NAME) -> ContainerContent:
    files = Folder(folder)
    return read_container([files.file(BIN_NAME, image), files.file(xml_name, xml)])


def error(folder: Path, xml: bytes, image: bytes = IMAGE, xml_name: str = XML_NAME) -> str:
    with pytest.raises(ContainerError) as raised:
        read(folder, xml, image, xml_name)
    assert raised.value.do
    return str(raised.value)


def test_a_pair_is_one_datablock_of_the_software_it_is_named_after(tmp_path: Path) -> None:
    content = read(tmp_path, psdz_xml(psdz_segment(WHOLE, PLACE, "UNCOMPRESSED")))
    assert content.kind is ContainerKind.PSDZ
    assert content.software == PROGRAM
    assert content.segments == (Segment(0x8002_0000, IMAGE, "PROG", 0x00),)


def test_end_addresses_are_part_of_the_segment(tmp_path: Path) -> None:
    halves = (psdz_segment((0, 511), (0x1000, 0x11FF)), psdz_segment((512, 1023), (0x2000, 0x21FF)))
    content = read(tmp_path, psdz_xml(*halves))
    assert [(one.address, one.data) for one in content.segments] == [(0x1000, IMAGE[:512]), (0x2000, IMAGE[512:])]


def test_compressed_data_pass_through_with_their_data_format(tmp_path: Path) -> None:
    content = read(tmp_path, psdz_xml(psdz_segment(WHOLE, (0x8002_0000, 0x8002_FFFF), "COMPRESSED")))
    assert content.segments == (Segment(0x8002_0000, IMAGE, "PROG", 0x10, 0x1_0000),)


def test_without_a_target_the_address_is_not_known(tmp_path: Path) -> None:
    assert read(tmp_path, psdz_xml(psdz_segment(WHOLE))).segments[0].address is None


def test_a_source_behind_the_end_of_the_bin_is_the_place_in_the_control_unit(tmp_path: Path) -> None:
    halves = (psdz_segment((0x8000_0000, 0x8000_01FF)), psdz_segment((0x8001_0000, 0x8001_01FF)))
    content = read(tmp_path, psdz_xml(*halves))
    assert [(one.address, one.data) for one in content.segments] == [
        (0x8000_0000, IMAGE[:512]),
        (0x8001_0000, IMAGE[512:]),
    ]


def test_bytes_that_no_segment_names_are_told(tmp_path: Path) -> None:
    content = read(tmp_path, psdz_xml(psdz_segment(WHOLE, PLACE)), IMAGE + b"four")
    assert content.notes == (f"{BIN_NAME}: 4 bytes belong to no segment and are not sent",)


def test_several_pairs_are_matched_by_name(tmp_path: Path) -> None:
    files, xml = Folder(tmp_path), psdz_xml(psdz_segment(WHOLE, PLACE))
    other = ("swfl_000046da.bin.021_020_052", "swfl_000046da.xml.021_020_052")
    paths = [files.file(BIN_NAME, IMAGE), files.file(other[1], xml), files.file(other[0], IMAGE[::-1])]
    content = read_container([*paths, files.file(XML_NAME, xml)])
    assert {block.name: block.segments[0].data for block in content.datablocks} == {
        BIN_NAME: IMAGE,
        other[0]: IMAGE[::-1],
    }


BROKEN = {
    "bin too short": (psdz_segment(WHOLE, PLACE), IMAGE[:1000], "is declared as 1024, but there are 1000"),
    "a gibibyte": (
        psdz_segment((0, (1 << 30) - 1), (0x8000_0000, 0x8000_0000 + (1 << 30) - 1)),
        IMAGE,
        "the source is declared with 1073741824 bytes, at most 33554432 are taken",
    ),
    "a gibibyte once unpacked": (
        psdz_segment(WHOLE, (0x8000_0000, 0x8000_0000 + (1 << 30) - 1), "COMPRESSED"),
        IMAGE,
        "the target is declared with 1073741824 bytes",
    ),
    "sizes differ": (
        psdz_segment(WHOLE, (0x1000, 0x1FFF)),
        IMAGE,
        "the target, which is not marked as COMPRESSED, is declared as 4096, but there are 1024",
    ),
    "size in the wrong byte order": (
        psdz_segment((0, 0x1FF), (0, 0x0001_FFFF)),
        IMAGE[:512],
        "declared as 131072, but there are 512; with its bytes in the other order it would fit",
    ),
    "end before start": (psdz_segment((5, 4)), IMAGE, "SOURCE-END-ADDRESS 0x4 lies before SOURCE-START-ADDRESS 0x5"),
    "odd address": (psdz_segment(WHOLE, (0x1001, 0x1400)), IMAGE, "0x00001001 begins at an odd address"),
    "the same bytes twice": (
        psdz_segment((0, 9), (0, 9), name="A") + psdz_segment((8, 15), (16, 23), name="B"),
        IMAGE,
        "segment 2 B: its bytes in the .bin are also those of A",
    ),
    "the same place twice": (
        psdz_segment((0, 7), (0, 7)) + psdz_segment((8, 15), (6, 13)),
        IMAGE,
        "two segments go to 0x00000006",
    ),
    "no hexadecimal": (
        psdz_segment((0, 9)).replace("00000000", "zero"),
        IMAGE,
        "SOURCE addresses are hexadecimal, found zero and 00000009",
    ),
    "half a span": (
        "<FLASH-SEGMENT><SOURCE-START-ADDRESS>0</SOURCE-START-ADDRESS></FLASH-SEGMENT>",
        IMAGE,
        "belong together, one is missing",
    ),
    "no span": ("<FLASH-SEGMENT/>", IMAGE, "neither SOURCE-START-ADDRESS nor SOURCE-END-ADDRESS"),
    "beyond four bytes": (psdz_segment((0, 1 << 32)), IMAGE, "is beyond four-byte addresses"),
    "no segment": ("", IMAGE, "it describes no FLASH-SEGMENT"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_pair_that_contradicts_itself_is_refused(what: str, tmp_path: Path) -> None:
    segments, image, expected = BROKEN[what]
    assert expected in error(tmp_path, psdz_xml(segments), image)


def test_halves_of_different_units_are_no_pair(tmp_path: Path) -> None:
    said = error(tmp_path, psdz_xml(psdz_segment(WHOLE)), xml_name="swfl_000046da.xml.021_020_052")
    assert "belong to different software units" in said


@pytest.mark.parametrize("given", [[BIN_NAME, "a.xml", "b.xml"], ["a.xml"]])
def test_an_xml_without_its_bin_is_refused(given: list[str], tmp_path: Path) -> None:
    contents = {name: psdz_xml(psdz_segment(WHOLE)) if "xml" in name else IMAGE for name in given}
    with pytest.raises(ContainerError, match=r"there is no \.bin that belongs to it"):
        read_container([Folder(tmp_path).file(name, data) for name, data in contents.items()])


def test_a_bin_that_no_xml_describes_is_refused(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    paths = [files.file(BIN_NAME, IMAGE), files.file(XML_NAME, psdz_xml(psdz_segment(WHOLE)))]
    with pytest.raises(ContainerError, match=r"other.bin: there is no .xml that describes it"):
        read_container([*paths, files.file("other.bin", IMAGE)])


def test_a_bin_may_begin_like_anything(tmp_path: Path) -> None:
    """Beside its description it is bytes, whatever they look like."""
    image = b"<half an element" + IMAGE
    content = read(tmp_path, psdz_xml(psdz_segment((0, len(image) - 1))), image)
    assert content.segments[0].data == image
