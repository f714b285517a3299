"""How soon is a bad supply answered?  `python -m benchmarks.reaction [--runs N] [--no-wire]`

Printed, and written to docs/reaction.md: from the moment the supply leaves its limits at the plug to the last frame of
a write on the wire, and the gaps between two samples while a transfer has the wire.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from math import ceil
from pathlib import Path
from statistics import median

from appliance.config import PowerConfig
from benchmarks.reaction_runs import DEEP_V, SETTLED_S, Crossing, Write, crossings, steady_on_the_wire

DOCS = Path(__file__).parents[1] / "docs"
RUNS = 16
REACTION_GOAL_S = 0.25
MORE_GOAL = 1
GAP_GOAL_S = 0.1
LASTS_S = 60.0
POWER = PowerConfig()
FILTER_S = (POWER.median // 2 + 1) * POWER.sample_s  # until the median has gone along


@dataclass(frozen=True, slots=True)
class Reactions:
    """What came of every crossing.

    Attributes:
        last_frame_s: Of each deep one: from the crossing to the last frame of a write; 0: none came after it.
        more: Of each soft one: writes asked for after filter and debounce had run out.
    """

    last_frame_s: tuple[float, ...]
    more: tuple[int, ...]


def reactions(seen: Sequence[tuple[Sequence[Crossing], Sequence[Write]]]) -> Reactions:
    """Writes behind a crossing, until the supply has been good for long enough to go on."""
    last_frame_s, more = [], []
    for crossed, writes in seen:
        for one in crossed:
            after = [write for write in writes if one.at_s < write.last_frame_s < one.at_s + SETTLED_S]
            if one.to_v == DEEP_V:
                last_frame_s.append(max((write.last_frame_s - one.at_s for write in after), default=0.0))
            else:
                over_s = one.at_s + FILTER_S + POWER.debounce_s
                more.append(sum(write.asked_s > over_s for write in after))
    return Reactions(tuple(last_frame_s), tuple(more))


def gaps(samples_s: Sequence[float], writes: Sequence[Write]) -> tuple[list[float], list[float]]:
    """Seconds between two samples, shortest first: of the whole run, and of those that touch a write."""
    first_s, last_s = writes[0].asked_s, writes[-1].last_frame_s
    every = [(later - earlier, later) for earlier, later in pairwise(samples_s)]
    return sorted(gap for gap, _ in every), sorted(gap for gap, at_s in every if first_s <= at_s <= last_s)


def _of_share(ordered: Sequence[float], share: float) -> float:
    return ordered[ceil(share * len(ordered)) - 1]


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"


def reaction_part(found: Reactions) -> str:
    """What is written of the crossings; the same on every machine."""
    took = sorted(found.last_frame_s)
    counts = ", ".join(f"{found.more.count(number)} × {number}" for number in sorted(set(found.more)))
    return REACTION.format(
        deep=len(took),
        deep_v=DEEP_V,
        least=_ms(took[0]),
        middle=_ms(median(took)),
        most=_ms(took[-1]),
        within=f"{sum(one <= REACTION_GOAL_S for one in took)} of {len(took)}",
        goal=_ms(REACTION_GOAL_S),
        soft=len(found.more),
        counts=counts,
        debounce_s=POWER.debounce_s,
        filter=_ms(FILTER_S),
        hold_v=POWER.hold_v,
        hold_now_v=POWER.hold_now_v,
        more_goal=MORE_GOAL,
    )


def gap_figures(words: str, some: Sequence[float]) -> str:
    """What this machine did just now; another run does otherwise, so it is printed only."""
    return f"gaps {words}: median {_ms(median(some))}, 99.9 % {_ms(_of_share(some, 0.999))}, longest {_ms(some[-1])}"


def gap_part(whole: Sequence[float], lasted_s: float) -> str:
    """What is written of the gaps: whether the goal was kept, which no two runs should differ in."""
    longest = "was within that" if whole[-1] <= GAP_GOAL_S else "WAS NOT"
    lasted = f"longer than {LASTS_S:.0f} s" if lasted_s > LASTS_S else f"only {lasted_s:.0f} s long"
    return GAPS.format(sample=_ms(POWER.sample_s), goal=_ms(GAP_GOAL_S), lasted=lasted, longest=longest)


def main() -> int:
    """Measure, print, write; 1 when a goal is missed."""
    parser = argparse.ArgumentParser(description="How soon is a bad supply answered?")
    parser.add_argument("--runs", type=int, default=RUNS)
    parser.add_argument("--no-wire", action="store_true", help="leave the run in real time out; nothing is written")
    options = parser.parse_args()
    with ProcessPoolExecutor() as pool:
        found = reactions(list(pool.map(crossings, range(options.runs))))
    print(reaction_part(found))
    kept = max(found.last_frame_s) <= REACTION_GOAL_S and max(found.more) <= MORE_GOAL
    if options.no_wire:
        return 0 if kept else 1
    samples_s, writes = steady_on_the_wire()
    whole, writing = gaps(samples_s, writes)
    print(gap_figures("of the whole run", whole), gap_figures("while it transfers", writing), sep="\n")
    told = gap_part(whole, samples_s[-1] - samples_s[0])
    (DOCS / "reaction.md").write_text(PAGE.format(reaction=reaction_part(found), gaps=told), encoding="utf-8")
    return 0 if kept and whole[-1] <= GAP_GOAL_S else 1


PAGE = """# How soon a bad supply is answered

Generated by `python -m benchmarks.reaction`; do not edit.

{reaction}

{gaps}
"""

REACTION = """## From the plug to the wire

The supply leaves its limits at a random moment of a transfer. Real are the driver, the sampler, the filter, the gate,
the runner and the link; the INA219 is simulated register by register, and time is virtual: each frame takes as long as
on a 500 kbit/s wire.

| {deep} times to {deep_v:.1f} V, under {hold_now_v:.2f} V | from the crossing to the last frame of a write |
| --- | ---: |
| shortest | {least} |
| median | {middle} |
| longest | {most} |
| within {goal} | {within} |

What takes its time is the block that is on the wire: up to 4095 bytes are never broken off, for a half-sent request
would have to be sent again. 0 ms: the crossing fell between two blocks, and none was begun any more.

Under the debounced limit of {hold_v:.2f} V: {soft} times. The filter needs {filter} to go along, the debounce lasts
{debounce_s:g} s, and the gate is looked at between two blocks. Blocks begun after both had run out, crossings × blocks:
{counts}. More than {more_goal} would be wrong."""

GAPS = """## Between two samples

The supply is sampled from a thread of its own, every {sample} at most, and a decision never uses a sample older than
200 ms. So no gap between two samples may be longer than {goal}, also while a transfer has the wire and the processor.

One undisturbed job in real time, {lasted}, with the simulated car, its 500 kbit/s wire, the appliance and its
journal in one interpreter (a Pi has the appliance only): the longest gap {longest}. The figures differ from run to run
and are printed by the benchmark."""


if __name__ == "__main__":
    raise SystemExit(main())
