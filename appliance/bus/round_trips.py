"""How long control units take to say their first word, and which requests they say nothing to.

Pure: the caller brings the time.  Only requests to one control unit count; what is asked of all is collected for a
fixed time, and nobody's answer is missed there.
"""

from __future__ import annotations

from collections import deque

from appliance.engine.link_health import Exchanged
from appliance.procedure.words import Ask

KEPT = 128  # requests of two identifications, with room to spare


class RoundTrips:
    """The newest exchanges.

    Attributes:
        ended: How many have ended in all.
    """

    def __init__(self) -> None:
        self._sent_s: dict[int, float] = {}
        self._heard: set[int] = set()
        self._kept: deque[Exchanged] = deque(maxlen=KEPT)
        self.ended = 0

    @property
    def newest(self) -> tuple[Exchanged, ...]:
        """The newest that have ended, oldest first."""
        return tuple(self._kept)

    def asked(self, ask: Ask) -> None:
        """A request is queued."""
        self._sent_s.pop(ask.to, None)
        self._heard.discard(ask.to)

    def sent(self, ask: Ask, now_s: float) -> None:
        """Its last frame has gone."""
        self._sent_s[ask.to] = now_s

    def heard(self, ask: Ask, now_s: float) -> None:
        """The unit has said something that belongs to the request; only its first word is timed."""
        if ask.functional or ask.to in self._heard:
            return
        self._heard.add(ask.to)
        self._end(Exchanged(ask.to, ask.request[0], now_s - self._sent_s[ask.to]))

    def given_up(self, ask: Ask) -> None:
        """The request ends without a usable answer; a unit that had asked for more time was heard all the same."""
        if not ask.functional and ask.to not in self._heard:
            self._end(Exchanged(ask.to, ask.request[0], None))

    def _end(self, exchanged: Exchanged) -> None:
        self._kept.append(exchanged)
        self.ended += 1
