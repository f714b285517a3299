"""How a procedure fails: the control unit did not do what was asked, and asking again is not for it to decide."""

from __future__ import annotations

from appliance import uds
from appliance.errors import CarError, NegativeResponse, NoResponse, RefusedError


class PreconditionsNotMet(RefusedError):
    """The control unit named reasons why it must not be programmed now; nothing was written."""


class NegativeResult(CarError):
    """A positive response whose content is negative: erase, check memory or dependencies reported failure."""


class SecurityFailed(CarError):
    """SecurityAccess was not granted."""


class NoKey(RefusedError):
    """The SecurityAccess provider gave no key; none was sent, so the control unit has counted no attempt.

    Args:
        why: A clause; never with seed or key in it.
        name / address: The control unit.
        do: The next thing to do.
    """

    def __init__(self, why: str, name: str, address: int, do: str = "") -> None:
        super().__init__(
            f"there is no SecurityAccess key: {why}; none was sent",
            where=f"{name} 0x{address:02X}",
            do=do or "put the SecurityAccess provider right, then press START again",
        )


class EraseRefused(NegativeResponse):
    """The control unit would not erase; as far as it says, nothing of the datablock is gone by this request."""

    def __init__(self, refusal: NegativeResponse) -> None:
        super().__init__(refusal.address, refusal.sid, refusal.nrc, uds.nrc_name(refusal.nrc))


class ProgrammingRefused(NegativeResponse):
    """The control unit answers, but refuses to be programmed, however often it is asked.

    Args:
        refusal: The last one.
        name: The control unit's.
        times: How often it refused in a row.
    """

    def __init__(self, refusal: NegativeResponse, name: str, times: int) -> None:
        super().__init__(refusal.address, refusal.sid, refusal.nrc, uds.nrc_name(refusal.nrc))
        self.what = f"it answers but refuses to be programmed, {times} times in a row, last: {refusal.what}"
        self.where = f"{name} 0x{refusal.address:02X}"
        self.do = "leave the charger on and the ignition as it is, do not unplug, do not replace the control unit yet"


class AttemptsSpent(CarError):
    """A datablock failed, or was cut off, as often as it may; the control unit is left talking in its bootloader."""


class CarSlept(NoResponse):
    """No answer, because the whole car had fallen asleep; it is awake again by now."""


class ReadBackFailed(CarError):
    """The control unit does not name the target software, or its own check is not good."""


class CodingFailed(CarError):
    """Coding data could not be saved before, or written back after, programming."""


class IndividualFailed(CodingFailed):
    """The same of individual data: what the control unit has learned or counted."""


class LevelFailed(CarError):
    """The vehicle's integration level did not read back as written."""
