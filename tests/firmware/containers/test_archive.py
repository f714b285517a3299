"""PDX: the archive around ODX documents, and archives that were made to hurt."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import pytest

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import LIMITS, Limits
from appliance.firmware.containers.model import ContainerContent, Segment
from appliance.firmware.containers.read import read_container
from tests.firmware.containers.makers import IMAGE, Folder, archive, datablock, extern, good_odx, odx, odx_segment

INDEX = b"<CATALOG><SHORT-NAME>dme</SHORT-NAME></CATALOG>"
EXTERN = odx(datablock(odx_segment(0x8002_0000, len(IMAGE))), extern("images/dme.bin"))
DIAGNOSTICS = b'<ODX MODEL-VERSION="2.2.0"><DIAG-LAYER-CONTAINER><BROKEN'


def read(folder: Path, data: bytes, limits: Limits = LIMITS) -> ContainerContent:
    return read_container([Folder(folder).file("dme.pdx", data)], limits)


def error(folder: Path, data: bytes, limits: Limits = LIMITS) -> str:
    with pytest.raises(ContainerError) as raised:
        read(folder, data, limits)
    assert raised.value.do
    return str(raised.value)


def test_the_document_is_found_by_what_is_in_it(tmp_path: Path) -> None:
    content = read(tmp_path, archive({"index.xml": INDEX, "firmware.dat": good_odx(), "d.odx-d": DIAGNOSTICS}))
    assert [block.name for block in content.datablocks] == ["DB"]


@pytest.mark.parametrize("member", ["images/dme.bin", "dme.bin", "other/dme.bin"])
def test_data_files_are_members(member: str, tmp_path: Path) -> None:
    content = read(tmp_path, archive({"dme.odx-f": EXTERN, member: IMAGE}))
    assert content.segments == (Segment(0x8002_0000, IMAGE, "SEG"),)


def test_a_data_file_may_be_given_beside_the_archive(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    paths = [files.file("dme.pdx", archive({"dme.odx-f": EXTERN})), files.file("dme.bin", IMAGE)]
    assert read_container(paths).segments[0].data == IMAGE


def test_two_members_that_would_fit_are_refused(tmp_path: Path) -> None:
    data = archive({"dme.odx-f": EXTERN, "a/dme.bin": IMAGE, "b/dme.bin": IMAGE})
    assert "several members are called dme.bin" in error(tmp_path, data)


@pytest.mark.parametrize("name", ["../dme.bin", "a/../../b", "/etc/passwd", "C:\\dme.bin", "..\\dme.bin"])
def test_a_name_that_leads_out_of_the_archive_is_refused(name: str, tmp_path: Path) -> None:
    assert "a name that leads out of the archive" in error(tmp_path, archive({"a.odx-f": good_odx(), name: b"x"}))


def test_a_bomb_is_refused_by_what_it_declares(tmp_path: Path) -> None:
    bomb = archive({"a.odx-f": good_odx(), "zeros": bytes(1 << 20)})
    assert "bytes unpacked, at most 500000 are read" in error(tmp_path, bomb, Limits(unpacked_bytes=500_000))


def test_a_declared_gibibyte_is_refused(tmp_path: Path) -> None:
    data = _sizes_replaced(archive({"a.odx-f": good_odx()}, zipfile.ZIP_STORED), 1 << 30)
    assert "1073741824 bytes unpacked, at most 100663296 are read" in error(tmp_path, data)


def test_a_member_that_is_longer_than_it_says_is_refused(tmp_path: Path) -> None:
    data = _sizes_replaced(archive({"a.odx-f": good_odx()}), 100)
    assert "dme.pdx, a.odx-f" in error(tmp_path, data)


def test_a_member_that_is_shorter_than_it_says_is_refused(tmp_path: Path) -> None:
    data = _sizes_replaced(archive({"a.odx-f": good_odx()}), 1_000_000)
    assert "the length of the member is declared as 1000000" in error(tmp_path, data)


def test_too_many_members_are_refused(tmp_path: Path) -> None:
    members = {"a.odx-f": good_odx()} | {f"{number}": b"" for number in range(300)}
    assert "301 members, at most 256 are read" in error(tmp_path, archive(members))


def test_a_directory_larger_than_its_members_could_need_is_not_read(tmp_path: Path) -> None:
    members = {f"{number}-{'x' * 2000}": b"" for number in range(200)}
    assert "its directory of" in error(tmp_path, archive(members))


def test_an_archive_inside_the_archive_is_refused(tmp_path: Path) -> None:
    data = archive({"a.odx-f": good_odx(), "inner.pdx": archive({"b.odx-f": good_odx()})})
    assert "dme.pdx, inner.pdx: an archive inside the archive" in error(tmp_path, data)


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_other_ways_of_packing_are_refused(method: int, tmp_path: Path) -> None:
    assert f"packed with method {method}" in error(tmp_path, archive({"a.odx-f": good_odx()}, method))


def test_two_members_of_one_name_are_refused(tmp_path: Path) -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as pdx:
        pdx.writestr("a.odx-f", good_odx())
        with pytest.warns(UserWarning, match="Duplicate"):
            pdx.writestr("a.odx-f", good_odx())
    assert "two members have the same name" in error(tmp_path, file.getvalue())


def test_a_password_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive({"a.odx-f": good_odx()}))
    data[6] |= 1
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert "encrypted with a password" in error(tmp_path, bytes(data))


def test_an_archive_cut_short_is_refused(tmp_path: Path) -> None:
    assert "its directory is missing" in error(tmp_path, archive({"a.odx-f": good_odx()})[:-30])


def test_a_damaged_member_is_refused(tmp_path: Path) -> None:
    data = bytearray(archive({"a.odx-f": good_odx()}))
    data[200] ^= 0xFF
    assert "the member is damaged" in error(tmp_path, bytes(data))


def test_an_archive_without_flash_data_is_refused(tmp_path: Path) -> None:
    assert "no member of the archive is an ODX-F document" in error(tmp_path, archive({"index.xml": INDEX}))


def test_an_empty_archive_is_refused(tmp_path: Path) -> None:
    assert "no member of the archive is an ODX-F document" in error(tmp_path, archive({}))


def test_zip64_is_refused(tmp_path: Path) -> None:
    data = archive({"a.odx-f": good_odx()})
    end = data.rindex(b"PK\x05\x06")
    assert "it is a ZIP64 archive" in error(tmp_path, data[:end] + b"PK\x06\x07" + bytes(16) + data[end:])


def test_two_archives_at_once_are_refused(tmp_path: Path) -> None:
    files = Folder(tmp_path)
    paths = [files.file(name, archive({"a.odx-f": good_odx()})) for name in ("a.pdx", "b.pdx")]
    with pytest.raises(ContainerError, match=r"b\.pdx: 2 archives at once"):
        read_container(paths)


def _sizes_replaced(data: bytes, size_bytes: int) -> bytes:
    """The unpacked size in local header and directory."""
    changed = bytearray(data)
    struct.pack_into("<I", changed, 22, size_bytes)
    struct.pack_into("<I", changed, data.rindex(b"PK\x01\x02") + 24, size_bytes)
    return bytes(changed)
