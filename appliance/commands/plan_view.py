"""A measures plan as `kl30 plan --json` prints it: PSdZ spelling, addresses in hex, as everywhere."""

from __future__ import annotations

from dataclasses import dataclass

from appliance.campaign.model import Datablock
from appliance.campaign.plan import Plan, PlanUnit
from appliance.engine.vehicle_view import address_text
from appliance.events import CampaignSeen


@dataclass(frozen=True, slots=True)
class DatablockView:
    """One region of memory to be written: where, how much, with what."""

    name: str
    software: str
    address: str
    size_bytes: int
    file: str
    sha256: str


@dataclass(frozen=True, slots=True)
class PlannedUnitView:
    """One control unit. `expected_s` is its worst case; `unsafe_to_unplug` is empty when nothing is written."""

    address: str
    name: str
    action: str
    why: str
    software_before: tuple[str, ...]
    software_target: tuple[str, ...]
    datablocks: tuple[DatablockView, ...]
    size_bytes: int
    expected_s: float
    unsafe_to_unplug: str
    in_bootloader: bool


@dataclass(frozen=True, slots=True)
class UntouchedView:
    """A control unit that would be left alone, why, and whether it keeps the level from the vehicle."""

    address: str
    name: str
    why: str
    blocks_level: bool


@dataclass(frozen=True, slots=True)
class MeasuresView:
    """What would be done, in order.

    Attributes:
        target: The level that would be written; empty: none, and `level_why` says why.
        at_once: Addresses of what would be prepared together, group after group; of a group at most `max_open` are at
            work at the same time.
    """

    title: str
    target: str
    expected_s: float
    units: tuple[PlannedUnitView, ...]
    untouched: tuple[UntouchedView, ...] = ()
    level_why: str = ""
    at_once: tuple[tuple[str, ...], ...] = ()
    max_open: int = 1


@dataclass(frozen=True, slots=True)
class PlanView:
    """What `kl30 plan --json` prints.

    Attributes:
        verdict: `affected`, `already-at-target`, or why there is no plan: `not-affected`, `cannot-decide`, `refused`.
        vin: None when it could not be read.
        plan: None when there is none; then `plan_hash` is empty.
        campaigns: What each is to the car, where there are several; empty: there is one.
    """

    verdict: str
    reason: str
    campaign: str
    vin: str | None
    plan: MeasuresView | None
    plan_hash: str
    campaigns: tuple[CampaignSeen, ...] = ()


def measures_view(plan: Plan) -> MeasuresView:
    """The printable form of a plan."""
    return MeasuresView(
        title=plan.title,
        target=plan.target,
        expected_s=round(plan.expected_s, 1),
        units=tuple(_unit(unit) for unit in plan.units),
        untouched=tuple(
            UntouchedView(address_text(one.address), one.name, one.why, one.blocks_level) for one in plan.untouched
        ),
        level_why=plan.level_why,
        at_once=tuple(tuple(address_text(unit.address) for unit in group) for group in plan.groups),
        max_open=plan.max_open,
    )


def _unit(unit: PlanUnit) -> PlannedUnitView:
    return PlannedUnitView(
        address=address_text(unit.address),
        name=unit.name,
        action=unit.action.value,
        why=unit.why,
        software_before=unit.software_before,
        software_target=unit.software_target,
        datablocks=tuple(_datablock(block) for block in unit.datablocks),
        size_bytes=unit.size_bytes,
        expected_s=round(unit.expected_s, 1),
        unsafe_to_unplug=unit.unsafe_to_unplug,
        in_bootloader=unit.in_bootloader,
    )


def _datablock(block: Datablock) -> DatablockView:
    return DatablockView(
        block.name, block.software.psdz, f"0x{block.address:08X}", block.length, block.file, block.sha256
    )
