"""An order in which everything comes behind what it waits for.

Rules.  Who waits comes later.  Among those that wait for nobody any more the lower rank is first, so that equal input
gives equal order.  A circle has no order.  Pure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter
from heapq import heapify, heappop, heappush


def circle(waits: Mapping[int, Sequence[int]]) -> tuple[int, ...]:
    """Numbers that wait for each other, each for the one behind it, and the last for the first; empty: there are none.

    Args:
        waits: Whom each waits for.
    """
    try:
        TopologicalSorter(waits).prepare()
    except CycleError as found:
        # Its second argument is the circle, closed, each before the one that waits for it (graphlib's documentation).
        return tuple(reversed(found.args[1][1:]))
    return ()


def in_order(ranks: Sequence[tuple[int, ...]], waits: Mapping[int, Sequence[int]]) -> tuple[int, ...]:
    """The indices of `ranks`, ordered.

    Args:
        waits: Whom each waits for, as indices; without a `circle`.
    """
    sorter = TopologicalSorter({index: waits.get(index, ()) for index in range(len(ranks))})
    sorter.prepare()
    ready = [(ranks[index], index) for index in sorter.get_ready()]
    heapify(ready)
    ordered: list[int] = []
    while ready:
        _, index = heappop(ready)
        ordered.append(index)
        sorter.done(index)
        for freed in sorter.get_ready():
            heappush(ready, (ranks[freed], freed))
    return tuple(ordered)
