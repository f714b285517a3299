"""What the engine needs from the outside world; each adapter, and its bench twin, is one of these."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol, TypeAlias

from appliance.engine.link_health import LinkHealth
from appliance.power.reading import Reading
from appliance.procedure.words import Ask, Response
from appliance.status import Status


@dataclass(frozen=True, slots=True)
class Positive:
    """The answer: one response to a physical request, any number to a functional one."""

    ask: Ask
    responses: tuple[Response, ...]


@dataclass(frozen=True, slots=True)
class Negative:
    """The control unit refused; never 0x78, which the link waits out."""

    ask: Ask
    nrc: int


@dataclass(frozen=True, slots=True)
class Silent:
    """No usable answer in time; whether the request was carried out is unknown."""

    ask: Ask
    reason: str


Answer: TypeAlias = Positive | Negative | Silent


class Link(Protocol):
    """Requests out, final answers in. Single-threaded: nothing happens outside `poll`.

    At most one request is open per control unit, and functional requests only while nothing else is open.
    """

    def submit(self, ask: Ask) -> None:
        """Queue a request; its `Answer` comes out of a later `poll`.

        Raises:
            LinkError: the interface cannot send at all.
        """

    def keep_alive(self) -> None:
        """Send a functional TesterPresent that nobody answers (`3E 80`); a single frame, fits between others."""

    def poll(self, until_s: float) -> Sequence[Answer]:
        """Move messages until at least one answer is there or the clock reads `until_s`; may return early.

        This is where the appliance waits.

        Raises:
            LinkError: the interface is gone, or its controller is off the bus.
        """

    @property
    def health(self) -> LinkHealth:
        """How the link has been since it was opened, as of the last `poll`."""

    def close(self) -> None:
        """Give the interface back."""


class Supply(Protocol):
    """The voltage at the plug."""

    def newest(self) -> Reading | None:
        """The newest believable reading; None when there is none. Its age is the caller's to judge."""

    @property
    def trouble(self) -> str:
        """What is wrong with the sensor now, a sentence; empty while samples come in."""


class Host(Protocol):
    """The computer we run on, whose own 5 V come from the same plug."""

    def start_refusal(self) -> str:
        """Why nothing should begin on it now, a sentence without a full stop; empty when it may."""


class Command(Enum):
    """What a person can ask for with the two buttons."""

    START = "start"
    CANCEL = "cancel"
    SHUTDOWN = "shutdown"
    RELEASE = "release"  # leave read-only diagnosis
    CHOOSE = "choose"  # begin with the campaign that is shown; anywhere else it means nothing


class Panel(Protocol):
    """Two buttons, four LEDs."""

    def commands(self) -> Sequence[Command]:
        """What was asked for since the last call."""

    def show(self, status: Status) -> None:
        """Make the LEDs tell this status."""


class Watchdog(Protocol):
    """Whoever restarts the process when it stops making progress."""

    def ready(self) -> None:
        """The appliance is up."""

    def pulse(self, words: str) -> None:
        """The engine is alive, doing `words`. Called only by the thread that does the work."""
