"""Which units of an SVK are software, and how their versions stand to each other.

Source: facts.md §3.2 (process classes, confirmed); versions of one unit count up main, sub, patch (likely).
"""

from __future__ import annotations

from appliance.car.sgbm import SgbmId

# What a control unit runs, as opposed to what it is made of, starts with, or is coded with.
SOFTWARE = frozenset({"FLSL", "SWFL", "SWFF", "SWPF", "SWFK"})


def name(unit: SgbmId) -> str:
    """What stays the same from version to version: `swfl_00002cce`."""
    return unit.psdz.partition("-")[0]


def version(unit: SgbmId) -> tuple[int, int, int]:
    """Higher is newer, within one name."""
    return unit.main, unit.sub, unit.patch


def listed(units: tuple[SgbmId, ...]) -> str:
    """Units as people read them, in PSdZ spelling; `none` without any."""
    return ", ".join(unit.psdz for unit in units) or "none"
