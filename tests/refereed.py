"""A simulated car under a referee, whoever works on it: what a bench of the tests needs to hire one.

The referee is told what the journal holds by somebody who reads the file, as it is on the disk, next to its writer.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

from appliance.bench.memory import CarMemory
from appliance.bench.plant import Plant
from appliance.bench.referee.job import Block, Job, Recoding, Unit
from appliance.bench.referee.listening import LOOK_S, RefereedTransport
from appliance.bench.referee.referee import Referee
from appliance.bench.referee.seen import End, Marked, Said
from appliance.bus.transport import Transport
from appliance.campaign.catalogue import Catalogue, as_campaign_unit
from appliance.campaign.model import Campaign, CampaignUnit, Occasion
from appliance.car.integration_level import Comparison, Level, compare, decode_levels
from appliance.car.sgbm import encode_sgbm
from appliance.car.vehicle_order import decode_vehicle_order
from appliance.clock import Clock
from appliance.engine.report import Report

MONITOR = 0x40
BUS_VOLTAGE = 0x02  # register of the INA219
FROZEN_S = 60.0  # a supply that says the same number for so long is not read


def job_of(
    campaign: Campaign,
    *,
    verified: bool = True,
    catalogue: Catalogue | None = None,
    car: CarMemory | None = None,
    alone: int | None = None,
    beside: Sequence[Campaign] = (),
    pays: str = "",
) -> Job:
    """What the referee must know of a campaign.

    Args:
        verified: The images are the campaign's own.
        catalogue / car: The level catalogue it goes by, and whose control units are held to it.
        alone: The one control unit that is programmed; None: whatever the campaign programs.
        beside: Other campaigns of the cache, that the same programming may carry out.
        pays: Id of the one of all these that programming is invoiced under; empty: the first.
    """
    invoiced = next((one for one in beside if one.id == pays), campaign)
    numbers = {occasion: invoiced.labour_for(occasion) for occasion in Occasion}
    programmed, at_target = numbers[Occasion.PROGRAMMED], numbers[Occasion.ALREADY_AT_TARGET]
    own = {unit.address: unit for one in (*reversed(beside), campaign) for unit in one.units}
    units = (*own.values(), *(_variants(catalogue, car) if catalogue and car else ()))
    known = {unit.address for unit in units} | {one.address for one in (catalogue.outside if catalogue else ())}
    strange = catalogue is not None and car is not None and any(one.address not in known for one in car.units)
    raises = campaign.raises_level and alone is None and not strange
    return Job(
        units=tuple(_unit(unit, verified) for unit in units if alone in (None, unit.address)),
        labour_programmed=programmed.number if programmed and raises else "",
        labour_at_target=at_target.number if at_target and raises else "",
        second_opinion=bool(campaign.supply),
        raises_level=raises,
        order=decode_vehicle_order(b"\x62\x3f\x06" + car.order).elements if car else frozenset(),
    )


def _variants(catalogue: Catalogue, car: CarMemory) -> Iterator[CampaignUnit]:
    """What each control unit of this car carries at the level, by the hardware it is made of."""
    for memory in car.units:
        unit = catalogue.unit(memory.address)
        for variant in unit.variants if unit else ():
            if unit and {one.psdz for one in variant.hwel} & set(memory.fixed):
                yield as_campaign_unit(unit, variant)


def _unit(unit: CampaignUnit, verified: bool) -> Unit:
    blocks = (
        Block(block.address, block.length, block.software.psdz, block.sha256 if verified else "")
        for block in unit.datablocks
    )
    return Unit(
        unit.address,
        tuple(blocks),
        tuple(encode_sgbm(software) for software in unit.target_software),
        tuple(software.psdz for software in unit.target_software),
        tuple(Recoding(one.did, one.byte, one.mask, one.value, one.with_, one.without) for one in unit.recode),
    )


class Facts:
    """The facts in a journal file, as they appear there."""

    def __init__(self, journal: Path) -> None:
        self._journal = journal
        self._db: sqlite3.Connection | None = None
        self._left: list[sqlite3.Connection | None] = []  # open, and not ours to close
        self._last = 0
        self._file = 0

    def new(self) -> Iterator[Marked]:
        """Those that are durable now and were not the last time."""
        if not self._journal.exists():
            return
        if self._file != (inode := self._journal.stat().st_ino):  # there was none, or it was set aside
            self.close()
            self._file, self._last = inode, 0
        if self._db is None:
            self._db = sqlite3.connect(f"file:{self._journal}?mode=ro", uri=True, isolation_level=None)
        try:
            query = "SELECT seq, at_s, kind, body FROM fact WHERE seq > ? ORDER BY seq"
            rows = self._db.execute(query, (self._last,)).fetchall()
        except sqlite3.DatabaseError:  # a test has spoiled it: whoever writes has not looked yet
            self.close()
            return
        for seq, at_s, kind, body in rows:
            self._last = seq
            fact = json.loads(body)
            yield Marked(at_s, kind, fact.get("address"), fact.get("index"))

    def moved(self) -> None:
        """The file is a copy now, under the same name elsewhere; the one that was open belongs to another process."""
        self._left.append(self._db)
        self._db = None
        self._file = self._journal.stat().st_ino if self._journal.exists() else 0

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
            self._db = None


class RefereedPlant:
    """A plant, and the referee who watches everybody that works on it."""

    def __init__(
        self, plant: Plant, clock: Clock, journal: Path, job: Job, target: Level, look_s: float = LOOK_S
    ) -> None:
        self.referee = Referee(job, plant.car.memory.now)
        self._look_s = look_s
        self._plant = plant
        self._clock = clock
        self._facts = Facts(journal)
        self._target = target
        self._seen_v: int | None = None
        self._moved_s = clock.now_s()

    def cable(self, inner: Transport) -> Transport:
        """The cable of one life of the appliance; what the life before left durable is told first."""
        self._tell()
        self._moved_s = self._clock.now_s()
        volts = self._plant.supply.volts
        return RefereedTransport(
            inner,
            self.referee,
            self._clock,
            volts,
            self._readable,
            self._tell,
            closed=self._facts.close,
            look_s=self._look_s,
        )

    def ended(self, report: Report | None) -> None:
        """A life ended in order, and its journal is closed.

        Raises:
            LawBroken: a law was broken since the car drove in.
        """
        self._tell()
        self._facts.close()
        car = self._plant.car.memory.now
        met = compare(decode_levels(b"\x62\x10\x0b" + car.levels).current, self._target) is Comparison.MET
        self.referee.ended(End(self._clock.now_s(), _said(report) if report else None, car, met))
        self.referee.require_clean()

    def moved(self) -> None:
        """As `Facts.moved`: this process is a copy, and works on copies of the files."""
        self._facts.moved()

    def _tell(self) -> None:
        for mark in self._facts.new():
            self.referee.marked(mark)

    def _readable(self) -> bool:
        """Whether the voltage monitor answers, and not always the same."""
        now_s = self._clock.now_s()
        try:
            seen_v = self._plant.monitor.read_word_data(MONITOR, BUS_VOLTAGE)
        except OSError:
            return False
        if seen_v != self._seen_v:
            self._seen_v, self._moved_s = seen_v, now_s
        return now_s - self._moved_s <= FROZEN_S


def _said(report: Report) -> Said:
    return Said(
        verdict=report.verdict,
        labour=report.claim.labour_operation if report.claim else "",
        units=tuple((int(unit.address, 16), unit.verdict) for unit in report.units),
        words=" ".join((report.reason, *report.notes)),
    )
