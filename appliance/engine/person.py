"""Asking a person to do something at the car, and waiting until START says that it is done. Bounded, and shown.

Nothing is on its way to the car meanwhile: no lane is driven, and sessions end by themselves.  The appliance may lose
its power in the middle of it, because that is what was asked for; who called asks again after the restart.
"""

from __future__ import annotations

from enum import Enum, auto

from appliance.clock import Clock
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Command
from appliance.engine.runner import Runner
from appliance.events import Asked, Commanded, Phase, PhaseEntered
from appliance.procedure.recover import Guide

PATIENCE_S = 2700.0  # ten minutes without battery, twice over, and the way to it and back


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
