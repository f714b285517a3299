"""Control units programmed at the same time: prepared together, then each in a lane of its own.

    prepare    one lane for all of them: what goes to everybody goes once, before anybody is in a programming session
    carry out  a lane for each, which asks its own control unit and nobody else

The failure of one lane is not the others': they go to their ends.  Who failed because the car slept is begun again
when all have ended, preparation first.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import count

from appliance.clock import Clock
from appliance.engine.lane import Lane
from appliance.engine.narrator import Narrator
from appliance.engine.runner import Runner
from appliance.errors import Kl30Error
from appliance.events import Noted, Retried
from appliance.procedure.facts import DatablockProgrammed, Fact
from appliance.procedure.job import Job
from appliance.procedure.program import Readied, Ready, carry_out, prepare
from appliance.procedure.words import Procedure

SLEEPS = 3  # of the car under one control unit, or one group; more, and somebody has to look


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


class SideBySide:
    """One group on its way.

    Args:
        history: Every fact of the run by now, oldest first.
        unproven: As in `procedure.program.prepare`.
        later_s: What the plan needs after this group, estimated.
    """

    def __init__(
        self,
        clock: Clock,
        runner: Runner,
        narrator: Narrator,
        history: Callable[[], tuple[Fact, ...]],
        unproven: Collection[int],
        later_s: float,
    ) -> None:
        self._clock = clock
        self._runner = runner
        self._tell = narrator.tell
        self._history = history
        self._unproven = unproven
        self._later_s = later_s

    def program(self, jobs: Sequence[Job]) -> tuple[Lane, ...]:
        """Program these; the lanes say how each ended: the last one of each control unit, or of all of them."""
        kept: list[Lane] = []
        for attempt in count(1):
            lanes = self._tried(jobs)
            cancelled = any(lane.cancelled for lane in lanes)
            again = [lane for lane in lanes if lane.fell_asleep and not cancelled and attempt <= SLEEPS]
            kept += [lane for lane in lanes if lane not in again]
            if not again:
                break
            for lane in again:
                why = lane.failure.what if lane.failure else ""
                self._tell(Retried(lane.address, lane.step, f"the car had fallen asleep: {why}"))
            slept = {lane.address for lane in again}
            jobs = [job for job in jobs if job.address in slept or any(lane.many for lane in again)]
        return tuple(kept)

    def _tried(self, jobs: Sequence[Job]) -> list[Lane]:
        prepared = Lane(
            " and ".join(job.name for job in jobs), prepare(jobs, self._history(), self._unproven), many=True
        )
        self._runner.drive([prepared])
        if prepared.failure is not None or prepared.cancelled:
            return [prepared]
        readied: Readied = prepared.result
        refused = [_refused(job, readied.failed[job.address]) for job in jobs if job.address in readied.failed]
        for lane in refused:
            lane.slept = prepared.slept
            self._tell(Noted(f"{lane.name}: not begun: {lane.failure}", attention=True))
        lanes = [self._begun(ready) for ready in readied.ready]
        going = {lane.address for lane in (*refused, *lanes)}
        for job in jobs:
            if job.address not in going:
                words = f"{job.name}: left as it is, because another one may not be programmed"
                self._tell(Noted(words, attention=True))
        if lanes:
            self._runner.drive(lanes)
        return [*refused, *lanes]

    def _begun(self, ready: Ready) -> Lane:
        lane = unit_lane(ready.job, carry_out(ready), ready.stood, self._later_s)
        lane.unit_ends_s = self._clock.now_s() + ready.expected_s
        return lane


def _refused(job: Job, failure: Kl30Error) -> Lane:
    """A lane that never went."""
    lane = Lane(job.name, _nothing(), job.address)
    lane.failure = failure
    lane.end()
    return lane


def _nothing() -> Procedure[None]:
    yield from ()
