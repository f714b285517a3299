"""How much a container may be before it is refused.

Ours: the largest control unit programmed over CAN has some 16 MiB of flash, and a text of hexadecimal digits is two to
three times its data.  Reading takes at most four and a half times `files_bytes` of memory (measured: an XML document
that is one attribute), some twice of a file of records.  Whoever has a larger container raises the limits; nothing else
depends on them.
"""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1 << 20


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one container, all its files together.

    Attributes:
        files_bytes: What is read from the disk.
        data_bytes: Image bytes that come out, and the largest length that may be declared.
        unpacked_bytes: What an archive's members may be together, unpacked.
        members: Members of an archive.
        segments: Pieces with addresses of their own; also datablocks, and files given at once.
        elements: Elements and attributes of the XML documents.
        depth: How deep elements may be nested.
        alignment_bytes: A segment of records or of a PSdZ pair begins at a multiple of it; 1: anywhere.
    """

    files_bytes: int = 96 * MEBIBYTE
    data_bytes: int = 32 * MEBIBYTE
    unpacked_bytes: int = 96 * MEBIBYTE
    members: int = 256
    segments: int = 512
    elements: int = 20_000
    depth: int = 32
    alignment_bytes: int = 2


LIMITS = Limits()
