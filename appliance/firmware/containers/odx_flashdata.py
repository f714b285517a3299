"""FLASHDATA of an ODX document: the bytes it holds or names, and their data format.

INTERN-FLASHDATA is text in the document: hexadecimal digits (BINARY), or records.  EXTERN-FLASHDATA is a file: raw
bytes (BINARY), or records.  USER-DEFINED data mean something to their maker alone, and are refused.

ENCRYPT-COMPRESS-METHOD is the data format identifier of RequestDownload (ISO 22901-1; ISO 14229-1): one byte, as
hexadecimal digits (A_BYTEFIELD) or a number (A_UINT32).  Empty is the same as not given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from appliance.firmware.containers.declared import check_size
from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.intel_hex import read_intel_hex
from appliance.firmware.containers.limits import Limits
from appliance.firmware.containers.names import printable
from appliance.firmware.containers.odx_place import Payload
from appliance.firmware.containers.s_record import read_s_record

_DO = "have the container made again, and checked against ISO 22901-1"
_DIGITS = re.compile(r"[0-9A-Fa-f\s]*", re.A)
_RECORDS = {"INTEL-HEX": read_intel_hex, "MOTOROLA-S": read_s_record}


class PayloadReader:
    """Reads flash data, each once: several datablocks may share them."""

    def __init__(self, find: Callable[[str, str], bytes], limits: Limits) -> None:
        self._find = find
        self._limits = limits
        self._read: dict[int, tuple[Any, Payload]] = {}  # by identity; the object is kept, so that it stays its own
        self._size_bytes = 0

    def read(self, flashdata: Any, where: str) -> Payload:
        """The bytes of a FLASHDATA.

        Raises:
            ContainerError: it is empty, no hexadecimal digits, no records, in a format of its own, or more than the
                limit together with what was read before.
        """
        known = self._read.get(id(flashdata))
        if known is None:
            known = (flashdata, self._payload(flashdata, where))
            self._read[id(flashdata)] = known
        return known[1]

    def _payload(self, flashdata: Any, where: str) -> Payload:
        where = f"{where}, flash data {printable(flashdata.short_name)}"
        selection = flashdata.dataformat.selection.value
        data_format = data_format_of(flashdata.encrypt_compress_method, where)
        text = getattr(flashdata, "data", None)
        content = self._find(flashdata.datafile.value.strip(), where) if text is None else text
        if selection in _RECORDS:
            records = content if isinstance(content, bytes) else content.encode("ascii", "replace")
            segments = _RECORDS[selection](records, where, self._limits).segments
            self._count(sum(len(one.data) for one in segments), where)
            return Payload(None, segments, data_format)
        if selection != "BINARY":
            what = f"its data format {printable(selection)} means something to its maker alone"
            raise ContainerError(what, where=where, do="have the container made with BINARY, INTEL-HEX or MOTOROLA-S")
        binary = content if isinstance(content, bytes) else _from_digits(content, where)
        self._count(len(binary), where)
        return Payload(binary, (), data_format)

    def _count(self, size_bytes: int, where: str) -> None:
        self._size_bytes += size_bytes
        check_size("all flash data together", self._size_bytes, self._limits, where)


def data_format_of(method: Any, where: str) -> int | None:
    """The byte an ENCRYPT-COMPRESS-METHOD stands for; None: it is not given, or empty.

    Raises:
        ContainerError: it is not one byte.
    """
    text = "" if method is None else method.value_raw.strip()
    if not text:
        return None
    value = int.from_bytes(method.value) if isinstance(method.value, bytearray) else method.value
    if not 0 <= value <= 0xFF:
        what = f"ENCRYPT-COMPRESS-METHOD {printable(text)} is not the one byte that RequestDownload has for it"
        raise ContainerError(what, where=where, do="have it looked up what the control unit expects, and written there")
    return int(value)


def _from_digits(text: str, where: str) -> bytes:
    if not _DIGITS.fullmatch(text):
        raise ContainerError("its DATA are no hexadecimal digits", where=where, do=_DO)
    try:
        return bytes.fromhex(text)
    except ValueError as cause:
        raise ContainerError("its DATA have half a byte: an odd number of digits", where=where, do=_DO) from cause
