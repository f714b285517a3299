"""The seven ways a run can end, in the words of report and command line."""

from __future__ import annotations

from enum import Enum


class Verdict(Enum):
    """How a run ended; DONE, REFUSED and FAILED on the panel follow from it."""

    PROGRAMMED = "programmed"
    ALREADY_AT_TARGET = "already-at-target"
    NOT_AFFECTED = "not-affected"
    CANNOT_DECIDE = "cannot-decide"
    REFUSED = "refused"
    FAILED = "failed"
    INTERRUPTED = "interrupted"
