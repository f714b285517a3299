"""Read-only diagnosis: what the appliance is in after two processes in a row have died under it.

It is up, shows why, and shows what is unfinished.  START reads the car and writes nothing; nothing is resumed.  Only a
person leaves it, with both buttons of the dongle (`board.presses`): see `loop_guard` and decision 0018.
"""

from __future__ import annotations

from appliance.car.condition import condition_of
from appliance.car.vehicle import Vehicle
from appliance.engine.campaign_run import CampaignRun
from appliance.engine.identification import observe
from appliance.engine.journal import Run
from appliance.engine.loop_guard import Deaths
from appliance.engine.unit_verdict import unit_verdict
from appliance.engine.vehicle_view import address_text, vehicle_seen
from appliance.engine.workshop import Workshop
from appliance.errors import JournalError
from appliance.events import Noted, Phase, PhaseEntered
from appliance.procedure.facts import standing

LEAVE = "START and CANCEL, held together for 5 s"
_CAREFULLY = "Leave the charger on, the ignition as it is and the plug in; do not replace a control unit."
_READS = "START only reads the car."
_LET_GO_ON = (
    "To let KL30 {go_on}: hold START and CANCEL together for 5 s. "
    "If it ends abnormally again, stop trying, and pass its data folder on to whoever looks after it."
)


class Diagnosis:
    """One life that only reads.

    Args:
        found: Why.
        unfinished: The run that is not resumed; None: there is none.
    """

    def __init__(self, workshop: Workshop, found: Deaths, unfinished: Run | None) -> None:
        self._shop = workshop
        self._found = found
        self._unfinished = unfinished
        self._tell = workshop.narrator.tell

    def enter(self) -> None:
        """Say it, and what is unfinished, by the journal alone."""
        self._tell(Noted(f"read-only diagnosis: {self._found.words}", attention=True))
        self._shop.narrator.begin("")  # a car that is only looked at adds nothing to the unfinished run
        self._refuse(self._job())

    def examine(self) -> None:
        """START: read the car, show it beside what is unfinished, write nothing."""
        what = "Read-only diagnosis: the car is being read. Nothing is changed."
        self._tell(PhaseEntered(Phase.CHECKING, what, "every control unit's answer"))
        vehicle = observe(self._shop.runner, self._shop.trusted.looked_at)
        self._tell(vehicle_seen(vehicle))
        self._refuse(f"{self._job()} {self._car(vehicle)}")

    def _refuse(self, what: str) -> None:
        go_on = "finish the job" if self._unfinished else "work again"
        self._tell(
            PhaseEntered(
                Phase.REFUSED,
                f"Read-only diagnosis: {self._found.words}. Nothing is written to the car. {what}",
                LEAVE,
                f"{_CAREFULLY} {_READS} {_LET_GO_ON.format(go_on=go_on)}",
            )
        )

    def _job(self) -> str:
        """What is unfinished, in sentences; the plan with its progress goes to the status."""
        run = self._unfinished
        if run is None:
            return "No job is unfinished."
        try:
            frozen = CampaignRun(self._shop, run).show()
        except JournalError as error:
            return f"The job of {run.vin} is unfinished, and cannot be read: {error.what}."
        facts = standing(self._shop.journal.facts(run.id))
        units = [f"{unit.name} {address_text(unit.address)}: {unit_verdict(unit, facts)}" for unit in frozen.plan.units]
        return f"The job of {run.vin} is unfinished ({', '.join(units)})."

    def _car(self, vehicle: Vehicle) -> str:
        if not vehicle.units:
            return "No control unit answers: switch the ignition on and press START again."
        vin, run = vehicle.vin.text if vehicle.vin else "not told", self._unfinished
        other = "" if run is None or vin == run.vin else ", which is not the car of that job"
        units = [_told(name, address, vehicle) for address, name in self._shop.trusted.named]
        return f"Read now: VIN {vin}{other}; {len(vehicle.units)} control units answer; {'; '.join(units)}."


def _told(name: str, address: int, vehicle: Vehicle) -> str:
    seen = vehicle.unit(address)
    return f"{name} {address_text(address)}: {condition_of(seen).words if seen else 'no answer'}"
