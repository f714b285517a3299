"""The journal: what is durably true, in one SQLite file.

Rules:
1. A fact is on the disk before `mark` returns (WAL, `synchronous=FULL`); a power cut leaves it whole or absent.
2. Events, samples and observations are written in batches; the newest second of them may be lost in a cut.
3. Nothing is ever changed but the end of a run; order is the row number, never a clock.
4. A page reads this file from another process; the engine is the only writer.

Sources: sqlite.org/pragma.html (synchronous, journal_mode); docs/decisions/0005.
"""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from appliance import events as event_module
from appliance.car import vehicle as vehicle_module
from appliance.car.vehicle import Vehicle
from appliance.clock import Clock
from appliance.errors import JournalError
from appliance.events import Event
from appliance.procedure import facts as fact_module
from appliance.procedure.facts import DatablockBegun, Fact, LevelBegun
from appliance.values import from_json, to_json

SCHEMA = """
CREATE TABLE IF NOT EXISTS run (
    id TEXT PRIMARY KEY, campaign TEXT NOT NULL, begun TEXT NOT NULL, boot TEXT NOT NULL,
    vin TEXT NOT NULL DEFAULT '', plan TEXT NOT NULL DEFAULT '', plan_hash TEXT NOT NULL DEFAULT '',
    continues TEXT NOT NULL DEFAULT '', verdict TEXT NOT NULL DEFAULT '', report TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE TABLE IF NOT EXISTS fact (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL REFERENCES run(id), at_s REAL NOT NULL, boot TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS event (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, at_s REAL NOT NULL, boot TEXT NOT NULL, wall TEXT NOT NULL,
    kind TEXT NOT NULL, body TEXT NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS sample (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, at_s REAL NOT NULL, volts REAL
) STRICT;
CREATE TABLE IF NOT EXISTS observation (
    seq INTEGER PRIMARY KEY, run TEXT NOT NULL, moment TEXT NOT NULL, body TEXT NOT NULL
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


class Journal:
    """The one writer of the journal file.

    Args:
        path: The file; made when missing.
        clock: For the monotonic and the wall time of what is written.

    Attributes:
        trouble: Why events wait to be written; empty while they do not.

    Raises:
        JournalError: the file is damaged, is no journal, or cannot be written.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._boot = clock.boot_id()
        self._events: list[Row] = []
        self._samples: list[Row] = []
        self.trouble = ""
        with self._translated("opened"):
            self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except JournalError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        with self._translated("opened"):
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.executescript(SCHEMA)
            broken = self._db.execute("PRAGMA quick_check(1)").fetchone()[0].splitlines()[-1]
        if broken != "ok":
            raise JournalError(f"the journal is damaged: {broken}", where=str(self._path), do=_SET_ASIDE)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self.flush()
        self._db.close()

    def abandon(self) -> None:
        """Let go of the file as a power cut would: what waits for the next batch is lost."""
        self._db.close()

    # -- runs

    def begin(self, run: Run) -> None:
        """Open a run."""
        with self._transaction("begin a run"):
            self._db.execute(
                "INSERT INTO run (id, campaign, begun, boot, vin, continues) VALUES (?, ?, ?, ?, ?, ?)",
                (run.id, run.campaign, run.begun, run.boot, run.vin, run.continues),
            )

    def freeze(self, run: str, vin: str, plan: str, plan_hash: str, continues: str) -> None:
        """Fix the measures plan of a run; from here on it is resumed after a power cut."""
        with self._transaction("freeze the measures plan"):
            self._db.execute(
                "UPDATE run SET vin = ?, plan = ?, plan_hash = ?, continues = ? WHERE id = ? AND plan = ''",
                (vin, plan, plan_hash, continues, run),
            )

    def end(self, run: str, verdict: str, report: str) -> None:
        """Close a run with its verdict and report."""
        with self._transaction("end a run"):
            self._db.execute(
                "UPDATE run SET verdict = ?, report = ? WHERE id = ? AND verdict = ''", (verdict, report, run)
            )

    def unfinished(self) -> Run | None:
        """The newest run whose plan is frozen and which has no verdict; None when there is none."""
        rows = self._runs("WHERE verdict = '' AND plan <> '' ORDER BY rowid DESC LIMIT 1")
        return rows[0] if rows else None

    def touched_before(self, vin: str, campaign: str) -> Run | None:
        """The newest earlier run of this car and campaign, if what it or a run before it began is not finished.

        Begun is what a `Begun` fact says: a run that changed nothing leaves nothing to go on with.
        """
        rows = self._runs("WHERE vin = ? AND campaign = ? AND verdict <> '' ORDER BY rowid DESC LIMIT 1", vin, campaign)
        if not rows or rows[0].verdict not in ("failed", "interrupted", "refused"):
            return None
        begun = any(isinstance(fact, DatablockBegun | LevelBegun) for fact in self.facts(rows[0].id))
        return rows[0] if rows[0].continues or begun else None

    def lineage(self, run: Run) -> tuple[Run, ...]:
        """A run and every run it goes on with, oldest first."""
        chain = [run]
        while chain[0].continues and (earlier := self.run(chain[0].continues)) is not None:
            chain.insert(0, earlier)
        return tuple(chain)

    def runs(self) -> tuple[Run, ...]:
        """Every run, newest first."""
        return self._runs("ORDER BY rowid DESC")

    def run(self, identifier: str) -> Run | None:
        """One run; None when there is none of that name."""
        rows = self._runs("WHERE id = ?", identifier)
        return rows[0] if rows else None

    def _runs(self, clause: str, *values: str) -> tuple[Run, ...]:
        columns = "id, campaign, begun, boot, vin, plan, plan_hash, continues, verdict, report"
        with self._translated("read"):
            rows = self._db.execute(f"SELECT {columns} FROM run {clause}", values).fetchall()  # noqa: S608 – our own clauses
        return tuple(Run(*row) for row in rows)

    # -- what happened

    def mark(self, run: str, fact: Fact) -> None:
        """Make a fact durable; on the disk when this returns.

        Raises:
            JournalError: it is not; nothing that relies on it may happen.
        """
        row = (run, self._clock.now_s(), self._boot, type(fact).__name__, to_json(fact))
        with self._transaction(f"keep the fact {type(fact).__name__}"):
            self._write_waiting()
            self._db.execute("INSERT INTO fact (run, at_s, boot, kind, body) VALUES (?, ?, ?, ?, ?)", row)
        self._written()

    def facts(self, run: str) -> tuple[Fact, ...]:
        """Every fact of a run, oldest first."""
        with self._translated("read"):
            rows = self._db.execute("SELECT kind, body FROM fact WHERE run = ? ORDER BY seq", (run,)).fetchall()
        return tuple(self._value(fact_module, kind, body) for kind, body in rows)

    def observe(self, run: str, moment: str, vehicle: Vehicle) -> None:
        """Keep the car as observed at a moment of the run."""
        with self._transaction("keep an observation of the car"):
            self._db.execute(
                "INSERT INTO observation (run, moment, body) VALUES (?, ?, ?)", (run, moment, to_json(vehicle))
            )

    def observed(self, run: str, moment: str) -> Vehicle | None:
        """The car as first observed at that moment; None when it was not."""
        with self._translated("read"):
            row = self._db.execute(
                "SELECT body FROM observation WHERE run = ? AND moment = ? ORDER BY seq LIMIT 1", (run, moment)
            ).fetchone()
        vehicle: Vehicle | None = self._value(vehicle_module, Vehicle.__name__, row[0]) if row else None
        return vehicle

    def event(self, run: str, at_s: float, event: Event) -> None:
        """Keep an event with the next batch."""
        wall = self._clock.wall().isoformat(timespec="milliseconds")
        self._events.append((run, at_s, self._boot, wall, type(event).__name__, to_json(event)))

    def events(self, run: str) -> tuple[Logged, ...]:
        """Every event of a run, in order, over all its lives."""
        self.flush()
        with self._translated("read"):
            rows = self._db.execute(
                "SELECT seq, at_s, boot, wall, kind, body FROM event WHERE run = ? ORDER BY seq", (run,)
            ).fetchall()
        return tuple(
            Logged(seq, at, boot, wall, self._value(event_module, kind, b)) for seq, at, boot, wall, kind, b in rows
        )

    def sample(self, run: str, sample: Sample) -> None:
        """Keep a supply sample with the next batch."""
        self._samples.append((run, sample.at_s, sample.volts))

    def samples(self, run: str) -> tuple[Sample, ...]:
        """Every supply sample of a run, in order."""
        self.flush()
        with self._translated("read"):
            rows = self._db.execute("SELECT at_s, volts FROM sample WHERE run = ? ORDER BY seq", (run,)).fetchall()
        return tuple(Sample(at_s, volts) for at_s, volts in rows)

    def flush(self) -> None:
        """Write waiting events and samples."""
        if not self._events and not self._samples:
            return
        with self._transaction("write events"):
            self._write_waiting()
        self._written()

    def flush_if_possible(self) -> None:
        """As `flush`, but a full disk keeps them waiting: a lost event must not end work on an erased datablock.

        Facts are never optional: the next `mark` writes what waits with it, or raises.
        """
        try:
            self.flush()
        except JournalError as error:
            self.trouble = str(error)
            del self._events[:-WAITING], self._samples[:-WAITING]
        else:
            self.trouble = ""

    def require_room(self, needed_bytes: int) -> None:
        """Refuse to begin where the journal could run out of disk.

        Raises:
            JournalError: less than `needed_bytes` are free.
        """
        if str(self._path) == IN_MEMORY:
            return
        free_bytes = shutil.disk_usage(self._path.parent).free
        if free_bytes < needed_bytes:
            raise JournalError(
                f"only {free_bytes // 1024} kB are free, a run needs {needed_bytes // 1024} kB",
                where=str(self._path.parent),
                do="delete old recordings or reports, then press START",
            )

    def _write_waiting(self) -> None:
        self._db.executemany(
            "INSERT INTO event (run, at_s, boot, wall, kind, body) VALUES (?, ?, ?, ?, ?, ?)", self._events
        )
        self._db.executemany("INSERT INTO sample (run, at_s, volts) VALUES (?, ?, ?)", self._samples)

    def _written(self) -> None:
        self._events.clear()
        self._samples.clear()

    def _value(self, module: object, kind: str, body: str) -> Any:
        try:
            return from_json(body, getattr(module, kind))
        except (AttributeError, ValueError) as error:
            raise JournalError(f"unreadable entry {kind}: {error}", where=str(self._path), do=_SET_ASIDE) from error

    @contextmanager
    def _transaction(self, what: str) -> Iterator[None]:
        with self._translated(f"written ({what})"):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    @contextmanager
    def _translated(self, what: str) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            do = _WRITE_AGAIN if what.startswith("written") else _SET_ASIDE
            raise JournalError(f"the journal could not be {what}: {error}", where=str(self._path), do=do) from error


_WRITE_AGAIN = (
    "free some space and check the card; nothing was sent to the car that the journal does not hold, "
    "and the same command goes on where it stopped"
)
_SET_ASIDE = "check the card and its permissions; to begin a new journal move this file away and keep it"
