"""What a control unit's own words say of its condition: does its application run, or only its bootloader?

A failed flash, ours or another tool's, leaves a unit that still talks.  How it shows (facts.md §5.5):

    sign                                                        strength
    ----------------------------------------------------------  ------------------------------------------------
    SVK byte 1 is not 01: its own check did not pass            decides (confirmed)
    units that cannot be identified, `unkn_ffffffff-…`          decides (confirmed)
    it names less software than it should                       decides (confirmed)
    it names none, and its application is silent                decides (likely)
    it names nothing, and its session is the programming one    decides: a bootloader without ident (likely)
    its session (DID F186) is the programming one               supports (likely); another tester may be at work
    its application tells neither VIN nor trouble codes         supports (likely); some applications tell neither

A sign that only supports never makes a healthy unit a stuck one.  Pure.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from enum import Enum

from appliance.car.sgbm import SgbmId
from appliance.car.svk import ProgrammingCheck, Svk
from appliance.car.vehicle import PROGRAMMING_SESSION, UnitSeen

SOFTWARE = frozenset({"FLSL", "SWFL", "SWFF", "SWPF", "SWFK"})  # process classes that run (facts.md §3.2)


class State(Enum):
    """What can be said of a control unit."""

    RUNS = "its application is proven"
    BOOTLOADER = "stuck in its bootloader"
    NO_IDENT = "stuck in its bootloader, and it does not name what it is"
    UNKNOWN = "it tells too little to be judged"


@dataclass(frozen=True, slots=True)
class Condition:
    """The state of one control unit and what speaks for it, in words; no evidence where nothing is wrong."""

    state: State
    evidence: tuple[str, ...] = ()

    @property
    def stuck(self) -> bool:
        """Whether only programming it again can help."""
        return self.state in (State.BOOTLOADER, State.NO_IDENT)

    @property
    def words(self) -> str:
        """State and evidence, a sentence without a full stop."""
        return f"{self.state.value}: {'; '.join(self.evidence)}" if self.evidence else self.state.value


def condition_of(seen: UnitSeen, expected: Collection[SgbmId] = ()) -> Condition:
    """Judge one control unit.

    Args:
        seen: As observed; what was not asked supports nothing.
        expected: Software it should carry, in whatever version; empty: nobody knows.
    """
    supporting = tuple(_supporting(seen))
    if seen.svk is None:
        if seen.session == PROGRAMMING_SESSION:
            return Condition(State.NO_IDENT, ("it names neither hardware nor software (DID F101)", *supporting))
        return Condition(State.UNKNOWN)
    deciding = tuple(_deciding(seen, seen.svk, expected))
    return Condition(State.BOOTLOADER, (*deciding, *supporting)) if deciding else Condition(State.RUNS)


def _deciding(seen: UnitSeen, svk: Svk, expected: Collection[SgbmId]) -> Iterator[str]:
    if svk.check is not ProgrammingCheck.PASSED:
        yield f"its own check says: {svk.check.explanation}"
    unidentified = sum(1 for entry in svk.entries if entry.unidentifiable)
    if unidentified:
        units = "1 unit" if unidentified == 1 else f"{unidentified} units"
        yield f"{units} cannot be identified (unkn_ffffffff)"
    named = {entry.identifier for entry in svk.entries if entry.class_name in SOFTWARE and not entry.unknown}
    missing = [one for one in expected if one.identifier not in named]
    if missing:
        yield "missing: " + ", ".join(f"{one.class_name} {one.identifier:08X}" for one in missing)
    elif not named and not expected and seen.faults is None:
        yield "it names no software (SWFL)"


def _supporting(seen: UnitSeen) -> Iterator[str]:
    if seen.session == PROGRAMMING_SESSION:
        yield "it answers in the programming session only (DID F186)"
    if seen.faults is None:
        yield "its application is silent: it tells no trouble codes"
