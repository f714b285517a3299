"""A stretch of time on the bench, counted from when its electrics were put together."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Span:
    """From `from_s` on, and no longer at `until_s`; by default for ever."""

    from_s: float = 0.0
    until_s: float = math.inf

    def covers(self, at_s: float) -> bool:
        """Whether it has begun and not ended."""
        return self.from_s <= at_s < self.until_s

    def ended(self, at_s: float) -> Span:
        """The same, cut off at `at_s` if it is running then."""
        return replace(self, until_s=at_s) if self.covers(at_s) else self


ALWAYS = Span()
