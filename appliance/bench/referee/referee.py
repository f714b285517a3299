"""The referee: hears everything, asks every rule, and says in the end whether the laws were kept.

It is an independent reading of ISO 14229 and of the laws: it imports nothing of those it judges.  What it hears comes
from the harness, in order of time: `listening` on the wire, marks as they are durable, the supply as it truly is.
One referee lasts as long as one car, over any number of lives of the appliance.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from appliance import uds
from appliance.bench.memory import CarMemory
from appliance.bench.referee.download import CheckedAfterExit, DownloadRequested, ImageWhole, TransferInOrder
from appliance.bench.referee.erase import EraseAllowed, EraseJournalled
from appliance.bench.referee.finish import NeverAbandoned
from appliance.bench.referee.job import Job
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.level import LevelLast
from appliance.bench.referee.proof import MarksTrue
from appliance.bench.referee.rule import Rule
from appliance.bench.referee.security import OneKeyForOneSeed
from appliance.bench.referee.seen import Answer, End, Look, Marked, Request, Violation
from appliance.bench.referee.sessions import GivenBack, SessionKept, Undisturbed
from appliance.bench.referee.supply import SupplyFit, SupplyRead
from appliance.bench.referee.truth import ReportTrue
from appliance.bench.referee.turns import OneAtATime
from appliance.errors import CarError

RULES: tuple[type[Rule], ...] = (
    SupplyFit,
    SupplyRead,
    EraseAllowed,
    EraseJournalled,
    DownloadRequested,
    TransferInOrder,
    ImageWhole,
    CheckedAfterExit,
    MarksTrue,
    LevelLast,
    OneKeyForOneSeed,
    OneAtATime,
    SessionKept,
    Undisturbed,
    GivenBack,
    NeverAbandoned,
)
REMEMBERED = 12  # messages shown with a violation
_SHOWN_BYTES = 16


class LawBroken(CarError):
    """The laws were not kept; every violation in words."""


@dataclass(slots=True)
class _Asked:
    """The newest request to one control unit, or to all.

    Attributes:
        sent: Whether its last frame is on the bus; before that nothing answers it.
        final: Who has come to an answer.
    """

    request: Request
    sent: bool = False
    final: set[int] = field(default_factory=set)


class Referee:
    """Judges one car and whoever works on it.

    Args:
        job: What is to be done, and when the supply is fit.
        car: The car as it drives in.

    Attributes:
        violations: What was found, oldest first.
    """

    def __init__(self, job: Job, car: CarMemory) -> None:
        self.violations: list[Violation] = []
        self._ledger = Ledger(job)
        report = ReportTrue(job, self._ledger, self._accuse)
        report.came(car)
        self._rules: tuple[Rule, ...] = (*(rule(job, self._ledger, self._accuse) for rule in RULES), report)
        # Many times a second, hence only who looks.
        self._lookers = tuple(rule for rule in self._rules if type(rule).looked is not Rule.looked)
        self._asked: dict[int, _Asked] = {}
        self._to_all: deque[bool] = deque()  # on their way to all units: whether each is a TesterPresent
        self._messages: deque[tuple[float, str, int, bytes]] = deque(maxlen=REMEMBERED)

    # -- what happens

    def begun(self, at_s: float) -> None:
        """The appliance is switched on; whatever it knew before is gone, but for the journal."""
        for rule in self._rules:
            rule.begun(at_s)
        self._ledger.begin()
        self._asked.clear()
        self._to_all.clear()
        self._messages.append((at_s, "on", 0, b""))

    def asked(self, at_s: float, to: int, payload: bytes) -> None:
        """The tester hands over a message."""
        request = Request(at_s, to, payload)
        if request.functional:
            self._to_all.append(request.keeps_alive)
        if not request.keeps_alive:
            self._messages.append((at_s, ">", to, payload))
        for rule in self._rules:
            rule.asked(request)
        self._ledger.asked(request)
        if not request.keeps_alive:
            self._asked[to] = _Asked(request)

    def sent(self, at_s: float, to: int) -> None:
        """The last frame of a message is on the bus."""
        if self._was_keep_alive(to):
            return
        if to in self._asked:
            self._asked[to].sent = True
        for rule in self._rules:
            rule.sent(to, at_s)

    def broke(self, at_s: float, address: int) -> None:
        """A message to or from this unit broke off."""
        if self._was_keep_alive(address):
            return
        self._asked.pop(address, None)
        for rule in self._rules:
            rule.broke(address, at_s)

    def said(self, at_s: float, source: int, payload: bytes) -> None:
        """A control unit said something; what answers no request is nothing."""
        self._messages.append((at_s, "<", source, payload))
        answer = self._answer(at_s, source, payload)
        if answer is None:
            return
        self._ledger.answered(answer)
        for rule in self._rules:
            rule.answered(answer)

    def marked(self, mark: Marked) -> None:
        """A fact became durable."""
        self._messages.append((mark.at_s, f"* {mark.name}", mark.address or 0, b""))
        for rule in self._rules:
            rule.marked(mark)
        self._ledger.marked(mark)

    def looked(self, at_s: float, volts: float, readable: bool = True) -> None:
        """The supply as it truly is, and whether the voltage monitor tells it; many times a second."""
        look = Look(at_s, volts, readable)
        for rule in self._lookers:
            rule.looked(look)

    def ended(self, end: End) -> None:
        """A life ended in order."""
        for rule in self._rules:
            rule.ended(end)

    # -- the verdict

    def verdict(self) -> tuple[Violation, ...]:
        """What was found, oldest first; empty: the laws were kept."""
        return tuple(self.violations)

    def require_clean(self) -> None:
        """Raise unless the laws were kept.

        Raises:
            LawBroken: they were not.
        """
        if self.violations:
            raise LawBroken("\n" + "\n".join(str(violation) for violation in self.violations))

    # -- how

    def _answer(self, at_s: float, source: int, payload: bytes) -> Answer | None:
        """The request that a message answers: the one to this unit, else the one to all; each once."""
        for key in (source, uds.FUNCTIONAL):
            asked = self._asked.get(key)
            if asked is None or not asked.sent or source in asked.final:
                continue
            answer = Answer(at_s, source, payload, asked.request)
            if answer.positive or answer.nrc is not None:
                if not answer.pending:
                    asked.final.add(source)
                return answer
        return None

    def _was_keep_alive(self, to: int) -> bool:
        """Whether what came of a message concerns a TesterPresent, which nobody waits for."""
        return to == uds.FUNCTIONAL and bool(self._to_all) and self._to_all.popleft()

    def _accuse(self, law: str, words: str, at_s: float) -> None:
        self.violations.append(Violation(law, words, at_s, tuple(_line(*message) for message in self._messages)))


def _line(at_s: float, direction: str, unit: int, payload: bytes) -> str:
    more = f" … ({len(payload)} bytes)" if len(payload) > _SHOWN_BYTES else ""
    return f"{at_s:.3f} {direction} {unit:02X} {payload[:_SHOWN_BYTES].hex(' ')}{more}".rstrip()
