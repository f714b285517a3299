"""One request and what comes back: which message answers it, and when it is too late.

Pure: the caller brings messages and the time.  Two kinds: `Exchange` with one control unit, `Collection` from all.

Rules:

1. Time runs from `Sent`; what arrives before it answers an earlier request and is ignored.
2. A positive response counts only with this request's echo, a negative one only with its service (law 1).
3. Response pending (NRC 0x78) grants another P2*, and that P2* is always let run out: before, the unit is at work.
   Only whoever asks for more later than `pending_limit_s` after its first time is given up as it asks: it might go on
   for ever.
4. While a message of several frames is arriving nothing expires: its end, good or bad, decides.

A negative response carries no echo, so a late refusal of an earlier request of the same service is taken for this
one's.  That errs on the safe side: a refusal is never progress.

Sources: ISO 14229-2 (P2, P2*), ISO 14229-1 annex A (0x78), facts.md §5.4.
"""

from __future__ import annotations

import math
from enum import Enum, auto
from typing import TypeAlias

from appliance import uds
from appliance.engine.ports import Answer, Negative, Positive, Silent
from appliance.procedure.words import SLOWEST_P2_S, Ask, Response


class Heard(Enum):
    """What a message was when it did not end the exchange."""

    PROGRESS = auto()  # ours, and more is to come
    IGNORED = auto()  # not an answer to this request


Verdict: TypeAlias = Answer | Heard


class _Patience:
    """How long one unit may still take.

    Attributes:
        due_s: When it is too late.
    """

    __slots__ = ("_ask", "_pending_since_s", "_spent", "due_s")

    def __init__(self, ask: Ask, due_s: float) -> None:
        self._ask = ask
        self._pending_since_s: float | None = None  # None: no response pending yet
        self._spent = False
        self.due_s = due_s

    def pending(self, now_s: float) -> None:
        """The unit asked for more time."""
        if self._pending_since_s is None:
            self._pending_since_s = now_s
        self._spent = now_s - self._pending_since_s > self._ask.pending_limit_s
        self.due_s = now_s if self._spent else now_s + self._ask.p2_star_s

    def reason(self) -> str:
        """What happened when it ran out."""
        if self._pending_since_s is None:
            return f"no answer within {self._ask.p2_s:g} s"
        if self._spent:
            return f"response pending for longer than {self._ask.pending_limit_s:g} s"
        return f"no answer within {self._ask.p2_star_s:g} s of a response pending"


class Exchange:
    """A request to one control unit."""

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._patience: _Patience | None = None  # None: not sent yet

    @property
    def due_s(self) -> float:
        """When it is too late; infinite until the request is sent."""
        return math.inf if self._patience is None else self._patience.due_s

    def sent(self, now_s: float) -> None:
        """The last frame of the request is on the bus."""
        self._patience = _Patience(self.ask, now_s + self.ask.p2_s)

    def received(self, source: int, payload: bytes, now_s: float) -> Verdict:
        """A message came from `source`."""
        if self._patience is None or source != self.ask.to:
            return Heard.IGNORED
        nrc = uds.negative_code(self.ask.request, payload)
        if nrc == uds.Nrc.RESPONSE_PENDING:
            self._patience.pending(now_s)
            return Heard.PROGRESS
        if nrc is not None:
            return Negative(self.ask, nrc)
        if uds.is_positive(self.ask.request, payload):
            return Positive(self.ask, (Response(source, payload),))
        return Heard.IGNORED

    def failed(self, address: int, reason: str) -> Verdict:
        """A message to or from `address` broke off."""
        return Silent(self.ask, reason) if address == self.ask.to else Heard.IGNORED

    def expired(self) -> Answer:
        """`due_s` has passed."""
        assert self._patience is not None
        return Silent(self.ask, self._patience.reason())


class Collection:
    """A request to all control units; ends when the time is over and nobody has asked for more of it.

    Where it is known who is there, the time is over as soon as all of them have answered, and whoever else is there
    had the time the slowest one takes.
    """

    def __init__(self, ask: Ask) -> None:
        self.ask = ask
        self._soonest_s = 0.0
        self._until_s: float | None = None  # None: not sent yet
        self._responses: dict[int, Response] = {}
        self._refused: set[int] = set()
        self._pending: dict[int, _Patience] = {}

    @property
    def due_s(self) -> float:
        """When the collection is over; infinite until the request is sent."""
        if self._until_s is None:
            return math.inf
        until_s = self._soonest_s if self._complete else self._until_s
        return max((until_s, *(patience.due_s for patience in self._pending.values())))

    @property
    def _complete(self) -> bool:
        """Whether everybody who is known to be there has answered."""
        expected = self.ask.expected
        return bool(expected) and expected <= self._responses.keys() | self._refused

    def sent(self, now_s: float) -> None:
        """The request is on the bus."""
        self._until_s = now_s + self.ask.p2_s
        self._soonest_s = now_s + min(self.ask.p2_s, SLOWEST_P2_S)

    def received(self, source: int, payload: bytes, now_s: float) -> Verdict:
        """A message came from `source`; its first answer counts, a refusal too."""
        if self._until_s is None or source in self._responses or source in self._refused:
            return Heard.IGNORED
        nrc = uds.negative_code(self.ask.request, payload)
        if nrc == uds.Nrc.RESPONSE_PENDING:
            self._pending.setdefault(source, _Patience(self.ask, self._until_s)).pending(now_s)
            return Heard.PROGRESS
        if nrc is None and not uds.is_positive(self.ask.request, payload):
            return Heard.IGNORED
        self._pending.pop(source, None)
        if nrc is None:
            self._responses[source] = Response(source, payload)
        else:
            self._refused.add(source)
        return Heard.PROGRESS

    def failed(self, address: int, reason: str) -> Verdict:
        """A message broke off: ours ends the request, a unit's leaves that unit out."""
        if address == uds.FUNCTIONAL:
            return Silent(self.ask, reason)
        self._pending.pop(address, None)
        return Heard.PROGRESS

    def expired(self) -> Answer:
        """`due_s` has passed."""
        return Positive(self.ask, tuple(self._responses.values()))
