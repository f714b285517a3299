"""Facts: what a restart may rely on.

A fact is marked *after* it has become true (law 6), except the two that end in `Begun`: those say that something
irreversible may have happened, and are marked before it.  State is the set of facts; nothing is ever unmarked.
A later `DatablockBegun` withdraws an earlier `DatablockProgrammed` of the same datablock.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True, slots=True)
class CodingSaved:
    """The control unit's coding data as read before programming; `data` is everything needed to write it back."""

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
class CodingRestored:
    """The coding data read back equal to what was saved."""

    address: int
    did: int


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


Fact: TypeAlias = (
    CodingSaved
    | DatablockBegun
    | DatablockProgrammed
    | DependenciesChecked
    | UnitProgrammed
    | CodingRestored
    | LevelBegun
    | LevelWritten
    | FaultsCleared
)
