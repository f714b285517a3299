"""The chain of a run's events in the journal: made where they are written, checked where they are read (`chain.py`).

Nothing of it is kept in memory.  In every committed state of the file the events of a run fit its id and plan hash,
whatever was cut: the links are part of the transaction that writes the events.  The plan is frozen after the first
look at the car, so the transaction that freezes it also links the few events before it anew.  Events of no run are in
no chain.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence

from appliance.engine.chain import Told, beginning, first_break, link
from appliance.engine.journal_check import DO_SET_ASIDE, DamagedJournal, require_all_sealed
from appliance.engine.journal_rows import Row, selection

_TOLD = "SELECT at_s, boot, wall, kind, body, link FROM event WHERE run = ? ORDER BY seq"


def linked(db: sqlite3.Connection, rows: Sequence[Row]) -> list[Row]:
    """Event rows as `journal_rows.sealed` makes them, each with its link behind it; to be written in this transaction.

    Raises:
        sqlite3.Error: the end of the chain so far cannot be read.
    """
    heads: dict[str, str] = {}
    chained: list[Row] = []
    for row in rows:
        run, at_s, boot, wall, kind, body, _seal = row
        if run:
            heads[run] = link(heads.get(run) or _head(db, run), at_s, boot, wall, kind, body)
        chained.append((*row, heads.get(run, "")))
    return chained


def relink(db: sqlite3.Connection, run: str, where: str) -> None:
    """Link the events of a run anew, in the transaction that changes its plan hash.

    Raises:
        DamagedJournal: one was altered meanwhile; it must not be chained as if it had been told so.
        sqlite3.Error: they cannot be read or written.
    """
    rows = db.execute(selection("event", "WHERE run = ? ORDER BY seq", "seq"), (run,)).fetchall()
    require_all_sealed([row[1:] for row in rows], "event", where)
    before = _begins_with(db, run)
    changes: list[tuple[str, int]] = []
    for seq, _run, at_s, boot, wall, kind, body, _seal in rows:
        before = link(before, at_s, boot, wall, kind, body)
        changes.append((before, seq))
    db.executemany("UPDATE event SET link = ? WHERE seq = ?", changes)


def require_linked(db: sqlite3.Connection, runs: Iterable[str], where: str) -> None:
    """Check the chains of these runs.

    Raises:
        DamagedJournal: an event is not what was written, or one is missing.
        sqlite3.Error: they cannot be read.
    """
    for run in runs:
        if first_break(_begins_with(db, run), _told_in(db, run)) is not None:
            raise DamagedJournal(
                "unreadable entry: an event does not fit the one before it, it was altered on the disk",
                where=where,
                do=DO_SET_ASIDE,
            )


def _told_in(db: sqlite3.Connection, run: str) -> tuple[Told, ...]:
    return tuple(Told(*row) for row in db.execute(_TOLD, (run,)))


def _begins_with(db: sqlite3.Connection, run: str) -> str:
    row = db.execute("SELECT plan_hash FROM run WHERE id = ?", (run,)).fetchone()
    return beginning(run, str(row[0]) if row else "")


def _head(db: sqlite3.Connection, run: str) -> str:
    row = db.execute("SELECT link FROM event WHERE run = ? ORDER BY seq DESC LIMIT 1", (run,)).fetchone()
    return str(row[0]) if row else _begins_with(db, run)
