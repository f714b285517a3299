"""Is the write-ahead log of the journal torn at its end, as a power cut leaves it, or in its middle?

SQLite reads a log up to the first frame whose checksum is wrong and silently leaves out the rest.  At the end that is
right: what was not committed whole never was.  In the middle it makes an older journal of it, with facts missing that
were on the disk when `mark` returned.

The writer syncs each commit before the next one begins (`synchronous=FULL`), so a cut can spoil the frames of one
transaction only: behind a wrong frame there may be one commit of the same log, and no more.

Pure.  Source: sqlite.org/fileformat2.html, section 4 (WAL header, frame header, checksum algorithm).
"""

from __future__ import annotations

import struct

_HEADER = struct.Struct(">IIII8s2I")  # magic, version, page size, checkpoint number, salts, checksum
_FRAME = struct.Struct(">II8s2I")  # page number, pages after a commit or 0, salts, checksum
_MAGIC, _BIG_ENDIAN = 0x377F0682, 1  # the lowest bit says how the checksum reads its words
_PAGE_SIZES = frozenset(1 << bits for bits in range(9, 17))
_COMMITS_OF_A_CUT = 1


def torn_in_the_middle(log: bytes) -> bool:
    """Whether more is lost behind the first wrong frame than one power cut can spoil.

    Args:
        log: The whole file as it was found, before SQLite has opened it.
    """
    if len(log) < _HEADER.size + _FRAME.size:
        return False
    magic, _, page_bytes, _, salts, *checksum = _HEADER.unpack_from(log)
    if page_bytes not in _PAGE_SIZES:  # then nobody can tell where a frame begins
        return False
    order = ">" if magic & _BIG_ENDIAN else "<"
    sums = _checksum(log[:24], (0, 0), order)
    whole = magic & ~_BIG_ENDIAN == _MAGIC and sums == tuple(checksum)
    first_salts = _FRAME.unpack_from(log, _HEADER.size)[2]
    lost = 0
    for start in range(_HEADER.size, len(log) - _FRAME.size - page_bytes + 1, _FRAME.size + page_bytes):
        _, pages, own_salts, *own = _FRAME.unpack_from(log, start)
        if whole:
            page = log[start + _FRAME.size : start + _FRAME.size + page_bytes]
            sums = _checksum(page, _checksum(log[start : start + 8], sums, order), order)
            whole = own_salts == salts and sums == tuple(own)
        if not whole and pages and own_salts in (salts, first_salts):
            lost += 1
    return lost > _COMMITS_OF_A_CUT


def _checksum(data: bytes, sums: tuple[int, int], order: str) -> tuple[int, int]:
    first, second = sums
    words = struct.unpack(f"{order}{len(data) // 4}I", data)
    for even, odd in zip(words[::2], words[1::2], strict=True):
        first = first + even + second & 0xFFFFFFFF
        second = second + odd + first & 0xFFFFFFFF
    return first, second
