"""Which format a file has, by what is in it.

A name proves nothing, and most firmware is called `.bin`.  Whoever is taken for raw binary is sent to a control unit as
it is, so text is never raw binary: a damaged first line, or a byte-order mark in front of it, is an error here.

Sources: the first bytes of each format: the ZIP local file header (APPNOTE 4.3.7), XML 1.0 §2.8, Unicode 15 §23.8
(byte-order marks), and the record formats as `intel_hex` and `s_record` name them.
"""

from __future__ import annotations

import re
from enum import Enum

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.xml_document import first_tags

PSDZ_ROOT = "BINARY-HEADER"  # in the namespace binary-header.xsd


class Shape(Enum):
    """What a file looks like."""

    RAW = "raw binary"
    INTEL_HEX = "Intel HEX"
    S_RECORD = "S-record"
    ODX_FLASH = "ODX-F"
    ARCHIVE = "PDX"
    PSDZ_HEADER = "a PSdZ description"


_UTF8_MARK = b"\xef\xbb\xbf"
_LOOKED_AT = 4096  # bytes; every format shows itself in its first line
_HEX = re.compile(rb"\s*:[0-9A-Fa-f]{10,}\s*(?:\r?\n|$)")
_SREC = re.compile(rb"\s*S[0-9][0-9A-Fa-f]{4,}\s*(?:\r?\n|$)")
_XML = re.compile(rb"\s*<[?!A-Za-z]")
_ANY_TEXT = re.compile(r"\s*(?:[:S][0-9A-Fa-f]{8,}|<[?!A-Za-z])")
_PRINTED = bytes((*b"\t\r\n\f", *range(0x20, 0x7F)))
# The four-byte marks first: that of UTF-32 begins with that of UTF-16. Without a mark `<` is `<\0` or `\0<`.
_WIDE = (
    ("UTF-32", b"\xff\xfe\0\0", "utf-32-le"),
    ("UTF-32", b"\0\0\xfe\xff", "utf-32-be"),
    ("UTF-16", b"\xff\xfe", "utf-16-le"),
    ("UTF-16", b"\xfe\xff", "utf-16-be"),
    ("UTF-16", b"", "utf-16-le"),
    ("UTF-16", b"", "utf-16-be"),
)
_SAVE_AS = "save it as UTF-8 or ASCII without a byte-order mark"


def recognise(data: bytes, name: str) -> Shape:
    """The format of a file.

    Raises:
        ContainerError: it is text of no format, of a known one in the wrong encoding, XML of another kind, or XML that
            `first_tags` refuses.
    """
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return Shape.ARCHIVE
    head = data[:_LOOKED_AT]
    marked = head.startswith(_UTF8_MARK)
    text = head.removeprefix(_UTF8_MARK)
    if _XML.match(text) and not _is_binary(text):
        return _xml(data, name)
    for shape, pattern in ((Shape.INTEL_HEX, _HEX), (Shape.S_RECORD, _SREC)):
        if pattern.match(text):
            if marked:
                raise ContainerError(f"a byte-order mark stands before the {shape.value}", where=name, do=_SAVE_AS)
            return shape
    if marked:
        raise ContainerError("a UTF-8 byte-order mark, and no format behind it", where=name, do=_SAVE_AS)
    _refuse_wide_text(head, name)
    if not text.translate(None, _PRINTED):
        raise ContainerError(
            "it is text, but neither Intel HEX nor S-record nor XML; it is not taken for raw binary",
            where=f"{name}:1",
            do="look at its first line; get the file again from where it came from",
        )
    return Shape.RAW


def _is_binary(head: bytes) -> bool:
    """Whether it is no text, however it begins: one image in a thousand begins with `<` and a letter by chance."""
    return len(head.translate(None, _PRINTED)) > len(head) // 4


def _xml(data: bytes, name: str) -> Shape:
    root, *children = first_tags(data, name)
    local = root.rpartition("}")[2]
    if local == PSDZ_ROOT:
        return Shape.PSDZ_HEADER
    if local == "ODX" and children == ["FLASH"]:
        return Shape.ODX_FLASH
    what = f"{root}/{children[0]}" if children else root
    raise ContainerError(
        f"it is XML of another kind ({what[:60]})",
        where=name,
        do="give the ODX-F document (ODX/FLASH), the PDX around it, or the .xml beside a PSdZ .bin",
    )


def _refuse_wide_text(head: bytes, name: str) -> None:
    for encoding, mark, codec in _WIDE:
        if head.startswith(mark):
            text = head[len(mark) : len(mark) + 64].decode(codec, "replace")
            if _ANY_TEXT.match(text):
                raise ContainerError(f"it is text in {encoding}", where=name, do=_SAVE_AS)
