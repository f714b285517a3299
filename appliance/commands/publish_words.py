"""A campaign in plain words, as one colleague tells another: which cars, what is done, what is claimed, what to mind.

Pure: a campaign in, sentences out.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta

from appliance.campaign.catalogue import Catalogue, as_campaign_unit, chosen
from appliance.campaign.claim import MINUTES_PER_FRU
from appliance.campaign.model import (
    AffectedVehicles,
    AlreadyAtTargetMeans,
    Campaign,
    CampaignUnit,
    Kind,
    LabourOperation,
    Occasion,
    Recode,
)
from appliance.campaign.plan import Action, line
from appliance.campaign.recode import change_of

PLAIN = 0x00
KIB = 1024


def cars(campaign: Campaign) -> str:
    """Which cars it hits."""
    affected = campaign.affected
    if campaign.kind is Kind.RECOVERY:
        return (
            f"It is a recovery: any {either(affected.bodies)} whose control unit was left in its bootloader, "
            "whatever the car's level and date. Nothing is claimed and no integration level is raised."
        )
    targets = either([str(target.level) for target in campaign.targets])
    parts = [f"It hits every {either(affected.bodies)}", _built(affected), _ranges(affected), _types(affected)]
    hit = " ".join(part for part in parts if part)
    return f"{hit} that is below {targets}. A car at that level or above counts as done already."


def work(campaign: Campaign, catalogue: Catalogue | None = None) -> Iterator[str]:
    """What is done, control unit by control unit, in the order it is done; of a level catalogue in the file's."""
    if catalogue:
        yield level(catalogue)
    for unit in sorted(campaign.units, key=lambda one: one.order):
        yield _unit(unit)
    if catalogue:
        yield from variants(catalogue, campaign)


def level(catalogue: Catalogue) -> str:
    """What a level catalogue is for."""
    return (
        f"The level catalogue {catalogue.id} says what {catalogue.level} stands for: {len(catalogue.units)} addresses. "
        "Whatever is behind is programmed, and the level is written only if every control unit is at it then."
    )


def variants(catalogue: Catalogue, campaign: Campaign | None = None) -> Iterator[str]:
    """Each variant of a level catalogue; those alone that this campaign does not have an entry of its own for."""
    for unit in catalogue.units:
        for variant in unit.variants if campaign is None or campaign.unit(unit.address) is None else ():
            one = replace(as_campaign_unit(unit, variant), name=f"{unit.name}, {variant.name}")
            looked_at = not variant.datablocks and not variant.coding
            yield f"{one.name} (0x{one.address:02X}) is only looked at." if looked_at else _unit(one)


def claim(campaign: Campaign) -> str:
    """What a workshop gets for it."""
    if campaign.kind is Kind.RECOVERY:
        return "It claims nothing."
    done = campaign.labour_for(Occasion.PROGRAMMED)
    already = campaign.labour_for(Occasion.ALREADY_AT_TARGET)
    sentences = [f"A car that was programmed is claimed with {_labour(done)}." if done else ""]
    if campaign.already_at_target is AlreadyAtTargetMeans.DIAGNOSE_FURTHER:
        sentences.append("A car that is already at the target is not claimed: the bulletin asks for further diagnosis.")
    elif already:
        sentences.append(f"A car that is already at the target is claimed with {_labour(already)}, and that is all.")
    sentences.append(
        f"Defect code {campaign.defect_code}; never both labour operations, and nothing for any other end."
    )
    return " ".join(one for one in sentences if one)


def warnings(campaign: Campaign, catalogue: Catalogue | None = None) -> Iterator[str]:
    """What an author had better know before a car does."""
    yield from _edges(campaign)
    if campaign.kind is not Kind.RECOVERY and campaign.body_address is None:
        yield "body_address is left out: the diagnosis power mode is not set before programming."
    if not campaign.supply:
        yield "There is no [[supply]]: no control unit is asked whether it sees the voltage the plug sees."
    for unit in chosen(campaign, catalogue):
        yield from _unit_warnings(unit)


def minutes_at_most(campaign: Campaign, catalogue: Catalogue | None = None) -> float:
    """How long the work takes with the slow times of a real DME, one control unit after the other."""
    longest: dict[int, float] = {}
    for unit in chosen(campaign, catalogue):
        action = Action.PROGRAM if unit.datablocks else Action.CODE
        longest[unit.address] = max(longest.get(unit.address, 0.0), line(unit, None, action, "").expected_s)
    return sum(longest.values()) / 60


def either(words: Sequence[str]) -> str:
    """`F54, F55 or F56`."""
    return " or ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def edge_months(first: date, last: date) -> tuple[tuple[int, int], ...]:
    """Year and month of the months that a window covers in part, which the vehicle order cannot decide."""
    months = []
    if first.day > 1:
        months.append((first.year, first.month))
    if (last + timedelta(days=1)).day > 1:
        months.append((last.year, last.month))
    return tuple(dict.fromkeys(months))


def full_month(first: date, last: date) -> tuple[int, int] | None:
    """Year and month of the first month that a window covers whole; None: there is none."""
    year, month = (first.year, first.month) if first.day == 1 else _following(first.year, first.month)
    end = date(*_following(year, month), 1) - timedelta(days=1)
    return (year, month) if end <= last else None


def _following(year: int, month: int) -> tuple[int, int]:
    return (year + 1, 1) if month == 12 else (year, month + 1)


def _built(affected: AffectedVehicles) -> str:
    first, last = affected.produced_from, affected.produced_to
    return f"built from {first} to {last}" if first and last else ""


def _ranges(affected: AffectedVehicles) -> str:
    ranges = [f"from {one.min} to below {one.below}" for one in affected.level_ranges]
    return f"with an integration level {either(ranges)}," if ranges else ""


def _types(affected: AffectedVehicles) -> str:
    return f"with the type key {either(affected.type_keys)}," if affected.type_keys else ""


def _labour(labour: LabourOperation) -> str:
    plus = ", plus work" if labour.plus_work else ""
    return f"{labour.number}, {labour.fru} FRU ({labour.fru * MINUTES_PER_FRU} minutes{plus})"


def _unit(unit: CampaignUnit) -> str:
    who = f"{unit.name} (0x{unit.address:02X})"
    coding = _data(unit)
    if not unit.datablocks:
        return f"{who} is only coded.{coding}"
    size = sum(block.length for block in unit.datablocks)
    start = either([one.psdz for one in unit.from_software]) or "lower versions of the same software"
    boot = f" and bootloader {either([one.psdz for one in unit.bootloader])}" if unit.bootloader else ""
    return (
        f"{who} gets {either_and([block.name for block in unit.datablocks])}: "
        f"{_count(len(unit.datablocks), 'datablock')}, {size / KIB:.0f} KiB. It has to have hardware "
        f"{either([one.psdz for one in unit.hwel])}{boot}; it may have {start}.{coding}"
    )


def _data(unit: CampaignUnit) -> str:
    """What is saved before, and what becomes of it; begins with a space."""
    coding = f" {_count(len(unit.coding), 'coding record')} saved before, and written back." if unit.coding else ""
    rules = " ".join(f"New coding{_where(rule)}: {change_of(rule).words}." for rule in unit.recode)
    learned = f" {_count(len(unit.individual), 'record')} of individual data saved before, and written back."
    return coding + (f" {rules}" if rules else "") + (learned if unit.individual else "")


def _where(rule: Recode) -> str:
    having = f" where the order has {either_and(rule.with_)}" if rule.with_ else ""
    lacking = f"{' and' if having else ' where the order has'} not {either(rule.without)}" if rule.without else ""
    return having + lacking


def either_and(words: Sequence[str]) -> str:
    """`one, two and three`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def _count(number: int, what: str) -> str:
    return f"1 {what}" if number == 1 else f"{number} {what}s"


def _edges(campaign: Campaign) -> Iterator[str]:
    first, last = campaign.affected.produced_from, campaign.affected.produced_to
    if not (first and last) or campaign.kind is Kind.RECOVERY:
        return
    months = either_and([f"{month:02}/{year}" for year, month in edge_months(first, last)])
    if months:
        where = either(campaign.open_shown_in) or "wherever the manufacturer shows open campaigns"
        yield (
            f"Cars built in {months} cannot be decided by their vehicle order, which knows no days. They need the list "
            f"of open campaigns (from {where}); without one the appliance says cannot-decide."
        )
    if full_month(first, last) is None:
        yield "The window holds no whole month, so that without a list of open campaigns no car is decided at all."


def _unit_warnings(unit: CampaignUnit) -> Iterator[str]:
    if unit.datablocks and not unit.abort_recoverable:
        yield f"{unit.name} may be lost for good when its download is cut off; the technician is told so."
    if unit.datablocks and not unit.bootloader:
        yield f"{unit.name} is programmed whatever its bootloader is: bootloader is left out."
    for one in unit.lowers:
        yield f"{unit.name} loses {one.psdz} to something lower: {unit.lowers_why}"
    for block in unit.datablocks:
        if block.data_format != PLAIN:
            yield (
                f"{block.name} of {unit.name} is sent as it is, with data format 0x{block.data_format:02X}; whether "
                "the control unit takes it only a real one can tell."
            )
