"""Do a campaign and its level catalogue fit, and do campaigns contradict each other?  Questions between files.

Two campaigns contradict each other where both may be for one vehicle and hold one control unit to different software.
Of two levels of one main series the higher one may carry higher versions: who comes later goes on from there.  A
recovery contradicts nobody: it brings back what was lost, and is asked for by name.

Pure.  Source: decision 0026.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from appliance.campaign.catalogue import Catalogue, brought, chosen
from appliance.campaign.model import AffectedVehicles, Campaign, CampaignUnit, Kind
from appliance.campaign.software import listed, name, version
from appliance.car.integration_level import Comparison, compare
from appliance.car.sgbm import SgbmId
from appliance.errors import CampaignError


@dataclass(frozen=True, slots=True)
class Contradiction:
    """One control unit that two campaigns would leave with different software.

    Attributes:
        campaigns: Their ids, in the order they were given.
        software: What each one's target has and the other's has not, in the same order.
    """

    campaigns: tuple[str, str]
    address: int
    name: str
    software: tuple[tuple[SgbmId, ...], tuple[SgbmId, ...]]

    @property
    def sentence(self) -> str:
        """All of it in words."""
        (one, other), (its, others) = self.campaigns, self.software
        return (
            f"{self.name} 0x{self.address:02X} is to carry {listed(its)} by {one} and {listed(others)} by {other}, "
            "and both may be for one vehicle"
        )


def contradictions(campaigns: Sequence[Campaign], catalogues: Sequence[Catalogue] = ()) -> tuple[Contradiction, ...]:
    """Every contradiction among campaigns, with what the catalogues they name bring; none is an empty tuple.

    Args:
        catalogues: A campaign whose catalogue is not among them is judged by its own control units.
    """
    by_id = {one.id: one for one in catalogues}
    judged = [one for one in campaigns if one.kind is not Kind.RECOVERY]
    return tuple(
        found
        for one, other in combinations(judged, 2)
        if _share_vehicles(one.affected, other.affected)
        for found in _between(one, other, by_id.get(one.levels), by_id.get(other.levels))
    )


def require_fit(campaign: Campaign, catalogue: Catalogue) -> None:
    """Check that the campaign means this catalogue, and says nothing else.

    Raises:
        CampaignError: what does not fit.
    """
    for what in _misfits(campaign, catalogue):
        raise CampaignError(
            what,
            where=f"campaign {campaign.id}, level catalogue {catalogue.id}",
            do="correct one of the two; nothing was changed",
        )


def _misfits(campaign: Campaign, catalogue: Catalogue) -> Iterator[str]:
    if campaign.levels != catalogue.id:
        yield f"the campaign goes by the level catalogue {campaign.levels or 'none'}"
    for target in campaign.targets:
        if target.level != catalogue.level:
            yield f"the campaign's target is {target.level}, the catalogue is {catalogue.level}"
    for address in campaign.only:
        if catalogue.unit(address) is None:
            yield f"only names 0x{address:02X}, which the catalogue does not know"
    for unit in campaign.units:
        for theirs in brought(catalogue):
            if _same_unit(unit, theirs) and (differing := _differing(unit, theirs)) != ((), ()):
                yield (
                    f"{unit.name} 0x{unit.address:02X} is to carry {listed(differing[0])} by the campaign and "
                    f"{listed(differing[1])} by the catalogue"
                )
            elif _same_unit(unit, theirs) and not {*theirs.recode} <= {*unit.recode}:
                yield f"{unit.name} 0x{unit.address:02X} is coded anew by the catalogue, and not so by the campaign"


def _between(
    one: Campaign, other: Campaign, its: Catalogue | None, others: Catalogue | None
) -> Iterator[Contradiction]:
    for a, b in product(chosen(one, its), chosen(other, others)):
        if not _same_unit(a, b) or (software := _differing(a, b)) == ((), ()):
            continue
        if not (_follows(one, other, a, b) or _follows(other, one, b, a)):
            yield Contradiction((one.id, other.id), a.address, a.name, software)


def _same_unit(one: CampaignUnit, other: CampaignUnit) -> bool:
    """Whether there can be a control unit that both mean: `campaign.variants` tells them by the same three."""
    if one.address != other.address or not set(one.hwel) & set(other.hwel):
        return False
    if one.bootloader and other.bootloader and not set(one.bootloader) & set(other.bootloader):
        return False
    return bool({name(s) for s in one.target_software} & {name(s) for s in other.target_software})


def _differing(one: CampaignUnit, other: CampaignUnit) -> tuple[tuple[SgbmId, ...], tuple[SgbmId, ...]]:
    its, others = one.target_software, other.target_software
    return tuple(s for s in its if s not in others), tuple(s for s in others if s not in its)


def _follows(later: Campaign, earlier: Campaign, after: CampaignUnit, before: CampaignUnit) -> bool:
    """Whether the later level's software is the earlier one's, higher or the same, unit for unit."""
    levels = {target.series: target.level for target in earlier.targets}
    shared = [(target.level, levels[target.series]) for target in later.targets if target.series in levels]
    if not shared or any(compare(below, level) is not Comparison.BELOW for level, below in shared):
        return False
    old = {name(s): version(s) for s in before.target_software}
    new = {name(s): version(s) for s in after.target_software}
    return old.keys() == new.keys() and all(new[key] >= old[key] for key in old)


def _share_vehicles(one: AffectedVehicles, other: AffectedVehicles) -> bool:
    if not set(one.main_series) & set(other.main_series) or not set(one.bodies) & set(other.bodies):
        return False
    if one.type_keys and other.type_keys and not set(one.type_keys) & set(other.type_keys):
        return False
    if one.produced_from and one.produced_to and other.produced_from and other.produced_to:
        return one.produced_from <= other.produced_to and other.produced_from <= one.produced_to
    return True
