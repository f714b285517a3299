"""One line of a measures plan: what is done to a control unit, how long that takes, and until when not to unplug.

Times are the control unit's own (DID 2504) and worst case: it states one erase time, which is counted for each
datablock.  Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from appliance.campaign.model import CampaignUnit, Datablock
from appliance.campaign.software import SOFTWARE
from appliance.campaign.suitability import attempts_allowed, hardware
from appliance.car.coding import Change
from appliance.car.timings import FlashTimings
from appliance.car.vehicle import UnitSeen

RATE_BYTES_PER_S = 20_000  # 500 kbit/s, 8-byte frames, extended addressing: about 22 kB/s at best (facts.md §7)
SETTLE_S = 15.0  # a tool's wait after the final hard reset (facts.md §5.1 row 17, confirmed)
CODING_S = 5.0  # one coding block: session, access, write, checksum, reset (from memory)

# A real DME's (facts.md §3.4, confirmed for one car), used where a control unit does not state its own.
DEFAULT_ERASE_S = 120.0
DEFAULT_CHECK_S = 60.0
DEFAULT_AUTHENTICATION_S = 10.0
DEFAULT_RESET_S = 5.0


class Action(Enum):
    """What is done to a control unit."""

    PROGRAM = "program"
    CODE = "code"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class PlanUnit:
    """One control unit of the plan.

    Attributes:
        why: The reason for the action, a sentence.
        datablocks: To be written, in order; empty unless `action` is PROGRAM.
        hwel: Its hardware, PSdZ spelling; empty when it named none.
        software_before / software_target: PSdZ spelling; `before` is what it names, complete or not.
        expected_erase_s / expected_check_s: Of one datablock.
        expected_reset_s: Of one reset.
        expected_s: All of it, worst case; 0 when nothing is done.
        max_attempts / max_cuts: How often one datablock may fail, and be cut off in a row, in this run.
        unsafe_to_unplug: From when to when, in words; empty when nothing is written.
        in_bootloader: Its application was not proven when it was last observed.
        security, security_level, erase_suffix, coding, individual, alone, critical: As in the campaign.
        changes: The campaign's rules of new coding that apply to this vehicle; empty: none, or nothing is done.
    """

    address: int
    name: str
    action: Action
    why: str
    datablocks: tuple[Datablock, ...]
    hwel: str
    software_before: tuple[str, ...]
    software_target: tuple[str, ...]
    expected_s: float
    expected_erase_s: float
    expected_check_s: float
    expected_reset_s: float
    max_attempts: int
    max_cuts: int
    abort_recoverable: bool
    unsafe_to_unplug: str
    in_bootloader: bool
    security: str
    security_level: int
    erase_suffix: bytes
    coding: tuple[int, ...]
    alone: bool = False
    critical: bool = False
    individual: tuple[int, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def size_bytes(self) -> int:
        """Image bytes to be written."""
        return sum(block.length for block in self.datablocks)


@dataclass(frozen=True, slots=True)
class Untouched:
    """A control unit that the plan does not go near, and why.

    Attributes:
        why: A sentence.
        blocks_level: It is not known to be at the level, so that the level is not the vehicle's (law 9).
    """

    address: int
    name: str
    why: str
    blocks_level: bool = False

    @property
    def sentence(self) -> str:
        """Who, and why."""
        return f"{self.name} 0x{self.address:02X}: {self.why}"


def line(
    unit: CampaignUnit,
    seen: UnitSeen | None,
    action: Action,
    why: str,
    rate_bytes_per_s: float = RATE_BYTES_PER_S,
    changes: tuple[Change, ...] = (),
) -> PlanUnit:
    """One line of a plan: what is done to a control unit, and how long that takes by its own word.

    Args:
        changes: New coding; where nothing is done to the control unit it is left out.
    """
    svk, told = (seen.svk, seen.timings) if seen else (None, None)
    blocks = unit.datablocks if action is Action.PROGRAM else ()
    erase_s = _or(told.erase_s if told else None, DEFAULT_ERASE_S)
    check_s = _or(told.check_memory_s if told else None, DEFAULT_CHECK_S)
    reset_s = _or(told.reset_s if told else None, DEFAULT_RESET_S)
    writing_s = len(blocks) * (erase_s + check_s) + sum(block.length for block in blocks) / rate_bytes_per_s
    return PlanUnit(
        address=unit.address,
        name=unit.name,
        action=action,
        why=why,
        datablocks=blocks,
        hwel=", ".join(one.psdz for one in hardware(svk)) if svk else "",
        software_before=tuple(one.psdz for one in svk.entries if one.class_name in SOFTWARE or one.unidentifiable)
        if svk
        else (),
        software_target=tuple(one.psdz for one in unit.target_software),
        expected_s=_expected_s(unit, action, told, writing_s, reset_s),
        expected_erase_s=erase_s,
        expected_check_s=check_s,
        expected_reset_s=reset_s,
        max_cuts=unit.max_cuts,
        max_attempts=attempts_allowed(unit, seen) if action is Action.PROGRAM else unit.max_attempts,
        abort_recoverable=unit.abort_recoverable,
        unsafe_to_unplug=_unsafe(unit, writing_s) if blocks else "",
        in_bootloader=bool(seen and seen.in_bootloader),
        security=unit.security,
        security_level=unit.security_level,
        erase_suffix=unit.erase_suffix,
        coding=unit.coding,
        alone=unit.alone,
        critical=unit.critical,
        individual=unit.individual,
        changes=() if action is Action.NONE else changes,
    )


def _expected_s(
    unit: CampaignUnit, action: Action, told: FlashTimings | None, writing_s: float, reset_s: float
) -> float:
    coding_s = len(unit.coding) * CODING_S
    match action:
        case Action.NONE:
            return 0.0
        case Action.CODE:
            return coding_s + reset_s
        case Action.PROGRAM:
            coding_s += CODING_S + reset_s if unit.individual else 0.0
            authentication_s = _or(told.authentication_s if told else None, DEFAULT_AUTHENTICATION_S)
            return (
                authentication_s + writing_s + 2 * reset_s + SETTLE_S + coding_s
            )  # into the bootloader, and out of it


def _unsafe(unit: CampaignUnit, writing_s: float) -> str:
    after = (
        "unplugged there it stays in its bootloader until it is programmed again with this appliance"
        if unit.abort_recoverable
        else "unplugged there it may be lost for good"
    )
    return f"from the first erase until {unit.name} was checked and reset, up to {writing_s / 60:.0f} minutes: {after}"


def _or(told_s: int | None, default_s: float) -> float:
    return default_s if told_s is None else float(told_s)
