"""Of several campaigns the one that a command is about."""

from __future__ import annotations

from collections.abc import Sequence

from appliance.campaign.catalogue import brought_to
from appliance.campaign.model import CampaignUnit
from appliance.campaign.recovery import sources_of
from appliance.campaign.selection import Offer
from appliance.engine.workshop import Trusted
from appliance.errors import UsageError


def require_known(trusted: Trusted, wanted: str) -> None:
    """Check the id of a campaign that was asked for; empty: none was.

    Raises:
        UsageError: the cache holds none of that name.
    """
    ids = [one.campaign.id for one in trusted.offers]
    if wanted and wanted not in ids:
        raise UsageError(f"the firmware cache holds no campaign {wanted!r}", do=f"choose one of: {', '.join(ids)}")


def narrowed(trusted: Trusted, address: int, wanted: str) -> Trusted:
    """The same with the one campaign that brings something for a control unit.

    Args:
        wanted: Id of the campaign; empty: there is one, or all that bring something bring the same.

    Raises:
        UsageError: there is none of that name, or several, that differ.
    """
    require_known(trusted, wanted)
    if wanted:
        return trusted.only(next(one for one in trusted.offers if one.campaign.id == wanted))
    bringing = [one for one in trusted.offers if _brought(one, address)]
    if len({_brought(one, address) for one in bringing}) > 1:
        raise UsageError(
            f"several campaigns bring something for it, and not the same: {_listed(bringing)}",
            where=f"control unit 0x{address:02X}",
            do="say which one: --campaign ID",
        )
    return trusted.only((bringing or trusted.offers)[0])


def for_recovery(trusted: Trusted, address: int, wanted: str) -> Trusted:
    """As `narrowed`, for a control unit that is stuck: whoever has a recovery for it need not say which campaign.

    Raises:
        UsageError: as `narrowed`.
    """
    if not wanted and sources_of(trusted.recoveries, address):
        return trusted.only(trusted.offers[0])
    return narrowed(trusted, address, wanted)


def _brought(offer: Offer, address: int) -> frozenset[tuple[object, ...]]:
    every = brought_to(offer.campaign, offer.catalogue)
    return frozenset(_what(unit) for unit in every if unit.address == address and (unit.datablocks or unit.coding))


def _what(unit: CampaignUnit) -> tuple[object, ...]:
    """What is put into it, and into which hardware; not how it is called, or when its turn comes."""
    data = unit.coding, unit.recode, unit.individual
    return unit.hwel, unit.bootloader, unit.target_software, unit.datablocks, data


def _listed(offers: Sequence[Offer]) -> str:
    return ", ".join(one.campaign.id for one in offers)
