"""What the appliance remembers of an import, beside the metadata it brought.

Nobody signs it: it is for people, and for the time that counts at least (`expiry`).  Who can write it can also put the
clock back.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.errors import RefusedError
from appliance.values import from_json, to_json

NAME = "imported.json"
_LARGEST_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """Where a generation came from, and the time that counted then (UTC)."""

    source: str
    at: datetime


def write_record(folder: Path, record: Imported) -> Path:
    """Keep the record of a generation; its path.

    Raises:
        OSError: the disk failed.
    """
    path = folder / NAME
    path.write_text(to_json(record), encoding="utf-8")
    return path


def read_record(folder: Path) -> Imported:
    """The record of a generation.

    Raises:
        RefusedError: it is missing or damaged.
        OSError: the disk failed.
    """
    path = folder / NAME
    again = "import the repository again from where you trust it: kl30 cache import"
    try:
        with path.open("rb") as file:
            record = from_json(file.read(_LARGEST_BYTES).decode("utf-8"), Imported)
    except FileNotFoundError as cause:
        raise RefusedError("this file of the firmware cache is missing", where=str(path), do=again) from cause
    except ValueError as cause:
        raise RefusedError(f"the record of the import is damaged: {cause}", where=str(path), do=again) from cause
    if record.at.tzinfo is None:
        raise RefusedError("the record of the import has a time without a zone", where=str(path), do=again)
    return record
