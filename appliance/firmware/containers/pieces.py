"""What is sent: each datablock of a container as pieces without gaps, with a file name and a hash for each.

Rules.  A piece is erased, downloaded and checked as a whole, so it has no gap.  A block with gaps is as many pieces as
it has segments, or one, with a fill byte that somebody named; nobody else invents bytes.  Packed data are never filled:
their gaps are not where they seem.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from appliance.car.sgbm import SgbmId
from appliance.firmware.containers.declared import check_size
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import LIMITS, Limits
from appliance.firmware.containers.model import ContainerBlock, ContainerContent, Segment
from appliance.firmware.containers.names import plain_file_name, psdz_file_name

_PLAIN = (None, 0x00)


@dataclass(frozen=True, slots=True)
class Piece:
    """One datablock as a campaign has it.

    Attributes:
        name: For people; no two of one container share it.
        software: None: the container does not say.
        address / data_format / unpacked_bytes: As of `Segment`.
        file: Its name, plain, and no two of one container share it.
        sha256: Of `data`, 64 lower-case hex digits.
        remarks: A sentence each, for the author.
    """

    name: str
    software: SgbmId | None
    address: int | None
    data: bytes
    data_format: int | None
    unpacked_bytes: int | None
    file: str
    sha256: str
    remarks: tuple[str, ...] = ()


def pieces_of(content: ContainerContent, fill: int | None = None, limits: Limits = LIMITS) -> tuple[Piece, ...]:
    """Every piece of a container, in its order.

    Args:
        fill: The byte that stands in gaps, 0x00 to 0xFF; None: a block with gaps becomes several pieces.

    Raises:
        ContainerError: a gap cannot be filled: too long, between packed data, or nobody knows how long.
    """
    found = [piece for block in content.datablocks for piece in _block(block, fill, limits)]
    names = _unique([piece.name for piece in found])
    files = _unique([piece.file for piece in found])
    return tuple(replace(piece, name=name, file=file) for piece, name, file in zip(found, names, files, strict=True))


def _unique(wanted: Sequence[str]) -> list[str]:
    """The same, with a number before those that were there before; some computers do not tell `A` from `a`."""
    given: dict[str, str] = {}
    for name in wanted:
        number, free = 1, name
        while free.lower() in given:
            number += 1
            free = f"{number}-{name}"
        given[free.lower()] = free
    return list(given.values())


def _block(block: ContainerBlock, fill: int | None, limits: Limits) -> list[Piece]:
    segments = block.segments
    filled: tuple[str, ...] = ()
    if fill is not None and len(segments) > 1:
        whole = _filled(block, fill, limits)
        invented = len(whole.data) - sum(len(one.data) for one in segments)
        filled = (f"{invented} bytes of 0x{fill:02X} were filled in between {len(segments)} segments",)
        segments = (whole,)
    several = len(segments) > 1
    return [
        Piece(
            name=_name(block, one, several),
            software=block.software,
            address=one.address,
            data=one.data,
            data_format=one.data_format,
            unpacked_bytes=one.unpacked_bytes,
            file=_file(block, one, several),
            sha256=hashlib.sha256(one.data).hexdigest(),
            remarks=filled + ((f"segment {number} of {len(segments)} of {block.name}",) if several else ()),
        )
        for number, one in enumerate(segments, start=1)
    ]


def _filled(block: ContainerBlock, fill: int, limits: Limits) -> Segment:
    first, last = block.segments[0], block.segments[-1]
    if any(one.data_format not in _PLAIN or one.unpacked_bytes not in (None, len(one.data)) for one in block.segments):
        do = "leave the fill byte out: each segment becomes a datablock of its own"
        raise ContainerError("packed data are never filled up", where=block.name, do=do)
    if first.address is None or last.address is None:
        do = "leave the fill byte out, and look up where each segment goes"
        raise ContainerError("its segments have no addresses, so nobody knows the gaps", where=block.name, do=do)
    check_size("the datablock with its gaps filled", last.address + len(last.data) - first.address, limits, block.name)
    parts = [first.data]
    for before, after in pairwise(block.segments):
        gap = (after.address or 0) - (before.address or 0) - len(before.data)
        parts += [bytes([fill]) * gap, after.data]
    return Segment(first.address, b"".join(parts), data_format=first.data_format)


def _name(block: ContainerBlock, one: Segment, several: bool) -> str:
    if not several:
        return block.name
    return f"{block.name} {one.name or ('' if one.address is None else f'0x{one.address:08X}')}".strip()


def _file(block: ContainerBlock, one: Segment, several: bool) -> str:
    """As PSdZ calls it where the software is known; with the address behind it where the software has several."""
    stem = psdz_file_name(block.software) if block.software else plain_file_name(block.name.removesuffix(".bin"))
    place = f".{one.address:08x}" if several and one.address is not None else ""
    return f"{stem}{place}" if block.software else f"{stem}{place}.bin"
