"""The words the services of a simulated control unit share: sessions, and what a request leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import IntEnum
from typing import TypeAlias

NEGATIVE = 0x7F

Change: TypeAlias = Callable[[float], None]
"""Something that happens at a time, which it is told."""


class Session(IntEnum):
    """Sessions a control unit of the bench has (facts.md §5.2, confirmed)."""

    DEFAULT = 0x01
    PROGRAMMING = 0x02
    EXTENDED = 0x03
    CODING = 0x41


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a request leads to.

    Attributes:
        answer: The final response.
        takes_s: How long the work lasts; response pending (NRC 0x78) fills the time.
        change: Happens with the final response; None: what had to change has changed already.
    """

    answer: bytes
    takes_s: float = 0.0
    change: Change | None = None

    @property
    def nrc(self) -> int | None:
        """Why the request is refused; None: it is not."""
        return self.answer[2] if self.answer[0] == NEGATIVE else None


def refuse(sid: int, nrc: int) -> Reaction:
    """The negative response."""
    return Reaction(bytes((NEGATIVE, sid, nrc)))


def echo(request: bytes, length: int, data: bytes = b"") -> bytes:
    """The positive response: service identifier + 0x40, the next `length` bytes of the request, `data`."""
    return bytes((request[0] + 0x40,)) + request[1 : 1 + length] + data
