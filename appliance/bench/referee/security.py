"""Law 5: SecurityAccess (ISO 14229-1:2013, 9.4)."""

from __future__ import annotations

from appliance import uds
from appliance.bench.referee.job import Job
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import Answer, Request

_DELAYED = (uds.Nrc.EXCEEDED_NUMBER_OF_ATTEMPTS, uds.Nrc.REQUIRED_TIME_DELAY_NOT_EXPIRED)


class OneKeyForOneSeed(Rule):
    """Law 5: a key answers a seed of this life and session, once; none before the delay of NRC 0x36 or 0x37 is over."""

    law = "5"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._seed_of: dict[int, int] = {}  # by unit: the level whose seed waits for its key
        self._delayed_until_s: dict[int, float] = {}

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """Seeds of an earlier life are gone; a control unit's delay is not."""
        self._seed_of.clear()

    def asked(self, request: Request) -> None:
        """Look at a SendKey."""
        if request.sid != uds.Sid.SECURITY_ACCESS or request.sub % 2 == 1:
            return
        level = self._seed_of.pop(request.to, None)
        self.require(level == request.sub - 1, "SendKey without a seed of its own", request.at_s)
        waited = request.at_s >= self._delayed_until_s.get(request.to, request.at_s)
        self.require(waited, "SendKey before the delay of NRC 0x36 or 0x37 is over", request.at_s)

    def answered(self, answer: Answer) -> None:
        """Remember seeds, and delays."""
        request = answer.request
        if request.sid in (uds.Sid.DIAGNOSTIC_SESSION_CONTROL, uds.Sid.ECU_RESET) and answer.positive:
            self._seed_of.pop(answer.source, None)
        if request.sid != uds.Sid.SECURITY_ACCESS:
            return
        if answer.nrc in _DELAYED:
            self._delayed_until_s[answer.source] = answer.at_s + self.job.times.security_delay_s
        elif answer.positive and request.sub % 2 == 1 and any(answer.payload[2:]):
            self._seed_of[answer.source] = request.sub
