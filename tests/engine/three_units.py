"""Three control units in one group: DME, cluster and, made like the cluster, a power steering."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from appliance.bench.fleet import Units
from appliance.bench.memory import SlotState
from appliance.bench.scenarios import SCENARIOS
from appliance.campaign.model import Campaign
from appliance.car.integration_level import parse_level
from tests.engine.workshop import CLUSTER, DME, LEVEL_TARGET, SMALLER, TWO, WorkshopBench, campaign
from tests.refereed import RefereedPlant, job_of

EPS = 0x30
IN_ORDER = (DME, CLUSTER, EPS)


def with_third(units: Units) -> Units:
    """The usual control units, and a third one to program; its flash memory is as short as the images."""
    cluster = next(unit for unit in units if unit.address == CLUSTER)
    slots = tuple(replace(slot, length=slot.length // SMALLER) for slot in cluster.slots)
    return (*units, replace(cluster, address=EPS, slots=slots))


def with_third_lost(units: Units) -> Units:
    """The same, and another tool's flash left the third one in its bootloader."""
    *usual, third = with_third(units)
    slots = tuple(replace(slot, software="", state=SlotState.ERASED, clean=False) for slot in third.slots)
    return (*usual, replace(third, slots=slots, dependencies_good=False))


def three_units(max_open: int) -> Campaign:
    """A campaign for all three, with its shorter images."""
    two = campaign(TWO)
    cluster = next(unit for unit in two.units if unit.address == CLUSTER)
    third = replace(cluster, address=EPS, name="power steering", order=cluster.order + 1)
    return replace(two, units=(*two.units, third), max_open=max_open)


def three(folder: Path, fleet: Callable[[Units], Units] = with_third, max_open: int = 2) -> WorkshopBench:
    """A bench with such a car and such a campaign."""
    bench = WorkshopBench(folder, replace(SCENARIOS[TWO], fleet=fleet))
    bench.campaign = three_units(max_open)
    job, journal = job_of(bench.campaign, verified=False), folder / "journal.sqlite"
    bench.watched = RefereedPlant(bench.plant, bench.clock, journal, job, parse_level(LEVEL_TARGET))
    return bench
