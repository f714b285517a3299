"""A PDX: a ZIP archive of ODX documents and the data files they name.

Rules.  Nothing is ever extracted to a path: members are read into memory, by name.  Before the first one is read the
directory at the end is measured, members are counted, what they declare is added up, and every name is looked at.  A
member gives as many bytes as it declares and no more.  Only stored and deflated members are read: a dictionary of LZMA
may ask for gigabytes.  No archive inside the archive, no ZIP64 (a container of four gigabytes is none of ours).

Sources: ISO 22901-1 (PDX); PKWARE APPNOTE 6.3.10, 4.3.14 to 4.3.16 (end records), 4.4.4 (flags), 4.4.5 (methods).
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from dataclasses import dataclass

from appliance.firmware.containers.declared import check_declared
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.names import printable

_END = struct.Struct("<4s4H2LH")  # signature, disks (2), entries (2), size and offset of the directory, comment
_END_SIGNATURE = b"PK\x05\x06"
_LOCATOR_64 = b"PK\x06\x07"
_LOCATOR_64_BYTES = 20
_LONGEST_COMMENT = 0xFFFF
_DIRECTORY_BYTES_PER_MEMBER = 46 + 1024  # APPNOTE 4.3.12, and a long name
_NESTED = (b"PK\x03\x04", b"PK\x05\x06")
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED = 0x41  # bit 0, and bit 6 for strong encryption
_TROUBLE = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, NotImplementedError, RuntimeError, ValueError)
_DO = "get the archive again from where it came from"


@dataclass(frozen=True, slots=True)
class Archive:
    """An archive whose directory is known to be harmless."""

    name: str
    _file: zipfile.ZipFile
    _members: dict[str, zipfile.ZipInfo]

    @property
    def names(self) -> tuple[str, ...]:
        """Every member that is no folder, in the archive's order."""
        return tuple(self._members)

    def head(self, member: str, size_bytes: int) -> bytes:
        """At most `size_bytes` from the beginning of a member.

        Raises:
            ContainerError: it is damaged, or an archive itself.
        """
        return self._read(member, size_bytes)

    def read(self, member: str) -> bytes:
        """A whole member.

        Raises:
            ContainerError: it is damaged, shorter than declared, or an archive itself.
        """
        info = self._members[member]
        data = self._read(member, info.file_size + 1)
        check_declared("the length of the member", info.file_size, len(data), self._where(member), _DO)
        return data

    def _read(self, member: str, size_bytes: int) -> bytes:
        try:
            with self._file.open(self._members[member]) as stream:
                data = stream.read(size_bytes)
        except _TROUBLE as cause:
            raise ContainerError(f"the member is damaged: {cause}", where=self._where(member), do=_DO) from cause
        if data.startswith(_NESTED):
            raise ContainerError(
                "an archive inside the archive", where=self._where(member), do="unpack it, give it alone"
            )
        return data

    def _where(self, member: str) -> str:
        return f"{self.name}, {printable(member)}"


def open_archive(data: bytes, name: str, limits: Limits) -> Archive:
    """The archive, with every rule checked that can be without reading a member.

    Raises:
        ContainerError: it is damaged, or breaks one of the rules above.
    """
    _check_end(data, name, limits)
    try:
        file = zipfile.ZipFile(io.BytesIO(data))
    except _TROUBLE as cause:
        raise ContainerError(f"the archive is damaged: {cause}", where=name, do=_DO) from cause
    infos = file.infolist()
    if len(infos) > limits.members:
        raise ContainerError(f"{len(infos)} members, at most {limits.members} are read", where=name, do=_DO)
    for info in infos:
        _check_member(info, f"{name}, {printable(info.filename)}")
    declared = sum(info.file_size for info in infos)
    if declared > limits.unpacked_bytes:
        raise ContainerError(
            f"its members are {declared} bytes unpacked, at most {limits.unpacked_bytes} are read",
            where=name,
            do="check that it is firmware; a larger container is read with larger limits",
        )
    members = {info.filename: info for info in infos if not info.is_dir()}
    if len(members) != sum(not info.is_dir() for info in infos):
        raise ContainerError("two members have the same name", where=name, do=_DO)
    return Archive(name, file, members)


def _check_end(data: bytes, name: str, limits: Limits) -> None:
    """The directory's own size, before zipfile reads all of it."""
    at = data.rfind(_END_SIGNATURE, max(0, len(data) - _END.size - _LONGEST_COMMENT))
    if at < 0 or at + _END.size > len(data):
        raise ContainerError("the archive was cut short: its directory is missing", where=name, do=_DO)
    tail = data[-_END.size :]
    if tail.startswith(_END_SIGNATURE) and tail.endswith(b"\0\0"):
        at = len(data) - _END.size  # as zipfile looks for it
    if data[max(0, at - _LOCATOR_64_BYTES) : at].startswith(_LOCATOR_64):
        raise ContainerError("it is a ZIP64 archive, for contents of gigabytes", where=name, do="pack it as plain ZIP")
    directory_bytes = _END.unpack_from(data, at)[5]
    if directory_bytes > limits.members * _DIRECTORY_BYTES_PER_MEMBER:
        what = f"its directory of {directory_bytes} bytes is larger than that of {limits.members} members"
        raise ContainerError(what, where=name, do=_DO)


def _check_member(info: zipfile.ZipInfo, where: str) -> None:
    name = info.filename.replace("\\", "/")
    if name.startswith("/") or ":" in name or ".." in name.split("/") or "\0" in info.orig_filename:
        raise ContainerError("a name that leads out of the archive", where=where, do="do not trust this archive")
    if info.flag_bits & _ENCRYPTED:
        raise ContainerError("the member is encrypted with a password", where=where, do="unpack it, pack it without")
    if info.compress_type not in _METHODS:
        what = f"the member is packed with method {info.compress_type}; read are stored (0) and deflated (8)"
        raise ContainerError(what, where=where, do="pack it as plain ZIP")
