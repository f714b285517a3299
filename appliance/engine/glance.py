"""A look into the journal from beside: for another process, of another user, that must not leave anything in it.

Opening a journal in the usual way writes: a log and an index of it, which then belong to whoever opened it.  Here the
file is opened read-only, and where there is no log as one that nobody changes.

Sources: sqlite.org/uri.html (mode=ro, immutable); sqlite.org/wal.html, "read-only databases".
"""

from __future__ import annotations

import sqlite3
from pathlib import Path

from appliance.campaign.plan import Plan
from appliance.engine.frozen import Frozen
from appliance.engine.journal_loss import read_only
from appliance.errors import JournalError, RefusedError
from appliance.values import from_json

_UNFINISHED = "SELECT id, plan FROM run WHERE verdict = '' AND plan <> '' ORDER BY rowid DESC LIMIT 1"


def unfinished_plan(path: Path) -> tuple[str, Plan] | None:
    """The unfinished run of a journal and its frozen plan; None: there is none, or no journal.

    Raises:
        JournalError: the journal cannot be read.
        RefusedError: the plan cannot, so nobody knows what it needs.
    """
    if not path.exists():
        return None
    try:
        db = read_only(path)
        try:
            row = db.execute(_UNFINISHED).fetchone()
        finally:
            db.close()
    except (sqlite3.Error, UnicodeError) as error:
        raise JournalError(
            f"the journal cannot be read: {error}",
            where=str(path),
            do="start the flasher, which repairs it, and try again",
        ) from error
    if row is None:
        return None
    try:
        return str(row[0]), from_json(str(row[1]), Frozen).plan
    except ValueError as cause:
        raise RefusedError(
            f"the job {row[0]} is unfinished and its plan cannot be read",
            where=str(path),
            do="finish that job first, then import",
        ) from cause
