"""The journal: what is durably true, in one SQLite file.

Rules:
1. A fact is on the disk before `mark` returns (WAL, `synchronous=FULL`); a power cut leaves it whole or absent.
2. Events, samples and observations are written in batches; the newest second of them may be lost in a cut.
3. Nothing is ever changed but the end of a run or of a life; order is the row number, never a clock.
4. A page reads this file from another process; the engine is the only writer.
5. What was altered on the card is found when the file is opened or the row is read, and never believed (`seal.py`,
   `journal_check.py`); `journal_file.py` sets such a file aside.

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
from appliance.engine.journal_check import (
    DO_SET_ASIDE,
    SEALED,
    DamagedJournal,
    is_damage,
    require_all_sealed,
    require_ours,
    require_sealed,
    require_whole,
)
from appliance.engine.loop_guard import Deaths, End, Life, deaths, end_found
from appliance.engine.seal import seal
from appliance.errors import JournalError
from appliance.events import Event, PhaseEntered, StepBegun
from appliance.procedure import facts as fact_module
from appliance.procedure.facts import DatablockBegun, Fact, LevelBegun
from appliance.values import from_json, to_json

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
    kind TEXT NOT NULL, body TEXT NOT NULL, seal TEXT NOT NULL
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


class Journal:
    """The one writer of the journal file.

    Args:
        path: The file; made when missing.
        clock: For the monotonic and the wall time of what is written.
        lost: What earlier journals of this place took with them, in words; empty: nothing.

    Attributes:
        lost: As above.
        trouble: Why events wait to be written; empty while they do not.

    Raises:
        DamagedJournal: the file is damaged, or is no journal.
        JournalError: it cannot be written.
    """

    def __init__(self, path: Path, clock: Clock, lost: tuple[str, ...] = ()) -> None:
        self._path = path
        self._clock = clock
        self._boot = clock.boot_id()
        self._events: list[Row] = []
        self._samples: list[Row] = []
        self._life: int | None = None  # the row of this process, once it has begun
        self.trouble = ""
        self.lost = lost
        with self._translated("opened"):
            self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
            self._require_sound()
        except JournalError:
            self._db.close()
            raise

    def _prepare(self) -> None:
        where = str(self._path)
        with self._translated("opened"):
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            if not require_ours(self._db, SCHEMA, where):
                self._db.executescript(f"BEGIN;{SCHEMA}COMMIT;")  # a cut leaves all of it or nothing
            require_whole(self._db, where)

    def _require_sound(self) -> None:
        self.runs()
        unfinished = self.unfinished()
        relied_on = None if unfinished is None else [run.id for run in self.lineage(unfinished)]
        with self._translated("read"):
            require_sealed(self._db, relied_on, str(self._path))
        self.lives()
        self._last_step()
        if unfinished is not None:
            self.samples(unfinished.id)

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
            self._seal_run(run.id)

    def freeze(self, run: str, vin: str, plan: str, plan_hash: str, continues: str, campaign: str = "") -> None:
        """Fix the measures plan of a run; from here on it is resumed after a power cut.

        Args:
            campaign: What the run turned out to be about; empty: what it was begun for.
        """
        self.run(run)  # what was altered meanwhile must not be sealed
        with self._transaction("freeze the measures plan"):
            self._db.execute(
                "UPDATE run SET vin = ?, plan = ?, plan_hash = ?, continues = ?, "
                "campaign = coalesce(nullif(?, ''), campaign) WHERE id = ? AND plan = ''",
                (vin, plan, plan_hash, continues, campaign, run),
            )
            self._seal_run(run)

    def end(self, run: str, verdict: str, report: str) -> None:
        """Close a run with its verdict and report."""
        self.run(run)
        with self._transaction("end a run"):
            self._db.execute(
                "UPDATE run SET verdict = ?, report = ?, report_seal = ? WHERE id = ? AND verdict = ''",
                (verdict, report, seal("report", report), run),
            )
            self._seal_run(run)

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

    def report_of(self, identifier: str) -> str:
        """A run's report, which nobody but its reader needs; empty when there is none.

        Raises:
            DamagedJournal: it is not what was written.
        """
        with self._translated("read"):
            row = self._db.execute("SELECT report, report_seal FROM run WHERE id = ?", (identifier,)).fetchone()
        if row is None or row == ("", ""):
            return ""
        require_all_sealed([row], "report", str(self._path))
        return str(row[0])

    def _runs(self, clause: str, *values: str) -> tuple[Run, ...]:
        columns = ", ".join(SEALED["run"])
        query = f"SELECT {columns}, seal, report FROM run {clause}"  # noqa: S608 – our own clauses
        with self._translated("read"):
            rows = self._db.execute(query, values).fetchall()
        require_all_sealed([row[:-1] for row in rows], "run", str(self._path))
        return tuple(Run(*(*row[:-2], row[-1])) for row in rows)

    def _seal_run(self, run: str) -> None:
        row = self._db.execute(f"SELECT {', '.join(SEALED['run'])} FROM run WHERE id = ?", (run,)).fetchone()  # noqa: S608
        if row is not None:
            self._db.execute("UPDATE run SET seal = ? WHERE id = ?", (seal("run", *row), run))

    # -- lives

    def begin_life(self) -> Deaths | None:
        """Open a life; one whose process left no end gets the end that is found now.

        Returns:
            Why this life only reads; None: it may work.
        """
        self._close_left_life()
        found = deaths(self.lives())
        row = (self._boot, self._clock.wall().isoformat(timespec="seconds"), found is not None)
        with self._transaction("begin a life"):
            self._life = self._db.execute("INSERT INTO life (boot, begun, diagnosis) VALUES (?, ?, ?)", row).lastrowid
        return found

    def release_life(self) -> None:
        """A person left the read-only diagnosis in this life."""
        self._change_life("released = 1")

    def worked_life(self) -> None:
        """This life brought a run to its verdict."""
        self._change_life("worked = 1")

    def end_life(self, end: End, words: str) -> None:
        """This life ends; nothing happens when none has begun here."""
        self._change_life("ended = ?, words = ?", end.value, words)

    def lives(self) -> tuple[Life, ...]:
        """Every life, oldest first."""
        columns = "boot, begun, ended, words, diagnosis, released, worked"
        with self._translated("read"):
            rows = self._db.execute(f"SELECT {columns} FROM life ORDER BY seq").fetchall()  # noqa: S608 – our own words
        if not all(row[2] in _ENDS for row in rows):
            raise self._altered("the end of a life")
        return tuple(
            Life(boot, begun, End(ended) if ended else None, words, bool(diagnosis), bool(released), bool(worked))
            for boot, begun, ended, words, diagnosis, released, worked in rows
        )

    def _close_left_life(self) -> None:
        lives = self.lives()
        if lives and lives[-1].end is None:
            end, words = end_found(lives[-1], self._boot), self._last_step()
            with self._transaction("close a life that left no end"):
                self._db.execute("UPDATE life SET ended = ?, words = ? WHERE ended = ''", (end.value, words))

    def _last_step(self) -> str:
        """What was being done when the newest event but one second at most was told; empty: nothing was told."""
        with self._translated("read"):
            query = _selection("event", "WHERE kind IN ('PhaseEntered', 'StepBegun') ORDER BY seq DESC LIMIT 1")
            rows = self._db.execute(query).fetchall()
        require_all_sealed(rows, "event", str(self._path))
        told = self._value(event_module, *rows[0][4:6]) if rows else None
        match told:
            case StepBegun(address=address, step=step):
                return f"while it did this: 0x{address:02X} {step}" if address else f"while it did this: {step}"
            case PhaseEntered(phase=phase, what=what):
                return f"while it said {phase.value}: {what.rstrip('.')}"
            case _:
                return ""

    def _change_life(self, change: str, *values: str) -> None:
        if self._life is None:
            return
        with self._transaction("keep how this life goes"):
            self._db.execute(f"UPDATE life SET {change} WHERE seq = ?", (*values, self._life))  # noqa: S608 – our own

    # -- what happened

    def mark(self, run: str, fact: Fact) -> None:
        """Make a fact durable; on the disk when this returns.

        Raises:
            JournalError: it is not; nothing that relies on it may happen.
        """
        row = _sealed("fact", run, float(self._clock.now_s()), self._boot, type(fact).__name__, to_json(fact))
        with self._transaction(f"keep the fact {type(fact).__name__}"):
            self._write_waiting()
            self._db.execute(_insertion("fact"), row)
        self._written()

    def facts(self, run: str) -> tuple[Fact, ...]:
        """Every fact of a run, oldest first."""
        with self._translated("read"):
            rows = self._db.execute(_selection("fact", "WHERE run = ? ORDER BY seq"), (run,)).fetchall()
        require_all_sealed(rows, "fact", str(self._path))
        return tuple(self._value(fact_module, kind, body) for _run, _at_s, _boot, kind, body, _seal in rows)

    def observe(self, run: str, moment: str, vehicle: Vehicle) -> None:
        """Keep the car as observed at a moment of the run."""
        with self._transaction("keep an observation of the car"):
            self._db.execute(_insertion("observation"), _sealed("observation", run, moment, to_json(vehicle)))

    def observed(self, run: str, moment: str) -> Vehicle | None:
        """The car as first observed at that moment; None when it was not."""
        with self._translated("read"):
            query = _selection("observation", "WHERE run = ? AND moment = ? ORDER BY seq LIMIT 1")
            rows = self._db.execute(query, (run, moment)).fetchall()
        require_all_sealed(rows, "observation", str(self._path))
        vehicle: Vehicle | None = self._value(vehicle_module, Vehicle.__name__, rows[0][2]) if rows else None
        return vehicle

    def event(self, run: str, at_s: float, event: Event) -> None:
        """Keep an event with the next batch."""
        wall = self._clock.wall().isoformat(timespec="milliseconds")
        kind = type(event).__name__
        self._events.append(_sealed("event", run, float(at_s), self._boot, wall, kind, to_json(event)))

    def events(self, run: str) -> tuple[Logged, ...]:
        """Every event of a run, in order, over all its lives."""
        self.flush()
        with self._translated("read"):
            rows = self._db.execute(_selection("event", "WHERE run = ? ORDER BY seq", "seq"), (run,)).fetchall()
        require_all_sealed([row[1:] for row in rows], "event", str(self._path))
        return tuple(
            Logged(seq, at, boot, wall, self._value(event_module, kind, body))
            for seq, _run, at, boot, wall, kind, body, _seal in rows
        )

    def sample(self, run: str, sample: Sample) -> None:
        """Keep a supply sample with the next batch."""
        self._samples.append((run, sample.at_s, sample.volts))

    def samples(self, run: str) -> tuple[Sample, ...]:
        """Every supply sample of a run, in order."""
        self.flush()
        with self._translated("read"):
            rows = self._db.execute("SELECT at_s, volts FROM sample WHERE run = ? ORDER BY seq", (run,)).fetchall()
        if not all(_possible(*row) for row in rows):
            raise self._altered("a supply sample")
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
        self._db.executemany(_insertion("event"), self._events)
        self._db.executemany("INSERT INTO sample (run, at_s, volts) VALUES (?, ?, ?)", self._samples)

    def _written(self) -> None:
        self._events.clear()
        self._samples.clear()

    def _value(self, module: object, kind: str, body: str) -> Any:
        try:
            return from_json(body, getattr(module, kind))
        except (AttributeError, ValueError) as error:
            raise JournalError(f"unreadable entry {kind}: {error}", where=str(self._path), do=_OTHER_VERSION) from error

    def _altered(self, what: str) -> DamagedJournal:
        return DamagedJournal(
            f"unreadable entry: {what} was altered on the disk", where=str(self._path), do=DO_SET_ASIDE
        )

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
        except (sqlite3.Error, UnicodeError) as error:  # the second: SQLite's words, or a row, are no text
            words, where = f"the journal could not be {what}: {error}", str(self._path)
            if what.startswith("written"):
                raise JournalError(words, where=where, do=_WRITE_AGAIN) from error
            if is_damage(error) and (self._path.exists() or self._path.is_symlink()):
                raise DamagedJournal(words, where=where, do=DO_SET_ASIDE) from error
            raise JournalError(words, where=where, do=_CHECK) from error


def _sealed(table: str, *parts: Any) -> Row:
    return (*parts, seal(table, *parts))


def _insertion(table: str) -> str:
    columns = (*SEALED[table], "seal")
    return f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608


def _selection(table: str, clause: str, *before: str) -> str:
    return f"SELECT {', '.join((*before, *SEALED[table], 'seal'))} FROM {table} {clause}"  # noqa: S608 – our own names


def _possible(at_s: object, volts: object) -> bool:
    """Whether a sample can be one; a number with turned bits comes back as NULL, or as any other number."""
    believable = volts is None or (isinstance(volts, float) and abs(volts) < _HIGHEST_V)
    return believable and isinstance(at_s, float) and abs(at_s) < _LATEST_S


_WRITE_AGAIN = (
    "free some space and check the card; nothing was sent to the car that the journal does not hold, "
    "and the same command goes on where it stopped"
)
_CHECK = "check the card, its free space and its permissions"
_OTHER_VERSION = "use the version of KL30 that wrote it; to begin a new journal move this file away and keep it"
_ENDS = frozenset({"", *(end.value for end in End)})
_LATEST_S = 1e9  # of a monotonic clock: thirty years
_HIGHEST_V = 100.0  # no reading of ours
