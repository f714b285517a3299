"""Is this file a sound journal of ours?  Asked when it is opened, before anything relies on it.

1. The tables are exactly ours, or missing: a database of something else is never written to.
2. SQLite finds its pages whole (`quick_check`), and the index that facts are found by complete (`integrity_check`).
3. Rows a restart relies on carry their seal (`seal.py`).  While a job is unfinished those are its own and its earlier
   runs': what became of another car last year must not cost this one its saved coding data.  Without one, all facts
   and observations count, so that damage is found at a start and not at the car.

A torn end of the write-ahead log is no damage: SQLite leaves out what was not committed whole.

Sources: sqlite.org/pragma.html (quick_check, integrity_check), /wal.html ("valid frames"), /rescode.html.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterable
from functools import cache

from appliance.engine.seal import seal
from appliance.errors import JournalError

DO_SET_ASIDE = "start the appliance: it sets this file aside by itself and begins a new one; keep the old one"

# A journal that cannot be used now may be sound: another process has it, the disk is full, or the card does not write.
_PASSING = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_INTERRUPT})
_UNREADABLE = frozenset(
    {sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS}
)  # of the many kinds of SQLITE_IOERR


class DamagedJournal(JournalError):
    """The file holds something else than what was written to it."""


def is_damage(error: sqlite3.Error | UnicodeError) -> bool:
    """Whether this error speaks of what is in the file, not of the moment."""
    code = getattr(error, "sqlite_errorcode", None)  # None: raised by Python, over bytes that are no text
    if code is None or code in _UNREADABLE:
        return True
    return code & 0xFF not in _PASSING | {sqlite3.SQLITE_IOERR}


def require_ours(db: sqlite3.Connection, schema: str, where: str) -> bool:
    """Check that the file holds nothing but our tables.

    Returns:
        Whether all of them are there.

    Raises:
        DamagedJournal: something else is in it.
        sqlite3.Error: it cannot be read.
    """
    ours = _objects_of(schema)
    found = frozenset(db.execute(_OBJECTS).fetchall())
    foreign = sorted(str(name) for name, _ in found - ours)
    if foreign:
        raise DamagedJournal(f"it is no journal of this appliance: {foreign[0][:60]!r}", where=where, do=DO_SET_ASIDE)
    return found == ours


def require_whole(db: sqlite3.Connection, where: str) -> None:
    """Let SQLite look for pages that are torn, missing or in each other's place.

    Raises:
        DamagedJournal: it found one.
        sqlite3.Error: it could not look.
    """
    for check in ("quick_check(1)", "integrity_check('fact')"):
        said = str(db.execute(f"PRAGMA {check}").fetchone()[0])
        if said != "ok":
            raise DamagedJournal(f"the journal is damaged: {said.splitlines()[-1]}", where=where, do=DO_SET_ASIDE)


def require_sealed(db: sqlite3.Connection, runs: Collection[str] | None, where: str) -> None:
    """Check the seals of facts and observations, and of the events that tell what an unfinished job did.

    Args:
        runs: Of these only; None: of all, without their events.

    Raises:
        DamagedJournal: a row is not what was written.
        sqlite3.Error: it could not be read.
    """
    tables = ("fact", "observation") if runs is None else ("fact", "observation", "event")
    for table in tables:
        for run in (None,) if runs is None else runs:
            of_run, values = ("", ()) if run is None else ("WHERE run = ?", (run,))
            columns = ", ".join((*SEALED[table], "seal"))
            rows = db.execute(f"SELECT {columns} FROM {table} {of_run}", values)  # noqa: S608 – our own names
            require_all_sealed(rows, table, where)


def require_all_sealed(rows: Iterable[tuple[object, ...]], table: str, where: str) -> None:
    """Check rows whose last value is the seal of the others.

    Raises:
        DamagedJournal: one is not what was written.
    """
    for *parts, sealed in rows:
        if seal(table, *parts) != sealed:
            raise DamagedJournal(f"unreadable entry: a {table} was altered on the disk", where=where, do=DO_SET_ASIDE)


SEALED: dict[str, tuple[str, ...]] = {
    "run": ("id", "campaign", "begun", "boot", "vin", "plan", "plan_hash", "continues", "verdict"),
    "fact": ("run", "at_s", "boot", "kind", "body"),
    "event": ("run", "at_s", "boot", "wall", "kind", "body"),
    "observation": ("run", "moment", "body"),
}

_OBJECTS = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite!_%' ESCAPE '!'"


@cache
def _objects_of(schema: str) -> frozenset[tuple[str, str]]:
    with sqlite3.connect(":memory:") as db:
        db.executescript(schema)
        objects = frozenset(db.execute(_OBJECTS).fetchall())
    db.close()
    return objects
