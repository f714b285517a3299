"""The UDS link: `engine.ports.Link` over any `Transport`.

Glue only: what answers a request and when it is too late is `exchange`'s, frames are the transport's.  When a request
ends without an answer the transport forgets the unit, so that half an old message cannot become part of a new one.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, replace

from appliance import uds
from appliance.bus.exchange import Collection, Exchange, Heard, Verdict
from appliance.bus.round_trips import RoundTrips
from appliance.bus.transport import Disturbed, Failed, Received, Sent, Transport, TransportEvent
from appliance.clock import Clock
from appliance.engine.link_health import QUIET, LinkHealth
from appliance.engine.ports import Answer, Silent
from appliance.errors import UsageError
from appliance.procedure.words import Ask


@dataclass(frozen=True, slots=True)
class LinkCounters:
    """What the link did not use.

    Attributes:
        ignored: Messages that answered no open request: late, of another service, with the wrong echo.
        broken: Messages that broke off while nobody waited for them.
        keep_alive_failed: TesterPresent that could not be sent.
    """

    ignored: int = 0
    broken: int = 0
    keep_alive_failed: int = 0


class UdsLink:
    """A `Link`.

    Args:
        transport: Closed by `close`.
        clock: The clock the transport waits by.
    """

    def __init__(self, transport: Transport, clock: Clock) -> None:
        self._transport = transport
        self._clock = clock
        self._open: dict[int, Exchange | Collection] = {}
        self._functional: deque[Collection | None] = deque()  # on their way to all units; None: a TesterPresent
        self._answers: list[Answer] = []
        self._counters = LinkCounters()
        self._bus = QUIET
        self._trips = RoundTrips()

    @property
    def health(self) -> LinkHealth:
        """How the link has been since it was opened."""
        return LinkHealth(self._bus, self._trips.newest, self._trips.ended, self._counters.ignored)

    @property
    def counters(self) -> LinkCounters:
        """What passed so far and was not used."""
        return self._counters

    def submit(self, ask: Ask) -> None:
        """Queue a request.

        Raises:
            UsageError: a request is open to this unit already, or to any while all are asked, or it cannot be sent.
            LinkError: the interface cannot send at all.
        """
        if ask.to in self._open or uds.FUNCTIONAL in self._open or (ask.functional and self._open):
            raise UsageError("a request is still open", where=f"control unit 0x{ask.to:02X}")
        if not ask.functional:
            self._transport.abandon(ask.to)
        self._transport.send(ask.to, ask.request)
        self._trips.asked(ask)
        if ask.functional:
            collection = Collection(ask)
            self._functional.append(collection)
            self._open[ask.to] = collection
        else:
            self._open[ask.to] = Exchange(ask)

    def keep_alive(self) -> None:
        """Send `3E 80` to all units."""
        self._transport.send(uds.FUNCTIONAL, uds.TESTER_PRESENT)
        self._functional.append(None)

    def poll(self, until_s: float) -> Sequence[Answer]:
        """Move messages until a request has its answer or the clock reads `until_s`."""
        while True:
            for event in self._transport.poll(min(until_s, self._next_due_s())):
                self._heard(event)
            # Only after everything that had arrived was looked at: a late caller must not miss a timely answer.
            now_s = self._clock.now_s()
            self._expire(now_s)
            if self._answers or now_s >= until_s:
                answers, self._answers = self._answers, []
                return answers

    def close(self) -> None:
        """Give the interface back."""
        self._transport.close()

    def _next_due_s(self) -> float:
        return min(
            (exchange.due_s for address, exchange in self._open.items() if not self._arriving(address)),
            default=float("inf"),
        )

    def _arriving(self, address: int) -> bool:
        return self._transport.receiving(None if address == uds.FUNCTIONAL else address)

    def _expire(self, now_s: float) -> None:
        for address, exchange in list(self._open.items()):
            if now_s >= exchange.due_s and not self._arriving(address):
                self._close(address, exchange.expired())

    def _close(self, address: int, answer: Answer) -> None:
        del self._open[address]
        if isinstance(answer, Silent) and address != uds.FUNCTIONAL:
            self._transport.abandon(address)
        if isinstance(answer, Silent):
            self._trips.given_up(answer.ask)
        self._answers.append(answer)

    def _heard(self, event: TransportEvent) -> None:
        match event:
            case Sent(address):
                self._sent(address)
            case Received(source, payload):
                self._received(source, payload)
            case Failed(address, reason):
                self._failed(address, reason)
            case Disturbed(bus):
                self._bus = bus

    def _sent(self, address: int) -> None:
        exchange = self._functional.popleft() if address == uds.FUNCTIONAL else self._open.get(address)
        if exchange is not None:
            exchange.sent(self._clock.now_s())
            self._trips.sent(exchange.ask, self._clock.now_s())

    def _received(self, source: int, payload: bytes) -> None:
        address, exchange = self._waiting_for(source)
        now_s = self._clock.now_s()
        verdict = Heard.IGNORED if exchange is None else exchange.received(source, payload, now_s)
        if exchange is not None and verdict is not Heard.IGNORED:
            self._trips.heard(exchange.ask, now_s)
        if not self._ended(address, verdict) and verdict is Heard.IGNORED:
            self._counters = replace(self._counters, ignored=self._counters.ignored + 1)

    def _failed(self, address: int, reason: str) -> None:
        if address == uds.FUNCTIONAL and self._functional.popleft() is None:
            self._counters = replace(self._counters, keep_alive_failed=self._counters.keep_alive_failed + 1)
            return
        key, exchange = self._waiting_for(address)
        verdict = Heard.IGNORED if exchange is None else exchange.failed(address, reason)
        if not self._ended(key, verdict) and verdict is Heard.IGNORED:
            self._counters = replace(self._counters, broken=self._counters.broken + 1)

    def _waiting_for(self, address: int) -> tuple[int, Exchange | Collection | None]:
        """The open request that a message of this unit belongs to, and its key; None when there is none."""
        key = address if address in self._open else uds.FUNCTIONAL
        return key, self._open.get(key)

    def _ended(self, address: int, verdict: Verdict) -> bool:
        if isinstance(verdict, Heard):
            return False
        self._close(address, verdict)
        return True
