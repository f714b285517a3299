"""The big car of the bench, programmed whole: in virtual time, or at wire speed; and what the least time would be.

In virtual time every message takes as long as its frames would on a 500 kbit/s wire (`bench.direct`), one after the
other.  At wire speed there are frames, with every stuffed bit (`bench.wire`).
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from appliance.bench.big_car import profiles
from appliance.bench.cache import fill_bench_cache
from appliance.bench.direct import FRAME_S
from appliance.bench.plant import Plant
from appliance.bench.scenarios import BIG, SCENARIOS
from appliance.bench.security import BENCH_PROVIDER, bench_key
from appliance.board.ina219 import Ina219
from appliance.board.watchdog import SystemdWatchdog
from appliance.bus.isotp import frames_of
from appliance.bus.uds_link import UdsLink
from appliance.campaign.catalogue import Catalogue, CatalogueUnit
from appliance.car.vehicle import Vehicle
from appliance.clock import Clock, RealClock, VirtualClock
from appliance.config import Config, PowerConfig
from appliance.engine.journal_rows import Logged
from appliance.engine.ports import Command
from appliance.engine.punctuality import Punctuality
from appliance.engine.reader import read_vehicle
from appliance.engine.workshop import Trusted
from appliance.events import Phase, PhaseEntered
from appliance.wiring import Parts, assemble, trusted_from

SWITCH_INTERVAL_S = 0.001  # car and appliance share the interpreter here, as in `kl30 bench`
DOWNLOAD_OVERHEAD = 2  # service identifier and counter of a TransferData, which count into the block length


@dataclass(frozen=True, slots=True)
class Played:
    """One job that was programmed.

    Attributes:
        took_s: From the first request that may change something until the level is written, or kept.
        told: How good the estimates of the time left were.
    """

    took_s: float
    told: Punctuality


@dataclass(frozen=True, slots=True)
class Least:
    """What one control unit needs at least, with all of the bus to itself, seconds.

    Attributes:
        size_bytes: Image bytes.
        wire_s: Their transfer, frames and answers.
        alone: Nobody else may be at work.
        critical: No other critical one may be.
        own_s: Its flash memory, its resets as it labels them, and `wire_s`.
    """

    name: str
    size_bytes: int
    wire_s: float
    alone: bool
    critical: bool
    own_s: float


def played(max_open: int, only: tuple[int, ...] = (), *, real_times: bool = True, on_wire: bool = False) -> Played:
    """Program the big car with so many open at the same time.

    Args:
        only: Addresses of those that are programmed; empty: every one that is behind.
        real_times: Off: erasing, checking and resetting are `big_car.QUICKER`, and so labelled.
        on_wire: Frame by frame at wire speed, in real time.

    Raises:
        RuntimeError: the job did not end as programmed.
    """
    with _plant(real_times=real_times, on_wire=on_wire) as plant, _folders() as (config, trusted):
        campaign = replace(trusted.campaign, max_open=max_open, only=only)
        parts = Parts(
            clock=plant.clock,
            transport=plant.transport(None),
            monitor=Ina219(plant.monitor, bus_name="the bench's I²C bus"),
            panel=plant.panel,
            watchdog=SystemdWatchdog(plant.clock, None),
            trusted=lambda: replace(trusted, campaign=campaign),
        )
        appliance = assemble(config, parts)
        appliance.engine.boot()
        plant.panel.press(Command.START.value)
        appliance.engine.ready()
        report = appliance.engine.start()
        events = appliance.journal.events(report.run) if report else ()
        appliance.close()
    if report is None or report.verdict != "programmed" or report.punctuality is None:
        raise RuntimeError(f"the job ended as {report.verdict if report else 'nothing'}: {report and report.reason}")
    return Played(_took_s(events), report.punctuality)


def identified_at_wire_speed() -> tuple[float, Vehicle]:
    """How long it takes to identify all 24, trouble codes included, and who they are."""
    with _plant(real_times=True, on_wire=True) as plant, _folders() as (_, trusted):
        link = UdsLink(plant.transport(None), plant.clock)
        begun_s = plant.clock.now_s()
        vehicle = read_vehicle(link, plant.clock, trusted.looked_at)
        took_s = plant.clock.now_s() - begun_s
        link.close()
    return took_s, vehicle


def least() -> Mapping[int, Least]:
    """Of each control unit that is programmed, by address, in the plan's order."""
    with _folders() as (_, trusted):
        catalogue, body = trusted.catalogue, trusted.campaign.body_address
    if catalogue is None:
        raise RuntimeError("the big car's campaign goes by no catalogue")
    return {unit.address: _least(unit, unit.address in (0x10, body)) for unit in _programmed(catalogue)}


def wire_s(bounds: Mapping[int, Least]) -> float:
    """All their bytes on one wire."""
    return sum(one.wire_s for one in bounds.values())


def critical_path_s(bounds: Mapping[int, Least]) -> float:
    """The longest chain of what cannot happen at the same time, however many are allowed open."""
    others = [one for one in bounds.values() if not one.alone]
    longest = max((one.own_s for one in others), default=0.0)
    never_together = sum(one.own_s for one in others if one.critical)
    return sum(one.own_s for one in bounds.values() if one.alone) + max(longest, never_together)


def _least(unit: CatalogueUnit, vital: bool) -> Least:
    (variant,) = unit.variants
    profile = profiles(real_times=True)[unit.address]
    sizes = [block.length for block in variant.datablocks]
    on_wire_s = sum(_transfer_s(unit.address, size, profile.block_length) for size in sizes)
    label_s = profile.timings[4]  # DID 2504: reset
    erasing_s = sum(profile.erase_s * size / max(sizes) for size in sizes)
    checking_s = profile.check_s * (len(sizes) + 1)  # the dependencies, too
    entering_s = profile.reset_s / 2 + label_s  # the bench's change into the bootloader, and its start
    resets_s = label_s * (1 + len(variant.coding))
    own_s = entering_s + erasing_s + on_wire_s + checking_s + resets_s
    return Least(unit.name, sum(sizes), on_wire_s, unit.alone or vital, unit.critical or vital, own_s)


def _transfer_s(address: int, size: int, block_length: int) -> float:
    step = block_length - DOWNLOAD_OVERHEAD
    pieces = [min(step, size - at) for at in range(0, size, step)]
    return sum(len(frames_of(address, bytes(piece + DOWNLOAD_OVERHEAD))) + 1 for piece in pieces) * FRAME_S


def _programmed(catalogue: Catalogue) -> Iterator[CatalogueUnit]:
    yield from (unit for unit in catalogue.units if unit.variants[0].datablocks)


def _took_s(events: tuple[Logged, ...]) -> float:
    """From the first phase of programming to the one in which the car is given back; a hold begins phases, too."""
    phases = [(one.at_s, one.event) for one in events if isinstance(one.event, PhaseEntered)]
    begun_s = next(at_s for at_s, phase in phases if phase.phase is Phase.PROGRAMMING)
    given_back_s = next(at_s for at_s, phase in phases if phase.waits_for == "the vehicle test")
    return given_back_s - begun_s


@contextmanager
def _plant(*, real_times: bool, on_wire: bool) -> Iterator[Plant]:
    if on_wire:
        sys.setswitchinterval(SWITCH_INTERVAL_S)
    clock: Clock = RealClock() if on_wire else VirtualClock()
    plant = Plant(replace(SCENARIOS[BIG], real_times=real_times), clock, None, fresh=True, on_wire=on_wire)
    try:
        yield plant
    finally:
        plant.stop()


@contextmanager
def _folders() -> Iterator[tuple[Config, Trusted]]:
    with TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        (folder / "cache").mkdir()
        fill_bench_cache(folder / "cache", BIG)
        # Both are before anything is changed, and not measured here; the first waits for a person.
        power = PowerConfig(charger_test=False, observe_s=10.0)
        config = replace(Config(), data=folder / "data", cache=folder / "cache", power=power)
        yield config, trusted_from(config, {BENCH_PROVIDER: bench_key})
