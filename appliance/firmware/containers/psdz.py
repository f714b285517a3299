"""PSdZ pairs: a `.bin` with the bytes, and an `.xml` that says where they go.

    {binary-header.xsd}BINARY-HEADER / BINARY-FLASHBLOCK / FLASH-SEGMENTS / FLASH-SEGMENT

A segment has SOURCE-START-ADDRESS and SOURCE-END-ADDRESS, hexadecimal, *both inclusive*: its place in the `.bin`.  It
may have TARGET-START-ADDRESS and TARGET-END-ADDRESS, inclusive too: its place in the control unit, unpacked.  The
attribute COMPRESSION-STATUS says `COMPRESSED` where the two differ in length.  Without a target a source that begins
behind the end of the `.bin` is taken as the place in the control unit, and the segments as following each other.

Sources: facts.md §10 (file names, elements, inclusive ends: confirmed); targets and compression status: three published
readers of these files agree (likely); 0x10 for compressed: facts.md §5.1.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from xml.etree.ElementTree import Element

from appliance.campaign.model import ADDRESS_SPACE
from appliance.car.sgbm import SgbmId
from appliance.firmware.containers.declared import check_declared, check_size
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.memory_image import check_alignment
from appliance.firmware.containers.model import ContainerBlock, Segment
from appliance.firmware.containers.names import printable, software_in, software_of_file
from appliance.firmware.containers.source import Source
from appliance.firmware.containers.xml_document import parse_xml

COMPRESSED = 0x10
PLAIN = 0x00
_SEGMENT = "FLASH-SEGMENT"
_COMPRESSED, _UNCOMPRESSED = "COMPRESSED", "UNCOMPRESSED"  # COMPRESSION-STATUS; the second is from memory
_HEX = re.compile(r"(?:0[xX])?([0-9A-Fa-f]{1,16})")
_DO = "get both files of the pair again, from the same release"


@dataclass(frozen=True, slots=True)
class _Span:
    """First and last address, both part of it."""

    first: int
    last: int

    @property
    def size_bytes(self) -> int:
        return self.last - self.first + 1


@dataclass(frozen=True, slots=True)
class _Declared:
    """One FLASH-SEGMENT; `target` None: not given."""

    name: str
    where: str
    source: _Span
    target: _Span | None
    status: str


def read_psdz(
    headers: Sequence[Source], binaries: Sequence[Source], limits: Limits
) -> tuple[tuple[ContainerBlock, ...], tuple[str, ...]]:
    """The datablock of every pair, and notes on bytes that no segment names.

    Raises:
        ContainerError: a file has no other half, or a pair contradicts itself.
    """
    pairs = [(header, _other_half(header, headers, binaries)) for header in headers]
    if left := [one.name for one in binaries if all(one is not binary for _, binary in pairs)]:
        raise ContainerError("there is no .xml that describes it", where=left[0], do="give the .xml beside it as well")
    blocks, notes = [], []
    for header, binary in pairs:
        block, unnamed_bytes = _pair(header, binary, limits)
        blocks.append(block)
        if unnamed_bytes:
            notes.append(f"{binary.name}: {unnamed_bytes} bytes belong to no segment and are not sent")
    return tuple(blocks), tuple(notes)


def _other_half(header: Source, headers: Sequence[Source], binaries: Sequence[Source]) -> Source:
    """The `.bin` of an `.xml`: the only one, or the one of the same name."""
    if len(headers) == len(binaries) == 1:
        return binaries[0]
    software = software_of_file(header.name)
    same = [one for one in binaries if software and software_of_file(one.name) == software]
    if len(same) != 1:
        raise ContainerError(
            "there is no .bin that belongs to it" if not same else "more than one .bin belongs to it",
            where=header.name,
            do="give the .bin and the .xml of one software unit together, named as PSdZ names them",
        )
    return same[0]


def _pair(header: Source, binary: Source, limits: Limits) -> tuple[ContainerBlock, int]:
    named = {software_of_file(header.name), software_of_file(binary.name)} - {None}
    if len(named) > 1:
        what = f"{header.name} and {binary.name} belong to different software units"
        raise ContainerError(what, where=header.name, do=_DO)
    declared = _declared(parse_xml(header.data, header.name, limits), header.name, limits)
    sources = _placed(declared, binary)
    segments = tuple(_segment(one, source, binary, limits) for one, source in zip(declared, sources, strict=True))
    _check_apart(segments, header.name)
    software: SgbmId | None = named.pop() if named else software_in(one.name for one in declared)
    ordered = sorted(segments, key=lambda one: -1 if one.address is None else one.address)
    return ContainerBlock(binary.name, tuple(ordered), software), len(binary.data) - sum(s.size_bytes for s in sources)


def _declared(root: Element, name: str, limits: Limits) -> tuple[_Declared, ...]:
    elements = [one for one in root.iter() if _local(one) == _SEGMENT]
    if not elements:
        raise ContainerError("it describes no FLASH-SEGMENT", where=name, do=_DO)
    if len(elements) > limits.segments:
        raise ContainerError(f"more than {limits.segments} segments", where=name, do=_DO)
    return tuple(_one(element, number, name) for number, element in enumerate(elements, start=1))


def _one(element: Element, number: int, name: str) -> _Declared:
    texts = {_local(child): (child.text or "").strip() for child in element.iter()}
    label = printable(texts.get("SHORT-NAME", ""))
    where = f"{name}, segment {number}{f' {label}' if label else ''}"
    source = _span(texts, "SOURCE", where)
    if source is None:
        raise ContainerError("neither SOURCE-START-ADDRESS nor SOURCE-END-ADDRESS", where=where, do=_DO)
    status = element.get("COMPRESSION-STATUS", "").strip().upper()
    return _Declared(label, where, source, _span(texts, "TARGET", where), status)


def _span(texts: dict[str, str], side: str, where: str) -> _Span | None:
    """None: the side is not given at all."""
    keys = (f"{side}-START-ADDRESS", f"{side}-END-ADDRESS")
    given = [texts[key] for key in keys if key in texts]
    if not given:
        return None
    if len(given) == 1:
        raise ContainerError(f"{keys[0]} and {keys[1]} belong together, one is missing", where=where, do=_DO)
    numbers = [_HEX.fullmatch(text) for text in given]
    if not (numbers[0] and numbers[1]):
        what = f"{side} addresses are hexadecimal, found {printable(given[0])} and {printable(given[1])}"
        raise ContainerError(what, where=where, do=_DO)
    span = _Span(int(numbers[0][1], 16), int(numbers[1][1], 16))
    if span.last < span.first:
        what = f"{keys[1]} 0x{span.last:X} lies before {keys[0]} 0x{span.first:X}; both are inclusive"
        raise ContainerError(what, where=where, do=_DO)
    if span.last >= ADDRESS_SPACE:
        raise ContainerError(f"{keys[1]} 0x{span.last:X} is beyond four-byte addresses", where=where, do=_DO)
    return span


def _placed(declared: tuple[_Declared, ...], binary: Source) -> tuple[_Span, ...]:
    """Where in the `.bin` each segment lies."""
    spans = tuple(one.source for one in declared)
    if any(one.target for one in declared) or min(span.first for span in spans) < len(binary.data):
        for before, after in pairwise(sorted(declared, key=lambda one: one.source.first)):
            if after.source.first <= before.source.last:
                what = f"its bytes in the .bin are also those of {before.name or 'another segment'}"
                raise ContainerError(what, where=after.where, do=_DO)
        return spans
    check_declared("the length of all segments", sum(s.size_bytes for s in spans), len(binary.data), binary.name, _DO)
    ends = accumulate(span.size_bytes for span in spans)
    return tuple(_Span(end - span.size_bytes, end - 1) for end, span in zip(ends, spans, strict=True))


def _segment(one: _Declared, source: _Span, binary: Source, limits: Limits) -> Segment:
    for side, span in (("the source", one.source), ("the target", one.target)):
        if span:
            check_size(side, span.size_bytes, limits, one.where)
    if source.last >= len(binary.data):
        there = max(0, len(binary.data) - source.first)
        check_declared(f"the length of the source in {binary.name}", source.size_bytes, there, one.where, _DO)
    data = binary.data[source.first : source.last + 1]
    target = one.target or (one.source if one.source != source else None)
    if target:
        check_alignment(target.first, limits, one.where)
    address = target.first if target else None
    if one.status == _COMPRESSED:
        return Segment(address, data, one.name, COMPRESSED, one.target.size_bytes if one.target else None)
    if target:
        what = "the length of the target, which is not marked as COMPRESSED,"
        check_declared(what, target.size_bytes, len(data), one.where, _DO)
    return Segment(address, data, one.name, PLAIN if one.status == _UNCOMPRESSED else None)


def _check_apart(segments: tuple[Segment, ...], name: str) -> None:
    """In the control unit, unpacked."""
    spans = sorted(
        (one.address, one.address + (one.unpacked_bytes or len(one.data)) - 1)
        for one in segments
        if one.address is not None
    )
    for (_, last), (first, _) in pairwise(spans):
        if first <= last:
            raise ContainerError(f"two segments go to 0x{first:08X}", where=name, do=_DO)


def _local(element: Element) -> str:
    return str(element.tag).rpartition("}")[2]
