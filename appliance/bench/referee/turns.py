"""Law 1: one request at a time for each control unit (ISO 14229-2, P2 and P2*; ISO 14229-1:2013 annex A, 0x78)."""

from __future__ import annotations

from dataclasses import dataclass, field

from appliance import uds
from appliance.bench.referee.job import Job, Times
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import Answer, Request


@dataclass(slots=True)
class _Pending:
    """One unit's response pending to one request: the first, the newest, and the longest time between two of them."""

    first_s: float
    last_s: float
    apart_s: float = 0.0

    def again(self, at_s: float) -> None:
        """It asked for more time."""
        self.apart_s, self.last_s = max(self.apart_s, at_s - self.last_s), at_s

    def asks_on(self, at_s: float, patience_s: float) -> bool:
        """Whether it has asked for longer than anybody must wait, and has not even fallen quiet."""
        return self.last_s - self.first_s >= patience_s and at_s - self.last_s <= self.apart_s


@dataclass(slots=True)
class _Open:
    """A request under way.

    Attributes:
        sent_s: None: its last frame is not on the bus.
        pending: By unit: how it asks for more time.
        done: Units that have answered.
    """

    request: Request
    sent_s: float | None = None
    pending: dict[int, _Pending] = field(default_factory=dict)
    done: set[int] = field(default_factory=set)


class OneAtATime(Rule):
    """Law 1: the next request goes to a control unit only after its final answer, or when its time is over: P2 from the
    end of the request, P2* from each response pending.  A unit that asks for more time on and on may be given up: ISO
    14229-1 knows no end of that, and one that never falls quiet could never be asked again.
    """

    law = "1"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._open: dict[int, _Open] = {}  # by unit; 0xDF: to all
        self._times: dict[int, tuple[float, float]] = {}  # P2 and P2* as a unit named them

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """A new life knows of no request; what it must wait for nobody can tell it."""
        self._open.clear()

    def asked(self, request: Request) -> None:
        """Look whether it is this unit's turn."""
        if request.keeps_alive:
            return
        for key in list(self._open) if request.functional else [request.to, uds.FUNCTIONAL]:
            busy = self._open.get(key)
            if busy is not None:
                self._require_over(busy, request)
        if request.functional:
            self._open.clear()
        self._open[request.to] = _Open(request)

    def _require_over(self, busy: _Open, request: Request) -> None:
        if busy.sent_s is None:
            self.object(f"0x{request.to:02X} is asked while a request to it is not sent yet", request.at_s)
            return
        units = [unit for unit in busy.pending if request.functional or unit == request.to]
        for unit in units:
            pending, said_s = busy.pending[unit], request.at_s - busy.pending[unit].last_s
            if said_s >= self._of(unit)[1] or pending.asks_on(request.at_s, self.job.times.pending_s):
                continue
            self.object(f"0x{unit:02X} is asked {said_s:.2f} s after it asked for time (NRC 0x78)", request.at_s)
        answered = not busy.request.functional and busy.done
        if not answered and not units and request.at_s < busy.sent_s + self._of(request.to)[0]:
            self.object(f"0x{request.to:02X} is asked before P2 of the request before is over", request.at_s)

    def sent(self, to: int, at_s: float) -> None:
        """P2 runs from here."""
        if to in self._open:
            self._open[to].sent_s = at_s

    def broke(self, address: int, at_s: float) -> None:  # noqa: ARG002
        """A message that broke off is over."""
        self._open.pop(address, None)

    def answered(self, answer: Answer) -> None:
        """Remember who is done and who asked for time."""
        self._learn(answer)
        key = uds.FUNCTIONAL if answer.request.functional else answer.source
        busy = self._open.get(key)
        if busy is None or busy.request is not answer.request:
            return
        if answer.pending:
            busy.pending.setdefault(answer.source, _Pending(answer.at_s, answer.at_s)).again(answer.at_s)
        else:
            busy.pending.pop(answer.source, None)
            busy.done.add(answer.source)

    def _of(self, unit: int) -> tuple[float, float]:
        times: Times = self.job.times
        return self._times.get(unit, (times.p2_s, times.p2_star_s))

    def _learn(self, answer: Answer) -> None:
        """`50 <session> <P2 in ms> <P2* in 10 ms>`; some units name neither (facts.md §5.4)."""
        named = answer.positive and answer.request.sid == uds.Sid.DIAGNOSTIC_SESSION_CONTROL
        if named and len(answer.payload) == 6:
            p2_ms, p2_star_10ms = int.from_bytes(answer.payload[2:4], "big"), int.from_bytes(answer.payload[4:6], "big")
            self._times[answer.source] = (p2_ms / 1000, p2_star_10ms / 100)
