"""After the control units: trouble codes cleared, integration level written last (facts.md §4, §5.1 row 21)."""

from __future__ import annotations

from collections.abc import Sequence

from appliance import uds
from appliance.car.integration_level import Comparison, Level, Levels, compare, decode_levels, encode_levels
from appliance.errors import NegativeResponse, NoResponse
from appliance.procedure import services
from appliance.procedure.facts import FaultsCleared, LevelBegun, LevelWritten
from appliance.procedure.failures import LevelFailed
from appliance.procedure.identify import COLLECT_S, GATEWAY
from appliance.procedure.services import Did, Routine, Session
from appliance.procedure.words import Ask, Effect, Mark, Procedure, ask, ask_all

RECORD = 8  # bytes of one level record: current, last, factory, then a signature (facts.md §4, confirmed)


def write_level(target: Level) -> Procedure[None]:
    """Raise the vehicle's current integration level and read it back.

    The level before becomes `last`, the factory level stays.  The trailer (a signature) is sent back as it was read:
    whether a car of 2014 to 2017 accepts that is not settled (facts.md §12), so the read-back decides.

    Raises:
        LevelFailed: refused, or read back differently.
    """
    request = services.read(Did.INTEGRATION_LEVELS)
    before = yield from ask(Ask(GATEWAY, request, "read the integration level"))
    levels = decode_levels(before.payload)
    if compare(levels.current, target) is not Comparison.MET:
        yield Mark(LevelBegun(str(target)))
        yield from _write(_raised(target, before.payload[3:]))
        after = yield from ask(Ask(GATEWAY, request, "read the integration level back"))
        levels = decode_levels(after.payload)
    if compare(levels.current, target) is not Comparison.MET:
        raise LevelFailed(
            f"the integration level reads {levels.current or 'nothing'} instead of {target}",
            where=f"gateway 0x{GATEWAY:02X}",
            do="the control units are programmed; write the integration level with the dealer tool",
        )
    yield Mark(LevelWritten(str(target)))


def _raised(target: Level, stored: bytes) -> bytes:
    """What is to be stored: every byte we do not mean to change stays as it was read."""
    record = encode_levels(Levels(target, None, None), b"")[3 : 3 + RECORD]
    return record + stored[:RECORD] + stored[2 * RECORD :]


def _write(data: bytes) -> Procedure[None]:
    try:
        yield from ask(Ask(GATEWAY, services.session(Session.EXTENDED), "extended session"))
        write = services.write(Did.INTEGRATION_LEVELS, data)
        yield from ask(Ask(GATEWAY, write, "write the integration level", effect=Effect.WRITE))
    except (NegativeResponse, NoResponse) as failure:
        raise LevelFailed(
            f"the integration level was not written: {failure.what}",
            where=f"gateway 0x{GATEWAY:02X}",
            do="the control units are programmed; write the integration level with the dealer tool",
        ) from failure


def clear_faults(programmed: Sequence[int]) -> Procedure[None]:
    """Clear trouble codes everywhere, twice, and the secondary memory of what was programmed.

    Twice, because a control unit may store one more while the first is answered (facts.md §5.1 row 21, confirmed).
    """
    there: frozenset[int] = frozenset()
    for time in ("first", "second"):
        step = f"clear trouble codes, {time} time"
        clear = Ask(uds.FUNCTIONAL, services.clear_faults(), step, COLLECT_S, effect=Effect.WRITE, expected=there)
        there = frozenset(response.address for response in (yield from ask_all(clear)))
    secondary = services.routine(Routine.CLEAR_SECONDARY_MEMORY)
    for address in programmed:
        try:
            yield from ask(Ask(address, secondary, "clear secondary memory", effect=Effect.WRITE))
        except (NegativeResponse, NoResponse):
            continue  # recorded by the runner; it is housekeeping, and the trouble codes are read again anyway
    yield Mark(FaultsCleared())
