"""What must hold between the values of a level catalogue.

Each rule yields a key path and a sentence; `campaign.catalogue_load` turns the first into an error with the line of the
file.  Whether a campaign and its catalogue fit each other: `campaign.fit`.  Pure.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from appliance.campaign.catalogue import Catalogue, CatalogueUnit, Fitted, Variant, as_campaign_unit
from appliance.campaign.check import Problem, repeated, shared_files, unit_problems
from appliance.campaign.model import Need
from appliance.campaign.needs import carries
from appliance.campaign.order import circle
from appliance.campaign.software import name
from appliance.campaign.variants import alike
from appliance.toml_file import KeyPath


def catalogue_problems(catalogue: Catalogue) -> Iterator[Problem]:
    """Everything that contradicts itself, in the order of the file."""
    if not catalogue.units:
        yield ("units",), "the list is empty: a level stands for control units"
    yield from repeated(("units",), "address", [unit.address for unit in catalogue.units], "0x{:02X}")
    for index, unit in enumerate(catalogue.units):
        for at, what in _unit(unit):
            yield ("units", index, *at), what
    yield from repeated(("outside",), "address", [one.address for one in catalogue.outside], "0x{:02X}")
    for index, one in enumerate(catalogue.outside):
        if inside := catalogue.unit(one.address):
            yield ("outside", index, "address"), f"0x{one.address:02X} is {inside.name} of this level"
    yield from _needs(catalogue)
    yield from _circles(catalogue)
    yield from shared_files(
        ((*at, "datablocks", index), block)
        for at, _, variant in _variants(catalogue)
        for index, block in enumerate(variant.datablocks)
    )


def _unit(unit: CatalogueUnit) -> Iterator[Problem]:
    if unit.fitted is Fitted.BY_ORDER and not unit.options:
        yield ("options",), "the list is empty: with by-order it says which options mean that it is fitted"
    if unit.options and unit.fitted is not Fitted.BY_ORDER:
        yield ("options",), f"they decide with fitted = {Fitted.BY_ORDER.value!r} only"
    yield from repeated(("options",), "", unit.options)
    if not unit.variants:
        yield ("variants",), "the list is empty: nothing could be told about this control unit"
    yield from repeated(("variants",), "name", [one.name for one in unit.variants])
    for index, variant in enumerate(unit.variants):
        for at, what in unit_problems(as_campaign_unit(unit, variant)):
            yield ("variants", index, *at), what
        if (variant.datablocks or variant.coding) and not variant.security.strip():
            yield ("variants", index, "security"), "this key is missing: what is programmed or coded has a provider"
    for (_, one), (index, other) in combinations(enumerate(unit.variants), 2):
        if alike(one, other):
            shared = f"{other.name} and {one.name} share hardware, bootloader and names of software"
            yield ("variants", index, "hwel"), f"{shared}: who could tell them apart"


def _needs(catalogue: Catalogue) -> Iterator[Problem]:
    for at, unit, variant in _variants(catalogue):
        for index, need in enumerate(variant.needs):
            if what := _need(catalogue, unit, need):
                yield (*at, "needs", index), what


def _need(catalogue: Catalogue, unit: CatalogueUnit, need: Need) -> str:
    """What is wrong with it; empty: nothing."""
    if need.address == unit.address:
        return "a control unit does not need itself"
    other = catalogue.unit(need.address)
    if other is None:
        known = any(one.address == need.address for one in catalogue.outside)
        return "" if known else f"this catalogue knows no control unit 0x{need.address:02X}"
    of_that_name = [one for one in other.variants if any(name(s) == name(need.software) for s in one.target_software)]
    if not of_that_name:
        return f"no variant of {other.label} has {name(need.software)}"
    if not any(carries(one.target_software, need.software) for one in of_that_name):
        return f"{other.label} does not reach {need.software.psdz} at this level"
    return ""


def _circles(catalogue: Catalogue) -> Iterator[Problem]:
    """Control units that need exactly what each other get here: behind together, none could be the first.

    A need that older software meets as well puts nobody in order, so that only the car shows whether it is in the way.
    """
    nodes = list(_variants(catalogue))
    waits = {
        number: [other for other, (_, unit, brings) in enumerate(nodes) if _just_then(variant, unit, brings)]
        for number, (_, _, variant) in enumerate(nodes)
    }
    if found := circle(waits):
        at, _, _ = nodes[found[0]]
        names = [nodes[number][1].label for number in (*found, found[0])]
        yield (*at, "needs"), f"there is no order: {', which needs '.join(names)}"


def _just_then(variant: Variant, unit: CatalogueUnit, brings: Variant) -> bool:
    return any(need.address == unit.address and need.software in brings.target_software for need in variant.needs)


def _variants(catalogue: Catalogue) -> Iterator[tuple[KeyPath, CatalogueUnit, Variant]]:
    for u, unit in enumerate(catalogue.units):
        for v, variant in enumerate(unit.variants):
            yield ("units", u, "variants", v), unit, variant
