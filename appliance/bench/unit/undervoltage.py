"""What a sagging supply does to flash memory that is being changed; the end of the car access system in the seed.

Flash memory is erased and written by a pump that is fed by the supply.  Too little lets it do its work badly:

    while it erases or writes, below   what becomes of it
    ---------------------------------  --------------------------------------------------------------------------
    `WEAK_V`                           the region does not hold what it was given: check memory will say so, and it
                                       can be erased and written again
    `DEADLY_V`, erasing                the bootloader's own sector is damaged: the control unit is lost
    `BROWN_OUT_V`                      nothing more: the processor stops, and the pump with it

A lost control unit is the one of the report: it still answers, it has no trouble codes, it will not complete a reset,
and nothing programs it any more.  Its answer to all that would change it is NRC 0x22.

Sources: the report of the failed car access system for how it shows (facts.md §6, confirmed); a flash that died with
12.2 to 12.4 V at its charger (same section, forum), which is less at the control unit.  Both voltages and the damage
itself are assumed: no maker tells at which voltage memory suffers, and ISO 14229-1 has only NRC 0x93 for refusing.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.bench.unit.core import Core
from appliance.bench.unit.reaction import Reaction, Session, refuse

WEAK_V = 12.0  # assumed
DEADLY_V = 11.8  # assumed
STILL_SERVED = frozenset({0x10, 0x19, 0x22, 0x28, 0x3E, 0x85})  # sessions, codes, data, what restores the car; assumed


def spoilt_by_writing(volts: float) -> bool:
    """Whether what is written at this voltage is not there afterwards."""
    return volts < WEAK_V


def last_word(core: Core, volts: float) -> bytes | None:
    """Let the supply act on a region that is being erased; what the unit says when that is its end, else None."""
    erasing = core.during.erasing
    slot = None if erasing is None else core.memory.slot(erasing)
    if slot is None or volts >= WEAK_V:
        return None
    spoilt = core.memory.with_slot(replace(slot, sound=False))
    core.store(replace(spoilt, lost=spoilt.lost or volts < DEADLY_V))
    if not core.memory.lost:
        return None
    core.during.erasing = None
    return refuse(0x31, 0x72).answer  # general programming failure


def refusal_when_lost(request: bytes) -> Reaction | None:
    """How a lost control unit refuses this request; None: it still serves it."""
    enters = request[0] == 0x10 and request[1] in (Session.PROGRAMMING, Session.CODING)
    return refuse(request[0], 0x22) if enters or request[0] not in STILL_SERVED else None
