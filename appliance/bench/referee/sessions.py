"""Laws 7 and 8: a session is kept while it is needed, and everything is given back at the end."""

from __future__ import annotations

from appliance import uds
from appliance.bench.referee.job import Job
from appliance.bench.referee.ledger import DEFAULT, PROGRAMMING, Ledger
from appliance.bench.referee.rule import Accuse, Rule
from appliance.bench.referee.seen import Answer, End, Look, Request


class SessionKept(Rule):
    """Law 7: while a control unit at work is in another session than the default one, it hears the tester at least
    every S3 (ISO 14229-2, table 5), if only by a functional TesterPresent.  At work is who was asked alone for one.
    """

    law = "7"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._heard_s: dict[int, float] = {}  # by unit at work: its last message

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """Nobody is at work yet."""
        self._heard_s.clear()

    def asked(self, request: Request) -> None:
        """A message restarts S3; who is asked to leave its session is at work no more."""
        self._judge(request.at_s)
        leaves = (request.sid == uds.Sid.DIAGNOSTIC_SESSION_CONTROL and request.sub == DEFAULT) or (
            request.sid == uds.Sid.ECU_RESET
        )
        for address in list(self._heard_s) if request.functional else [request.to]:
            if leaves:
                self._heard_s.pop(address, None)
            elif address in self._heard_s:
                self._heard_s[address] = request.at_s

    def answered(self, answer: Answer) -> None:
        """Who enters a session it was asked for alone is at work."""
        request = answer.request
        enters = request.sid == uds.Sid.DIAGNOSTIC_SESSION_CONTROL and request.sub != DEFAULT
        if enters and answer.positive and not request.functional:
            self._heard_s[answer.source] = answer.at_s

    def looked(self, look: Look) -> None:
        """Time passes also when nothing is said."""
        self._judge(look.at_s)

    def _judge(self, at_s: float) -> None:
        for address, heard_s in list(self._heard_s.items()):
            if at_s - heard_s > self.job.times.s3_s:
                self.object(f"0x{address:02X} is at work and has heard nothing for {at_s - heard_s:.2f} s", at_s)
                del self._heard_s[address]


class Undisturbed(Rule):
    """Law 4: what goes to everybody changes the session and the modes of who is in its programming session, too (ISO
    14229-1:2013, 9.2).  After anything but TesterPresent was sent to all, a datablock of such a unit may only be gone
    on with from a new programming session.
    """

    law = "4"

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        super().__init__(job, ledger, accuse)
        self._disturbed: dict[int, str] = {}  # by unit: what was sent to all while it was in its programming session

    def begun(self, at_s: float) -> None:  # noqa: ARG002
        """Another life begins every session anew."""
        self._disturbed.clear()

    def asked(self, request: Request) -> None:
        """Look at what goes to everybody, and at who is then gone on with."""
        if request.functional and request.sid != uds.Sid.TESTER_PRESENT:
            at_work = (address for address, known in self.ledger.units.items() if known.session == PROGRAMMING)
            self._disturbed |= dict.fromkeys(at_work, request.payload[:2].hex(" "))
        elif request.flashes and request.to in self._disturbed:
            sent = self._disturbed.pop(request.to)
            self.object(f"0x{request.to:02X} is gone on with after {sent} was sent to everybody", request.at_s)

    def answered(self, answer: Answer) -> None:
        """A session of its own begins."""
        request = answer.request
        alone = request.sid == uds.Sid.DIAGNOSTIC_SESSION_CONTROL and not request.functional
        if alone and answer.positive and request.sub == PROGRAMMING:
            self._disturbed.pop(answer.source, None)


class GivenBack(Rule):
    """Law 8: at the end of a life every control unit that was changed has confirmed that it stores trouble codes, sends
    its normal messages and is in the default session (ISO 14229-1:2013, 9.2, 9.5, 9.9), or the report says "not
    restored".  What another life left behind is given back by S3 once nobody spoke that long.
    """

    law = "8"
    _spoke_s: float | None = None  # None: the tester never spoke

    def asked(self, request: Request) -> None:
        """The tester speaks."""
        self._spoke_s = request.at_s

    def begun(self, at_s: float) -> None:
        """Sessions that nobody kept have ended by themselves, and with them what they allowed."""
        if self._spoke_s is not None and at_s - self._spoke_s > self.job.times.s3_s:
            for known in self.ledger.units.values():
                known.enter(DEFAULT)

    def ended(self, end: End) -> None:
        """Look at who is still changed."""
        told = end.said is not None and "not restored" in end.said.words
        changed = [address for address, known in self.ledger.units.items() if known.changed]
        for address in [] if told else changed:
            known = self.ledger.of(address)
            off = [
                words
                for words, holds in (
                    ("trouble codes are off", known.dtc_off),
                    ("normal messages are off", known.quiet),
                    ("it is not in its default session", known.in_session),
                )
                if holds
            ]
            self.object(f"0x{address:02X} is not given back and nobody is told: {', '.join(off)}", end.at_s)
