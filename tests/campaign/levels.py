"""A small level catalogue and cars to hold against it; control units are named by their address alone."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from importlib import resources

from appliance.campaign.catalogue import Catalogue, CatalogueUnit, Variant
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.eligibility import Affected, Eligibility
from appliance.campaign.level_plan import measures_plan
from appliance.campaign.model import Campaign, Datablock, Need
from appliance.campaign.plan import Action, Plan
from appliance.car.integration_level import parse_level
from appliance.car.sgbm import SgbmId, parse_sgbm
from appliance.car.svk import ProgrammingCheck, Svk
from appliance.car.vehicle import UnitSeen, Vehicle
from tests.campaign.cars import VIN, bulletin, vehicle

ID = "f056-17-03-502"
LEVEL = parse_level("F056-17-03-502")
AFFECTED = Affected("below", LEVEL)
LEVELS = (resources.files("appliance.bench") / "levels" / f"{ID}.toml").read_text(encoding="utf-8")
OLD, NEW, NEWER = 1, 2, 3


def bench_catalogue() -> Catalogue:
    return parse_catalogue(LEVELS, f"{ID}.toml")


def software(address: int, version: int, kind: int = 0) -> SgbmId:
    return parse_sgbm(f"swfl_{address * 256 + kind:08x}-{version:03}_000_000")


def hardware(address: int, kind: int = 0) -> SgbmId:
    return parse_sgbm(f"hwel_{address * 256 + kind:08x}-001_000_000")


def bootloader(address: int, version: int = 1) -> SgbmId:
    return parse_sgbm(f"btld_{address * 256:08x}-{version:03}_000_000")


def datablock(unit: SgbmId) -> Datablock:
    return Datablock("program", unit, 0x8002_0000, 0x100, unit.psdz, unit.psdz[-1:] * 64)


def variant(address: int, *needs: Need, kind: int = 0, name: str = "", **changed: object) -> Variant:
    """One that is brought from OLD to NEW."""
    target = software(address, NEW, kind)
    made = Variant(
        name or f"kind {kind}",
        (hardware(address, kind),),
        (target,),
        datablocks=(datablock(target),),
        security="bench-stand-in",
        abort_recoverable=True,
        needs=needs,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def unit(address: int, *needs: Need, variants: tuple[Variant, ...] = (), **changed: object) -> CatalogueUnit:
    made = CatalogueUnit(address, f"unit {address:02X}", variants or (variant(address, *needs),))
    return replace(made, **changed)  # type: ignore[arg-type]


def need(address: int, version: int = NEW) -> Need:
    return Need(address, software(address, version))


def catalogue(*units: CatalogueUnit, **changed: object) -> Catalogue:
    return replace(Catalogue(ID, "a level", "made for tests", LEVEL, units), **changed)  # type: ignore[arg-type]


def campaign(**changed: object) -> Campaign:
    """The bulletin, by catalogue instead of by control units of its own."""
    return replace(replace(bulletin(), units=(), levels=ID), **changed)  # type: ignore[arg-type]


def seen(
    address: int, version: int = OLD, *, kind: int = 0, check: ProgrammingCheck = ProgrammingCheck.PASSED
) -> UnitSeen:
    entries = (hardware(address, kind), bootloader(address), software(address, version, kind))
    return UnitSeen(address, svk=Svk(1, check, None, bytes(10), entries))


def car(*units: UnitSeen, options: tuple[str, ...] = ()) -> Vehicle:
    found = vehicle()
    assert found.order is not None
    return replace(found, units=units, order=replace(found.order, options=options))


def planned(
    level: Catalogue,
    *units: UnitSeen,
    options: tuple[str, ...] = (),
    by: Campaign | None = None,
    eligibility: Eligibility = AFFECTED,
) -> Plan:
    return measures_plan(by or campaign(), level, eligibility, car(*units, options=options), vin=VIN)


def actions(plan: Plan) -> dict[int, Action]:
    return {one.address: one.action for one in plan.units}


def groups(plan: Plan) -> list[list[int]]:
    return [[one.address for one in group] for group in plan.groups]


def whys(plan: Plan) -> dict[int, str]:
    return {one.address: one.why for one in plan.untouched}


def after(plan: Plan, units: Iterable[UnitSeen]) -> tuple[UnitSeen, ...]:
    """The car when the plan was carried out: who is programmed names the target, whole."""
    targets = {one.address: one.software_target for one in plan.units if one.action is Action.PROGRAM}
    return tuple(_programmed(one, targets[one.address]) if one.address in targets else one for one in units)


def _programmed(found: UnitSeen, target: tuple[str, ...]) -> UnitSeen:
    assert found.svk is not None
    kept = tuple(one for one in found.svk.entries if one.class_name in ("HWEL", "BTLD"))
    entries = (*kept, *(parse_sgbm(text) for text in target))
    return replace(found, svk=replace(found.svk, check=ProgrammingCheck.PASSED, entries=entries))
