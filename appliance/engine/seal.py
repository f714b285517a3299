"""The seal of a row: a card that has altered a byte of the journal must not be believed.

SQLite finds pages that are torn or misplaced, but keeps no checksum of what is in them.  Saved coding data, an address
to erase or the number of a proven datablock with one bit turned would be carried out as they read.  So every row that a
restart or a report relies on carries the beginning of a SHA-256 over its own text.

It is a checksum against a failing card, not a signature: who can write the file can write the seal as well.

Sources: sqlite.org/cksumvfs.html (what SQLite itself does not check); FIPS 180-4.
"""

from __future__ import annotations

import hashlib

_DIGITS = 16  # 64 bits: chance does not hit it


def seal(*parts: object) -> str:
    """Sixteen hexadecimal digits over these values in order: text, and numbers that SQLite gives back as they went."""
    return hashlib.sha256(repr(parts).encode("utf-8", "backslashreplace")).hexdigest()[:_DIGITS]
