"""Names that come out of containers, and the names of what is made from them.

PSdZ calls its files `swfl_00002cce.bin.021_010_002` and `swfl_00002cce.xml.021_010_002`: class, number, what it is,
version in decimal (facts.md §10, confirmed).  Everything else that a container calls by a name may hold anything, so it
is made printable before it is shown, and plain before it becomes a file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from appliance.car.sgbm import SgbmId, parse_sgbm
from appliance.errors import UsageError

_PSDZ_FILE = re.compile(r"([a-z]{4})_([0-9a-f]{8})\.[a-z]{3}\.(\d{3}_\d{3}_\d{3})", re.I | re.A)
_SGBM = re.compile(r"(?<![0-9a-z])([a-z]{4}[-_][0-9a-f]{8}[-_]\d{3}[-_.]\d{3}[-_.]\d{3})(?![0-9a-z])", re.I | re.A)
_NOT_PLAIN = re.compile(r"[^A-Za-z0-9_.-]+")
_SHOWN_CHARACTERS = 80


def printable(text: str) -> str:
    """The text on one line, without control characters or halves of characters, and not endless."""
    shown = "".join(letter if letter.isprintable() else "?" for letter in text[:_SHOWN_CHARACTERS])
    return shown + ("…" if len(text) > _SHOWN_CHARACTERS else "")


def plain_file_name(text: str) -> str:
    """A name that is one on every computer: letters, digits, `_`, `.` and `-`; it never begins with a dot."""
    return _NOT_PLAIN.sub("_", text[:_SHOWN_CHARACTERS]).lstrip(".-") or "datablock"


def psdz_file_name(software: SgbmId) -> str:
    """How PSdZ calls the file with its bytes, `swfl_00002cce.bin.021_010_002`."""
    name, _, version = software.psdz.partition("-")
    return f"{name}.bin.{version}"


def software_of_file(name: str) -> SgbmId | None:
    """The unit a file is named after, as PSdZ does; None: it is named otherwise."""
    found = _PSDZ_FILE.fullmatch(name)
    return _software(f"{found[1]}_{found[2]}-{found[3]}") if found else None


def software_in(texts: Iterable[str]) -> SgbmId | None:
    """The one unit that the texts name; None: they name none, or several."""
    found = {_software(match) for text in texts for match in _SGBM.findall(text[:1000])} - {None}
    return found.pop() if len(found) == 1 else None


def _software(text: str) -> SgbmId | None:
    try:
        return parse_sgbm(text)
    except UsageError:  # looks like one, but of no class or version there is: then it is just a name
        return None
