"""The lines of a file of records, one at a time: no line is longer than the longest record of the formats."""

from __future__ import annotations

import io
from collections.abc import Iterator

from appliance.firmware.containers.errors import ContainerError

LONGEST_LINE = 600  # an Intel HEX record has at most 521 characters, an S-record 514; the rest is white space
SHOWN_CHARACTERS = 24


def record_lines(data: bytes, name: str) -> Iterator[tuple[int, bytes]]:
    """Number, counted from 1, and text of every line that is not blank, without white space around it.

    Raises:
        ContainerError: a line is longer than any record.
    """
    file = io.BytesIO(data)
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise ContainerError(
                f"a line of more than {LONGEST_LINE} characters is no record",
                where=f"{name}:{number}",
                do="check that the file was copied as it is",
            )
        if record := line.strip():
            yield number, record


def shown(line: bytes) -> str:
    """The beginning of a line, for a message."""
    return repr(line[:SHOWN_CHARACTERS].decode("ascii", "replace"))
