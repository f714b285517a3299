"""Synthetic firmware for the bench.

Genuine images belong to the manufacturer and are never part of the project.  A synthetic image names the software it
stands for, is the same bytes on every machine, and runs nowhere.  Its last 32 bytes are the SHA-256 of everything
before them: the bench's control units check it where a real one checks the manufacturer's signature.  It is a stand-in
and protects nothing.
"""

from __future__ import annotations

import hashlib

from appliance.car.sgbm import SgbmId

HEADER_LENGTH = 64
TRAILER_LENGTH = 32  # SHA-256
MINIMUM_LENGTH = HEADER_LENGTH + TRAILER_LENGTH
_LABEL = b"KL30 synthetic firmware "


def synthetic_image(software: SgbmId, length: int) -> bytes:
    """The image that stands for `software`: header, noise, trailer; `length` bytes in all.

    Raises:
        ValueError: `length` leaves no room for header and trailer.
    """
    if length < MINIMUM_LENGTH:
        raise ValueError(f"a synthetic image has at least {MINIMUM_LENGTH} bytes, not {length}")
    header = (_LABEL + software.psdz.encode("ascii")).ljust(HEADER_LENGTH, b"\0")
    body = header + hashlib.shake_256(header).digest(length - MINIMUM_LENGTH)
    return body + hashlib.sha256(body).digest()


def software_of(image: bytes) -> str:
    """PSdZ text of the software a synthetic image stands for; empty when it is none, cut short or altered."""
    body, trailer = image[:-TRAILER_LENGTH], image[-TRAILER_LENGTH:]
    if len(image) < MINIMUM_LENGTH or not body.startswith(_LABEL) or hashlib.sha256(body).digest() != trailer:
        return ""
    return body[len(_LABEL) : HEADER_LENGTH].rstrip(b"\0").decode("ascii")
