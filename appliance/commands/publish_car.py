"""A simulated car made from a campaign: one that the campaign is for, with everything it asks a car to have.

The bench's control units answer for it (`bench.control_unit`), so this car can do what they can.  What a campaign asks
beyond that is told as an `obstacle`; what has to be played differently is told as a `substitution`.  Nothing is passed
off for tried that was not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from appliance.bench.car import BODY, CLUSTER, DME, GATEWAY, PROFILES, SLOW_CLUSTER, SLOW_DME, Car
from appliance.bench.control_unit import ControlUnit
from appliance.bench.memory import CarMemory, Slot, SlotState, UnitMemory
from appliance.bench.scenarios import ORDER, TRAILER
from appliance.bench.security import BENCH_PROVIDER
from appliance.bench.unit.profile import Profile
from appliance.bench.unit.software import CLASSES
from appliance.campaign.catalogue import Catalogue, CatalogueUnit, Fitted, Place, Variant, as_campaign_unit
from appliance.campaign.eligibility import body_of
from appliance.campaign.model import Campaign, CampaignUnit, Datablock, Kind
from appliance.campaign.software import name, version
from appliance.car.integration_level import Level, Levels, encode_levels
from appliance.car.sgbm import SgbmId
from appliance.car.vehicle_order import VehicleOrder, encode_vehicle_order
from appliance.commands.publish_words import PLAIN, either_and, full_month
from appliance.firmware.synthetic import MINIMUM_LENGTH

_SERIES, _LEVEL_SERIES = re.compile(r"[A-Z0-9]{4}"), re.compile(r"[A-Z0-9]{3,4}")
SOME_LEVEL = 16, 7, 502  # year, month, version
VIN = "WMWZZ11000T000001"  # of a type code nobody has, so that it speaks against no body
CODING = bytes.fromhex("0102 0304 0506 0708")  # what any coding record of the simulated car holds, or begins with
FLASH_LEVEL = 0x11  # the only level that opens flash memory of the bench (`bench.unit.access`)
# As slow as the real DME of facts.md §3.4: what a control unit takes that nobody has measured.
ANY = Profile("control unit", erase_s=100.0, check_s=45.0, reset_s=4.0, timings=(120, 60, 1, 10, 5, 20))
_KNOWN = {GATEWAY: PROFILES[GATEWAY], DME: SLOW_DME, BODY: PROFILES[BODY], CLUSTER: SLOW_CLUSTER}


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What a dry run works with.

    Attributes:
        campaign / catalogue: The author's, with what the bench cannot take replaced by what it can; catalogue None: the
            campaign goes by none.
        car: Made for it.
        open_list: The car's VIN, where only the list of open campaigns can decide; None: no list.
        story: The car in words.
        substitutions: What was replaced, a sentence each.
    """

    campaign: Campaign
    car: CarMemory
    open_list: frozenset[str] | None
    story: str
    substitutions: tuple[str, ...]
    catalogue: Catalogue | None = None


class AnyCar(Car):
    """A car whose control units may have any address."""

    def _unit(self, unit: UnitMemory) -> ControlUnit:
        vehicle = self.memory if unit.address == GATEWAY else None
        return ControlUnit(unit, _KNOWN.get(unit.address, ANY), self.world, self._keep, vehicle)


def obstacles(campaign: Campaign, catalogue: Catalogue | None = None) -> Iterator[str]:
    """Why no simulated car can be made for it; none: it can."""
    campaign = _with_level(campaign, catalogue)
    body, series = campaign.affected.bodies[0], series_of(campaign.affected.bodies[0])
    if not _SERIES.fullmatch(series) or body_of(replace(ORDER, series=series)) != body:
        yield f"no vehicle order says {body}"
    for key in campaign.affected.type_keys[:1]:
        if not _SERIES.fullmatch(key):
            yield f"no vehicle order has the type key {key}"
    if not _LEVEL_SERIES.fullmatch(campaign.affected.main_series[0]):
        yield f"no integration level begins with {campaign.affected.main_series[0]}"
    for unit in campaign.units:
        for one in (*unit.hwel, *unit.bootloader, *unit.target_software):
            if one.class_name.lower() not in CLASSES:
                yield f"the bench's control units name no {one.class_name} ({unit.name})"
        for block in unit.datablocks:
            if block.length < MINIMUM_LENGTH:
                yield f"{block.name} of {unit.name} is shorter than {MINIMUM_LENGTH} bytes"
            if campaign.kind is not Kind.RECOVERY and _before(unit, block) is None:
                yield f"there is no lower version of {block.software.psdz} that {unit.name} could have before"


def rehearsed(author: Campaign, catalogue: Catalogue | None = None) -> Rehearsed:
    """A car for a campaign that has no `obstacles`; for a recovery, one whose first control unit is stuck."""
    campaign = _with_level(author, catalogue)
    recovers = campaign.kind is Kind.RECOVERY
    series = campaign.affected.main_series[0]
    month = _month(campaign)
    before = _level_before(campaign, series)
    levels = Levels(before, before, before)
    order = replace(
        ORDER,
        series=series_of(campaign.affected.bodies[0]),
        year=month[0],
        month=month[1],
        type_key=(*campaign.affected.type_keys, ORDER.type_key)[0],
    )
    units = {GATEWAY: UnitMemory(GATEWAY, ("hwel_00001c31-003_001_007",), ())}
    units |= {one: UnitMemory(one, (), ()) for one in _bystanders(campaign)}
    units |= {unit.address: _stuck(unit) if recovers else _memory(unit) for unit in campaign.units}
    units |= {at: replace(units[at], fixed=(*units[at].fixed, *needed)) for at, needed in _needed(campaign)}
    decided = _window_decides(campaign)
    return Rehearsed(
        campaign=replace(author, units=tuple(_simulated(unit) for unit in author.units)),
        car=CarMemory(
            scenario="dry-run",
            vin=VIN,
            order=_data(encode_vehicle_order(order, TRAILER)),
            levels=_data(encode_levels(levels, TRAILER)),
            units=tuple(units.values()),
        ),
        open_list=None if decided else frozenset({VIN}),
        story=_story(campaign, order, before, decided=decided),
        substitutions=tuple(_substitutions(campaign)),
        catalogue=_simulated_level(catalogue) if catalogue else None,
    )


def _with_level(campaign: Campaign, catalogue: Catalogue | None) -> Campaign:
    """The campaign with the control units that the car has of its catalogue, the first variant of each."""
    units = [one for one in catalogue.units if _fitted(one) and not campaign.unit(one.address)] if catalogue else []
    ranks = {place: rank for rank, place in enumerate(Place)}
    units.sort(key=lambda one: ranks[one.place])
    brought = (as_campaign_unit(one, one.variants[0], len(campaign.units) + n) for n, one in enumerate(units, 1))
    return replace(campaign, units=(*campaign.units, *brought))


def _fitted(unit: CatalogueUnit) -> bool:
    by_order = unit.fitted is Fitted.BY_ORDER and set(unit.options) & set(ORDER.options)
    return unit.fitted is Fitted.ALWAYS or bool(by_order)


def series_of(body: str) -> str:
    """The main series a vehicle order writes for a body: `F056` for an F56, `G011` for a G11."""
    return f"{body[0]}0{body[1:]}" if len(body) == 3 else body


def _data(answer: bytes) -> bytes:
    """Without the response's service and identifier."""
    return answer[3:]


def _window_decides(campaign: Campaign) -> bool:
    first, last = campaign.affected.produced_from, campaign.affected.produced_to
    return not (first and last) or full_month(first, last) is not None


def _month(campaign: Campaign) -> tuple[int, int]:
    """Year and month of construction: whole in the window if it holds one."""
    first, last = campaign.affected.produced_from, campaign.affected.produced_to
    if not (first and last):
        return ORDER.year, ORDER.month
    return full_month(first, last) or (first.year, first.month)


def _level_before(campaign: Campaign, series: str) -> Level:
    """A level from which the campaign starts."""
    for one in campaign.affected.level_ranges:
        if one.min.series == series:
            return one.min
    target = campaign.target(series)
    if target is None:  # a recovery raises no level
        return Level(series, *SOME_LEVEL)
    return replace(target, year=target.year - 1) if target.year else replace(target, version=max(0, target.version - 1))


def _stuck(unit: CampaignUnit) -> UnitMemory:
    """As a failed flash leaves it: it answers, names hardware and bootloader, and its software and coding are gone."""
    return UnitMemory(
        unit.address,
        (unit.hwel[0].psdz, unit.bootloader[0].psdz),
        tuple(Slot(block.address, block.length, "", SlotState.ERASED, clean=False) for block in unit.datablocks),
        dependencies_good=False,
        coding=tuple((did, b"\xff" * len(data)) for did, data in _coding(unit)),
        individual=tuple((did, b"\xff" * len(CODING)) for did in unit.individual),
    )


def _memory(unit: CampaignUnit) -> UnitMemory:
    carried = {block.software for block in unit.datablocks}
    kept = (one for one in unit.target_software if one not in carried)
    return UnitMemory(
        unit.address,
        tuple(one.psdz for one in (unit.hwel[0], *unit.bootloader[:1], *kept)),
        tuple(Slot(block.address, block.length, _text(_before(unit, block))) for block in unit.datablocks),
        coding=_coding(unit),
        individual=tuple((did, CODING) for did in unit.individual),
    )


def _coding(unit: CampaignUnit) -> tuple[tuple[int, bytes], ...]:
    """Each record as long as the campaign's rules of new coding need it; how long a real one is, nobody says."""
    longest = {did: max((rule.byte + 1 for rule in unit.recode if rule.did == did), default=0) for did in unit.coding}
    return tuple((did, CODING.ljust(length, b"\x00")) for did, length in longest.items())


def _before(unit: CampaignUnit, block: Datablock) -> SgbmId | None:
    """What the control unit has where a datablock goes; None: there is nothing lower."""
    if unit.from_software:
        return next((one for one in unit.from_software if name(one) == name(block.software)), None)
    main, sub, patch = version(block.software)
    if patch:
        return replace(block.software, patch=patch - 1)
    if sub:
        return replace(block.software, sub=sub - 1)
    return replace(block.software, main=main - 1) if main else None


def _text(software: SgbmId | None) -> str:
    assert software is not None, "obstacles were asked for"
    return software.psdz


def _bystanders(campaign: Campaign) -> tuple[int, ...]:
    """Who else is asked something."""
    body = () if campaign.body_address is None else (campaign.body_address,)
    needs = (need.address for unit in campaign.units for need in unit.needs)
    return tuple(dict.fromkeys((*body, *(one.address for one in campaign.supply), *needs)))


def _needed(campaign: Campaign) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Software that others must carry, where they do not get it from the campaign itself."""
    brought = {unit.address for unit in campaign.units}
    for unit in campaign.units:
        for need in unit.needs:
            if need.address not in brought:
                yield need.address, (need.software.psdz,)


def _simulated(unit: CampaignUnit) -> CampaignUnit:
    blocks = tuple(replace(block, data_format=PLAIN) for block in unit.datablocks)
    return replace(unit, datablocks=blocks, security=BENCH_PROVIDER, security_level=FLASH_LEVEL)


def _simulated_level(catalogue: Catalogue) -> Catalogue:
    units = (replace(one, variants=tuple(map(_simulated_variant, one.variants))) for one in catalogue.units)
    return replace(catalogue, units=tuple(units))


def _simulated_variant(one: Variant) -> Variant:
    blocks = tuple(replace(block, data_format=PLAIN) for block in one.datablocks)
    return replace(one, datablocks=blocks, security=BENCH_PROVIDER, security_level=FLASH_LEVEL)


def _substitutions(campaign: Campaign) -> Iterator[str]:
    for unit in campaign.units:
        if not unit.datablocks and not unit.coding:  # of a level catalogue: only looked at
            continue
        if unit.security != BENCH_PROVIDER:
            yield f"the bench's stand-in opened {unit.name}; {unit.security} was not tried"
        if unit.security_level != FLASH_LEVEL:
            yield f"{unit.name} was opened at level 0x{FLASH_LEVEL:02X}, not at 0x{unit.security_level:02X}"
        if unit.recode:
            yield f"coding data of {unit.name} were as long as its rules need them; a real one may hold fewer bytes"
        for block in unit.datablocks:
            if block.data_format != PLAIN:
                yield f"{block.name} was sent plain, not with data format 0x{block.data_format:02X}"
        if unit.address not in _KNOWN:
            yield f"nobody has measured {unit.name} (0x{unit.address:02X}): it took the times of a real DME"
    if campaign.kind is Kind.RECOVERY:
        yield from (
            f"{unit.name} was left alone: one control unit is recovered at a time" for unit in campaign.units[1:]
        )
    for one in campaign.supply:
        if _KNOWN.get(one.address, ANY).voltage_did != one.did:
            yield f"0x{one.address:02X} did not tell its voltage: that of the bench knows no DID {one.did:04X}"


def _story(campaign: Campaign, order: VehicleOrder, before: Level, *, decided: bool) -> str:
    listed = "" if decided else ", on the list of open campaigns"
    stuck = " in its bootloader" if campaign.kind is Kind.RECOVERY else ""
    units = either_and([f"{unit.name} 0x{unit.address:02X}{stuck}" for unit in campaign.units])
    built = f"{order.month:02}/{order.year}"
    return f"a simulated {campaign.affected.bodies[0]} built in {built}, level {before}{listed}, with {units}"
