"""The lives of the appliance in its journal: one row for each process, from coming up to its end (`loop_guard`)."""

from __future__ import annotations

from appliance import events as event_module
from appliance.engine.journal_check import require_all_sealed
from appliance.engine.journal_database import JournalDatabase
from appliance.engine.journal_rows import selection
from appliance.engine.loop_guard import Deaths, End, Life, deaths, end_found
from appliance.events import PhaseEntered, StepBegun


class LifeTable(JournalDatabase):
    """Nothing of a life is ever changed but its end."""

    _life: int | None = None  # the row of this process, once it has begun

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
            query = selection("event", "WHERE kind IN ('PhaseEntered', 'StepBegun') ORDER BY seq DESC LIMIT 1")
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


_ENDS = frozenset({"", *(end.value for end in End)})
