"""Points: the moments of a run at which something may happen to it, numbered in the order they are passed.

A point is passed before and after every message in each direction, at every step a procedure yields, at every
transaction of the journal (before, torn, after), and at every change of a control unit's memory.  The bench is
deterministic, so that the number of a point, counted within one life of the appliance, names it in every repetition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Point:
    """One moment.

    Attributes:
        life: Which life of the appliance, from 1.
        number: Which point of that life, from 1.
        place: What is going on, in words.
        torn: Bytes the journal's log had before the transaction that is just committed; None: there is none.
    """

    life: int
    number: int
    place: str
    torn: int | None = None


class Points:
    """Counts the points of one life after the other, and shows each to a visitor.

    Attributes:
        visit: Called at each point; may raise what ends the appliance there.
        kept: How many transactions of the journal, other than those that only write events, were committed.
        lasting: How many of these a later life builds upon; not observations, nor how a life goes.
    """

    def __init__(self) -> None:
        self.visit: Callable[[Point], None] = _passes
        self.kept = 0
        self.lasting = 0
        self.life = 0
        self.number = 0
        self._alive = False

    def begin(self) -> None:
        """Another life of the appliance begins."""
        self.life += 1
        self.number = 0
        self._alive = True

    def end(self) -> None:
        """The appliance is off; what happens to the car meanwhile is no point of its life."""
        self._alive = False

    def passed(self, place: str, torn: int | None = None) -> None:
        """A point is passed."""
        if not self._alive:
            return
        self.number += 1
        self.visit(Point(self.life, self.number, place, torn))


def _passes(_point: Point) -> None:
    """Nothing happens."""
