"""The looks a run takes at the car: each is told, timed, and kept in the journal where the run builds on it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from appliance.car.vehicle import Vehicle
from appliance.engine.identification import drive_one, observe
from appliance.engine.journal import BEFORE, Run
from appliance.engine.vehicle_view import vehicle_seen
from appliance.engine.workshop import Workshop
from appliance.procedure.words import Procedure, Wait

TRIES, PAUSE_S = 5, 2.0  # after a power cut the car may still be waking up


class Looks:
    """Of one run.

    Attributes:
        took_s: How long the last look at the whole car took.
    """

    def __init__(self, workshop: Workshop, run: Run) -> None:
        self._shop = workshop
        self._run = run
        self.took_s = 0.0

    def observed(self, moment: str, closely: Sequence[int], known: Collection[int] = ()) -> Vehicle:
        """The car, kept as it was at this moment (`journal.BEFORE` and the others)."""
        if moment == BEFORE:
            self._shop.runner.link_watch.begin()
        vehicle = self._seen(closely, known)
        self._shop.journal.observe(self._run.id, moment, vehicle)
        self._tell(vehicle)
        return vehicle

    def awake(self, addresses: Sequence[int]) -> Vehicle:
        """The car of a job that goes on: given time until its VIN and all of these control units can be read."""
        vehicle = self._seen(addresses)
        for _ in range(TRIES):
            if vehicle.vin is not None and all(vehicle.unit(address) for address in addresses):
                break
            drive_one(self._shop.runner, "the car", _waking())
            vehicle = self._seen(addresses)
        self._tell(vehicle)
        return vehicle

    def first(self) -> Vehicle | None:
        """As the claim counts it: of the first run of the lineage."""
        first, *_ = self._shop.journal.lineage(self._run)
        return self._shop.journal.observed(first.id, BEFORE)

    def _seen(self, closely: Sequence[int], known: Collection[int] = ()) -> Vehicle:
        begun_s = self._shop.clock.now_s()
        vehicle = observe(self._shop.runner, closely, known)
        self.took_s = self._shop.clock.now_s() - begun_s
        return vehicle

    def _tell(self, vehicle: Vehicle) -> None:
        self._shop.narrator.tell(vehicle_seen(vehicle))


def _waking() -> Procedure[None]:
    yield Wait(PAUSE_S, "the car wakes up")
