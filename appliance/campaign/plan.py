"""The measures plan: which control unit, from which software to which, why, how long, and where not to unplug.

Made once, before the first request that changes anything, and then frozen: its hash is in journal and report, and it
carries the hash of the campaign it was made from.  A control unit that already carries the target is left alone;
programming it would be a needless risk.  What speaks against programming a unit (`campaign.suitability`) refuses the
whole plan, before contact (law 2).

Times are the control unit's own (DID 2504) and worst case: it states one erase time, which is counted for each
datablock.  Pure.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from appliance.campaign.eligibility import Affected, AlreadyAtTarget, CannotDecide, Eligibility, NotAffected
from appliance.campaign.model import Campaign, CampaignUnit, Datablock
from appliance.campaign.needs import require_needs
from appliance.campaign.software import SOFTWARE, listed
from appliance.campaign.suitability import attempts_allowed, hardware, require_suitable, where
from appliance.car.own_voltage import OwnVoltage
from appliance.car.sgbm import SgbmId
from appliance.car.svk import missing_and_surplus
from appliance.car.timings import FlashTimings
from appliance.car.vehicle import UnitSeen
from appliance.errors import RefusedError
from appliance.values import to_json

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
        security, security_level, erase_suffix, coding, alone: As in the campaign.
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

    @property
    def size_bytes(self) -> int:
        """Image bytes to be written."""
        return sum(block.length for block in self.datablocks)


@dataclass(frozen=True, slots=True)
class Plan:
    """The measures plan of one vehicle.

    Attributes:
        vin: `unknown` when it could not be read.
        target: The integration level the vehicle has afterwards; empty: it is not touched.
        why: What eligibility said.
        body_address: As in the campaign.
        supply: Whom to ask for a second opinion about the supply, and how, in this order; as in the campaign.
        campaign_hash: SHA-256 of everything in the campaign, so that a resumed run notices another one.
        recovers: It programs one stuck control unit and nothing else (`campaign.recovery`).
        max_open: How many control units are programmed at the same time, at most.
    """

    campaign_id: str
    campaign_hash: str
    title: str
    vin: str
    target: str
    why: str
    body_address: int | None
    units: tuple[PlanUnit, ...]
    supply: tuple[OwnVoltage, ...] = ()
    recovers: bool = False
    max_open: int = 1

    @property
    def groups(self) -> tuple[tuple[PlanUnit, ...], ...]:
        """What is programmed at the same time, group after group, in the plan's order."""
        groups: list[tuple[PlanUnit, ...]] = []
        for unit in self.units:
            if unit.action is Action.NONE:
                continue
            last = groups[-1] if groups else ()
            if last and len(last) < self.max_open and not (unit.alone or last[-1].alone):
                groups[-1] = (*last, unit)
            else:
                groups.append((unit,))
        return tuple(groups)

    @property
    def expected_s(self) -> float:
        """All control units one after the other, worst case."""
        return sum(unit.expected_s for unit in self.units)

    @property
    def changes_something(self) -> bool:
        """Whether any control unit is programmed or coded."""
        return any(unit.action is not Action.NONE for unit in self.units)


def make_plan(
    campaign: Campaign,
    eligibility: Eligibility,
    units_seen: Sequence[UnitSeen],
    *,
    vin: str,
    rate_bytes_per_s: float = RATE_BYTES_PER_S,
) -> Plan:
    """What is to be done to an affected vehicle.

    Args:
        vin: For the report; `unknown` when it could not be read.
        rate_bytes_per_s: Measured or assumed throughput of a download.

    Raises:
        RefusedError: the vehicle is not for this campaign, or a control unit is silent, of other hardware, has
            software the campaign does not start from, or may not be programmed any more.
    """
    match eligibility:
        case NotAffected(why):
            raise RefusedError(f"the vehicle is not affected: {why}")
        case CannotDecide(why, supply):
            raise RefusedError(f"it cannot be decided whether the vehicle is affected: {why}", do=supply)
        case Affected(why, target):
            decide = _decide
        case AlreadyAtTarget(why, target):
            decide = _leave_alone
    seen = {one.address: one for one in units_seen}
    units = tuple(
        line(unit, seen.get(unit.address), *decide(unit, seen.get(unit.address)), rate_bytes_per_s)
        for unit in sorted(campaign.units, key=lambda unit: unit.order)
    )
    require_needs(campaign, units_seen, [one.address for one in units if one.action is Action.PROGRAM])
    return Plan(
        campaign_id=campaign.id,
        campaign_hash=campaign_hash(campaign),
        title=campaign.title,
        vin=vin,
        target=str(target),
        why=why,
        body_address=campaign.body_address,
        units=units,
        supply=campaign.supply,
        max_open=campaign.max_open,
    )


def plan_hash(plan: Plan) -> str:
    """SHA-256 of the plan's canonical JSON, in hex."""
    return _hash(plan)


def campaign_hash(campaign: Campaign) -> str:
    """SHA-256 of everything in a campaign, in hex."""
    return _hash(campaign)


def _decide(unit: CampaignUnit, seen: UnitSeen | None) -> tuple[Action, str]:
    """What an affected vehicle's control unit needs, and why."""
    if seen is None or seen.svk is None:
        raise RefusedError(
            "it did not name its hardware and software (DID F101), expected an answer",
            where=where(unit),
            do="ignition on, charger connected; check that the vehicle has this control unit, then read again",
        )
    require_suitable(unit, seen, seen.svk)
    missing, surplus = missing_and_surplus(seen.svk.entries, unit.target_software, SOFTWARE)
    if unit.datablocks and seen.in_bootloader:
        return Action.PROGRAM, f"its software is not proven ({seen.svk.check.explanation}): it is programmed again"
    if unit.datablocks and (missing or surplus):
        return Action.PROGRAM, f"it carries {listed(surplus)}, the target is {listed(missing)}{_lowered(unit, surplus)}"
    if unit.datablocks:
        return Action.NONE, "it already carries the target software, and its own check passed"
    return Action.CODE, "it already carries the target software and is only coded"


def _lowered(unit: CampaignUnit, surplus: tuple[SgbmId, ...]) -> str:
    higher = tuple(one for one in surplus if one in unit.lowers)
    return f"; {listed(higher)} is higher and replaced on the campaign's word: {unit.lowers_why}" if higher else ""


def _leave_alone(unit: CampaignUnit, seen: UnitSeen | None) -> tuple[Action, str]:
    """A vehicle at the target level is not touched; but one with a dead control unit is not called done either."""
    if seen and seen.svk and seen.in_bootloader:
        raise RefusedError(
            "the vehicle has the target integration level, but this control unit's software is not proven: found "
            f"{listed(seen.svk.entries)}, {seen.svk.check.explanation}",
            where=where(unit),
            do="program this control unit again with the dealer tool before the vehicle is given back",
        )
    return Action.NONE, "the vehicle already has the target integration level or a higher one"


def line(
    unit: CampaignUnit,
    seen: UnitSeen | None,
    action: Action,
    why: str,
    rate_bytes_per_s: float = RATE_BYTES_PER_S,
) -> PlanUnit:
    """One line of a plan: what is done to a control unit, and how long that takes by its own word."""
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
        max_attempts=unit.max_attempts if action is Action.NONE else attempts_allowed(unit, seen),
        abort_recoverable=unit.abort_recoverable,
        unsafe_to_unplug=_unsafe(unit, writing_s) if blocks else "",
        in_bootloader=bool(seen and seen.in_bootloader),
        security=unit.security,
        security_level=unit.security_level,
        erase_suffix=unit.erase_suffix,
        coding=unit.coding,
        alone=unit.alone,
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


def _hash(value: object) -> str:
    return hashlib.sha256(to_json(value).encode("utf-8")).hexdigest()
