"""A level catalogue: which software belongs to an integration level, for every control unit the level stands for.

Rules.  One file stands for one level of one main series.  A control unit has an address and one or more variants; a
variant is told by its hardware, its bootloader and the names of its software, and says what it carries at the level,
and with what it gets there.  A variant without datablocks and coding is only looked at: whether the vehicle is at the
level can then be told, although the catalogue brings nothing.  A control unit the level says nothing of is `outside`.

It is a value like a campaign, written and signed by the same authors; a campaign names it (`Campaign.levels`).  Rules
of a single value stand beside it; rules between values are in `campaign.catalogue_check`.

Sources: facts.md §3.2 (software units), §4 (the level belongs to the vehicle), §5.5 (measures of a whole vehicle);
decision 0026.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Annotated

from appliance.campaign.model import (
    Attempts,
    Campaign,
    CampaignUnit,
    Cuts,
    Datablock,
    Did,
    FileName,
    Need,
    Recode,
    SecurityLevel,
    Text,
    UnitAddress,
)
from appliance.car.integration_level import Level
from appliance.car.sgbm import SgbmId
from appliance.toml_file import Rule

Option = Annotated[  # facts.md §8: three characters
    str,
    Rule(
        "an option of the vehicle order, three capital letters or digits",
        lambda text: len(text) == 3 and text.isascii() and text.isalnum() and text == text.upper(),
    ),
]


class Fitted(Enum):
    """Which vehicles have a control unit."""

    ALWAYS = "always"
    BY_ORDER = "by-order"  # those whose vehicle order has one of `options`
    EITHER = "either"  # the order does not tell; one that is silent counts as not fitted


class Place(Enum):
    """Where a control unit comes in the order of work, as far as needs leave a choice."""

    FIRST = "first"
    BETWEEN = "between"
    LAST = "last"


@dataclass(frozen=True, slots=True)
class Variant:
    """One of the control units an address may hold, and what it carries at the level.

    Attributes:
        name: For people, and unlike the other variants' of the address.
        datablocks: In the order they are written; empty: this catalogue brings no software for it.
        security: Name of the SecurityAccess provider; empty: nothing is done that asks for one.

    Everything else: as in `CampaignUnit`.
    """

    name: Text
    hwel: tuple[SgbmId, ...]
    target_software: tuple[SgbmId, ...]
    bootloader: tuple[SgbmId, ...] = ()
    from_software: tuple[SgbmId, ...] = ()
    datablocks: tuple[Datablock, ...] = ()
    coding: tuple[Did, ...] = ()
    recode: tuple[Recode, ...] = ()
    individual: tuple[Did, ...] = ()
    security: str = ""
    security_level: SecurityLevel = 0x11
    erase_suffix: bytes = b"\x06"
    abort_recoverable: bool = False
    max_attempts: Attempts = 3
    max_cuts: Cuts = 12
    needs: tuple[Need, ...] = ()
    lowers: tuple[SgbmId, ...] = ()
    lowers_why: str = ""


@dataclass(frozen=True, slots=True)
class CatalogueUnit:
    """One address of the vehicles this level is for.

    Attributes:
        options: With `by-order`: one of these in the vehicle order means that it is fitted.
        alone / critical: As in `CampaignUnit`; the gateway and the unit of the power mode are both without being said.
    """

    address: UnitAddress
    name: Text
    variants: tuple[Variant, ...]
    fitted: Fitted = Fitted.ALWAYS
    options: tuple[Option, ...] = ()
    place: Place = Place.BETWEEN
    alone: bool = False
    critical: bool = False

    @property
    def label(self) -> str:
        """How messages name it among others."""
        return f"{self.name} 0x{self.address:02X}"


@dataclass(frozen=True, slots=True)
class Outside:
    """A control unit that vehicles may have and that the level says nothing of.

    Attributes:
        why: The reason, which the plan repeats.
    """

    address: UnitAddress
    name: Text
    why: Text


@dataclass(frozen=True, slots=True)
class Catalogue:
    """What an integration level stands for.

    Attributes:
        id: Its name in the firmware cache.
        source: Where its author has it from, as one would cite it.
        units: In the order they are programmed where nothing else decides.
    """

    id: FileName
    title: Text
    source: Text
    level: Level
    units: tuple[CatalogueUnit, ...]
    outside: tuple[Outside, ...] = ()
    notes: tuple[Text, ...] = ()

    def unit(self, address: int) -> CatalogueUnit | None:
        """The control unit at `address`; None: the level does not stand for it."""
        return next((one for one in self.units if one.address == address), None)


def as_campaign_unit(unit: CatalogueUnit, variant: Variant, order: int = 0) -> CampaignUnit:
    """A variant as the control unit of a campaign, which is how it is judged, planned and programmed."""
    return CampaignUnit(
        address=unit.address,
        name=unit.name,
        order=order,
        hwel=variant.hwel,
        target_software=variant.target_software,
        security=variant.security,
        abort_recoverable=variant.abort_recoverable,
        bootloader=variant.bootloader,
        from_software=variant.from_software,
        datablocks=variant.datablocks,
        coding=variant.coding,
        recode=variant.recode,
        individual=variant.individual,
        security_level=variant.security_level,
        erase_suffix=variant.erase_suffix,
        max_attempts=variant.max_attempts,
        max_cuts=variant.max_cuts,
        alone=unit.alone,
        critical=unit.critical,
        needs=variant.needs,
        lowers=variant.lowers,
        lowers_why=variant.lowers_why,
    )


def brought(catalogue: Catalogue) -> tuple[CampaignUnit, ...]:
    """Every variant of every control unit, as the control unit of a campaign."""
    return tuple(as_campaign_unit(unit, variant) for unit in catalogue.units for variant in unit.variants)


def brought_to(campaign: Campaign, catalogue: Catalogue | None) -> tuple[CampaignUnit, ...]:
    """What a campaign has for control units: its own entries, and of its catalogue those it does not name itself.

    Args:
        catalogue: One that is not the campaign's brings nothing; None: there is none.
    """
    if catalogue is None or campaign.levels != catalogue.id:
        return campaign.units
    return (*campaign.units, *(one for one in brought(catalogue) if campaign.unit(one.address) is None))


def chosen(campaign: Campaign, catalogue: Catalogue | None) -> tuple[CampaignUnit, ...]:
    """Of `brought_to`, what the campaign may program: with `only`, no others of the catalogue."""
    every = brought_to(campaign, catalogue)
    return tuple(
        one for one in every if not campaign.only or one.address in campaign.only or campaign.unit(one.address)
    )
