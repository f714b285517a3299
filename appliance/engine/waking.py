"""Waiting for a car that sleeps, where nothing is guarded: before the work, and before the car is given back."""

from __future__ import annotations

from collections.abc import Callable

from appliance.engine.holds import IGNITION
from appliance.engine.identification import drive_one
from appliance.engine.runner import Runner
from appliance.events import Event, Noted, Phase, PhaseEntered
from appliance.procedure.ask_around import roll_call
from appliance.procedure.words import Procedure, Wait

TRIES, PAUSE_S = 30, 2.0  # a minute and a half with the roll calls: somebody has to reach the ignition
PARTLY = 5  # of these for some who are missing: a control unit needs 4 s to start (facts.md §3.4)


def await_awake(runner: Runner, tell: Callable[[Event], None]) -> bool:
    """Wait until everybody who answered a roll call in this run answers again; whether they do. Bounded."""
    for attempt in range(TRIES):
        roll = runner.beside.heard(drive_one(runner, "roll call", roll_call(), aside=True, in_session=True))
        if roll.answered >= roll.known:
            return True
        if not roll.asleep and attempt >= PARTLY:
            break
        if attempt == 0:
            tell(Noted(roll.words, attention=roll.asleep))
            if roll.asleep:
                what = f"{roll.words[:1].upper()}{roll.words[1:]}."
                tell(PhaseEntered(Phase.PROGRAMMING, what, "control units that answer", IGNITION))
        drive_one(runner, "the car", _pause(), aside=True, in_session=True)
    return False


def _pause() -> Procedure[None]:
    yield Wait(PAUSE_S, "the car wakes up")
