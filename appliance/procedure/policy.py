"""What a negative response code means for the work: one table, used by the runner and by the procedures.

Sources: ISO 14229-1 annex A for the meanings; facts.md §5.5 for what BMW control units were seen to send;
0x92/0x93 shut the gate (docs/architecture.md).  A code that is not in the table is a refusal.
"""

from __future__ import annotations

from enum import Enum

from appliance.uds import Nrc


class Recourse(Enum):
    """What to do after a refusal."""

    ASK_AGAIN = "ask again"  # the control unit did nothing and says so: the same request, a little later
    HOLD = "hold"  # its supply is outside its limits: the gate, then the same request
    REDO_DATABLOCK = "redo the datablock"  # in doubt, not done: fresh session, erase, download
    REFUSED = "refused"  # it will say the same again


RECOURSE = {
    Nrc.BUSY_REPEAT_REQUEST: Recourse.ASK_AGAIN,
    Nrc.VOLTAGE_TOO_HIGH: Recourse.HOLD,
    Nrc.VOLTAGE_TOO_LOW: Recourse.HOLD,
    Nrc.CONDITIONS_NOT_CORRECT: Recourse.REDO_DATABLOCK,  # a real DME says so when an erase follows an aborted transfer
    Nrc.REQUEST_SEQUENCE_ERROR: Recourse.REDO_DATABLOCK,
    Nrc.SECURITY_ACCESS_DENIED: Recourse.REDO_DATABLOCK,  # it fell out of its session
    Nrc.TRANSFER_DATA_SUSPENDED: Recourse.REDO_DATABLOCK,
    Nrc.GENERAL_PROGRAMMING_FAILURE: Recourse.REDO_DATABLOCK,
    Nrc.WRONG_BLOCK_SEQUENCE_COUNTER: Recourse.REDO_DATABLOCK,
    Nrc.SERVICE_NOT_SUPPORTED_IN_SESSION: Recourse.REDO_DATABLOCK,  # it fell out of its session
    Nrc.SUB_FUNCTION_NOT_SUPPORTED_IN_SESSION: Recourse.REDO_DATABLOCK,
}


def passes(nrc: int) -> bool:
    """Whether it says "not now" and nothing of the request itself; the runner has waited such a one out already."""
    return recourse(nrc) in (Recourse.ASK_AGAIN, Recourse.HOLD)


def recourse(nrc: int) -> Recourse:
    """What to do after this negative response code."""
    return RECOURSE.get(Nrc(nrc), Recourse.REFUSED) if nrc in set(Nrc) else Recourse.REFUSED
