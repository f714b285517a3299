"""Law 4: inside an erased datablock, hold or finish; never abort by choice."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance import uds
from appliance.bench.referee.job import Job
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import Answer, End, Look, Marked, Request
from appliance.bench.referee.supply import beyond_limits


class Came(Enum):
    """What came of a request."""

    SILENCE = "silence"
    REFUSAL = "refusal"
    CONFIRMATION = "confirmation"


@dataclass(slots=True)
class _Work:
    """One control unit at work on a datablock in this life: what came of its last request, and whether the supply, as
    measured or as the unit itself says, was unfit since.
    """

    came: Came = Came.SILENCE
    unfit: bool = False

    def excuses(self, *, chosen: bool) -> bool:
        """Whether it may stop here; `chosen`: because somebody wished it."""
        return self.unfit or self.came is Came.SILENCE or (self.came is Came.REFUSAL and not chosen)


class NeverAbandoned(Rule):
    """Law 4: a life that ends in order and leaves a datablock erased that it erased itself has a reason: the supply was
    unfit after the last request of it, the control unit fell silent, or refused.  A verdict "interrupted" is how a
    cancel ends, and a refusal is no reason for that; but where a stuck unit is tried in ever stronger ways, one way
    is over when the next is durably begun, and a person may be needed before it.
    """

    law = "4"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._work: dict[int, _Work] = {}

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """What an earlier life left is not this one's choice."""
        self._work.clear()

    def asked(self, request: Request) -> None:
        """A request of a datablock."""
        if request.flashes:
            self._work[request.to] = _Work()

    def answered(self, answer: Answer) -> None:
        """What came of it."""
        work = self._work.get(answer.source)
        if work is None or not answer.request.flashes or answer.pending:
            return
        work.came = Came.CONFIRMATION if answer.positive and _confirms(answer) else Came.REFUSAL
        work.unfit = answer.nrc in (uds.Nrc.VOLTAGE_TOO_LOW, uds.Nrc.VOLTAGE_TOO_HIGH)

    def marked(self, mark: Marked) -> None:
        """The next way of a recovery: what was tried before it has failed, and nobody chose that."""
        if mark.name == "RungBegun" and mark.address is not None:
            self._work.pop(mark.address, None)

    def looked(self, look: Look) -> None:
        """The supply after the last request."""
        if self.job.fit is not None and beyond_limits(self.job.fit, look):
            for work in self._work.values():
                work.unfit = True

    def ended(self, end: End) -> None:
        """Look at what is open."""
        chosen = end.said is not None and end.said.verdict == "interrupted"
        for address, index in self.ledger.open_blocks:
            work = self._work.get(address)
            if work is not None and not work.excuses(chosen=chosen):
                self.object(f"datablock {index} of 0x{address:02X} is left erased, and nothing forced it", end.at_s)


def _confirms(answer: Answer) -> bool:
    """Whether a positive response says enough to go on with: a check its result, a download its block length."""
    match answer.request.sid, answer.request.routine:
        case uds.Sid.REQUEST_DOWNLOAD, _:
            return answer.block_length > 0
        case _, 0x0202:
            return answer.status[:1] == b"\x00"
        case _, None:
            return True
        case _:
            return not any(answer.status[:1])
