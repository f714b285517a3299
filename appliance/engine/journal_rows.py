"""What the journal is made of: its tables, and the values that are kept in them.

A row that a restart or a report relies on ends in its seal (`seal.py`); which columns the seal covers is said in
`journal_check.SEALED`.  An event's row carries its link as well (`chain.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

from appliance.engine.journal_check import SEALED
from appliance.engine.seal import seal
from appliance.events import Event

SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY, campaign TEXT NOT NULL, begun TEXT NOT NULL, boot TEXT NOT NULL,
    vin TEXT NOT NULL DEFAULT '', plan TEXT NOT NULL DEFAULT '', plan_hash TEXT NOT NULL DEFAULT '',
    continues TEXT NOT NULL DEFAULT '', verdict TEXT NOT NULL DEFAULT '', report TEXT NOT NULL DEFAULT '',
    seal TEXT NOT NULL DEFAULT '', report_seal TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS fact (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), at_s REAL NOT NULL, boot TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, seal TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, at_s REAL NOT NULL, boot TEXT NOT NULL, wall TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL, seal TEXT NOT NULL, link TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sample (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, at_s REAL NOT NULL, volts REAL
) STRICT;
CREATE TABLE IF NOT EXISTS observation (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, moment TEXT NOT NULL, body TEXT NOT NULL, seal TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS life (
    seq INTEGER PRIMARY KEY, boot TEXT NOT NULL, begun TEXT NOT NULL, ended TEXT NOT NULL DEFAULT '',
    words TEXT NOT NULL DEFAULT '', diagnosis INTEGER NOT NULL DEFAULT 0, released INTEGER NOT NULL DEFAULT 0,
    worked INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX IF NOT EXISTS fact_of_run ON fact(run);
CREATE INDEX IF NOT EXISTS event_of_run ON event(run);
CREATE INDEX IF NOT EXISTS sample_of_run ON sample(run);
"""
IN_MEMORY = ":memory:"  # SQLite's name for a journal that nobody needs afterwards
WAITING = 10_000  # events kept while the disk takes none
BEFORE, PROGRAMMED, AFTER = "before", "programmed", "after"  # moments of an observation

Row: TypeAlias = tuple[Any, ...]


@dataclass(frozen=True, slots=True)
class Run:
    """One pass from START to verdict.

    Attributes:
        plan / plan_hash: The frozen measures plan as JSON and its SHA-256; empty before it is frozen.
        continues: The run of the same car and campaign, begun and not finished, that this one goes on with; or empty.
        verdict: Empty while it is unfinished.
        report: The final report as JSON; empty while there is none.
    """

    id: str
    campaign: str
    begun: str
    boot: str
    vin: str = ""
    plan: str = ""
    plan_hash: str = ""
    continues: str = ""
    verdict: str = ""
    report: str = ""


@dataclass(frozen=True, slots=True)
class Logged:
    """One event as the journal keeps it. `at_s` compares only within one `boot`."""

    seq: int
    at_s: float
    boot: str
    wall: str
    event: Event


@dataclass(frozen=True, slots=True)
class Sample:
    """The supply at one moment; `volts` None when there was no believable reading."""

    at_s: float
    volts: float | None


def sealed(table: str, *parts: Any) -> Row:
    """A row of a table with its seal behind it."""
    return (*parts, seal(table, *parts))


def insertion(table: str, *behind: str) -> str:
    """The statement that writes a sealed row, with other columns behind it."""
    columns = (*SEALED[table], "seal", *behind)
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


def selection(table: str, clause: str, *before: str) -> str:
    """The statement that reads sealed rows, with other columns before them."""
    return f"SELECT {', '.join((*before, *SEALED[table], 'seal'))} FROM {table} {clause}"  # noqa: S608 – our own names


def possible(at_s: object, volts: object) -> bool:
    """Whether a sample can be one; a number with turned bits comes back as NULL, or as any other number."""
    believable = volts is None or (isinstance(volts, float) and abs(volts) < _HIGHEST_V)
    return believable and isinstance(at_s, float) and abs(at_s) < _LATEST_S


_LATEST_S = 1e9  # of a monotonic clock: thirty years
_HIGHEST_V = 100.0  # no reading of ours
