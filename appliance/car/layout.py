"""What every decoder of this folder shares: an answer's header and length, dates in BCD, bytes as people read them.

An answer that is too short, too long or not the one asked for is a `MalformedAnswer` that names what was read, what
was found and what was expected; a decoder never makes the best of it.

Sources: ISO 14229-1, 11.2 (ReadDataByIdentifier); facts.md §3 (BCD dates YY MM DD, confirmed).
"""

from __future__ import annotations

from datetime import date

from appliance import uds
from appliance.errors import MalformedAnswer

_CENTURY = 2000  # the two-digit years of the cars in question all lie in this one


def hex_text(data: bytes) -> str:
    """Bytes as the standard prints them: `62 F1 01`; no bytes are the word `nothing`."""
    return data.hex(" ").upper() or "nothing"


def count_text(count: int) -> str:
    """`1 byte`, `2 bytes`."""
    return f"{count} byte" if count == 1 else f"{count} bytes"


def did_label(did: int, what: str) -> str:
    """How a data identifier is named in messages: `DID F101 (SVK)`."""
    return f"DID {did:04X} ({what})"


def did_of(payload: bytes, name: str) -> int:
    """The data identifier of a positive response to ReadDataByIdentifier.

    Raises:
        MalformedAnswer: the payload is no such response.
    """
    answer = uds.Sid.READ_DATA_BY_IDENTIFIER + uds.POSITIVE_OFFSET
    if len(payload) < 3 or payload[0] != answer:
        raise MalformedAnswer(name, found=hex_text(payload[:3]), expected=f"{answer:02X} and a data identifier")
    return int.from_bytes(payload[1:3])


def data_of(payload: bytes, did: int, what: str) -> bytes:
    """What follows `62` and the data identifier.

    Raises:
        MalformedAnswer: the payload is not the positive response for this data identifier.
    """
    header = uds.expected_prefix(bytes([uds.Sid.READ_DATA_BY_IDENTIFIER]) + did.to_bytes(2))
    return behind(payload, header, did_label(did, what))


def behind(payload: bytes, header: bytes, name: str) -> bytes:
    """What follows `header`.

    Raises:
        MalformedAnswer: the payload starts with something else.
    """
    if header.startswith(payload) and payload != header:
        require_at_least(payload, len(header), name)
    if not payload.startswith(header):
        raise MalformedAnswer(name, found=hex_text(payload[: len(header)]), expected=hex_text(header))
    return payload[len(header) :]


def require_length(data: bytes, expected: int, name: str) -> None:
    """Check an exact length.

    Raises:
        MalformedAnswer: `data` is shorter or longer.
    """
    if len(data) != expected:
        raise MalformedAnswer(name, found=count_text(len(data)), expected=count_text(expected))


def require_at_least(data: bytes, minimum: int, name: str) -> None:
    """Check a least length.

    Raises:
        MalformedAnswer: `data` is shorter.
    """
    if len(data) < minimum:
        raise MalformedAnswer(name, found=count_text(len(data)), expected=f"at least {count_text(minimum)}")


def bcd_date(data: bytes) -> date | None:
    """Three bytes YY MM DD in BCD; None when they are no date (never set: all 00 or all FF)."""
    try:
        year, month, day = (int(f"{byte:02x}") for byte in data)
        return date(_CENTURY + year, month, day)
    except ValueError:
        return None


def to_bcd_date(day: date) -> bytes:
    """A date as three bytes YY MM DD in BCD."""
    return bytes.fromhex(day.strftime("%y%m%d"))
