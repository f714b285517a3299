"""Bugs in what is durable: the journal, and what a later life takes over from it."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_JOURNAL = "appliance/engine/journal.py"
_DATABASE = "appliance/engine/journal_database.py"
_RECORD = "appliance/engine/journal_record.py"
_RUNS = "appliance/engine/journal_runs.py"
_TESTS = ("tests/engine/test_journal.py",)

JOURNAL = (
    Mutant(
        "synchronous-off",
        Law.JOURNAL,
        _DATABASE,
        'self._db.execute("PRAGMA synchronous=FULL")',
        'self._db.execute("PRAGMA synchronous=OFF")',
        "The newest facts are lost in a power cut: an erased control unit is called untouched.",
        _TESTS,
    ),
    Mutant(
        "facts-batched-like-events",
        Law.JOURNAL,
        _RECORD,
        '        with self._transaction(f"keep the fact {type(fact).__name__}"):\n'
        "            self._write_waiting()\n"
        '            self._db.execute(insertion("fact"), row)\n'
        "        self._written()\n",
        '        if not self._db.in_transaction:\n            self._db.execute("BEGIN")\n'
        '        self._db.execute(insertion("fact"), row)\n',
        "The fact that an erase has begun is lost in the cut that interrupts it.",
        _TESTS,
    ),
    Mutant(
        "journal-error-swallowed",
        Law.JOURNAL,
        _RECORD,
        "        except JournalError as error:\n            self.trouble = str(error)\n",
        "        except JournalError as error:\n            self.trouble = str(error)[:0]\n",
        "A card that takes nothing any more is no trouble, until a fact is due.",
        _TESTS,
    ),
    Mutant(
        "full-disk-ends-the-work",
        Law.ERASE,
        _RECORD,
        "            del self._events[:-WAITING], self._samples[:-WAITING]\n",
        "            raise\n",
        "A full card ends the work in the middle of an erased datablock, for the sake of a chart.",
        _TESTS,
    ),
    Mutant(
        "plan-frozen-twice",
        Law.VERIFY,
        _RUNS,
        "WHERE id = ? AND plan = ''",
        "WHERE id = ?",
        "The plan that was shown is not the one that is carried out.",
        _TESTS,
    ),
    Mutant(
        "verdict-given-twice",
        Law.TRUTH,
        _RUNS,
        "WHERE id = ? AND verdict = ''\",\n                (verdict, report",
        'WHERE id = ?",\n                (verdict, report',
        "A later life can turn FAILED into PROGRAMMED.",
        _TESTS,
    ),
    Mutant(
        "oldest-run-resumed",
        Law.DOUBT,
        _RUNS,
        "WHERE verdict = '' AND plan <> '' ORDER BY rowid DESC LIMIT 1",
        "WHERE verdict = '' AND plan <> '' ORDER BY rowid LIMIT 1",
        "After a cut an older plan is carried out over the newer one.",
        _TESTS,
    ),
    Mutant(
        "failed-run-not-gone-on-with",
        Law.RESTORED,
        _JOURNAL,
        'not in ("failed", "interrupted", "refused"):',
        'not in ("interrupted", "refused"):',
        "After a failure the saved coding data is never given back.",
        _TESTS,
    ),
    Mutant(
        "another-cars-run-gone-on-with",
        Law.VERIFY,
        _JOURNAL,
        "WHERE vin = ? AND campaign = ? AND verdict",
        "WHERE vin <> ? AND campaign = ? AND verdict",
        "A car gets the coding data of another one.",
        _TESTS,
    ),
    Mutant(
        "coding-not-taken-over",
        Law.RESTORED,
        "appliance/engine/lineage.py",
        "        case CodingSaved() | IndividualSaved():\n",
        "        case IndividualSaved():\n",
        "What an earlier run saved is not given back by the run that goes on with it.",
        ("tests/engine/test_lineage.py",),
    ),
    Mutant(
        "stale-proof-taken-over",
        Law.DOUBT,
        "appliance/engine/lineage.py",
        "            return fact.address in named\n        case _:\n            return False\n",
        "            return True\n        case _:\n            return True\n",
        "A new START believes an earlier run's datablocks, although the car has been elsewhere since.",
        ("tests/engine/test_lineage.py",),
    ),
)
