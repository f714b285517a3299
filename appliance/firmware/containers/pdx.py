"""A PDX opened: its FLASH documents, and the members they may name as data files."""

from __future__ import annotations

from appliance.firmware.containers.archive import Archive, open_archive
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.names import printable
from appliance.firmware.containers.odx import Document
from appliance.firmware.containers.source import Source
from appliance.firmware.containers.xml_document import first_tags

_HEAD_BYTES = 64 * 1024  # of a member, to see what it is


def open_pdx(source: Source, limits: Limits) -> tuple[Archive, list[Document]]:
    """The archive, and its documents with flash data, by content; diagnostic documents and the index are left alone.

    Raises:
        ContainerError: the archive is damaged, breaks a rule of `archive`, or has no document with flash data.
    """
    archive = open_archive(source.data, source.name, limits)
    documents = [
        Document(f"{source.name}, {printable(member)}", archive.read(member))
        for member in archive.names
        if _is_flash(archive, member, source.name)
    ]
    if not documents:
        raise ContainerError(
            "no member of the archive is an ODX-F document",
            where=source.name,
            do="give the PDX that carries flash data",
        )
    return archive, documents


def _is_flash(archive: Archive, member: str, name: str) -> bool:
    head = archive.head(member, _HEAD_BYTES)
    if head.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] != b"<":
        return False
    try:
        root, *children = first_tags(head, f"{name}, {printable(member)}")
    except ContainerError:
        if member.lower().rpartition(".")[2].startswith("odx"):
            raise
        return False  # a data file that happens to begin like XML
    return root == "ODX" and children == ["FLASH"]
