"""Which variant of a control unit a vehicle has.

Rules, in this order.  Its hardware must be the variant's, all of it.  Its bootloader must be one the variant lists, if
it lists any.  Where several are left, the names of the software it carries decide: hardware is shared by variants,
software is not.  What is not certain is refused (law 3).

Sources: facts.md §3.1, §3.2 (SVK, process classes); decision 0020 (the same proof, for a unit in its bootloader).
Pure.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.campaign.catalogue import CatalogueUnit, Variant
from appliance.campaign.software import SOFTWARE, listed, name
from appliance.car.sgbm import ProcessClass, SgbmId
from appliance.car.svk import Svk
from appliance.errors import RefusedError


def variant_of(unit: CatalogueUnit, svk: Svk, catalogue_id: str) -> Variant:
    """The variant that this control unit is.

    Raises:
        RefusedError: it is none of the catalogue's, or what it says does not tell which.
    """
    fit = [one for one in unit.variants if _fits(one, svk)]
    if not fit:
        raise RefusedError(
            f"found hardware {listed(_of(svk, ProcessClass.HWEL))} with bootloader "
            f"{listed(_of(svk, ProcessClass.BTLD))}, the level catalogue {catalogue_id} knows "
            f"{'; '.join(_described(one) for one in unit.variants)}",
            where=where(unit),
            do="use a catalogue that has this variant: tell its author; nothing was changed",
        )
    named = fit if len(fit) == 1 else [one for one in fit if software_names(one) & _names(svk.entries)]
    if len(named) != 1:
        raise RefusedError(
            f"its hardware fits {' and '.join(one.name for one in fit)}, and the software it names, "
            f"{listed(_software(svk.entries))}, does not tell which it is",
            where=where(unit),
            do="find out which one is fitted and program it alone, as a recovery; nothing was changed",
        )
    return named[0]


def alike(one: Variant, other: Variant) -> bool:
    """Whether there can be a control unit of which nobody could tell which of the two it is."""
    hardware = set(one.hwel) & set(other.hwel)
    bootloader = not one.bootloader or not other.bootloader or set(one.bootloader) & set(other.bootloader)
    return bool(hardware and bootloader and software_names(one) & software_names(other))


def software_names(variant: Variant) -> frozenset[str]:
    """What its software is called, from version to version."""
    return _names(variant.target_software)


def where(unit: CatalogueUnit) -> str:
    """How errors name a control unit of the catalogue."""
    return f"control unit 0x{unit.address:02X} {unit.name}"


def _fits(variant: Variant, svk: Svk) -> bool:
    hardware, bootloader = _of(svk, ProcessClass.HWEL), _of(svk, ProcessClass.BTLD)
    if not hardware or any(one not in variant.hwel for one in hardware):
        return False
    return not variant.bootloader or (bool(bootloader) and all(one in variant.bootloader for one in bootloader))


def _described(variant: Variant) -> str:
    bootloader = f" with bootloader {_either(variant.bootloader)}" if variant.bootloader else ""
    return f"{_either(variant.hwel)}{bootloader} ({variant.name})"


def _either(units: tuple[SgbmId, ...]) -> str:
    return " or ".join(unit.psdz for unit in units)


def _of(svk: Svk, process_class: ProcessClass) -> tuple[SgbmId, ...]:
    return tuple(entry for entry in svk.entries if entry.process_class == process_class)


def _software(entries: Iterable[SgbmId]) -> tuple[SgbmId, ...]:
    return tuple(entry for entry in entries if entry.class_name in SOFTWARE and not entry.unknown)


def _names(entries: Iterable[SgbmId]) -> frozenset[str]:
    return frozenset(name(one) for one in _software(entries))
