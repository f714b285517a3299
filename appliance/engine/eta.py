"""When the job will be done: the control units' own times (DID 2504), corrected by what this job has taken so far.

    left = what is left of each kind of work, as expected × how much longer that kind took than expected, so far

Kinds are erasing, checking and transferring; the rest (resets, coding) is taken as it is expected.  Pace is learned for
each control unit.  One that has not done a kind of work yet is taken to be like the others; a check nobody has made,
to be as much quicker than its label as erasing is; and before anything is known, all to be as quick as `LIKELY`.
Control units side by side share one wire: together they need at least all their bytes' time.

This is for people who wait.  Whether the supply lasts is asked of the worst case (`procedure.words.Needs`), never of
this: a job may be quicker than its label, and must not be begun because it probably will be.

Sources: facts.md §3.4 (DID 2504, confirmed); the bounds are our own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace

from appliance.campaign.turns import Turns
from appliance.procedure.job import Job
from appliance.procedure.words import Work

# All three as on the bench, and ours.
BEGINS_S = 5.0  # before one control unit, or several side by side: power mode, sessions, what goes to everybody
ENTERS_S = 3.0  # beside the start of its bootloader: programming session, access, roll call
PAUSE_S = 7.0  # between two datablocks: the supply is watched without our own load before the next one is begun
WIND_UP_S = 4.0  # level written, the car given back, trouble codes cleared; how long the car is read is measured
KNOWN_SPREAD = 0.05  # of a kind of work that was seen
LIKELY = 0.8  # DID 2504 tells what may be needed, so work is rather quicker; assumed
QUICKEST, SLOWEST = 0.6, 1.5  # beside that, of work that was not seen: cold or aged flash is slower; assumed
_LABELS = {Work.ERASE: Work.CHECK, Work.CHECK: Work.ERASE}  # both are DID 2504's, of the same flash memory


@dataclass(frozen=True, slots=True)
class Load:
    """Work of one control unit as it is expected, seconds by kind; `rest_s` is nobody's pace."""

    of: Mapping[Work, float] = field(default_factory=dict)
    rest_s: float = 0.0

    def __add__(self, other: Load) -> Load:
        kinds = self.of.keys() | other.of.keys()
        return Load(
            {kind: self.of.get(kind, 0.0) + other.of.get(kind, 0.0) for kind in kinds}, self.rest_s + other.rest_s
        )

    def without(self, kind: Work, expected_s: float) -> Load:
        """What is left when so much of it is done."""
        return replace(self, of={**self.of, kind: max(0.0, self.of.get(kind, 0.0) - expected_s)})


@dataclass(frozen=True, slots=True)
class Estimate:
    """Seconds until something is done: the likeliest, and between which it should be."""

    left_s: float = 0.0
    low_s: float = 0.0
    high_s: float = 0.0

    def __add__(self, other: Estimate) -> Estimate:
        return Estimate(self.left_s + other.left_s, self.low_s + other.low_s, self.high_s + other.high_s)


@dataclass(frozen=True, slots=True)
class Seen:
    """Work that was done: how long it was expected to take, and took."""

    expected_s: float = 0.0
    took_s: float = 0.0

    def __add__(self, other: Seen) -> Seen:
        return Seen(self.expected_s + other.expected_s, self.took_s + other.took_s)


@dataclass(frozen=True, slots=True)
class Pace:
    """What was seen, by control unit and kind of work."""

    seen: Mapping[tuple[int, Work], Seen] = field(default_factory=dict)

    def with_one(self, address: int, work: Work, expected_s: float, took_s: float) -> Pace:
        """One more piece of work was done."""
        so_far = self.seen.get((address, work), Seen())
        return Pace({**self.seen, (address, work): so_far + Seen(expected_s, took_s)})

    def ratio(self, address: int, work: Work) -> float:
        """How many times as long as expected it probably takes."""
        known = self._known(address, work) or (self._known(address, _LABELS[work]) if work in _LABELS else None)
        return LIKELY if known is None else known

    def _known(self, address: int, work: Work) -> float | None:
        own = self.seen.get((address, work))
        seen = own or sum((one for (_, kind), one in self.seen.items() if kind is work), Seen())
        return seen.took_s / seen.expected_s if seen.expected_s > 0 else None

    def estimate(self, address: int, load: Load) -> Estimate:
        """How long this control unit needs for it, with the wire to itself."""
        return sum(
            (self._of(address, work, expected_s) for work, expected_s in load.of.items()),
            Estimate(load.rest_s, load.rest_s, load.rest_s),
        )

    def _of(self, address: int, work: Work, expected_s: float) -> Estimate:
        likely_s = expected_s * self.ratio(address, work)
        if self._known(address, work) is None:
            return Estimate(likely_s, likely_s * QUICKEST, likely_s * SLOWEST)
        return Estimate(likely_s, likely_s * (1 - KNOWN_SPREAD), likely_s * (1 + KNOWN_SPREAD))


def load_of(job: Job, proven: Iterable[int] = (), *, begun: bool = True) -> Load:
    """The work a control unit still is.

    Args:
        proven: Its datablocks that are, by index.
        begun: Whether the next one is begun, or may be at once: nothing was written to the control unit just now.
    """
    times, done = job.times, set(proven)
    resets_s = times.reset_s * (1 + len(job.coding) + bool(job.individual))
    if not job.datablocks:
        return Load(rest_s=resets_s)
    left = [block for block in job.datablocks if block.index not in done]
    pauses = len(left) - 1 if begun and left else len(left)
    return Load(
        {
            Work.ERASE: sum(map(job.erase_s, left)),
            Work.TRANSFER: sum(map(job.wire_s, left)),
            Work.CHECK: times.check_memory_s * (len(left) + 1),  # the dependencies, too
        },
        resets_s + PAUSE_S * pauses,
    )


def together(pace: Pace, loads: Mapping[int, Load], turns: Turns, at_work: Iterable[int] = ()) -> Estimate:
    """Control units side by side: as long as it takes with each in its turn, and as all their bytes on one wire.

    Args:
        loads: By address, in the plan's order.
        at_work: Those that have begun.
    """
    working = tuple(at_work)
    alone = {address: pace.estimate(address, load) for address, load in loads.items()}
    on_wire = (
        pace.estimate(address, Load({Work.TRANSFER: load.of.get(Work.TRANSFER, 0.0)}))
        for address, load in loads.items()
    )
    wire = sum(on_wire, Estimate())

    def lasts_s(of: Callable[[Estimate], float]) -> float:
        in_turn_s = turns.lasts_s({address: of(one) for address, one in alone.items()}, working)
        return max(in_turn_s, of(wire))

    return Estimate(lasts_s(lambda one: one.left_s), lasts_s(lambda one: one.low_s), lasts_s(lambda one: one.high_s))
