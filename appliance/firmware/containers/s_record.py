"""Motorola S-records: `S3`, a count, an address of two, three or four bytes, data, a checksum.

Rules.  Every record has its declared length and its checksum; the last one, and only the last, is an end record (S7,
S8 or S9).  A count record (S5, S6) must name the number of data records before it.

Sources: Motorola, M68000 Family Programmer's Reference Manual, appendix C (S-record output format).  The codec of one
record is bincopy's.
"""

from __future__ import annotations

import re
from types import ModuleType

from appliance.firmware.containers.declared import check_declared
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.extra import publisher_library
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.memory_image import MemoryImage
from appliance.firmware.containers.model import ContainerBlock
from appliance.firmware.containers.names import printable, software_in, software_of_file
from appliance.firmware.containers.record_lines import record_lines, shown

_RECORD = re.compile(rb"S[0-9](?:[0-9A-Fa-f]{2}){2,}")
_ADDRESS_BYTES = {"0": 2, "1": 2, "2": 3, "3": 4, "5": 2, "6": 3, "7": 4, "8": 3, "9": 2}
_CUT = "the file was cut short or altered on its way; get it again"


def read_s_record(data: bytes, name: str, limits: Limits) -> ContainerBlock:
    """A file of S-records, called `name` in messages; its header record, where there is one, names the block.

    Raises:
        ContainerError: it breaks one of the rules above; line and reason.
        UsageError: bincopy is not installed.
    """
    codec = publisher_library("bincopy")
    image = MemoryImage(name, limits)
    title, start, ended, records = "", None, 0, 0
    for line, text in record_lines(data, name):
        where = f"{name}:{line}"
        if ended:
            raise ContainerError(f"there is more behind the end record of line {ended}", where=where, do=_CUT)
        kind, address, body = _record(codec, text, where)
        match kind:
            case "0":
                title = body.rstrip(b"\0").decode("latin-1")
            case "1" | "2" | "3":
                records += 1
                image.add(address, body, line)
            case "5" | "6":
                check_declared("the number of data records", address, records, where, _CUT)
            case _:
                ended, start = line, address
    if not ended:
        raise ContainerError("the end record (S7, S8 or S9) is missing", where=name, do=_CUT)
    software = software_of_file(name) or software_in([title])
    return ContainerBlock(printable(title).strip() or name, image.segments(), software, start_address=start)


def _record(codec: ModuleType, text: bytes, where: str) -> tuple[str, int, bytes]:
    """Type, address and data of one record."""
    if not _RECORD.fullmatch(text):
        what = f"{shown(text)} is no S-record: expected S, a digit, and pairs of hexadecimal digits"
        raise ContainerError(what, where=where, do=_CUT)
    kind = chr(text[1])
    if kind not in _ADDRESS_BYTES:
        raise ContainerError(f"record type S{kind} is reserved", where=where, do=_CUT)
    declared, found = int(text[2:4], 16), len(text) // 2 - 2
    if declared != found:
        fault = "was cut short" if found < declared else "is too long"
        what = f"the record {fault}: it is declared with {declared} bytes behind its count and has {found}"
        raise ContainerError(what, where=where, do=_CUT)
    if declared < _ADDRESS_BYTES[kind] + 1:
        raise ContainerError(f"an S{kind} record with {declared} bytes has no room for its address", where=where)
    try:
        _, address, _, body = codec.unpack_srec(text.decode("ascii"))
    except codec.Error as cause:
        found = ~sum(bytes.fromhex(text[2:-2].decode("ascii"))) & 0xFF
        what = f"the checksum {text[-2:].decode('ascii')} does not fit the record, which gives {found:02X}"
        raise ContainerError(what, where=where, do=_CUT) from cause
    return kind, address, bytes(body)
