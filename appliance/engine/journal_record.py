"""What happened, as the journal keeps it: facts at once, events and supply samples in batches, observations at once.

Rules:
1. A fact is on the disk before `mark` returns; a power cut leaves it whole or absent.
2. Events and samples are written with the next fact or about once a second; the newest second of them may be lost.
3. Order is the row number, never a clock.

Sources: docs/decisions/0005.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from appliance import events as event_module
from appliance.car import vehicle as vehicle_module
from appliance.car.vehicle import Vehicle
from appliance.clock import Clock
from appliance.engine.chain import Told
from appliance.engine.journal_chain import linked, require_linked
from appliance.engine.journal_check import require_all_sealed
from appliance.engine.journal_database import JournalDatabase
from appliance.engine.journal_rows import (
    BEFORE,
    IN_MEMORY,
    WAITING,
    Logged,
    Row,
    Sample,
    insertion,
    possible,
    sealed,
    selection,
)
from appliance.errors import JournalError
from appliance.events import Event
from appliance.procedure import facts as fact_module
from appliance.procedure.facts import Fact
from appliance.values import to_json


class RecordTables(JournalDatabase):
    """Facts, events, samples and observations; nothing of them is ever changed but an event's link (`journal_chain`).

    Attributes:
        trouble: Why events wait to be written; empty while they do not.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._events: list[Row] = []
        self._samples: list[Row] = []
        self.trouble = ""
        super().__init__(path, clock)

    def mark(self, run: str, fact: Fact) -> None:
        """Make a fact durable; on the disk when this returns.

        Raises:
            JournalError: it is not; nothing that relies on it may happen.
        """
        row = sealed("fact", run, float(self._clock.now_s()), self._boot, type(fact).__name__, to_json(fact))
        with self._transaction(f"keep the fact {type(fact).__name__}"):
            self._write_waiting()
            self._db.execute(insertion("fact"), row)
        self._written()

    def facts(self, run: str) -> tuple[Fact, ...]:
        """Every fact of a run, oldest first."""
        with self._translated("read"):
            rows = self._db.execute(selection("fact", "WHERE run = ? ORDER BY seq"), (run,)).fetchall()
        require_all_sealed(rows, "fact", str(self._path))
        return tuple(self._value(fact_module, kind, body) for _run, _at_s, _boot, kind, body, _seal in rows)

    def observe(self, run: str, moment: str, vehicle: Vehicle) -> None:
        """Keep the car as observed at a moment of the run."""
        with self._transaction("keep an observation of the car"):
            self._db.execute(insertion("observation"), sealed("observation", run, moment, to_json(vehicle)))

    def observed(self, run: str, moment: str) -> Vehicle | None:
        """The car at that moment; None when it was not observed.

        Of several the first before the work, for that is the car as it drove in, and the last after it.
        """
        order = "seq" if moment == BEFORE else "seq DESC"
        with self._translated("read"):
            query = selection("observation", f"WHERE run = ? AND moment = ? ORDER BY {order} LIMIT 1")
            rows = self._db.execute(query, (run, moment)).fetchall()
        require_all_sealed(rows, "observation", str(self._path))
        vehicle: Vehicle | None = self._value(vehicle_module, Vehicle.__name__, rows[0][2]) if rows else None
        return vehicle

    def event(self, run: str, at_s: float, event: Event) -> None:
        """Keep an event with the next batch."""
        wall = self._clock.wall().isoformat(timespec="milliseconds")
        kind = type(event).__name__
        self._events.append(sealed("event", run, float(at_s), self._boot, wall, kind, to_json(event)))

    def events(self, run: str) -> tuple[Logged, ...]:
        """Every event of a run, in order, over all its lives."""
        return tuple(
            Logged(seq, at_s, boot, wall, self._value(event_module, kind, body))
            for seq, _link, _run, at_s, boot, wall, kind, body, _seal in self._event_rows(run)
        )

    def told(self, run: str) -> tuple[Told, ...]:
        """The same, as they are chained.

        Raises:
            DamagedJournal: one does not fit those before it.
        """
        rows = self._event_rows(run)
        with self._translated("read"):
            require_linked(self._db, (run,), str(self._path))
        return tuple(
            Told(at_s, boot, wall, kind, body, link) for _seq, link, _run, at_s, boot, wall, kind, body, _seal in rows
        )

    def _event_rows(self, run: str) -> list[Row]:
        self.flush()
        with self._translated("read"):
            query = selection("event", "WHERE run = ? ORDER BY seq", "seq", "link")
            rows = self._db.execute(query, (run,)).fetchall()
        require_all_sealed([row[2:] for row in rows], "event", str(self._path))
        return rows

    def sample(self, run: str, sample: Sample) -> None:
        """Keep a supply sample with the next batch."""
        self._samples.append((run, sample.at_s, sample.volts))

    def samples(self, run: str) -> tuple[Sample, ...]:
        """Every supply sample of a run, in order."""
        self.flush()
        with self._translated("read"):
            rows = self._db.execute("SELECT at_s, volts FROM sample WHERE run = ? ORDER BY seq", (run,)).fetchall()
        if not all(possible(*row) for row in rows):
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
        self._db.executemany(insertion("event", "link"), linked(self._db, self._events))
        self._db.executemany("INSERT INTO sample (run, at_s, volts) VALUES (?, ?, ?)", self._samples)

    def _written(self) -> None:
        self._events.clear()
        self._samples.clear()
