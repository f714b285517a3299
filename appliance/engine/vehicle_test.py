"""After programming, where trouble codes have come: read what is kept beside them, and have the ignition cycled.

Codes of units that could not hear each other while one was silent are usual after programming, and many are gone once
the ignition was off and on (facts.md §9, likely).  So a person is asked for that, once, and only then.  The car's
silence and its return are seen by roll calls, nobody has to press anything; START, CANCEL, or nobody there, goes on
without.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from appliance.engine.identification import drive_one
from appliance.engine.ports import Command
from appliance.engine.workshop import Workshop
from appliance.events import Asked, Commanded, FaultDetailed, Noted, Phase, PhaseEntered
from appliance.procedure.ask_around import roll_call
from appliance.procedure.fault_details import fault_details

MOST_DETAILED = 20  # codes of one vehicle test; two requests for each
ROLL_S = 2.0  # between two roll calls
OFF = "Switch the ignition off, wait for ten seconds, and switch it on again."
ON = "Switch the ignition on again."
WHY = "Trouble codes have come with the programming; many are gone after that. START goes on without it."


def tell_details(shop: Workshop, codes: Sequence[tuple[int, int]]) -> None:
    """Read and tell what is kept beside these trouble codes."""
    asked = codes[:MOST_DETAILED]
    found = drive_one(shop.runner, "vehicle test", fault_details(asked))
    for (address, code), detail in zip(asked, found, strict=True):
        if detail.words:
            shop.narrator.tell(FaultDetailed(address, code, detail.words))


def cycle_ignition(shop: Workshop) -> bool:
    """Have the ignition switched off and on; whether the car was seen to go silent and to come back."""
    tell, until_s = shop.narrator.tell, shop.clock.now_s() + shop.vehicle_test.patience_s
    tell(PhaseEntered(Phase.PROGRAMMING, "The vehicle test waits for the ignition.", "the ignition, off and on", OFF))
    tell(Asked(OFF, WHY))
    try:
        if not _seen(shop, until_s, lambda there, known: 2 * there < known):
            return False
        tell(Asked(ON, WHY))
        return _seen(shop, until_s, lambda there, known: there >= known)
    finally:
        tell(Asked(""))


def _seen(shop: Workshop, until_s: float, enough: Callable[[int, int], bool]) -> bool:
    """Whether so many of all who ever answered do now; false: it was skipped, or nobody was there."""
    while shop.clock.now_s() < until_s:
        roll = shop.runner.beside.heard(drive_one(shop.runner, "roll call", roll_call(), aside=True))
        if enough(len(roll.answered), len(roll.known)):
            return True
        rest_s = shop.clock.now_s() + ROLL_S
        while shop.clock.now_s() < rest_s:
            if skipped := {Command.START, Command.CANCEL, Command.SHUTDOWN} & set(shop.runner.idle()):
                outcome = "the vehicle test goes on without the ignition"
                shop.narrator.tell(Commanded(min(one.value for one in skipped), outcome))
                return False
    shop.narrator.tell(Noted("nobody switched the ignition off and on; trouble codes are told as they are"))
    return False
