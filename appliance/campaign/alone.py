"""One control unit of a campaign programmed alone, which the manufacturer's tool cannot.

It is the same campaign with one control unit: the same vehicles, the same hardware, software and needs.  Nothing is
claimed for it, because no bulletin pays for a part of itself, and no integration level is raised, because that is the
vehicle's (law 9).  A vehicle that has the level already, and a control unit that was replaced since, are its reason.

Pure.  Sources: facts.md §4, §5.5; decision 0026.
"""

from __future__ import annotations

from dataclasses import replace

from appliance.campaign.catalogue import Catalogue, brought_to
from appliance.campaign.model import Campaign, CampaignUnit
from appliance.errors import RefusedError


def alone(campaign: Campaign, catalogue: Catalogue | None, address: int) -> Campaign:
    """The campaign, for the control unit at `address` and nothing else.

    Args:
        catalogue: The one the campaign goes by; None: it goes by none.

    Raises:
        RefusedError: neither of them has anything for this control unit.
    """
    every = brought_to(campaign, catalogue)
    found = [unit for unit in every if unit.address == address and (unit.datablocks or unit.coding)]
    if not found:
        raise RefusedError(
            f"the campaign {campaign.id} brings nothing for this control unit",
            where=f"control unit 0x{address:02X}",
            do=f"it has {_listed(every)}; import a campaign that has this one",
        )
    own = campaign.unit(address)
    return replace(
        campaign,
        title=f"{campaign.title}: {found[0].name} 0x{address:02X} alone",
        units=(own,) if own else (),
        only=() if own else (address,),
        levels="" if own else campaign.levels,
        raises_level=False,
        labour=(),
        max_open=1,
    )


def _listed(units: tuple[CampaignUnit, ...]) -> str:
    names = {unit.address: f"0x{unit.address:02X} {unit.name}" for unit in units if unit.datablocks or unit.coding}
    return ", ".join(names.values()) or "nothing at all"
