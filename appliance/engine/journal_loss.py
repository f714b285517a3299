"""What a damaged journal took with it, as far as it can still be read: words for people, never facts for a run.

Nothing of it is carried over.  A page that was lost takes rows with it that nobody misses: a datablock begun once more
after it was proven would be believed proven.  So the car is read anew, and what only the journal knew is named: which
jobs were not finished, and whose coding data lie in that file alone.

Sources: law 5 (in doubt, not done); docs/decisions/0005.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from appliance.engine.seal import seal
from appliance.procedure.facts import CodingSaved
from appliance.values import from_json

_NAMED = 5  # jobs in one sentence; more do not help who reads it
_RUNS = "SELECT id, campaign, begun, boot, vin, plan, plan_hash, continues, verdict, seal FROM run ORDER BY rowid DESC"
_SAVED = (
    "SELECT run, at_s, boot, kind, body, seal FROM fact WHERE run = ? AND kind IN ('CodingSaved', 'IndividualSaved')"
)
_OPEN = frozenset({"", "failed", "interrupted", "refused"})  # verdicts after which a car may be half done


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A job that was not finished: of which car, and whose coding data it had saved (address and data identifier)."""

    run: str
    vin: str
    saved: tuple[tuple[int, int], ...]

    def __str__(self) -> str:
        saved = ", ".join(f"0x{address:02X} DID {did:04X}" for address, did in self.saved)
        return f"run {self.run} on {self.vin}" + (f" (coding data saved: {saved})" if saved else "")


@dataclass(frozen=True, slots=True)
class Salvage:
    """What could be read; `complete` is False when something could not, so that there may be more."""

    unfinished: tuple[Unfinished, ...] = ()
    complete: bool = False


def read_only(path: Path) -> sqlite3.Connection:
    """The database of a journal; nothing is written beside it.

    Raises:
        sqlite3.Error: it cannot be opened.
    """
    # Without a log there is nothing to share: SQLite then leaves no files of its own beside it.
    real = path.resolve()  # behind a link the log lies beside the file itself
    sharing = "mode=ro" if real.with_name(real.name + "-wal").exists() else "immutable=1"
    return sqlite3.connect(f"file:{quote(str(real))}?{sharing}", uri=True)


def salvage(path: Path) -> Salvage:
    """Read what is left of the journal at `path`; nothing is written to it."""
    try:
        db = read_only(path)
    except (sqlite3.Error, UnicodeError):
        return Salvage()  # its reason was told when it was set aside
    found: list[Unfinished] = []
    try:
        complete = True
        for run, vin, sound in _newest_of_each_car(db):
            saved, whole = _saved(db, run)
            found.append(Unfinished(run, vin, saved))
            complete = complete and sound and whole
    except (sqlite3.Error, UnicodeError):
        complete = False
    finally:
        db.close()
    return Salvage(tuple(found), complete)


def _newest_of_each_car(db: sqlite3.Connection) -> Iterable[tuple[str, str, bool]]:
    """Runs whose car may be half done (newest of car and campaign, frozen, no good end), and whether they are sound."""
    known: set[tuple[str, str]] = set()
    for *row, sealed in db.execute(_RUNS).fetchall():
        run, campaign, vin, plan, verdict = str(row[0]), str(row[1]), str(row[4]), row[5], row[8]
        sound = seal("run", *row) == sealed
        if (vin, campaign) not in known and (plan or not sound) and (verdict in _OPEN or not sound):
            yield run, vin, sound
        if plan:
            known.add((vin, campaign))


def _saved(db: sqlite3.Connection, run: str) -> tuple[tuple[tuple[int, int], ...], bool]:
    saved: dict[tuple[int, int], None] = {}
    whole = True
    for *row, sealed in db.execute(_SAVED, (run,)).fetchall():
        if seal("fact", *row) != sealed:
            whole = False
            continue
        try:
            fact = from_json(row[4], CodingSaved)  # both have one shape
        except ValueError:  # of another version
            whole = False
        else:
            saved[fact.address, fact.did] = None
    return tuple(saved), whole


def loss_words(found: Salvage) -> str:
    """The sentence about unfinished jobs."""
    if not found.unfinished:
        return (
            "No job in it was unfinished." if found.complete else "Which jobs were unfinished cannot be read any more."
        )
    named = "; ".join(str(one) for one in found.unfinished[:_NAMED])
    more = len(found.unfinished) - _NAMED
    rest = f"; and {more} more" if more > 0 else ""
    doubt = "" if found.complete else " There may be more: not all of it can be read."
    return f"Unfinished in it: {named}{rest}.{doubt}"
