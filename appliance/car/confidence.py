"""How sure the project is of a fact about a car, in the words of facts.md."""

from __future__ import annotations

from enum import Enum


class Confidence(Enum):
    """Who says so. Whatever is not CONFIRMED is shown together with this word."""

    CONFIRMED = "confirmed"  # read in a source, or in the bytes of a real car
    LIKELY = "likely"  # inferred from several sources, or from one weak source
    FROM_MEMORY = "from memory"  # no source found
    UNKNOWN = "unknown"  # nobody we know of says anything
