"""Bugs in what people are shown: the status, and the page that shows it."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_STATUS = "appliance/status.py"
_FILE = "appliance/page/status_file.py"

PAGE = (
    Mutant(
        "held-is-safe-to-unplug",
        Law.TRUTH,
        _STATUS,
        "        at_work = self.phase in (Phase.PROGRAMMING, Phase.HELD, Phase.RESUMING)\n",
        "        at_work = self.phase in (Phase.PROGRAMMING, Phase.RESUMING)\n",
        "While it waits for the charger the page says that the plug may be pulled.",
        ("tests/test_status.py",),
    ),
    Mutant(
        "erased-is-safe-to-unplug",
        Law.TRUTH,
        _STATUS,
        "_NOT_PROVEN = frozenset({UnitState.PROGRAMMING, UnitState.ERASED, UnitState.CHECKING, UnitState.FAILED})",
        "_NOT_PROVEN = frozenset({UnitState.PROGRAMMING, UnitState.CHECKING})",
        "After a failure the page says that the plug may be pulled, with a control unit half written.",
        ("tests/test_status.py",),
    ),
    Mutant(
        "old-status-is-live",
        Law.CLOSED,
        _FILE,
        "    return Condition.LIVE if abs(age_s) <= STALE_S else Condition.STALE\n",
        "    return Condition.LIVE if age_s <= 100 * STALE_S else Condition.STALE\n",
        "The page of an appliance that hangs goes on saying that all is well.",
        ("tests/page/test_status_file.py",),
    ),
    Mutant(
        "empty-status-is-ready",
        Law.CLOSED,
        _FILE,
        '    if not isinstance(plain, dict) or "phase" not in plain:\n',
        "    if not isinstance(plain, dict):\n",
        "A broken status file reads as READY and safe to unplug.",
        ("tests/page/test_status_file.py",),
    ),
    Mutant(
        "verdict-of-the-run-before",
        Law.TRUTH,
        _STATUS,
        '        cancel="",\n        verdict="",\n',
        '        cancel="",\n',
        "The car that is being programmed shows DONE of the car before.",
        ("tests/test_status.py",),
    ),
    Mutant(
        "hundred-percent-too-early",
        Law.TRUTH,
        "appliance/page/words.py",
        "max(0, min(100, done * 100 // total))",
        "max(0, min(100, -(-done * 100 // total)))",
        "The page says 100 % while the last bytes are being written.",
        ("tests/page/test_words.py",),
    ),
    Mutant(
        "listeners-without-limit",
        Law.LOCAL,
        "appliance/page/live.py",
        "        return self._free.acquire(blocking=False)\n",
        "        return self._free.acquire(blocking=False) or True\n",
        "A dozen phones that only listen take every thread of the page.",
        ("tests/page/test_live.py",),
    ),
    Mutant(
        "status-error-ends-the-work",
        Law.LOCAL,
        "appliance/engine/files.py",
        "            self.trouble = str(error)\n",
        "            raise\n",
        "Work on a control unit ends because a picture for the phone could not be written.",
        ("tests/engine/test_files.py",),
    ),
    Mutant(
        "page-changes-things",
        Law.LOCAL,
        "appliance/page/app.py",
        "\"form-action 'none'\"",
        '"form-action *"',
        "The page may send forms anywhere.",
        ("tests/page/test_guard.py",),
    ),
)
