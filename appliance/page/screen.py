"""What the status page shows, decided from what the status file said.  Pure.

The page fails closed: a status that is missing, unreadable or old never says that the plug may be pulled.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.engine.alarm import Alarm, alarm
from appliance.events import Estimated, Phase, UnitState
from appliance.page.chart import Chart, chart
from appliance.page.lasting import Lasting, lasting
from appliance.page.status_file import Condition, Seen
from appliance.page.words import HELD_LOOKS, PHASE_LOOKS, Look, duration, percent, verdict_title
from appliance.status import Status, UnitStatus

_AT_WORK = frozenset({Phase.PROGRAMMING, Phase.HELD, Phase.RESUMING})
_SAFE = "No control unit is in the middle of anything."
_LEFT_GOOD = frozenset({UnitState.UNTOUCHED, UnitState.PROGRAMMED, UnitState.CODED})
_NOT_REPORTING = Look("unknown", "unknown")


@dataclass(frozen=True, slots=True)
class Headline:
    """The first thing read.

    Attributes:
        word: The phase, or what replaces it when there is none to believe.
        look: Colour and shape.
        what / waits_for / do: As in `Status`; empty: nothing.
        safe: Whether the plug may be pulled now.
        safe_why: One sentence about that.
        live: Whether the word comes from an appliance that is reporting.
    """

    word: str
    look: Look
    what: str
    waits_for: str
    do: str
    safe: bool
    safe_why: str
    live: bool


@dataclass(frozen=True, slots=True)
class Progress:
    """All control units together; `left` None while nobody knows."""

    done_percent: int
    left: Estimated | None


@dataclass(frozen=True, slots=True)
class Screen:
    """One rendering of the status page.

    Attributes:
        headline: Always there.
        status: The newest known status, also when stale; None when there is none.
        chart: The supply's chart; None while there is none to draw.
        lasting: How long the supply lasts; None while not known, or nobody reports it.
        progress: None when nothing is being programmed.
        at_work: Units with something to show beside the plan.
        alarm: The hold that lasts; None when there is none.
        title: For the browser's tab.
    """

    headline: Headline
    status: Status | None
    chart: Chart | None
    lasting: Lasting | None
    progress: Progress | None
    at_work: tuple[UnitStatus, ...]
    alarm: Alarm | None
    title: str


def screen(seen: Seen) -> Screen:
    """What to show for what was seen."""
    headline, status = _headline(seen), seen.status
    if status is None:
        return Screen(headline, None, None, None, None, (), None, f"{headline.word} · KL30")
    progress = _progress(status)
    share = f" {progress.done_percent} %" if progress and headline.live else ""
    return Screen(
        headline=headline,
        status=status,
        chart=chart(status.supply, status.limits),
        lasting=lasting(status, status.left.high_s if status.left and progress else None) if headline.live else None,
        progress=progress,
        at_work=tuple(unit for unit in status.units if _has_work(unit)),
        alarm=alarm(status, status.at_s),
        title=f"{headline.word}{share} · KL30",
    )


def _headline(seen: Seen) -> Headline:
    match seen:
        case Seen(condition=Condition.LIVE, status=Status() as status):
            return _reporting(status)
        case Seen(condition=Condition.STALE, status=Status() as status):
            return _stopped_answering(status, seen.age_s)
        case Seen(condition=Condition.MISSING):
            return _silent(
                "NOT RUNNING",
                "The appliance is not running.",
                "Its first status",
                "Wait a minute after switching on. If this stays, run kl30 selftest on the appliance.",
            )
        case _:
            return _silent(
                "NOT READABLE",
                f"The appliance writes a status that this page cannot read: {seen.fault}.",
                "A status it can read",
                "Go by the LEDs on the appliance.",
            )


def _reporting(status: Status) -> Headline:
    safe = status.safe_to_unplug
    held = alarm(status, status.at_s)
    return Headline(
        word=status.phase.value,
        look=HELD_LOOKS[held.level] if held else PHASE_LOOKS[status.phase],
        what=_ended(status) if status.verdict and status.reason else status.what,
        waits_for=status.waits_for,
        do=status.do,
        safe=safe,
        safe_why=_SAFE if safe else _unsafe_why(status),
        live=True,
    )


def _ended(status: Status) -> str:
    title = verdict_title(status.verdict)
    reason = status.reason[:1].upper() + status.reason[1:]
    return reason if title.upper() == status.phase.value else f"{title}. {reason}"


def _unsafe_why(status: Status) -> str:
    incomplete = [unit.name for unit in status.units if unit.state not in _LEFT_GOOD]
    if status.verdict and incomplete:
        return f"The run has ended. {', '.join(incomplete)}: not complete. Follow the advice above first."
    erased = [unit.name for unit in status.units if unit.state is UnitState.ERASED]
    if erased:
        return f"{', '.join(erased)}: erased and not complete. Leave plug and charger connected."
    return "Programming is under way. Leave plug and charger connected."


def _stopped_answering(status: Status, age_s: float | None) -> Headline:
    since = "in the future: the clock was set" if age_s is None or age_s < 0 else f"{duration(age_s)} ago"
    return _silent(
        "NOT ANSWERING",
        f"The appliance has stopped answering. Its last word was {status.phase.value}, {since}.",
        "The appliance to report again",
        "Leave plug and charger connected: it restarts by itself and goes on where it stopped.",
    )


def _silent(word: str, what: str, waits_for: str, do: str) -> Headline:
    return Headline(
        word, _NOT_REPORTING, what, waits_for, do, False, "Not known. Go by the LEDs on the appliance.", False
    )


def _has_work(unit: UnitStatus) -> bool:
    return unit.total_bytes > 0 or unit.state is not UnitState.UNTOUCHED or unit.step != ""


def _progress(status: Status) -> Progress | None:
    if status.phase not in _AT_WORK or not status.units:
        return None
    done = sum(unit.done_bytes for unit in status.units)
    total = sum(unit.total_bytes for unit in status.units)
    return Progress(percent(done, total), status.left)
