"""Asking a person to do something at the car, and waiting until START says that it is done. Bounded, and shown.

Nothing is on its way to the car meanwhile: no lane is driven, and sessions end by themselves.  The appliance may lose
its power in the middle of it, because that is what was asked for; who called asks again after the restart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from appliance.clock import Clock
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Command
from appliance.engine.runner import Runner
from appliance.events import Asked, Commanded, Phase, PhaseEntered
from appliance.procedure.facts import Rung

POWER_CYCLE = "Take the power from the control unit for one minute, give it back, then press START."
BATTERY = "Disconnect the 12 V battery for ten minutes, connect it again, then press START."
PATIENCE_S = 2700.0  # ten minutes without battery, twice over, and the way to it and back


@dataclass(frozen=True, slots=True)
class Guide:
    """What a person is asked to do at the car.

    Attributes:
        asks: The one sentence for LED card and page.
        why: What it is good for.
        steps: In order, each a sentence.
    """

    asks: str
    why: str
    steps: tuple[str, ...]


GUIDES = {
    Rung.POWER_CYCLE: Guide(
        POWER_CYCLE,
        "Programming failed in every way the appliance has alone. A processor that hangs starts anew without power.",
        (
            "Leave the charger on and the appliance plugged in.",
            "Pull the fuse of the control unit that the page names. If it has none of its own, disconnect its plug.",
            "Wait for one minute.",
            "Put fuse or plug back, switch the ignition on.",
            "Press START.",
        ),
    ),
    Rung.BATTERY: Guide(
        BATTERY,
        "Some control units hold a wrong state as long as the car has any power. The appliance loses its power with "
        "the car's: that is expected, and it goes on by itself when it is back.",
        (
            "Switch the ignition off. Switch the charger off and take its clamps away.",
            "Open a door, so that the car cannot lock itself.",
            "Disconnect the negative terminal of the 12 V battery.",
            "Wait for ten minutes.",
            "Connect the battery, then the charger; switch charger and ignition on.",
            "Wait until the appliance asks again, then press START.",
        ),
    ),
}


class Answered(Enum):
    """What came of it."""

    DONE = auto()
    CANCELLED = auto()
    NOBODY = auto()


def ask_person(guide: Guide, about: str, clock: Clock, runner: Runner, narrator: Narrator) -> Answered:
    """Show what is to be done and wait for START.

    Args:
        about: What has led to it, sentences.
    """
    steps = " ".join(f"{number}. {step}" for number, step in enumerate(guide.steps, 1))
    narrator.tell(PhaseEntered(Phase.PROGRAMMING, about, "START, when it is done", steps))
    narrator.tell(Asked(guide.asks, guide.why))
    answered = _wait(clock.now_s() + PATIENCE_S, clock, runner, narrator)
    narrator.tell(Asked(""))
    return answered


def _wait(until_s: float, clock: Clock, runner: Runner, narrator: Narrator) -> Answered:
    while clock.now_s() < until_s:
        commands = runner.idle()
        if Command.START in commands:
            narrator.tell(Commanded(Command.START.value, "what was asked for is done"))
            return Answered.DONE
        if {Command.CANCEL, Command.SHUTDOWN} & set(commands):
            narrator.tell(Commanded(Command.CANCEL.value, "the recovery stops here"))
            return Answered.CANCELLED
    return Answered.NOBODY
