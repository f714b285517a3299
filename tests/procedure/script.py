"""A conversation as text, and the driver that holds a procedure to it, step by step.

One line for each step; what follows `#` is for people:

    12 > 31 01 02 03 < 71 01 02 03       a request to control unit 0x12 and its positive response
    12 > 27 11 FF FF FF FF < nrc 37      … refused
    12 > 36 02 AA BB < silence           … not answered
    12 > 36 02 AA BB < slept             … not answered, because the whole car was asleep
    12 > 37                              … answered with the bare echo and nothing else
    DF > 10 03 < 10: 50 03 ; 12: 50 03   a functional request and who answers it; nobody, when nothing follows
    wait 3                               seconds
    mark DatablockBegun 12 0 attempt 1   a fact made durable

No runner is involved: a refusal is raised at the yield, as the runner would.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance import uds
from appliance.errors import Kl30Error, NegativeResponse, NoResponse
from appliance.procedure.facts import (
    CodingBegun,
    CodingRestored,
    CodingSaved,
    DatablockBegun,
    DatablockFailed,
    DatablockProgrammed,
    DependenciesChecked,
    Fact,
    FaultsCleared,
    IndividualRestored,
    IndividualSaved,
    LevelBegun,
    LevelWritten,
    RungBegun,
    StepConfirmed,
    UnitProgrammed,
)
from appliance.procedure.failures import CarSlept
from appliance.procedure.words import Ask, Mark, Procedure, Response, Step, Wait

TRANSCRIPTS = Path(__file__).parent.parent / "transcripts"


@dataclass(frozen=True)
class Line:
    """One step as the script has it: what the procedure is to say, and what it hears."""

    said: str
    answer: str | None

    def heard(self, ask: Ask) -> Any:
        if self.answer == "slept":
            raise CarSlept(ask.to, ask.request[0], "scripted sleep")
        if self.answer == "silence":
            raise NoResponse(ask.to, ask.request[0], "scripted silence")
        if self.answer is not None and self.answer.startswith("nrc "):
            nrc = int(self.answer[4:], 16)
            raise NegativeResponse(ask.to, ask.request[0], nrc, uds.nrc_name(nrc))
        if ask.functional:
            return tuple(_functional(part, ask) for part in (self.answer or "").split(";") if part.strip())
        payload = uds.expected_prefix(ask.request) if self.answer is None else bytes.fromhex(self.answer)
        return _positive(ask.to, payload, ask)


@dataclass(frozen=True)
class Played:
    """How a procedure ended, and everything it did on the way."""

    result: Any
    failure: Kl30Error | None
    steps: tuple[Step, ...]

    @property
    def asks(self) -> tuple[Ask, ...]:
        return tuple(step for step in self.steps if isinstance(step, Ask))

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(step.fact for step in self.steps if isinstance(step, Mark))

    def failed_with(self, kind: type[Kl30Error]) -> Kl30Error:
        assert isinstance(self.failure, kind), f"it ended with {self.failure!r}"
        return self.failure

    def requests(self, prefix: str) -> list[bytes]:
        start = bytes.fromhex(prefix)
        return [ask.request for ask in self.asks if ask.request.startswith(start)]


def transcript(name: str) -> str:
    """A golden conversation from `tests/transcripts`."""
    return (TRANSCRIPTS / f"{name}.txt").read_text(encoding="utf-8")


def parse(script: str) -> list[Line]:
    lines = (line.split("#")[0].strip() for line in script.splitlines())
    return [_line(line) for line in lines if line]


def play(procedure: Procedure[Any], script: str) -> Played:
    """Drive a procedure through a script; every step has to be the next line, and no line may be left over."""
    __tracebackhide__ = True
    lines = parse(script)
    steps: list[Step] = []
    said: list[str] = []
    reply: Any = None
    error: Kl30Error | None = None
    result: Any = None
    failure: Kl30Error | None = None
    while True:
        try:
            step = procedure.throw(error) if error is not None else procedure.send(reply)
        except StopIteration as finished:
            result = finished.value
            break
        except Kl30Error as ended:
            failure = ended
            break
        steps.append(step)
        said.append(spelled(step))
        expected = [line.said for line in lines[: len(said)]]
        assert said == expected, f"after {len(said) - 1} steps it says {said[-1]!r}, the script {expected[-1:]}"
        reply = error = None
        if isinstance(step, Ask):
            try:
                reply = lines[len(said) - 1].heard(step)
            except Kl30Error as answered:
                error = answered
    assert [line.said for line in lines[len(said) :]] == [], f"it ended early: {failure or result!r}"
    return Played(result, failure, tuple(steps))


def spelled(step: Step) -> str:
    """A step as scripts write it."""
    match step:
        case Ask():
            return f"{step.to:02X} > {_hex(step.request)}"
        case Wait():
            return f"wait {step.seconds:g}"
        case Mark():
            return f"mark {type(step.fact).__name__} {' '.join(_words(step.fact))}".rstrip()


def _words(fact: Fact) -> Iterable[str]:
    match fact:
        case CodingSaved() | IndividualSaved() | CodingRestored():
            return (f"{fact.address:02X}", f"{fact.did:04X}", *([_hex(fact.data)] if fact.data else []))
        case CodingBegun() | IndividualRestored():
            return (f"{fact.address:02X}", f"{fact.did:04X}")
        case DatablockBegun():
            return (f"{fact.address:02X}", str(fact.index), f"attempt {fact.attempt}")
        case DatablockFailed() | DatablockProgrammed():
            return (f"{fact.address:02X}", str(fact.index))
        case DependenciesChecked():
            return (f"{fact.address:02X}",)
        case UnitProgrammed():
            return (f"{fact.address:02X}", *fact.software)
        case LevelBegun() | LevelWritten():
            return (fact.level,)
        case FaultsCleared():
            return ()
        case RungBegun() | StepConfirmed():
            return (f"{fact.address:02X}", fact.rung.name)


def _line(line: str) -> Line:
    said, mark, answer = (part.strip() for part in line.partition("<"))
    if ">" in said:
        to, _, request = (part.strip() for part in said.partition(">"))
        said = f"{to} > {_hex(bytes.fromhex(request))}"
    return Line(said, answer if mark else None)


def _functional(part: str, ask: Ask) -> Response:
    address, payload = part.split(":")
    return _positive(int(address, 16), bytes.fromhex(payload), ask)


def _positive(address: int, payload: bytes, ask: Ask) -> Response:
    """A link lets nothing else through (law 1); a script that does would test what cannot happen."""
    assert uds.is_positive(ask.request, payload), f"{_hex(payload)} is no positive response to {_hex(ask.request)}"
    return Response(address, payload)


def _hex(data: bytes) -> str:
    return data.hex(" ").upper()
