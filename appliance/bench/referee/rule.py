"""What a rule is: somebody who hears everything and objects.

A rule sees a request before the ledger has entered it, an answer after; so `ledger` always holds what was true when the
tester decided.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar, TypeAlias

from appliance.bench.referee.job import Job
from appliance.bench.referee.ledger import Ledger
from appliance.bench.referee.seen import Answer, End, Look, Marked, Request

Accuse: TypeAlias = Callable[[str, str, float], None]  # law, words, time


class Rule:
    """One rule. The hooks do nothing here; a rule has those it needs.

    Attributes:
        law: Its number in docs/architecture.md.
    """

    law: ClassVar[str]

    def __init__(self, job: Job, ledger: Ledger, accuse: Accuse) -> None:
        self.job = job
        self.ledger = ledger
        self._accuse = accuse

    def object(self, words: str, at_s: float) -> None:
        """Say that the law is broken."""
        self._accuse(self.law, words, at_s)

    def require(self, holds: bool, words: str, at_s: float) -> None:
        """Object unless it holds."""
        if not holds:
            self.object(words, at_s)

    def asked(self, request: Request) -> None:
        """A request is handed over for sending."""

    def sent(self, to: int, at_s: float) -> None:
        """Its last frame is on the bus."""

    def broke(self, address: int, at_s: float) -> None:
        """A message to or from this unit broke off."""

    def answered(self, answer: Answer) -> None:
        """An answer came, response pending included."""

    def marked(self, mark: Marked) -> None:
        """A fact became durable."""

    def looked(self, look: Look) -> None:
        """The supply, many times a second."""

    def begun(self, at_s: float) -> None:
        """The appliance is switched on: a new life."""

    def ended(self, end: End) -> None:
        """A life ended in order; one that was cut never does."""
