"""Whose turn it is, where several control units are programmed at the same time.

Rules.  They begin in the plan's order, and nobody overtakes.  The next one begins as soon as fewer than `max_open` are
at work, and nobody critical is while it is critical itself.  So a control unit that ends makes room at once, and who is
quick does not wait for who is slow.

Pure.  Source: decision 0029.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Turns:
    """Who may be at work at the same time.

    Attributes:
        max_open: How many, at most; at least one.
        critical: Addresses of which never two are.
    """

    max_open: int = 1
    critical: frozenset[int] = frozenset()

    def begins(self, waiting: Sequence[int], at_work: Sequence[int]) -> tuple[int, ...]:
        """Addresses of those who begin now: the first so many of `waiting`."""
        working = list(at_work)
        for address in waiting:
            taken = address in self.critical and any(other in self.critical for other in working)
            if len(working) >= self.max_open or taken:
                break
            working.append(address)
        return tuple(working[len(at_work) :])

    def lasts_s(self, left_s: Mapping[int, float], at_work: Sequence[int] = ()) -> float:
        """How long all of them take.

        Args:
            left_s: What each has left, by address, in the plan's order.
            at_work: Those who have begun.
        """
        now_s = 0.0
        ends_s = {address: left_s[address] for address in at_work}
        waiting = [address for address in left_s if address not in ends_s]
        while True:
            begun = self.begins(waiting, tuple(ends_s))
            ends_s |= {address: now_s + left_s[address] for address in begun}
            waiting = waiting[len(begun) :]
            if not waiting:
                return max(ends_s.values(), default=now_s)
            first = min(ends_s, key=lambda address: ends_s[address])
            now_s = ends_s.pop(first)


ONE_AT_A_TIME = Turns()
