"""The journal's file as a database: opening it, one transaction at a time, and words for what goes wrong.

`synchronous=FULL` in WAL mode: what a transaction wrote is on the disk when it returns, and a cut leaves all of it or
nothing.  Sources: sqlite.org/pragma.html (synchronous, journal_mode), /rescode.html.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from appliance.clock import Clock
from appliance.engine.journal_check import DO_SET_ASIDE, DamagedJournal, is_damage, require_ours, require_whole
from appliance.engine.journal_rows import SCHEMA
from appliance.errors import JournalError
from appliance.values import from_json


class JournalDatabase:
    """One open journal file; what is in it is for the classes built on this one.

    Args:
        path: The file; made when missing.
        clock: For the monotonic and the wall time of what is written.

    Raises:
        DamagedJournal: the file is damaged, or is no journal.
        JournalError: it cannot be written.
    """

    def __init__(self, path: Path, clock: Clock) -> None:
        self._path = path
        self._clock = clock
        self._boot = clock.boot_id()
        with self._translated("opened"):
            self._db = sqlite3.connect(path, isolation_level=None)
        try:
            self._prepare()
        except JournalError:
            self._db.close()
            raise

    def abandon(self) -> None:
        """Let go of the file as a power cut would: what waits for the next batch is lost."""
        self._db.close()

    def _prepare(self) -> None:
        where = str(self._path)
        with self._translated("opened"):
            self._db.execute("PRAGMA journal_mode=WAL")
            self._db.execute("PRAGMA synchronous=FULL")
            if not require_ours(self._db, SCHEMA, where):
                self._db.executescript(f"BEGIN;{SCHEMA}COMMIT;")  # a cut leaves all of it or nothing
            require_whole(self._db, where)

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


_WRITE_AGAIN = (
    "free some space and check the card; nothing was sent to the car that the journal does not hold, "
    "and the same command goes on where it stopped"
)
_CHECK = "check the card, its free space and its permissions"
_OTHER_VERSION = "use the version of KL30 that wrote it; to begin a new journal move this file away and keep it"
