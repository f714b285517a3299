"""Tells what happens: one place where an event is born, folded, journalled and shown.

The engine's thread is the only caller.  Views get the folded status; a view that fails takes the process down
(law 11), except the page, which is another process and reads a file.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from appliance import status as fold
from appliance.clock import Clock
from appliance.engine.journal import Journal
from appliance.events import Event
from appliance.status import Status

View: TypeAlias = Callable[[Status], None]


class Narrator:
    """Folds events into the status and hands both on.

    Args:
        views: Called with each new status, often; they must be quick.
    """

    def __init__(self, clock: Clock, journal: Journal, views: Sequence[View] = ()) -> None:
        self._clock = clock
        self._journal = journal
        self._views = tuple(views)
        self.status = Status()
        self.run = ""

    def tell(self, event: Event) -> None:
        """Something happened."""
        at_s = self._clock.now_s()
        self.status = fold.apply(self.status, at_s, event)
        self._journal.event(self.run, at_s, event)
        for view in self._views:
            view(self.status)

    def begin(self, run: str) -> None:
        """Events belong to this run from now on; empty: to no run."""
        self.run = run
