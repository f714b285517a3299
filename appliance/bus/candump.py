"""The text form of CAN traffic: `candump -L` of can-utils, one frame a line.

    (1496307600.000000) can0 6F1#180322F190000000

Tolerated: empty lines, a direction (R or T) behind the frame, frames we have no use for (extended ids, CAN FD, remote
and error frames), and a last line that a power cut left unfinished.  Anything else is refused with file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from appliance.errors import UsageError

_LINE = re.compile(
    r"\((?P<at>\d+(?:\.\d+)?)\)\s+(?P<channel>\S+)\s+(?P<id>[0-9A-Fa-f]{1,8})#(?P<data>\S*)(?:\s+[RrTt])?", re.ASCII
)
_CLASSIC = re.compile(r"(?:[0-9A-Fa-f]{2}){0,8}", re.ASCII)
_OTHER = re.compile(r"R[0-8]?|#[0-9A-Fa-f](?:[0-9A-Fa-f]{2}){0,64}", re.ASCII)  # remote frame; CAN FD
_STANDARD_ID_DIGITS = 3
_LONGEST_LINE = 1000  # characters; 64 bytes of CAN FD take some 170, and a file of one endless line is no log


@dataclass(frozen=True, slots=True)
class LoggedFrame:
    """A classic frame with an 11-bit id; `at_s` is whatever clock the log was written by."""

    at_s: float
    can_id: int
    data: bytes


def line_of(at_s: float, channel: str, can_id: int, data: bytes) -> str:
    """One frame as a line, with its line feed."""
    return f"({at_s:.6f}) {channel} {can_id:03X}#{data.hex().upper()}\n"


def read_log(path: Path) -> Iterator[LoggedFrame]:
    """The frames of a log, in order, one line in memory at a time: an hour of programming is half a gigabyte.

    Raises:
        UsageError: the file cannot be read, or a line of it is not `candump -L`.
    """
    try:
        with path.open(encoding="ascii", errors="replace") as file:
            yield from _frames(file, path)
    except OSError as error:
        raise UsageError(f"the recording cannot be read: {error.strerror}", where=str(path)) from error


def _frames(file: TextIO, path: Path) -> Iterator[LoggedFrame]:
    lines = iter(lambda: file.readline(_LONGEST_LINE), "")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        cut_off = not line.endswith("\n") and len(line) < _LONGEST_LINE
        match = _LINE.fullmatch(line.strip())
        if match is None or not (_CLASSIC.fullmatch(match["data"]) or _OTHER.fullmatch(match["data"])):
            if cut_off and number > 1:
                return
            raise UsageError(
                "not a line of candump -L",
                where=f"{path}:{number}",
                do="record with `candump -L`; a line reads (1496307600.000000) can0 6F1#180322F190000000",
            )
        if len(match["id"]) <= _STANDARD_ID_DIGITS and _CLASSIC.fullmatch(match["data"]):
            yield LoggedFrame(float(match["at"]), int(match["id"], 16), bytes.fromhex(match["data"]))
