"""Control units programmed at the same time: prepared together, then each in a lane of its own.

    prepare    one lane for all of them: what goes to everybody goes once, before anybody is in a programming session
    carry out  a lane for each, which asks its own control unit and nobody else; it begins when it is its turn

The failure of one lane is not the others': they go to their ends.  But after it nobody begins that nothing was begun
in.  Who failed because the car slept is begun again when all have ended, preparation first, and with it who waited.
Source: decision 0029.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import count

from appliance.campaign.turns import Turns
from appliance.clock import Clock
from appliance.engine.lane import Lane
from appliance.engine.narrator import Narrator
from appliance.engine.runner import Runner
from appliance.engine.waiting import Waiting
from appliance.errors import Kl30Error
from appliance.events import Noted, Retried
from appliance.procedure.facts import Fact
from appliance.procedure.job import Job
from appliance.procedure.program import Readied, prepare
from appliance.procedure.words import Procedure

SLEEPS = 3  # of the car under one control unit, or one group; more, and somebody has to look


class SideBySide:
    """One group on its way.

    Args:
        history: Every fact of the run by now, oldest first.
        unproven: As in `procedure.program.prepare`.
        later_s: What the plan needs after this group, estimated.
        turns: Who of them may be at work at the same time.
    """

    def __init__(
        self,
        clock: Clock,
        runner: Runner,
        narrator: Narrator,
        history: Callable[[], tuple[Fact, ...]],
        unproven: Collection[int],
        later_s: float,
        turns: Turns,
    ) -> None:
        self._clock = clock
        self._runner = runner
        self._narrator = narrator
        self._tell = narrator.tell
        self._history = history
        self._unproven = unproven
        self._later_s = later_s
        self._turns = turns

    def program(self, jobs: Sequence[Job]) -> tuple[Lane, ...]:
        """Program these; the lanes say how each ended: the last one of each control unit, or of all of them."""
        kept: list[Lane] = []
        for attempt in count(1):
            lanes, left = self._tried(jobs)
            cancelled = any(lane.cancelled for lane in lanes)
            again = [lane for lane in lanes if lane.fell_asleep and not cancelled and attempt <= SLEEPS]
            kept += [lane for lane in lanes if lane not in again]
            if cancelled or any(lane.failure is not None for lane in kept):
                self._leave(left, "the work was ended" if cancelled else "another one failed")
                left = ()
            due = {lane.address for lane in again} | {job.address for job in left}
            if not due:
                break
            for lane in again:
                why = lane.failure.what if lane.failure else ""
                self._tell(Retried(lane.address, lane.step, f"the car had fallen asleep: {why}"))
            jobs = [job for job in jobs if job.address in due or any(lane.many for lane in again)]
        return tuple(kept)

    def _tried(self, jobs: Sequence[Job]) -> tuple[list[Lane], tuple[Job, ...]]:
        """How it went, and who did not get a turn."""
        prepared = Lane(
            " and ".join(job.name for job in jobs), prepare(jobs, self._history(), self._unproven), many=True
        )
        self._runner.drive([prepared])
        if prepared.failure is not None or prepared.cancelled:
            return [prepared], ()
        readied: Readied = prepared.result
        refused = [_refused(job, readied.failed[job.address]) for job in jobs if job.address in readied.failed]
        for lane in refused:
            lane.slept = prepared.slept
            self._tell(Noted(f"{lane.name}: not begun: {lane.failure}", attention=True))
        going = {*readied.failed, *(ready.job.address for ready in readied.ready)}
        self._leave([job for job in jobs if job.address not in going], "another one may not be programmed")
        waiting = Waiting(self._clock, self._narrator, self._turns, readied.ready, self._later_s)
        if first := waiting.next():
            self._runner.drive(first, waiting.next)
        return [*refused, *waiting.begun], waiting.left

    def _leave(self, jobs: Iterable[Job], why: str) -> None:
        for job in jobs:
            self._tell(Noted(f"{job.name}: left as it is, because {why}", attention=True))


def _refused(job: Job, failure: Kl30Error) -> Lane:
    """A lane that never went."""
    lane = Lane(job.name, _nothing(), job.address)
    lane.failure = failure
    lane.end()
    return lane


def _nothing() -> Procedure[None]:
    yield from ()
