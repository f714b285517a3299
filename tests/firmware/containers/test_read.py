"""Recognising a container by what is in it, whatever it is called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import MEBIBYTE, Limits
from appliance.firmware.containers.model import ContainerKind
from appliance.firmware.containers.read import read_container
from tests.firmware.containers.makers import (
    BIN_NAME,
    IMAGE,
    PROGRAM,
    XML_NAME,
    Folder,
    archive,
    good_odx,
    intel_hex,
    psdz_segment,
    psdz_xml,
    s_record,
)

PARTS = [(0x8002_0000, IMAGE)]
KINDS = {
    ContainerKind.BINARY: IMAGE,
    ContainerKind.INTEL_HEX: intel_hex(PARTS),
    ContainerKind.S_RECORD: s_record(PARTS),
    ContainerKind.ODX_F: good_odx(),
}


@pytest.fixture
def files(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def error(*paths: Path, limits: Limits | None = None) -> str:
    with pytest.raises(ContainerError) as raised:
        read_container(paths, limits or Limits())
    assert raised.value.do
    return str(raised.value)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["a.bin", "a.hex", "a.pdx", "a"])
def test_the_name_does_not_matter(kind: ContainerKind, name: str, files: Folder) -> None:
    content = read_container([files.file(name, KINDS[kind])])
    assert content.kind is kind
    assert content.segments[0].data == IMAGE


def test_a_pdx_is_known_by_its_first_bytes(files: Folder) -> None:
    assert read_container([files.file("a.bin", archive({"x": good_odx()}))]).kind is ContainerKind.ODX_F


def test_raw_binary_has_no_address(files: Folder) -> None:
    assert read_container([files.file("a.bin", IMAGE)]).segments[0].address is None


def test_a_file_named_as_psdz_names_files_tells_its_software(files: Folder) -> None:
    assert read_container([files.file(BIN_NAME, IMAGE)]).software == PROGRAM


def test_a_name_of_no_known_class_tells_nothing(files: Folder) -> None:
    assert read_container([files.file("abcd_00002cce.bin.021_020_002", IMAGE)]).software is None


def test_several_files_of_one_format_are_several_datablocks(files: Folder) -> None:
    content = read_container([files.file("a.hex", intel_hex(PARTS)), files.file("b.hex", intel_hex([(0, IMAGE)]))])
    assert [block.name for block in content.datablocks] == ["a.hex", "b.hex"]


def test_the_files_given_are_told_with_their_hashes(files: Folder) -> None:
    (source,) = read_container([files.file("a.bin", b"abc\0")]).sources
    assert (source.name, source.size_bytes) == ("a.bin", 4)
    assert source.sha256 == "dc1114cd074914bd872cc1f9a23ec910ea2203bc79779ab2e17da25782a624fc"


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"\xef\xbb\xbf" + intel_hex(PARTS), "a: a byte-order mark stands before the Intel HEX"),
        (b"\xef\xbb\xbf" + s_record(PARTS), "a: a byte-order mark stands before the S-record"),
        (b"\xef\xbb\xbfwhatever", "a: a UTF-8 byte-order mark, and no format behind it"),
        (intel_hex(PARTS).decode().encode("utf-16"), "a: it is text in UTF-16"),
        (intel_hex(PARTS).decode().encode("utf-16-be"), "a: it is text in UTF-16"),
        (s_record(PARTS).decode().encode("utf-32"), "a: it is text in UTF-32"),
        (psdz_xml().decode().encode("utf-16-le"), "a: it is text in UTF-16"),
        (b"#" + intel_hex(PARTS), "a:1: it is text, but neither Intel HEX nor S-record nor XML"),
        (b"<html><body/></html>", "a: it is XML of another kind (html/body)"),
        (b"<html", "it looks like XML"),
        (b"<!DOCTYPE ODX><ODX/>", "a:1: it has a document type"),
    ],
)
def test_text_is_never_taken_for_raw_binary(data: bytes, expected: str, files: Folder) -> None:
    """It would be sent to a control unit as it is."""
    assert expected in error(files.file("a", data))


@pytest.mark.parametrize("begin", [b"\xff\xfe\x00\x10", b"<a", b"\n<?", b":00", b"S1"])
def test_raw_binary_may_begin_like_something_else(begin: bytes, files: Folder) -> None:
    assert read_container([files.file("a.bin", begin + IMAGE)]).kind is ContainerKind.BINARY


def test_a_utf8_mark_is_allowed_where_the_standard_allows_it(files: Folder) -> None:
    assert read_container([files.file("a", b"\xef\xbb\xbf" + good_odx())]).kind is ContainerKind.ODX_F


@pytest.mark.parametrize(
    "pair",
    [
        (IMAGE, intel_hex(PARTS)),
        (intel_hex(PARTS), s_record(PARTS)),
        (good_odx(), psdz_xml(psdz_segment((0, 1)))),
        (good_odx(), archive({"x": good_odx()})),
    ],
)
def test_files_of_different_kinds_are_no_container(pair: tuple[bytes, bytes], files: Folder) -> None:
    assert "files of different kinds at once" in error(files.file("a", pair[0]), files.file("b", pair[1]))


def test_no_file_is_no_container() -> None:
    assert "there is no file to read" in error()


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    assert "gone.hex: there is no such file" in error(tmp_path / "gone.hex")


def test_an_empty_file_is_told(files: Folder) -> None:
    assert "a.bin: the file is empty" in error(files.file("a.bin", b""))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert "it is no file" in error(tmp_path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert "it is no file" in error(tmp_path / "pipe")


def test_a_file_given_twice_is_refused(files: Folder) -> None:
    path = files.file("a.bin", IMAGE)
    assert "a.bin: a file of that name is given twice" in error(path, path)


def test_more_files_than_the_limit_are_refused(files: Folder) -> None:
    paths = [files.file(f"{number}", IMAGE) for number in range(3)]
    assert "3 files at once, at most 2 are read" in error(*paths, limits=Limits(segments=2))


def test_files_larger_than_the_limit_together_are_refused(files: Folder) -> None:
    paths = [files.file(f"{number}", IMAGE) for number in range(3)]
    assert "3072 bytes to read, at most 3000 are read" in error(*paths, limits=Limits(files_bytes=3000))


def test_data_larger_than_the_limit_together_are_refused(files: Folder) -> None:
    paths = [files.file(f"{number}", IMAGE) for number in range(3)]
    assert "the container is declared with 3072 bytes" in error(*paths, limits=Limits(data_bytes=3000))


def test_more_segments_than_the_limit_together_are_refused(files: Folder) -> None:
    gaps = intel_hex([(0, b"ab"), (8, b"cd")])
    paths = [files.file("a", gaps), files.file("b", gaps)]
    assert "4 segments in all, at most 3 are taken" in error(*paths, limits=Limits(segments=3))


def test_an_xml_without_a_bin_is_named(files: Folder) -> None:
    assert XML_NAME in error(files.file(XML_NAME, psdz_xml(psdz_segment((0, 1)))))


def test_the_page_names_the_limits_there_are() -> None:
    page = (Path(__file__).parents[3] / "docs" / "containers.md").read_text(encoding="utf-8")
    limits = Limits()
    for row in (
        f"| all files together | {limits.files_bytes // MEBIBYTE} MiB |",
        f"| image bytes of a container, and every declared length | {limits.data_bytes // MEBIBYTE} MiB |",
        f"| an archive unpacked | {limits.unpacked_bytes // MEBIBYTE} MiB |",
        f"| members of an archive | {limits.members} |",
        f"| segments, and files given at once | {limits.segments} |",
    ):
        assert row in page
