"""Intel HEX: `:LLAAAATT…CC`, data records with 16-bit addresses below a base that other records set.

Rules.  Every record has its declared length and its checksum; the last one, and only the last, is the end record.
A file without it was cut short.  The base of a type 04 record replaces that of a type 02 record, and the other way
round; segmented addresses do not wrap around silently.

Sources: Intel, Hexadecimal Object File Format Specification, revision A (1988).  The codec of one record is bincopy's.
"""

from __future__ import annotations

import re
from enum import IntEnum
from types import ModuleType

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.extra import publisher_library
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.memory_image import MemoryImage
from appliance.firmware.containers.model import ContainerBlock
from appliance.firmware.containers.names import software_of_file
from appliance.firmware.containers.record_lines import record_lines, shown


class _Type(IntEnum):
    DATA = 0x00
    END = 0x01
    SEGMENT_BASE = 0x02
    SEGMENT_START = 0x03
    LINEAR_BASE = 0x04
    LINEAR_START = 0x05


_BODY_BYTES = {_Type.END: 0, _Type.SEGMENT_BASE: 2, _Type.SEGMENT_START: 4, _Type.LINEAR_BASE: 2, _Type.LINEAR_START: 4}
_RECORD = re.compile(rb":(?:[0-9A-Fa-f]{2}){5,}")
_FRAME_BYTES = 5  # length, address (2), type, checksum
_CUT = "the file was cut short or altered on its way; get it again"


def read_intel_hex(data: bytes, name: str, limits: Limits) -> ContainerBlock:
    """A file of Intel HEX records, called `name` in messages.

    Raises:
        ContainerError: it breaks one of the rules above; line and reason.
        UsageError: bincopy is not installed.
    """
    codec = publisher_library("bincopy")
    image = MemoryImage(name, limits)
    base, segmented, start, ended = 0, False, None, 0
    for line, text in record_lines(data, name):
        where = f"{name}:{line}"
        if ended:
            raise ContainerError(f"there is more behind the end record of line {ended}", where=where, do=_CUT)
        kind, offset, body = _record(codec, text, where)
        match kind:
            case _Type.DATA:
                _check_no_wrap(segmented, offset, len(body), where)
                image.add(base + offset, body, line)
            case _Type.END:
                ended = line
            case _Type.SEGMENT_BASE:
                base, segmented = int.from_bytes(body) << 4, True
            case _Type.LINEAR_BASE:
                base, segmented = int.from_bytes(body) << 16, False
            case _Type.SEGMENT_START:
                start = (int.from_bytes(body[:2]) << 4) + int.from_bytes(body[2:])
            case _Type.LINEAR_START:
                start = int.from_bytes(body)
    if not ended:
        raise ContainerError("the end record :00000001FF is missing", where=name, do=_CUT)
    return ContainerBlock(name, image.segments(), software_of_file(name), start_address=start)


def _record(codec: ModuleType, text: bytes, where: str) -> tuple[_Type, int, bytes]:
    """Type, offset and body of one record."""
    if not _RECORD.fullmatch(text):
        what = f"{shown(text)} is no Intel HEX record: expected a colon and pairs of hexadecimal digits, at least five"
        raise ContainerError(what, where=where, do=_CUT)
    declared, found = int(text[1:3], 16), len(text) // 2 - _FRAME_BYTES
    if declared != found:
        fault = "was cut short" if found < declared else "is too long"
        what = f"the record {fault}: it is declared with {declared} bytes of data and has {found}"
        raise ContainerError(what, where=where, do=_CUT)
    try:
        number, offset, _, body = codec.unpack_ihex(text.decode("ascii"))
    except codec.Error as cause:
        found = -sum(bytes.fromhex(text[1:-2].decode("ascii"))) & 0xFF
        what = f"the checksum {text[-2:].decode('ascii')} does not fit the record, which gives {found:02X}"
        raise ContainerError(what, where=where, do=_CUT) from cause
    if number > max(_Type):
        raise ContainerError(f"record type {number:02X} is none of Intel HEX", where=where, do=_CUT)
    kind = _Type(number)
    if len(body) != _BODY_BYTES.get(kind, len(body)):
        what = f"a record of type {number:02X} has {_BODY_BYTES[kind]} bytes of data, this one has {len(body)}"
        raise ContainerError(what, where=where, do=_CUT)
    return kind, offset, bytes(body)


def _check_no_wrap(segmented: bool, offset: int, size_bytes: int, where: str) -> None:
    """In segmented mode an address beyond 64 KiB means its beginning again, which nobody means in firmware."""
    if segmented and offset + size_bytes > 0x10000:
        raise ContainerError(
            f"the record at offset 0x{offset:04X} reaches beyond its segment of 64 KiB", where=where, do=_CUT
        )
