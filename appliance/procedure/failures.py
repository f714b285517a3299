"""How a procedure fails: the control unit did not do what was asked, and asking again is not for it to decide."""

from __future__ import annotations

from appliance.errors import CarError, RefusedError


class PreconditionsNotMet(RefusedError):
    """The control unit named reasons why it must not be programmed now; nothing was written."""


class NegativeResult(CarError):
    """A positive response whose content is negative: erase, check memory or dependencies reported failure."""


class SecurityFailed(CarError):
    """SecurityAccess was not granted."""


class AttemptsSpent(CarError):
    """A datablock failed as often as it may; the control unit stays in its bootloader and keeps talking."""


class ReadBackFailed(CarError):
    """The control unit does not name the target software, or its own check is not good."""


class CodingFailed(CarError):
    """Coding data could not be saved before, or written back after, programming."""


class LevelFailed(CarError):
    """The vehicle's integration level did not read back as written."""
