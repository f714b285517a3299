"""Firmware that comes in by itself, on a stick: what the process that imports it tells the flasher and the page.

Two processes.  Whoever imports (`kl30 cache watch`) writes `import.json` in the data folder; the flasher shows it on
the panel while nobody wants anything of it, and leaves when what may be programmed has changed: the service manager
starts it anew, over the new cache.  Nothing is ever imported under a running job: the importer waits for the status.

A notice that cannot be read says nothing.  It decides nothing either: what is trusted is verified where it is opened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from appliance.engine.files import replace_file
from appliance.events import Event, Noted, Phase, PhaseEntered
from appliance.values import from_json, to_json

NAME = "import.json"
_LARGEST_BYTES = 65536


class FirmwareChanged(Exception):
    """What may be programmed is not what this life of the appliance knows; it ends, and the next one begins."""


class ImportState(Enum):
    """How far it has come."""

    UNDER_WAY = "under-way"
    IMPORTED = "imported"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class ImportNotice:
    """What is to be said of one import.

    Attributes:
        at: Date and time, ISO 8601, as the importer believes them.
        source: Where it comes from.
        words: What happens or came of it, a sentence without a full stop.
        do: What to do; empty: nothing.
    """

    state: ImportState
    at: str
    source: str
    words: str
    do: str = ""


def write_notice(data: Path, notice: ImportNotice) -> None:
    """Replace the notice.

    Raises:
        JournalError: it cannot be written.
    """
    replace_file(data / NAME, to_json(notice), durable=False)


def read_notice(data: Path) -> ImportNotice | None:
    """The newest notice; None: there is none, or none that can be read."""
    try:
        with (data / NAME).open("rb") as file:
            return from_json(file.read(_LARGEST_BYTES).decode("utf-8"), ImportNotice)
    except (OSError, ValueError):
        return None


class Incoming:
    """What the flasher makes of the notices while it is ready.

    Args:
        data: The data folder.
        tell: Where events go.
    """

    def __init__(self, data: Path, tell: Callable[[Event], None]) -> None:
        self._data = data
        self._tell = tell
        self._last = read_notice(data)  # it was there before this life began, whose cache it is
        self.under_way = False

    def recall(self) -> None:
        """Say what the import brought that this life of the appliance comes from."""
        if self._last is not None and self._last.state is ImportState.IMPORTED:
            self._tell(Noted(f"{self._last.words} ({self._last.at[:10]})", attention=True))

    def look(self) -> bool:
        """Tell what is new; whether what may be programmed has changed."""
        notice = read_notice(self._data)
        if notice is None or notice == self._last:
            return False
        self._last = notice
        self.under_way = notice.state is ImportState.UNDER_WAY
        if self.under_way:
            self._tell(PhaseEntered(Phase.CHECKING, f"{notice.words}.", "the import", "Leave the stick plugged in."))
        elif notice.state is ImportState.REFUSED:
            self._tell(Noted(f"{notice.words}; {notice.do}" if notice.do else notice.words, attention=True))
        return notice.state is ImportState.IMPORTED
