"""What a control unit's new software needs of the others, checked before contact.

Rules.  A need names software that another control unit must carry, that version or a higher one.  It is met by what
that control unit says now, or by what this campaign programs it with *before*.  One that is met only afterwards is not
met: until then two control units would stand side by side that do not understand each other.  A control unit that does
not say what it carries meets nothing (law 3).

Sources: ISO 22901-1, 7.5 (dependencies between ECU-MEMs); facts.md §3.2.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from appliance.campaign.model import Campaign, CampaignUnit, Need
from appliance.campaign.software import listed, name, version
from appliance.campaign.suitability import where
from appliance.car.sgbm import SgbmId
from appliance.car.vehicle import UnitSeen
from appliance.errors import RefusedError


def require_needs(campaign: Campaign, seen: Sequence[UnitSeen], programmed: Sequence[int]) -> None:
    """Check what each control unit that is programmed needs of the others.

    Args:
        programmed: Addresses of those that this plan programs.

    Raises:
        RefusedError: what is needed, what was found, and what to do.
    """
    by_address = {one.address: one for one in seen}
    for unit in campaign.units:
        if unit.address in programmed:
            for need in unit.needs:
                _require(campaign, unit, need, by_address, programmed)


def _require(
    campaign: Campaign, unit: CampaignUnit, need: Need, seen: Mapping[int, UnitSeen], programmed: Sequence[int]
) -> None:
    other = seen.get(need.address)
    present = proven_software(other)
    if carries(present, need.software):
        return
    before = [one for one in campaign.units if one.address in programmed and one.order < unit.order]
    if any(one.address == need.address and carries(one.target_software, need.software) for one in before):
        return
    raise RefusedError(
        f"its software needs {need.software.psdz} or higher in control unit 0x{need.address:02X}, found "
        f"{listed(_named(present, need.software)) if present else 'no proven software there'}",
        where=where(unit),
        do=f"bring control unit 0x{need.address:02X} up to date first; nothing was changed",
    )


def proven_software(other: UnitSeen | None) -> tuple[SgbmId, ...]:
    """What a control unit carries beyond doubt; nothing, where it is silent or its own check is not passed."""
    return other.svk.entries if other and other.svk and not other.in_bootloader else ()


def contradictions(units: Sequence[CampaignUnit], at_once: int) -> Iterator[tuple[int, int, str]]:
    """Needs that this campaign itself makes impossible: index of the control unit, of the need, and a sentence.

    Args:
        at_once: How many control units the campaign allows to be programmed at the same time.
    """
    by_address = {one.address: one for one in units}
    for index, unit in enumerate(units):
        for number, need in enumerate(unit.needs):
            other = by_address.get(need.address)
            given = _named(other.target_software, need.software) if other else ()
            if need.address == unit.address:
                yield index, number, "a control unit does not need itself"
            elif other and given and not carries(given, need.software):
                yield index, number, f"{other.name} is given {listed(given)} here"
            elif other and given and not unit.alone and at_once > 1:
                yield index, number, f"{other.name} has to be done before; with max_open above 1 write alone = true"


def carries(entries: Sequence[SgbmId], needed: SgbmId) -> bool:
    """Whether the needed software is among them, in that version or a higher one."""
    return any(version(one) >= version(needed) for one in _named(entries, needed))


def _named(entries: Sequence[SgbmId], needed: SgbmId) -> tuple[SgbmId, ...]:
    return tuple(one for one in entries if name(one) == name(needed))
