"""Facts: what a restart may rely on.

A fact is marked *after* it has become true (law 6), except those that end in `Begun`: those say that something
irreversible may have happened, and are marked before it.  State is the facts in order; nothing is ever unmarked.
A later `DatablockBegun` or `DatablockFailed` withdraws what it puts in doubt: see `standing`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class Rung(Enum):
    """How a stuck control unit is tried, each gentler remedy before the next (`recover`)."""

    AS_FOUND = "as it was found"
    FRESH_SESSION = "a fresh session"
    SLOWER = "a slower transfer"
    POWER_CYCLE = "a power cycle of the control unit"
    BATTERY = "a disconnected battery"


@dataclass(frozen=True, slots=True)
class CodingSaved:
    """The control unit's coding data as read before programming; `data` is everything needed to write it back."""

    address: int
    did: int
    data: bytes


@dataclass(frozen=True, slots=True)
class IndividualSaved:
    """The same of individual data: what the control unit has learned or counted, and nobody could compute."""

    address: int
    did: int
    data: bytes


@dataclass(frozen=True, slots=True)
class DatablockBegun:
    """From here on the datablock may be erased. The n-th attempt on it."""

    address: int
    index: int
    sha256: str
    attempt: int


@dataclass(frozen=True, slots=True)
class DatablockFailed:
    """An attempt on the datablock came to its end, and a bad one: refused, wrong result, or silence.

    An attempt that was begun and has neither this nor `DatablockProgrammed` behind it was cut off (`attempts`).
    """

    address: int
    index: int
    sha256: str
    reason: str


@dataclass(frozen=True, slots=True)
class DatablockProgrammed:
    """The control unit itself checked the datablock's memory and found it good."""

    address: int
    index: int
    sha256: str


@dataclass(frozen=True, slots=True)
class DependenciesChecked:
    """The control unit found its programming dependencies met, after the last datablock."""

    address: int


@dataclass(frozen=True, slots=True)
class UnitProgrammed:
    """After its reset the control unit named exactly the target software, and its own check is good."""

    address: int
    software: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class IndividualRestored:
    """The individual data read back equal to what was saved."""

    address: int
    did: int


@dataclass(frozen=True, slots=True)
class CodingBegun:
    """From here on the coding data may be others than were saved; what was saved is the base of all that follows."""

    address: int
    did: int


@dataclass(frozen=True, slots=True)
class CodingRestored:
    """The coding data read back as they are to be: `data`, or, empty, as they were saved."""

    address: int
    did: int
    data: bytes = b""


@dataclass(frozen=True, slots=True)
class LevelBegun:
    """From here on the vehicle's integration level may have been written."""

    level: str


@dataclass(frozen=True, slots=True)
class LevelWritten:
    """The vehicle's integration level read back as this."""

    level: str


@dataclass(frozen=True, slots=True)
class FaultsCleared:
    """Trouble codes and secondary memory were cleared after programming."""


@dataclass(frozen=True, slots=True)
class RungBegun:
    """A stuck control unit is tried this way from here on; a restart goes on with it."""

    address: int
    rung: Rung


@dataclass(frozen=True, slots=True)
class StepConfirmed:
    """A person said with START that what this rung asks for at the car is done."""

    address: int
    rung: Rung


Fact: TypeAlias = (
    CodingSaved
    | IndividualSaved
    | DatablockBegun
    | DatablockFailed
    | DatablockProgrammed
    | DependenciesChecked
    | UnitProgrammed
    | IndividualRestored
    | CodingBegun
    | CodingRestored
    | LevelBegun
    | LevelWritten
    | FaultsCleared
    | RungBegun
    | StepConfirmed
)


def standing(facts: Iterable[Fact]) -> tuple[Fact, ...]:
    """The facts that still hold, oldest first: without what a later `DatablockBegun` or `DatablockFailed` put in doubt
    (law 5).

    That is the same datablock's `DatablockProgrammed`, and whatever was said of its control unit as a whole.
    """
    kept: list[Fact] = []
    for fact in facts:
        if isinstance(fact, DatablockBegun | DatablockFailed):
            kept = [earlier for earlier in kept if not _in_doubt(earlier, fact)]
        kept.append(fact)
    return tuple(kept)


def _in_doubt(earlier: Fact, later: DatablockBegun | DatablockFailed) -> bool:
    match earlier:
        case DatablockProgrammed():
            return (earlier.address, earlier.index) == (later.address, later.index)
        case DependenciesChecked() | UnitProgrammed() | IndividualRestored() | CodingRestored():
            return earlier.address == later.address
        case _:
            return False
