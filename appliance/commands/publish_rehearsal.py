"""A campaign played once on a simulated car, in virtual time: the real engine, procedures and journal.

What it shows: that the campaign carries a car from the software it starts from to its target, in which order and about
how long.  What it cannot show: that a real control unit takes the images, or that the address of a datablock is right.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypeVar

from appliance.bench.direct import DirectTransport
from appliance.bench.memory import MemoryFile
from appliance.bench.panel import BenchPanel
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.bench.smbus import Ina219Model
from appliance.bench.supply import SimulatedSupply
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.campaign.catalogue import Catalogue, Variant
from appliance.campaign.model import Campaign, CampaignUnit, Datablock, Kind
from appliance.campaign.software import SOFTWARE
from appliance.clock import VirtualClock
from appliance.commands.publish_car import AnyCar, Rehearsed, obstacles, rehearsed
from appliance.config import Config, PowerConfig
from appliance.engine.report import Report
from appliance.engine.workshop import Trusted
from appliance.firmware.publish.images import is_synthetic
from appliance.firmware.synthetic import synthetic_image
from appliance.wiring import Parts, assemble

Holds = TypeVar("Holds", CampaignUnit, Variant)


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """How a dry run went.

    Attributes:
        story: The car, in words; empty when there was none.
        not_tried: Why there was no dry run, or what in it was not the author's, a sentence each.
        verdict / reason: As in the report; empty when there was no dry run.
        minutes: From START to verdict, on the simulated car.
        units: What became of each control unit: name, verdict, software afterwards.
    """

    story: str
    not_tried: tuple[str, ...]
    verdict: str = ""
    reason: str = ""
    minutes: float = 0.0
    units: tuple[tuple[str, str, tuple[str, ...]], ...] = ()


def rehearse(campaign: Campaign, images: dict[str, bytes], catalogue: Catalogue | None = None) -> Rehearsal:
    """Play a campaign on a car made for it.

    Args:
        catalogue: The level catalogue it goes by; None: it goes by none.
        images: The author's, by file name.  Any that is not synthetic is played by one of the same length, because the
            simulated control units check the synthetic trailer where a real one checks a signature.
    """
    hindered = tuple(obstacles(campaign, catalogue))
    if hindered:
        return Rehearsal("", hindered)
    made = rehearsed(campaign, catalogue)
    stood_in = sorted(file for file, image in images.items() if not is_synthetic(image))
    words = (f"the contents of {', '.join(stood_in)} were played by stand-ins of the same length",) if stood_in else ()
    with TemporaryDirectory(prefix="kl30-dry-run-") as folder:
        clock = VirtualClock()
        report = _run(made, clock, Path(folder))
        minutes = clock.now_s() / 60
    units = tuple((unit.name, unit.verdict, _software(unit.software_after)) for unit in report.units)
    return Rehearsal(made.story, (*words, *made.substitutions), report.verdict, report.reason, minutes, units)


def _run(made: Rehearsed, clock: VirtualClock, folder: Path) -> Report:
    supply = SimulatedSupply(clock)
    car = AnyCar(MemoryFile(None, made.car), supply.volts)
    campaign, catalogue, images = _stand_ins(made.campaign, made.catalogue)
    trusted = Trusted(campaign, lambda block: images[block.file], {BENCH_PROVIDER: bench_key}, made.open_list)
    trusted = replace(trusted, catalogue=catalogue)
    appliance = assemble(
        replace(Config(), data=folder, power=PowerConfig(charger_test=False)),  # nobody is there to switch anything
        Parts(
            clock=clock,
            transport=DirectTransport(clock, car),
            monitor=_monitor(clock, supply),
            panel=BenchPanel(clock),
            watchdog=SystemdWatchdog(clock, None),
            trusted=lambda: trusted,
        ),
    )
    try:
        appliance.engine.boot()
        if campaign.kind is Kind.RECOVERY:
            report = appliance.engine.recover(campaign.units[0].address)
        else:
            report = appliance.engine.start()
    finally:
        appliance.close()
    if report is None:
        assert appliance.engine.refusal is not None, "a start without a report was refused"
        raise appliance.engine.refusal
    return report


def _software(named: Sequence[str]) -> tuple[str, ...]:
    """What of an SVK is software, in PSdZ spelling."""
    return tuple(one for one in named if one.partition("_")[0].upper() in SOFTWARE)


def _monitor(clock: VirtualClock, supply: SimulatedSupply) -> Ina219:
    monitor = Ina219(Ina219Model(clock, supply.volts), bus_name="the bench's I²C bus")
    monitor.configure()
    return monitor


def _stand_ins(campaign: Campaign, catalogue: Catalogue | None) -> tuple[Campaign, Catalogue | None, dict[str, bytes]]:
    """Both with synthetic images in place of their own, and these by file name."""
    images: dict[str, bytes] = {}

    def stood_in(block: Datablock) -> Datablock:
        image = images.setdefault(block.file, synthetic_image(block.software, block.length))
        return replace(block, sha256=hashlib.sha256(image).hexdigest())

    def with_stand_ins(one: Holds) -> Holds:
        return replace(one, datablocks=tuple(map(stood_in, one.datablocks)))

    played = replace(campaign, units=tuple(map(with_stand_ins, campaign.units)))
    if catalogue is None:
        return played, None, images
    units = (replace(one, variants=tuple(map(with_stand_ins, one.variants))) for one in catalogue.units)
    return played, replace(catalogue, units=tuple(units)), images
