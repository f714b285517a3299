"""What must hold between the values of a campaign.

Each rule yields a key path and a sentence; `campaign.load` turns the first into an error with the line of the file.
Pure.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from math import isfinite
from typing import TypeAlias

from appliance.campaign.model import (
    ADDRESS_SPACE,
    AlreadyAtTargetMeans,
    Campaign,
    CampaignUnit,
    Datablock,
    Kind,
    Occasion,
)
from appliance.campaign.needs import contradictions
from appliance.campaign.recode import recode_problems
from appliance.campaign.software import SOFTWARE, name, version
from appliance.car.integration_level import Comparison, compare
from appliance.car.own_voltage import LONGEST_BYTES
from appliance.car.sgbm import ProcessClass, SgbmId
from appliance.toml_file import KeyPath

GATEWAY = 0x10  # facts.md §1, confirmed
LONGEST_DATA = 4092  # of a data identifier: ISO-TP's 4095 bytes without `62` and the identifier (ISO 15765-2)

Problem: TypeAlias = tuple[KeyPath, str]


def problems(campaign: Campaign) -> Iterator[Problem]:
    """Everything that contradicts itself, in the order of the file's usual layout."""
    if campaign.kind is Kind.RECOVERY:
        yield from _recovery(campaign)
    else:
        yield from _affected(campaign)
        yield from _targets(campaign)
        yield from _labour(campaign)
    if not campaign.units and not campaign.levels:
        yield ("units",), "there is no control unit to program"
    yield from _levels(campaign)
    yield from repeated(("units",), "address", [unit.address for unit in campaign.units], "0x{:02X}")
    yield from repeated(("units",), "order", [unit.order for unit in campaign.units])
    for index, unit in enumerate(campaign.units):
        for at, what in unit_problems(unit):
            yield ("units", index, *at), what
        if not unit.datablocks and not unit.coding:
            yield ("units", index), "neither datablocks nor coding: nothing would be done"
    for index, number, what in contradictions(campaign.units, campaign.max_open):
        yield ("units", index, "needs", number), what
    yield from _at_once(campaign)
    yield from shared_files(
        (("units", u, "datablocks", b), block)
        for u, unit in enumerate(campaign.units)
        for b, block in enumerate(unit.datablocks)
    )
    yield from _supply(campaign)


def _recovery(campaign: Campaign) -> Iterator[Problem]:
    """It has no bulletin: nothing to claim, and no level to raise; but what is written must be known in full."""
    for key in ("main_series", "bodies"):
        if not getattr(campaign.affected, key):
            yield ("affected", key), "the list is empty"
    for key in ("targets", "labour", "defect_code"):
        if getattr(campaign, key):
            yield (key,), "a recovery has none: it raises no integration level and claims nothing"
    for index, unit in enumerate(campaign.units):
        for key in ("bootloader", "datablocks"):
            if not getattr(unit, key):
                yield ("units", index, key), "the list is empty: a recovery must know the bootloader and bring software"


def _levels(campaign: Campaign) -> Iterator[Problem]:
    """Whether the catalogue fits is `campaign.fit`: it is another file."""
    if campaign.levels and campaign.kind is Kind.RECOVERY:
        yield ("levels",), "a recovery has none: it raises no integration level"
    elif campaign.levels and len(campaign.targets) != 1:
        yield ("levels",), "a catalogue stands for one main series: write a campaign of its own for each target"
    if campaign.only and not campaign.levels:
        yield ("only",), "levels is missing: without a catalogue there is nothing to choose from"
    yield from repeated(("only",), "", campaign.only, "0x{:02X}")


def _affected(campaign: Campaign) -> Iterator[Problem]:
    affected = campaign.affected
    if not campaign.defect_code:
        yield ("defect_code",), "expected digits, with or without spaces"
    for key, values in (("main_series", affected.main_series), ("bodies", affected.bodies)):
        if not values:
            yield ("affected", key), "the list is empty"
        yield from repeated(("affected", key), "", values)
    first, last = affected.produced_from, affected.produced_to
    if (first is None) != (last is None):
        given = "produced_from" if first else "produced_to"
        yield ("affected", given), "produced_from and produced_to belong together"
    if first and last and last < first:
        yield ("affected", "produced_to"), f"the production window ends on {last}, before it begins on {first}"
    if first is None and not affected.level_ranges:
        yield ("affected",), "neither a production window nor a level range says which vehicles are affected"
    yield from repeated(("affected", "level_ranges"), "", [one.min.series for one in affected.level_ranges])
    for index, one in enumerate(affected.level_ranges):
        at: KeyPath = ("affected", "level_ranges", index)
        if compare(one.min, one.below) is not Comparison.BELOW:
            yield at, f"{one.min} is not a lower level than {one.below} of the same main series"
        if one.min.series not in affected.main_series:
            yield at, f"{one.min.series} is not one of the affected main series"
    ranged = {one.min.series for one in affected.level_ranges}
    for index, series in enumerate(affected.main_series):
        if ranged and series not in ranged:
            yield ("affected", "main_series", index), f"other main series have a level range, {series} has none"


def _targets(campaign: Campaign) -> Iterator[Problem]:
    yield from repeated(("targets",), "series", [target.series for target in campaign.targets])
    for index, target in enumerate(campaign.targets):
        if target.level.series != target.series:
            yield ("targets", index, "level"), f"{target.level} is no level of the main series {target.series}"
        if target.series not in campaign.affected.main_series:
            yield ("targets", index, "series"), f"{target.series} is not one of the affected main series"
    for index, series in enumerate(campaign.affected.main_series):
        if campaign.target(series) is None:
            yield ("affected", "main_series", index), f"there is no target for {series}"


def _labour(campaign: Campaign) -> Iterator[Problem]:
    yield from repeated(("labour",), "when", [one.when.value for one in campaign.labour])
    yield from repeated(("labour",), "number", [one.number for one in campaign.labour])
    needed = {Occasion.PROGRAMMED}
    if campaign.already_at_target is AlreadyAtTargetMeans.CLAIM_AND_FINISH:
        needed.add(Occasion.ALREADY_AT_TARGET)
    for index, one in enumerate(campaign.labour):
        if one.when not in needed:
            yield ("labour", index), f"{one.when.value} is to be diagnosed further, so there is nothing to claim for it"
    for occasion in Occasion if campaign.raises_level else ():  # no bulletin may pay for control units programmed alone
        if occasion in needed and campaign.labour_for(occasion) is None:
            yield ("labour",), f"there is no labour operation for the outcome {occasion.value}"


def unit_problems(unit: CampaignUnit) -> Iterator[Problem]:
    """What contradicts itself inside one control unit; key paths begin inside it."""
    if not unit.hwel:
        yield ("hwel",), "the list is empty: software without hardware it is made for is never programmed"
    if not unit.target_software:
        yield ("target_software",), "the list is empty"
    yield from _classes("hwel", unit.hwel, {ProcessClass.HWEL.name})
    yield from _classes("bootloader", unit.bootloader, {ProcessClass.BTLD.name})
    yield from _classes("target_software", unit.target_software, SOFTWARE)
    yield from _classes("from_software", unit.from_software, SOFTWARE)
    yield from repeated(("target_software",), "", [name(one) for one in unit.target_software])
    yield from repeated(("coding",), "", unit.coding, "0x{:04X}")
    yield from recode_problems(unit)
    yield from repeated(("individual",), "", unit.individual, "0x{:04X}")
    if unit.individual and not unit.datablocks:
        yield ("individual",), "datablocks is missing: only what is programmed loses individual data"
    for index, did in enumerate(unit.individual):
        if did in unit.coding:
            yield ("individual", index), f"0x{did:04X} is in coding as well"
    for index, one in enumerate(unit.from_software):
        higher = [t for t in unit.target_software if name(t) == name(one) and version(t) < version(one)]
        if higher:
            yield ("from_software", index), f"{one.psdz} is higher than the target {higher[0].psdz}"
    yield from _lowers(unit)
    yield from _datablocks(unit)


def _lowers(unit: CampaignUnit) -> Iterator[Problem]:
    """The exception from "nothing is replaced by something lower": exact versions, and a reason."""
    yield from _classes("lowers", unit.lowers, SOFTWARE)
    for index, one in enumerate(unit.lowers):
        if not any(name(target) == name(one) and version(one) > version(target) for target in unit.target_software):
            yield ("lowers", index), f"{one.psdz} is not higher than the target's, so there is no exception to make"
    if unit.lowers and not unit.lowers_why.strip():
        yield ("lowers",), "lowers_why is missing: who replaces something by something lower says why"
    if unit.lowers_why and not unit.lowers:
        yield ("lowers_why",), "lowers is missing: the reason has no exception"
    for index, need in enumerate(unit.needs):
        if need.software.class_name not in SOFTWARE:
            yield ("needs", index, "software"), f"expected software, found {need.software.psdz}"


def _datablocks(unit: CampaignUnit) -> Iterator[Problem]:
    blocks = unit.datablocks
    yield from repeated(("datablocks",), "name", [block.name for block in blocks])
    yield from repeated(("datablocks",), "file", [block.file for block in blocks])
    for index, block in enumerate(blocks):
        at: KeyPath = ("datablocks", index)
        if block.software not in unit.target_software:
            yield (*at, "software"), f"{block.software.psdz} is not in target_software"
        if block.address + block.length > ADDRESS_SPACE:
            yield (*at, "length"), "it reaches beyond the four-byte address space"
        if other := next((one for one in blocks[:index] if _overlap(one, block)), None):
            yield (*at, "address"), f"{block.name} overlaps {other.name} ({_span(other)})"


def _at_once(campaign: Campaign) -> Iterator[Problem]:
    """The gateway carries everybody's messages, and the unit of the power mode everybody's ignition (terminal 15)."""
    critical = {GATEWAY: "the gateway", campaign.body_address: "body_address"}
    for index, unit in enumerate(campaign.units):
        who = critical.get(unit.address)
        if campaign.max_open > 1 and who and not unit.alone:
            yield ("units", index, "address"), f"{who} is programmed alone; with max_open above 1 write alone = true"
    if campaign.max_open > 1 and campaign.kind is Kind.RECOVERY:
        yield ("max_open",), "a recovery programs one control unit and nothing else"


def shared_files(blocks: Iterable[tuple[KeyPath, Datablock]]) -> Iterator[Problem]:
    """Two control units may share a file, but not mean different content by it.

    Args:
        blocks: Every datablock of the file, with its key path.
    """
    seen: dict[str, Datablock] = {}
    for at, block in blocks:
        first = seen.setdefault(block.file, block)
        if (first.sha256, first.length) != (block.sha256, block.length):
            yield (*at, "file"), f"{block.file} was given another hash or length before"


def _supply(campaign: Campaign) -> Iterator[Problem]:
    for index, one in enumerate(campaign.supply):
        rules = {
            "address": (0 <= one.address <= 0xEE, "a control unit address, 0x00 to 0xEE"),
            "did": (0 <= one.did <= 0xFFFF, "a data identifier, 0x0000 to 0xFFFF"),
            "length": (1 <= one.length <= LONGEST_BYTES, f"1 to {LONGEST_BYTES} bytes"),
            "first_byte": (0 <= one.first_byte <= LONGEST_DATA - one.length, "0 or more, and inside an answer"),
            "divide": (isfinite(one.divide) and one.divide != 0, "a number other than 0"),
            "add": (isfinite(one.add), "a number"),
        }
        for key, (holds, expected) in rules.items():
            if not holds:
                yield ("supply", index, key), f"expected {expected}, found {getattr(one, key)}"
    yield from repeated(("supply",), "did", [f"0x{one.address:02X} with {one.did:04X}" for one in campaign.supply])


def _classes(key: str, units: Iterable[SgbmId], allowed: Iterable[str]) -> Iterator[Problem]:
    for index, one in enumerate(units):
        if one.class_name not in allowed:
            yield (key, index), f"expected {' or '.join(sorted(allowed))}, found {one.psdz}"


def repeated(at: KeyPath, key: str, values: Iterable[Hashable], shape: str = "{}") -> Iterator[Problem]:
    """Values that are there twice; `key` is the field of each that holds it, empty: the value itself."""
    seen: set[Hashable] = set()
    for index, value in enumerate(values):
        if value in seen:
            yield (*at, index, *([key] if key else [])), f"{shape.format(value)} is there twice"
        seen.add(value)


def _overlap(one: Datablock, other: Datablock) -> bool:
    return one.address < other.address + other.length and other.address < one.address + one.length


def _span(block: Datablock) -> str:
    return f"0x{block.address:08X} to 0x{block.address + block.length - 1:08X}"
