"""Observing a car with the runner: the same lane machinery, unguarded, because nothing is written."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from appliance.car.vehicle import Vehicle
from appliance.engine.lane import Lane
from appliance.engine.runner import Runner
from appliance.procedure.identify import identify
from appliance.procedure.words import Procedure, T


def drive_one(
    runner: Runner, name: str, procedure: Procedure[T], *, aside: bool = False, in_session: bool = False
) -> T:
    """Run one procedure, unguarded, to its end and give back what it returned; `aside` and `in_session` as in `Lane`.

    Raises:
        Kl30Error: what the procedure failed with.
    """
    lane = Lane(name, procedure, guarded=False, aside=aside, in_session=in_session)
    runner.drive([lane])
    if lane.failure is not None:
        raise lane.failure
    result: T = lane.result
    return result


def observe(runner: Runner, closely: Sequence[int], known: Collection[int] = ()) -> Vehicle:
    """Who the car is now; `closely` and `known` as for `identify`."""
    return drive_one(runner, "identification", identify(closely, known))
