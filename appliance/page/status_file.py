"""The engine's status as a file: read whole, with its age and with what is wrong with it.

The engine replaces `status.json` by rename a few times a second, also when nothing happens; so a file that has not
changed for `STALE_S` means a process that hangs or has ended.  That is a state to show, not an error of the page.

The age compares the file's time with the wall clock.  A Pi sets its clock by jumps: a file from the future counts as
stale too, and both heal with the engine's next write.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from appliance import values
from appliance.clock import Clock
from appliance.status import Status

STALE_S = 5.0
FILE_NAME = "status.json"
_LARGEST_BYTES = 1024 * 1024  # a status has some fifty thousand
_FAULT_CHARACTERS = 200  # of a complaint about the file; a person reads it on a phone


class Condition(Enum):
    """What the status file is worth."""

    LIVE = "live"
    STALE = "stale"
    MISSING = "missing"
    UNREADABLE = "unreadable"


@dataclass(frozen=True, slots=True)
class Seen:
    """What the status file said.

    Attributes:
        condition: Whether to believe it.
        status: The newest status, also when stale; None when missing or unreadable.
        age_s: Seconds since it was written; None when there is no file.
        text: The file as it was read; empty when it could not be.
        fault: Why it is unreadable; empty otherwise.
    """

    condition: Condition
    status: Status | None = None
    age_s: float | None = None
    text: str = ""
    fault: str = ""


class StatusFile:
    """The status file of one data folder."""

    def __init__(self, data: Path, clock: Clock) -> None:
        self._path = data / FILE_NAME
        self._clock = clock

    def read(self) -> Seen:
        """What the file says now; never raises for what is in it."""
        try:
            with self._path.open("rb") as file:
                about = os.fstat(file.fileno())
                age_s = self._age_s(about)
                raw = file.read() if about.st_size <= _LARGEST_BYTES else b""
        except FileNotFoundError:
            return Seen(Condition.MISSING)
        except OSError as error:
            return Seen(Condition.UNREADABLE, fault=error.strerror or type(error).__name__)
        if about.st_size > _LARGEST_BYTES:
            return Seen(Condition.UNREADABLE, age_s=age_s, fault=f"{FILE_NAME}: larger than any status")
        try:
            text = raw.decode()
            status = _status(values.parse_json(text))
        except (ValueError, RecursionError) as error:
            return Seen(Condition.UNREADABLE, age_s=age_s, fault=f"{FILE_NAME}: {error}"[:_FAULT_CHARACTERS])
        return Seen(_condition(age_s), status, age_s, text)

    def stamp(self) -> str:
        """Short text that changes whenever what `read` returns may have changed; cheap."""
        try:
            about = self._path.stat()
        except OSError as error:
            return type(error).__name__
        return f"{about.st_mtime_ns:x}-{about.st_size:x}-{_condition(self._age_s(about)).value}"

    def _age_s(self, about: os.stat_result) -> float:
        return self._clock.wall().timestamp() - about.st_mtime


def _status(plain: object) -> Status:
    # Every field of a status has a default, and the default is harmless: `{}` must not read as "safe to unplug".
    if not isinstance(plain, dict) or "phase" not in plain:
        raise ValueError("no phase in it")
    return values.from_plain(plain, Status)


def _condition(age_s: float) -> Condition:
    return Condition.LIVE if abs(age_s) <= STALE_S else Condition.STALE
