"""The runs of the journal: begun, frozen, ended, and which goes on with which."""

from __future__ import annotations

from appliance.engine.journal_chain import relink
from appliance.engine.journal_check import SEALED, require_all_sealed
from appliance.engine.journal_database import JournalDatabase
from appliance.engine.journal_rows import Run
from appliance.engine.seal import seal


class RunTable(JournalDatabase):
    """Nothing of a run is ever changed but that its plan is frozen, once, and its end."""

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
            relink(self._db, run, str(self._path))

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
