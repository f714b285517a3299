"""Flash data onto the segments of a datablock: which bytes go where, with every declared length held against them.

Records (Intel HEX, S-record) carry addresses: a segment is cut out of them.  BINARY flash data carry none: the segments
follow each other in the data, in the order of the document, and together they are all of it.  A segment that is packed
has two lengths; COMPRESSED-SIZE is the one in the data.

Sources: ISO 22901-1, flash data (DATABLOCK, SEGMENT, FLASHDATA, TARGET-ADDR-OFFSET).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from appliance.campaign.model import ADDRESS_SPACE
from appliance.firmware.containers.declared import check_declared, check_size
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.model import Segment

_DO = "have the container made again: what it declares and what it holds differ"


@dataclass(frozen=True, slots=True)
class DeclaredSegment:
    """A SEGMENT of a datablock.

    Attributes:
        start: SOURCE-START-ADDRESS.
        size_bytes: From UNCOMPRESSED-SIZE, or to the inclusive SOURCE-END-ADDRESS; None: neither is given.
        packed_bytes: COMPRESSED-SIZE; None: not given.
        data_format: None: not given.
    """

    name: str
    start: int
    size_bytes: int | None
    packed_bytes: int | None
    data_format: int | None

    @property
    def stored_bytes(self) -> int | None:
        """Its length in the flash data; None: not said, as of a packed segment without COMPRESSED-SIZE."""
        if self.packed_bytes is not None:
            return self.packed_bytes
        return None if self.data_format else self.size_bytes


@dataclass(frozen=True, slots=True)
class Payload:
    """Flash data: `binary`, or `records` where that is None."""

    binary: bytes | None
    records: tuple[Segment, ...] = ()
    data_format: int | None = None


def place(
    declared: Sequence[DeclaredSegment], payload: Payload, offset: int, where: str, limits: Limits
) -> tuple[Segment, ...]:
    """The segments of one datablock with their bytes, by address.

    Args:
        offset: Added to every source address: TARGET-ADDR-OFFSET with its sign.

    Raises:
        ContainerError: a declared length is not the real one or beyond the limit, data are missing or left over, or
            an address leaves the four-byte space.
    """
    for one in declared:
        _check(one, f"{where}, segment {one.name}", limits)
    if payload.binary is None:
        found = _from_records(declared, payload, where)
    else:
        found = _from_binary(declared, payload.binary, payload.data_format, where)
    return tuple(sorted((_moved(one, offset, where) for one in found), key=lambda one: one.address or 0))


def _check(one: DeclaredSegment, where: str, limits: Limits) -> None:
    for what, size_bytes in (("the segment", one.size_bytes), ("the packed segment", one.packed_bytes)):
        if size_bytes is not None and size_bytes <= 0:
            raise ContainerError(f"{what} is declared with {size_bytes} bytes", where=where, do=_DO)
        if size_bytes is not None:
            check_size(what, size_bytes, limits, where)
    if not one.data_format and None not in (one.packed_bytes, one.size_bytes):
        what = "COMPRESSED-SIZE of data that are not marked as packed"
        check_declared(what, one.packed_bytes or 0, one.size_bytes or 0, where, _DO)


def _from_binary(
    declared: Sequence[DeclaredSegment], data: bytes, data_format: int | None, where: str
) -> tuple[Segment, ...]:
    if not data:
        raise ContainerError("its flash data are empty", where=where, do=_DO)
    if not declared:
        return (Segment(None, data, data_format=data_format),)
    if len(declared) == 1 and declared[0].stored_bytes is None:
        return (_segment(declared[0], data),)
    lengths = [one.stored_bytes for one in declared]
    known = [length for length in lengths if length is not None]
    if len(known) < len(lengths):
        what = "a segment does not say how many bytes of the flash data are its own"
        raise ContainerError(what, where=where, do="have its size written into the container")
    check_declared("the length of all segments", sum(known), len(data), where, _DO)
    segments, begin = [], 0
    for one, length in zip(declared, known, strict=True):
        segments.append(_segment(one, data[begin : begin + length]))
        begin += length
    return tuple(segments)


def _from_records(declared: Sequence[DeclaredSegment], payload: Payload, where: str) -> tuple[Segment, ...]:
    if not declared:
        return tuple(Segment(one.address, one.data, data_format=payload.data_format) for one in payload.records)
    return tuple(_segment(one, _cut(one, payload.records, f"{where}, segment {one.name}")) for one in declared)


def _cut(one: DeclaredSegment, records: tuple[Segment, ...], where: str) -> bytes:
    around = [r for r in records if r.address is not None and r.address <= one.start < r.address + len(r.data)]
    if not around:
        raise ContainerError(f"the flash data have nothing at 0x{one.start:08X}", where=where, do=_DO)
    begin = one.start - (around[0].address or 0)
    there = len(around[0].data) - begin
    length = there if one.stored_bytes is None else one.stored_bytes
    if length > there:
        check_declared("the length of the segment", length, there, where, _DO)
    return around[0].data[begin : begin + length]


def _segment(one: DeclaredSegment, data: bytes) -> Segment:
    unpacked_bytes = one.size_bytes if one.data_format else None
    return Segment(one.start, data, one.name, one.data_format, unpacked_bytes)


def _moved(one: Segment, offset: int, where: str) -> Segment:
    if one.address is None:
        return one
    address = one.address + offset
    if not 0 <= address <= ADDRESS_SPACE - len(one.data):
        what = f"a segment goes to 0x{address:X}, which leaves the four-byte address space"
        raise ContainerError(what, where=where, do=_DO)
    return Segment(address, one.data, one.name, one.data_format, one.unpacked_bytes)
