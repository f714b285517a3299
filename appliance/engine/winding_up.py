"""After the work, whatever came of it: give the car back, clear its trouble codes, and look at all of it once more."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import Protocol

from appliance.campaign.plan import Action, Plan
from appliance.campaign.vehicle_test import new_codes
from appliance.car.vehicle import Vehicle
from appliance.engine.ending import not_named, silent_at_end
from appliance.engine.identification import drive_one
from appliance.engine.journal import AFTER, PROGRAMMED, Run
from appliance.engine.runner import Runner
from appliance.engine.supply_check import DO_NOT_TOUCH
from appliance.engine.vehicle_test import cycle_ignition, tell_details
from appliance.engine.waking import await_awake
from appliance.engine.workshop import Workshop
from appliance.errors import JournalError, Kl30Error, LinkError
from appliance.events import Noted, Phase, PhaseEntered
from appliance.procedure.facts import Fact, FaultsCleared
from appliance.procedure.finish import clear_faults
from appliance.procedure.session import restore


class Observe(Protocol):
    """Looks at the car and keeps what was seen."""

    def __call__(self, moment: str, closely: Sequence[int], known: Collection[int] = ...) -> Vehicle:
        """The car at a moment of the run (`journal`)."""


class WindingUp:
    """The end of a run.

    Args:
        facts: Those that stand, now.
        first: The car as it drove in; None: nobody looked.
    """

    def __init__(
        self, workshop: Workshop, observed: Observe, facts: Callable[[], tuple[Fact, ...]], first: Vehicle | None
    ) -> None:
        self._shop = workshop
        self._first = first
        self._runner: Runner = workshop.runner
        self._tell = workshop.narrator.tell
        self._observed = observed
        self._facts = facts

    def __call__(self, vehicle: Vehicle, plan: Plan, run: Run, *, finished: bool) -> tuple[str, ...]:
        """Restore, clear, observe; each goes on where the one before failed.

        Returns:
            What failed, in words; empty: the car is as it should be.
        """
        # A run this one goes on with may have left any of them in a mode it could not give back.
        changed = [unit.address for unit in plan.units if run.continues or unit.action is not Action.NONE]
        self._tell(
            PhaseEntered(Phase.PROGRAMMING, "The car is being given back and tested.", "the vehicle test", DO_NOT_TOUCH)
        )
        runner = self._runner
        await_awake(runner, self._tell)
        everybody = [unit.address for unit in vehicle.units]
        missing = drive_one(runner, "restore", restore(everybody, changed), in_session=True)
        if missing and await_awake(runner, self._tell):  # it may be repeated any number of times
            missing = drive_one(runner, "restore", restore(everybody, changed), in_session=True)
        troubles = [f"not restored: {what}" for what in missing]
        try:
            self._observed(PROGRAMMED, changed, everybody)
            if finished and not any(isinstance(fact, FaultsCleared) for fact in self._facts()):
                drive_one(runner, "vehicle test", clear_faults(changed))
            after = self._observed(AFTER, changed, everybody)
            if finished and silent_at_end(after, plan) and await_awake(runner, self._tell):
                after = self._observed(AFTER, changed, everybody)
            if finished:
                after = self._tested(after, changed, everybody)
            if finished:
                troubles += not_named(after, plan)
        except (JournalError, LinkError):
            raise
        except Kl30Error as error:
            troubles.append(f"the vehicle test after programming failed: {error}")
        for trouble in troubles:
            self._tell(Noted(trouble, attention=True))
        return tuple(troubles)

    def _tested(self, after: Vehicle, changed: Sequence[int], everybody: Collection[int]) -> Vehicle:
        """The car at the end, when whatever has come with the programming was looked at, and given a chance to go."""
        if self._first is None or not new_codes(self._first, after):
            return after
        if self._shop.vehicle_test.ignition_cycle and cycle_ignition(self._shop):
            await_awake(self._runner, self._tell)
            drive_one(self._runner, "vehicle test", clear_faults(changed))
            after = self._observed(AFTER, changed, everybody)
        tell_details(self._shop, new_codes(self._first, after))
        return after
