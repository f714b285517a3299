"""Those of a group who are prepared and wait for their turn (`campaign.turns`).

When a lane has failed, nobody begins that nothing was begun in; one that is half programmed begins all the same, for
it must not be left as it is.  When a lane was ended, or the car slept under it, nobody begins at all: what was prepared
may be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from appliance.campaign.turns import Turns
from appliance.clock import Clock
from appliance.engine.lane import Lane
from appliance.engine.narrator import Narrator
from appliance.events import UnitChanged, UnitState
from appliance.procedure.facts import DatablockProgrammed, Fact, UnitProgrammed
from appliance.procedure.job import Job
from appliance.procedure.program import Ready, carry_out
from appliance.procedure.words import Procedure


def unit_lane(job: Job, procedure: Procedure[None], facts: Iterable[Fact], later_s: float) -> Lane:
    """A lane for one control unit.

    Args:
        facts: Those that stand, for progress.
        later_s: As in `Lane`.
    """
    lane = Lane(job.name, procedure, job.address, total_bytes=job.size_bytes, later_s=later_s)
    proven = {(f.address, f.index) for f in facts if isinstance(f, DatablockProgrammed)}
    lane.proven = {b.index: len(b.image) for b in job.datablocks if (job.address, b.index) in proven}
    return lane


class Waiting:
    """One group, prepared.

    Args:
        ready: In the plan's order.
        later_s: What the plan needs after this group, estimated.
    """

    def __init__(self, clock: Clock, narrator: Narrator, turns: Turns, ready: Sequence[Ready], later_s: float) -> None:
        self._clock = clock
        self._tell = narrator.tell
        self._turns = turns
        self._left = list(ready)
        self._later_s = later_s
        self._begun: list[Lane] = []

    @property
    def left(self) -> tuple[Job, ...]:
        """Those who have not begun."""
        return tuple(ready.job for ready in self._left)

    @property
    def begun(self) -> tuple[Lane, ...]:
        """A lane for each of the others."""
        return tuple(self._begun)

    def next(self, lanes: Sequence[Lane] = ()) -> tuple[Lane, ...]:
        """Those whose turn it is, now that of these lanes some may have ended."""
        at_work = [lane for lane in lanes if not lane.ended]
        due = self._due(lanes)
        turn = self._turns.begins([one.job.address for one in due], [lane.address for lane in at_work])
        fresh = tuple(self._lane(one) for one in due if one.job.address in turn)
        if fresh:
            self._begun += fresh
            self._left = [one for one in self._left if one.job.address not in turn]
            self._count_on((*at_work, *fresh))
        return fresh

    def _due(self, lanes: Sequence[Lane]) -> list[Ready]:
        if any(lane.cancelled or lane.slept for lane in lanes):
            return []
        failed = any(lane.failure is not None for lane in lanes)
        return [one for one in self._left if one.opened or not failed]

    def _lane(self, ready: Ready) -> Lane:
        if not any(isinstance(one, UnitProgrammed) and one.address == ready.job.address for one in ready.stood):
            self._tell(UnitChanged(ready.job.address, UnitState.PROGRAMMING))
        lane = unit_lane(ready.job, carry_out(ready), ready.stood, self._later_s)
        lane.unit_ends_s = self._clock.now_s() + ready.expected_s
        return lane

    def _count_on(self, lanes: Iterable[Lane]) -> None:
        """The supply has to carry those who still wait, too."""
        waits_s = self._turns.lasts_s({one.job.address: one.expected_s for one in self._left})
        for lane in lanes:
            lane.later_s = self._later_s + waits_s
