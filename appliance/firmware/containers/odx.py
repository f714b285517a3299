"""ODX-F: sessions, datablocks and flash data, by themselves or inside a PDX (ISO 22901-1).

odxtools reads the documents and resolves what refers to what; this is its adapter, and none of its types leaves it.  It
gets trees, not files: what is parsed, and how much, is decided by `xml_document` and `archive`.  Of a FLASH document it
gets ECU-MEMS alone.  ECU-MEM-CONNECTORs name layers of a whole diagnostic database, which says nothing about the data
and is never needed here; audiences, special data and the like are left out for the same reason.

Flash data are read by our own parsers: odxtools would take a raw data file for hexadecimal text, and believe records
without an end.  A datablock with FILTERS is refused: which bytes they leave out has no second opinion here.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise
from typing import Any
from xml.etree.ElementTree import Element

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.extra import publisher_library
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.model import Checksum, ContainerBlock, Ident, Security, Segment, Session
from appliance.firmware.containers.names import printable, software_in
from appliance.firmware.containers.odx_flashdata import PayloadReader, data_format_of
from appliance.firmware.containers.odx_place import DeclaredSegment, place
from appliance.firmware.containers.xml_document import parse_xml

_LEFT_OUT = frozenset(
    {
        "ADMIN-DATA",
        "COMPANY-DATAS",
        "SDGS",
        "DESC",
        "AUDIENCE",
        "ADDITIONAL-AUDIENCES",
        "PHYS-MEM",
        "ECU-MEM-CONNECTORS",
    }
)
_NOT_AS_ODX = (ValueError, KeyError, TypeError, AttributeError, AssertionError, IndexError, OverflowError)
_DO = "have the container made again, and checked against ISO 22901-1"

FindFile = Callable[[str, str], bytes]
"""From the name in DATAFILE, and where it stands, to the file's bytes; raises ContainerError when it is not there."""


@dataclass(frozen=True, slots=True)
class Document:
    """One ODX document: its bytes, and what it is called in messages."""

    name: str
    data: bytes


def read_odx(
    documents: Sequence[Document], find: FindFile, limits: Limits
) -> tuple[tuple[ContainerBlock, ...], tuple[Session, ...]]:
    """Every datablock and session of the documents, in their order.

    Raises:
        ContainerError: a document is none, contradicts itself, or breaks the limits; file, datablock and segment.
        UsageError: odxtools is not installed.
    """
    name = documents[0].name
    database = _database(documents, limits)
    payloads = PayloadReader(find, limits)
    blocks, sessions = [], []
    for memory in (ecu_mem.mem for flash in database.flashs for ecu_mem in flash.ecu_mems):
        blocks += [
            _block(one, payloads, f"{name}, datablock {printable(one.short_name)}", limits) for one in memory.datablocks
        ]
        sessions += [_session(one) for one in memory.sessions]
    if not blocks:
        raise ContainerError("it has no datablock", where=name, do=_DO)
    return tuple(blocks), tuple(sessions)


def _database(documents: Sequence[Document], limits: Limits) -> Any:
    database = publisher_library("odxtools.database").Database(use_weakrefs=False)
    elements = 0
    for document in documents:
        root = parse_xml(document.data, document.name, limits)
        elements += sum(1 for _ in root.iter())
        if elements > limits.elements:
            raise ContainerError(f"more than {limits.elements} elements in all", where=document.name, do=_DO)
        _prune(root)
        _check_ids(root, document.name)
        _check_lists(root, document.name, limits)
        with _as_the_standard(document.name):
            database.add_odx_xml_tree(root)
    with _as_the_standard(documents[0].name):
        database.refresh()
    return database


@contextmanager
def _as_the_standard(name: str) -> Iterator[None]:
    """What odxtools says of a document that is not as the standard has it, as our error."""
    errors = publisher_library("odxtools.exceptions")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", errors.OdxWarning)
            yield
    except (errors.OdxError, errors.OdxWarning, *_NOT_AS_ODX) as cause:
        why = printable(str(cause)) or type(cause).__name__
        raise ContainerError(f"it is no ODX-F as the standard has it: {why}", where=name, do=_DO) from cause


def _prune(root: Element) -> None:
    for parent in list(root.iter()):
        for child in [one for one in parent if one.tag in _LEFT_OUT]:
            parent.remove(child)


def _check_ids(root: Element, name: str) -> None:
    """A reference to an ID that is there twice means either."""
    identifiers = Counter(element.get("ID") for element in root.iter() if "ID" in element.attrib)
    if twice := [identifier for identifier, times in identifiers.items() if times > 1]:
        raise ContainerError(f"the ID {printable(twice[0] or '')} is there twice", where=name, do=_DO)


def _check_lists(root: Element, name: str, limits: Limits) -> None:
    """Before odxtools makes names of the members of a list different, in a time that grows with their square."""
    for parent in root.iter():
        if len(parent) > limits.segments:
            what = f"{len(parent)} elements in one {printable(str(parent.tag))}, at most {limits.segments} are read"
            raise ContainerError(what, where=name, do=_DO)


def _block(one: Any, payloads: PayloadReader, where: str, limits: Limits) -> ContainerBlock:
    if one.filters:
        do = "have the container made without filters: with the data as they are to be sent"
        raise ContainerError("it has FILTERS, which KL30 does not apply", where=where, do=do)
    if one.flashdata is None:
        raise ContainerError("it has no flash data", where=where, do="give the container that carries them")
    payload = payloads.read(one.flashdata, where)
    declared = [_declared(segment, payload.data_format, where) for segment in one.segments]
    segments = place(declared, payload, _offset(one.target_addr_offset), where, limits)
    _check_apart(segments, where)
    own = tuple(Ident(printable(i.short_name), (_raw(i.ident_value),)) for i in one.own_idents)
    names = [value for ident in own for value in ident.values] + [one.short_name, one.flashdata.short_name]
    return ContainerBlock(
        printable(one.short_name),
        segments,
        software_in(names),
        data_type=printable(one.data_type),
        own_idents=own,
        securities=_securities(one.securities),
    )


def _declared(segment: Any, data_format: int | None, where: str) -> DeclaredSegment:
    name = printable(segment.short_name)
    at = f"{where}, segment {name}"
    start, end = segment.source_start_address, segment.source_end_address
    size_bytes = segment.uncompressed_size
    if end is not None:
        if end < start:
            raise ContainerError(f"it ends at 0x{end:X}, before it begins at 0x{start:X}", where=at, do=_DO)
        size_bytes = end - start + 1  # the end is part of it
    if segment.encrypt_compress_method is not None:
        data_format = data_format_of(segment.encrypt_compress_method, at)
    return DeclaredSegment(name, start, size_bytes, segment.compressed_size, data_format)


def _offset(offset: Any) -> int:
    """POSITIVE-OFFSET and NEGATIVE-OFFSET with their sign; 0 where there is none."""
    if offset is None:
        return 0
    positive = getattr(offset, "positive_offset", None)
    return int(positive) if positive is not None else -int(offset.negative_offset)


def _check_apart(segments: tuple[Segment, ...], where: str) -> None:
    for before, after in pairwise(one for one in segments if one.address is not None):
        end = (before.address or 0) + (before.unpacked_bytes or len(before.data))
        if (after.address or 0) < end:
            raise ContainerError(f"two segments go to 0x{after.address:08X}", where=where, do=_DO)


def _session(one: Any) -> Session:
    return Session(
        printable(one.short_name),
        tuple(printable(block.short_name) for block in one.datablocks),
        tuple(Ident(printable(i.short_name), tuple(_raw(v) for v in i.ident_values)) for i in one.expected_idents),
        tuple(_checksum(checksum) for checksum in one.checksums),
        _securities(one.securities),
    )


def _checksum(one: Any) -> Checksum:
    end, start = one.source_end_address, one.source_start_address
    size_bytes = end - start + 1 if end is not None else one.uncompressed_size or 0
    algorithm = printable(one.checksum_alg or "")
    result = _raw(one.checksum_result)
    return Checksum(printable(one.short_name), algorithm, start, size_bytes, one.fillbyte, result)


def _securities(found: Sequence[Any]) -> tuple[Security, ...]:
    return tuple(
        Security(*(_raw(part) for part in (one.security_method, one.fw_signature, one.fw_checksum, one.validity_for)))
        for one in found
    )


def _raw(part: Any) -> str:
    """As written, in full: signatures are long."""
    return "" if part is None else str(part.value_raw).strip()
