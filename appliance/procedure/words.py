"""What a procedure may say: `Ask`, `Wait`, `Mark`, and nothing else.

A procedure is a generator.  Every `yield` is a safe point: the runner decides when, and whether, it goes on.

    response = yield Ask(0x12, request, step="read SVK")     # a positive `Response`, or raises
    yield Wait(5.0, "the control unit resets")
    yield Mark(DatablockProgrammed(...))

`Ask` gives back the positive response, or raises `NegativeResponse` or `NoResponse` at the yield; a procedure that
can go on without the answer says so with `try`.  A functional `Ask` gives back every positive response there was.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any, TypeAlias, TypeVar

from appliance import uds
from appliance.procedure.facts import Fact

T = TypeVar("T")

P2_S = 1.0  # tester side; P2 server is 50 ms, 299 ms on a few (facts.md §5.4, confirmed): the rest is bus and gateway
SLOWEST_P2_S = 0.35  # of a control unit: 299 ms are seen, and the gateway passes it on
P2_STAR_S = 6.0  # after a response pending; P2* server is 5 s (same section)
PENDING_LIMIT_S = 30.0  # all response pending of one request together; the flash steps bring their own from DID 2504


class Effect(Enum):
    """What a request does to the car if it is carried out."""

    READ = "read"  # nothing that outlives the session
    WRITE = "write"  # changes stored data
    ERASE = "erase"  # destroys a datablock; only a completed download heals it


class Work(Enum):
    """What keeps a control unit busy for long enough that its pace is worth learning."""

    ERASE = "erase"
    CHECK = "check"
    TRANSFER = "transfer"


@dataclass(frozen=True, slots=True)
class Ask:
    """One request.

    Attributes:
        to: Control unit address, or `uds.FUNCTIONAL` for all of them.
        request: The bytes, service identifier first.
        step: What is happening, in words for people.
        p2_s: Silence after the request is sent for this long is no answer; functional: how long to collect.
        expected: Functional: once all of these have answered, and whoever else may be there had `SLOWEST_P2_S`, nobody
            is waited for; empty: nobody knows who is there.
        p2_star_s: The same after each response pending (NRC 0x78).
        pending_limit_s: Response pending for longer than this, all together, is no answer.
        effect: What it does to the car.
        carries_bytes: Image bytes in it, for progress.
        once: Never sent a second time as it is, whatever it is refused with: a key belongs to one seed.
        work / expected_s: What it keeps the control unit busy with, and for how long by its own words; None: nothing.
    """

    to: int
    request: bytes
    step: str
    p2_s: float = P2_S
    p2_star_s: float = P2_STAR_S
    pending_limit_s: float = PENDING_LIMIT_S
    effect: Effect = Effect.READ
    carries_bytes: int = 0
    once: bool = False
    work: Work | None = None
    expected_s: float = 0.0
    expected: frozenset[int] = frozenset()

    @property
    def functional(self) -> bool:
        """Whether every control unit is asked."""
        return self.to == uds.FUNCTIONAL


@dataclass(frozen=True, slots=True)
class Wait:
    """Let time pass: `seconds`, because of `why`."""

    seconds: float
    why: str


@dataclass(frozen=True, slots=True)
class Needs:
    """What the supply has to carry, in estimated seconds from now.

    Attributes:
        datablock_s: Until the next datablock is proven: erase, transfer, check.
        unit_s: Until this control unit is done, the datablock included.
        datablock_wire_s / unit_wire_s: How much of each is transfer, which several control units share one wire for.
    """

    datablock_s: float
    unit_s: float
    datablock_wire_s: float = 0.0
    unit_wire_s: float = 0.0

    def shared(self, lanes: int) -> Needs:
        """The same where so many control units transfer at once, each in turn, at worst all the time."""
        more = max(0, lanes - 1)
        return replace(
            self,
            datablock_s=self.datablock_s + more * self.datablock_wire_s,
            unit_s=self.unit_s + more * self.unit_wire_s,
        )


@dataclass(frozen=True, slots=True)
class Mark:
    """Make a fact durable before going on.

    `needs`: only once the supply is expected to carry this much; None: as soon as it is said.
    """

    fact: Fact
    needs: Needs | None = None


@dataclass(frozen=True, slots=True)
class Response:
    """A positive response: who answered, and the whole payload with its service identifier."""

    address: int
    payload: bytes


Step: TypeAlias = Ask | Wait | Mark
Procedure: TypeAlias = Generator[Step, Any, T]


def ask(question: Ask) -> Procedure[Response]:
    """Ask one control unit.

    Raises:
        NegativeResponse: it refused.
        NoResponse: it gave no usable answer in time.
    """
    response: Response = yield question
    return response


def ask_all(question: Ask) -> Procedure[tuple[Response, ...]]:
    """Ask every control unit and collect the positive responses, in order of arrival; none is an empty tuple."""
    responses: tuple[Response, ...] = yield question
    return responses
