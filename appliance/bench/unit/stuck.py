"""A control unit that a failed flash has left in a worse state than "program it again": what alone cures it.

    cure            until then                                                       cured by
    --------------  ---------------------------------------------------------------  -----------------------------------
    FRESH_SESSION   check memory says bad                                            a hard reset (`11 01`)
    SMALL_BLOCKS    a TransferData longer than `SMALL_BYTES` is refused, NRC 0x71    shorter ones; it is never cured
    POWER_CYCLE     an erase is refused, NRC 0x72                                    the unit without power
    BATTERY         an erase is refused, NRC 0x72                                    the whole car without power
    NEVER           an erase is refused, NRC 0x72                                    nothing

Workshops tell of each remedy that it helped where the one before did not (facts.md §5.5, forum); how such a unit
answers meanwhile is assumed.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.bench.memory import Cure, UnitMemory
from appliance.bench.unit.reaction import Reaction, refuse

SMALL_BYTES = 512
_ERASE = bytes.fromhex("3101FF00")
_CHECK_MEMORY = bytes.fromhex("31010202")
_REFUSES_ERASE = frozenset({Cure.POWER_CYCLE, Cure.BATTERY, Cure.NEVER})


def refusal_when_stuck(memory: UnitMemory, request: bytes) -> Reaction | None:
    """What a stuck control unit answers instead of doing it; None: it does it."""
    if memory.cure in _REFUSES_ERASE and request.startswith(_ERASE):
        return refuse(0x31, 0x72)
    if memory.cure is Cure.SMALL_BLOCKS and request[0] == 0x36 and len(request) > SMALL_BYTES:
        return refuse(0x36, 0x71)
    return None


def checks_bad(memory: UnitMemory) -> bool:
    """Whether check memory says bad whatever was written."""
    return memory.cure is Cure.FRESH_SESSION


def cured_by(memory: UnitMemory, remedy: Cure) -> UnitMemory:
    """The memory after a remedy: a battery that was disconnected is a power cycle too, and each is a reset."""
    strength = list(Cure)
    helps = memory.cure in (Cure.FRESH_SESSION, Cure.POWER_CYCLE, Cure.BATTERY)
    return (
        replace(memory, cure=Cure.NONE) if helps and strength.index(remedy) >= strength.index(memory.cure) else memory
    )
