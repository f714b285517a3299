"""A runner on a rig: a link that answers by a table, a supply and buttons that follow a timetable, virtual time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from appliance import uds
from appliance.clock import VirtualClock
from appliance.config import PowerConfig
from appliance.engine.journal import Journal, Run
from appliance.engine.lane import Lane
from appliance.engine.link_health import QUIET, LinkHealth
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Answer, Command, Negative, Positive, Silent
from appliance.engine.runner import Ports, Runner
from appliance.events import Event
from appliance.power.limits import limits_from
from appliance.power.reading import Reading
from appliance.procedure.words import Ask, Procedure, Response, Step
from appliance.status import Status

Outcome: TypeAlias = bytes | int | str
"""A positive response, a negative response code, or why there was no answer."""

RUN = Run("r-1", "service-action-dme", "", "")
READ = Ask(0x12, b"\x22\xf1\x01", "read the software")
EVERYONE = Ask(uds.FUNCTIONAL, b"\x10\x03", "extended session everywhere")


@dataclass(frozen=True)
class Submitted:
    at_s: float
    ask: Ask


class ScriptedLink:
    """A `Link` that answers each request after `takes_s`; positively, unless `answers` has something else."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.takes_s = 0.01
        self.takes_for: dict[bytes, float] = {}
        self.answers: dict[bytes, list[Outcome]] = defaultdict(list)
        self.submitted: list[Submitted] = []
        self.kept_alive: list[float] = []
        self.on_submit: Callable[[Ask], None] = lambda _ask: None
        self.awake: list[tuple[float, set[int]]] = [(0.0, {0x12})]  # who hears anything, from a moment on
        self.blind_s = 0.0
        self.bus = QUIET
        self._open: list[tuple[float, Ask]] = []

    def submit(self, ask: Ask) -> None:
        open_to = {other.to for _, other in self._open}
        assert ask.to not in open_to, "one request is open per control unit"
        assert not (ask.functional and open_to), "a functional request has the bus to itself"
        assert uds.FUNCTIONAL not in open_to, "a functional request has the bus to itself"
        self.on_submit(ask)
        self.submitted.append(Submitted(self.clock.now_s(), ask))
        self._open.append((self.clock.now_s() + self.takes_for.get(ask.request, self.takes_s), ask))

    def keep_alive(self) -> None:
        self.kept_alive.append(self.clock.now_s())

    def poll(self, until_s: float) -> Sequence[Answer]:
        self.clock.sleep_until(min([until_s, *(at_s for at_s, _ in self._open)]) + self.blind_s)
        now_s = self.clock.now_s()
        done = [ask for at_s, ask in self._open if at_s <= now_s]
        self._open = [(at_s, ask) for at_s, ask in self._open if at_s > now_s]
        return [self._answer(ask) for ask in done]

    @property
    def health(self) -> LinkHealth:
        return LinkHealth(self.bus)

    def close(self) -> None:
        self._open.clear()

    @property
    def requests(self) -> list[bytes]:
        return [submitted.ask.request for submitted in self.submitted]

    def _answer(self, ask: Ask) -> Answer:
        scripted = self.answers[ask.request]
        outcome = scripted.pop(0) if scripted else uds.expected_prefix(ask.request)
        match outcome:
            case int():
                return Negative(ask, outcome)
            case str():
                return Silent(ask, outcome)
            case bytes() if ask.functional:
                return Positive(ask, tuple(Response(address, outcome) for address in sorted(self._awake())))
            case bytes() if self.sleeps and ask.to not in self._awake():
                return Silent(ask, "silence")
            case bytes():
                return Positive(ask, (Response(ask.to, outcome),))

    @property
    def sleeps(self) -> bool:
        """Whether anybody ever sleeps; else every unit asked alone answers."""
        return len(self.awake) > 1

    def _awake(self) -> set[int]:
        return [units for from_s, units in self.awake if from_s <= self.clock.now_s()][-1]


class TimetabledSupply:
    """A `Supply`: volts from a moment on; None: no reading."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.timetable: list[tuple[float, float | None]] = [(0.0, 13.8)]
        self.ripple_v: list[tuple[float, float]] = [(0.0, 0.01)]

    def newest(self) -> Reading | None:
        now_s = self.clock.now_s()
        volts = [volts for from_s, volts in self.timetable if from_s <= now_s][-1]
        ripple_v = [ripple_v for from_s, ripple_v in self.ripple_v if from_s <= now_s][-1]
        return None if volts is None else Reading(now_s, volts, ripple_v)

    @property
    def trouble(self) -> str:
        return "" if self.newest() else "the sensor does not answer"


class TimetabledPanel:
    """A `Panel` whose buttons are pressed at their moments."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.timetable: list[tuple[float, Command]] = []
        self.shown: list[Status] = []

    def commands(self) -> Sequence[Command]:
        now_s = self.clock.now_s()
        due = [command for at_s, command in self.timetable if at_s <= now_s]
        self.timetable = [(at_s, command) for at_s, command in self.timetable if at_s > now_s]
        return due

    def show(self, status: Status) -> None:
        self.shown.append(status)


class RecordedWatchdog:
    """A `Watchdog` that remembers when it was told what."""

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.pulses: list[tuple[float, str]] = []

    def ready(self) -> None:
        """It is up."""

    def pulse(self, words: str) -> None:
        self.pulses.append((self.clock.now_s(), words))


@dataclass
class Rig:
    """Everything around one runner."""

    path: Path = Path(":memory:")
    clock: VirtualClock = field(default_factory=VirtualClock)

    def __post_init__(self) -> None:
        self.link = ScriptedLink(self.clock)
        self.supply = TimetabledSupply(self.clock)
        self.panel = TimetabledPanel(self.clock)
        self.watchdog = RecordedWatchdog(self.clock)
        self.journal = Journal(self.path, self.clock)
        self.journal.begin(RUN)
        self.narrator = Narrator(self.clock, self.journal)
        self.narrator.begin(RUN.id)
        ports = Ports(self.clock, self.link, self.supply, self.panel, self.watchdog)
        self.limits = limits_from(PowerConfig())
        self.runner = Runner(ports, self.limits, self.journal, self.narrator)

    def drive(self, *procedures: Procedure[Any], guarded: bool = True, total_bytes: int = 0) -> tuple[Lane, ...]:
        """Drive each in a lane of its own: `lane-0` at address 0x12, `lane-1` at 0x13, …"""
        lanes = tuple(
            Lane(f"lane-{number}", procedure, 0x12 + number, guarded=guarded, total_bytes=total_bytes)
            for number, procedure in enumerate(procedures)
        )
        self.runner.drive(lanes)
        return lanes

    def events(self, *kinds: type) -> list[Event]:
        told = [logged.event for logged in self.journal.events(RUN.id)]
        return [event for event in told if isinstance(event, kinds)] if kinds else told

    def moments(self, kind: type) -> list[float]:
        return [logged.at_s for logged in self.journal.events(RUN.id) if isinstance(logged.event, kind)]

    def between(self, from_s: float, to_s: float) -> list[bytes]:
        """What was submitted in that time."""
        return [one.ask.request for one in self.link.submitted if from_s < one.at_s < to_s]


def saying(*steps: Step) -> Procedure[list[Any]]:
    """A procedure that says these steps and gives back what it heard."""
    heard: list[Any] = []
    for step in steps:
        answer = yield step
        heard.append(answer)
    return heard


def reading(count: int, address: int = 0x12) -> Procedure[None]:
    """A procedure that reads one identifier after another."""
    for number in range(count):
        yield Ask(address, bytes((0x22, 0x40, number & 0xFF)), f"read {number}")
