"""What a simulated control unit is about to say and do: each at its time, in order."""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field

from appliance.bench.unit.reaction import Change


@dataclass(frozen=True, order=True, slots=True)
class Entry:
    """One thing at one time.

    Attributes:
        says: The message that leaves; None: nothing is said.
        change: What happens; None: nothing but the message.
    """

    at_s: float
    number: int
    says: bytes | None = field(compare=False)
    change: Change | None = field(compare=False)


class Agenda:
    """Entries in order of time, and of being put in where times are equal."""

    def __init__(self) -> None:
        self._entries: list[Entry] = []
        self._count = 0

    @property
    def next_s(self) -> float | None:
        """When the next entry is due; None: the agenda is empty."""
        return self._entries[0].at_s if self._entries else None

    @property
    def changes(self) -> bool:
        """Whether more than messages are due."""
        return any(entry.change is not None for entry in self._entries)

    def put(self, at_s: float, says: bytes | None, change: Change | None = None) -> None:
        """Add an entry."""
        self._count += 1
        heapq.heappush(self._entries, Entry(at_s, self._count, says, change))

    def pop(self, now_s: float) -> Entry | None:
        """Take out the first entry that is due; None: none is."""
        if self._entries and self._entries[0].at_s <= now_s:
            return heapq.heappop(self._entries)
        return None

    def clear(self) -> None:
        """Nothing of it will happen."""
        self._entries.clear()
