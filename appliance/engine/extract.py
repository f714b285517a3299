"""What the journal holds of one run, as values to give away: the run, its facts, events, samples, observations."""

from __future__ import annotations

from dataclasses import dataclass, replace

from appliance.car.vehicle import Vehicle
from appliance.engine.chain import Told, beginning, relinked
from appliance.engine.journal import AFTER, BEFORE, PROGRAMMED, Journal, Run, Sample
from appliance.engine.loop_guard import Life
from appliance.engine.redaction import Redactor, redacted_hash
from appliance.procedure.facts import Fact
from appliance.values import from_json, to_json


@dataclass(frozen=True, slots=True)
class Entry:
    """A fact: its class, and itself as JSON."""

    kind: str
    body: str


@dataclass(frozen=True, slots=True)
class Observation:
    """The car as observed at a moment of the run (`before`, `programmed`, `after`)."""

    moment: str
    vehicle: Vehicle


@dataclass(frozen=True, slots=True)
class Extract:
    """Everything of one run but its report.

    Attributes:
        lineage: The runs it goes on with, oldest first, and itself.
        events: With their chain; those told after the report was made as well.
        lives: Of the appliance, all of them.
    """

    run: Run
    lineage: tuple[str, ...]
    facts: tuple[Entry, ...]
    events: tuple[Told, ...]
    samples: tuple[Sample, ...]
    observations: tuple[Observation, ...]
    lives: tuple[Life, ...]


def extract(journal: Journal, run: Run) -> Extract:
    """What there is of a run.

    Raises:
        JournalError: something in it cannot be read.
    """
    seen = ((moment, journal.observed(run.id, moment)) for moment in (BEFORE, PROGRAMMED, AFTER))
    return Extract(
        run=replace(run, report=""),
        lineage=tuple(one.id for one in journal.lineage(run)),
        facts=tuple(_entry(fact) for fact in journal.facts(run.id)),
        events=journal.told(run.id),
        samples=journal.samples(run.id),
        observations=tuple(Observation(moment, vehicle) for moment, vehicle in seen if vehicle is not None),
        lives=journal.lives(),
    )


def redacted_text(found: Extract, redactor: Redactor) -> str:
    """An extract as JSON, redacted, its events in a chain of their own.

    Raises:
        UsageError: the plan was frozen by another version.
    """
    run, hashed = found.run, redacted_hash(found.run, redactor)
    hidden = redactor.text(to_json(found.events))
    text = hidden.replace(run.plan_hash, hashed) if run.plan_hash else hidden
    events = relinked(beginning(run.id, hashed), from_json(text, tuple[Told, ...]))
    return redactor.text(to_json(replace(found, run=replace(run, plan_hash=hashed), events=events)))


def _entry(fact: Fact) -> Entry:
    return Entry(type(fact).__name__, to_json(fact))
