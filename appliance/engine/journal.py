"""The journal: what is durably true, in one SQLite file.

Rules:
1. A fact is on the disk before `mark` returns (WAL, `synchronous=FULL`); a power cut leaves it whole or absent.
2. Events, samples and observations are written in batches; the newest second of them may be lost in a cut.
3. Nothing is ever changed but the end of a run or of a life, and what the events of a run are chained to when its plan
   is frozen (`journal_chain.py`); order is the row number, never a clock.
4. A page reads this file from another process; the engine is the only writer.
5. What was altered on the card is found when the file is opened or the row is read, and never believed (`seal.py`,
   `journal_check.py`); `journal_file.py` sets such a file aside.

One class over one file, in parts: `journal_database` (transactions), `journal_runs`, `journal_lives`, and
`journal_record` (facts, events, samples, observations).  What the rows are made of is `journal_rows`.

Sources: sqlite.org/pragma.html (synchronous, journal_mode); docs/decisions/0005.
"""

from __future__ import annotations

from pathlib import Path

from appliance.clock import Clock
from appliance.engine.journal_chain import require_linked
from appliance.engine.journal_check import require_sealed
from appliance.engine.journal_lives import LifeTable
from appliance.engine.journal_record import RecordTables
from appliance.engine.journal_rows import AFTER, BEFORE, IN_MEMORY, PROGRAMMED, WAITING, Logged, Run, Sample
from appliance.engine.journal_runs import RunTable
from appliance.errors import JournalError
from appliance.procedure.facts import CodingBegun, DatablockBegun, LevelBegun

__all__ = ["AFTER", "BEFORE", "IN_MEMORY", "PROGRAMMED", "WAITING", "Journal", "Logged", "Run", "Sample"]


class Journal(RunTable, LifeTable, RecordTables):
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
        super().__init__(path, clock)
        self.lost = lost
        try:
            self._require_sound()
        except JournalError:
            self._db.close()
            raise

    def touched_before(self, vin: str, campaign: str) -> Run | None:
        """The newest earlier run of this car and campaign, if what it or a run before it began is not finished.

        Begun is what a `Begun` fact says: a run that changed nothing leaves nothing to go on with.
        """
        rows = self._runs("WHERE vin = ? AND campaign = ? AND verdict <> '' ORDER BY rowid DESC LIMIT 1", vin, campaign)
        if not rows or rows[0].verdict not in ("failed", "interrupted", "refused"):
            return None
        begun = any(isinstance(fact, DatablockBegun | CodingBegun | LevelBegun) for fact in self.facts(rows[0].id))
        return rows[0] if rows[0].continues or begun else None

    def _require_sound(self) -> None:
        self.runs()
        unfinished = self.unfinished()
        relied_on = None if unfinished is None else [run.id for run in self.lineage(unfinished)]
        with self._translated("read"):
            require_sealed(self._db, relied_on, str(self._path))
            require_linked(self._db, relied_on or (), str(self._path))
        self.lives()
        self._last_step()
        if unfinished is not None:
            self.samples(unfinished.id)

    def close(self) -> None:
        """Write what is waiting and close the file."""
        self.flush()
        self._db.close()
