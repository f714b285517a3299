"""Pieces as `[[units.datablocks]]` of a campaign, ready to be pasted.

What the container does not say stands there as a comment with the key that is missing: `kl30 publish check` then names
file and line, and nobody programs with a value that was made up.  Text from a container is only ever printable text in
quotes or behind `#`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from appliance.firmware.containers.names import printable
from appliance.firmware.containers.pieces import Piece


def datablocks_toml(pieces: Sequence[Piece], notes: Iterable[str] = ()) -> str:
    """The tables, one for each piece, with an empty line between; notes as comments before the first."""
    head = "".join(f"# {printable(note)}\n" for note in notes)
    return "\n".join([*([head] if head else []), *(_table(piece) for piece in pieces)])


def _table(piece: Piece) -> str:
    lines = [
        *(f"# {printable(remark)}" for remark in piece.remarks),
        "[[units.datablocks]]",
        f"name = {_text(piece.name)}",
        _software(piece),
        _address(piece),
        f"length = {len(piece.data)}{_size(piece)}",
        _data_format(piece),
        'container = "binary"',
        f"file = {_text(piece.file)}",
        f'sha256 = "{piece.sha256}"',
    ]
    return "\n".join(lines) + "\n"


def _software(piece: Piece) -> str:
    if piece.software is None:
        return '# software = "swfl_…"  the container does not say which software unit this is'
    return f'software = "{piece.software.psdz}"'


def _address(piece: Piece) -> str:
    if piece.address is None:
        return "# address = 0x…  the container does not say where this goes"
    high, low = divmod(piece.address, 0x10000)
    return f"address = 0x{high:04X}_{low:04X}"


def _size(piece: Piece) -> str:
    if piece.unpacked_bytes in (None, len(piece.data)):
        return ""
    return f" # bytes sent; the control unit makes {piece.unpacked_bytes} of them"


def _data_format(piece: Piece) -> str:
    if piece.data_format is None:
        return "data_format = 0x00 # the container does not say; 0x00 is neither compressed nor encrypted"
    return f"data_format = 0x{piece.data_format:02X}"


def _text(text: str) -> str:
    """A basic string of TOML 1.0.0: JSON escapes quotes and backslashes the same way."""
    return json.dumps(printable(text), ensure_ascii=False)
