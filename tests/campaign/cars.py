"""The bulletin, and cars to hold against it."""

from __future__ import annotations

from importlib import resources

from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign
from appliance.car.integration_level import Levels, parse_level
from appliance.car.svk import ProgrammingCheck, Svk, parse_sgbm
from appliance.car.timings import FlashTimings
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vehicle_order import VehicleOrder
from appliance.car.vin import Vin

BULLETIN = (resources.files("appliance.bench") / "campaigns" / "service-action-dme.toml").read_text(encoding="utf-8")
VIN = "WMWWG5C50H3C19710"
TIMINGS = FlashTimings(
    erase_s=120, check_memory_s=60, bootloader_s=1, authentication_s=10, reset_s=5, transfer_s=20
)  # a real DME's
FIXED = ("hwel_00002ccb-001_003_004", "hwap_00004147-255_255_255", "btld_00002ccd-021_010_001")
CODED = "cafd_000029b7-000_020_010"
OLD = ("swfl_00002cce-021_010_002", "swfl_000046da-021_010_052", "swfl_000046db-021_010_003")
NEW = ("swfl_00002cce-021_020_002", "swfl_000046da-021_020_052", "swfl_000046db-021_020_003")
UNKNOWN = "unkn_ffffffff-255_255_255"


def bulletin() -> Campaign:
    return parse_campaign(BULLETIN, "service-action-dme.toml")


def vehicle(
    level: str | None = "F056-16-07-502",
    built: tuple[int, int] | None = (3, 2016),
    series: str = "F056",
    vin: str | None = VIN,
) -> Vehicle:
    """A car; `built` is month and year, None where the car did not say."""
    order = VehicleOrder(*built, series=series, type_key="XM51", paint="0B32", upholstery="FRC8") if built else None
    levels = Levels(parse_level(level), None, None) if level else None
    return Vehicle(vin=Vin(vin) if vin else None, order=order, levels=levels)


def svk(*software: str, check: ProgrammingCheck = ProgrammingCheck.PASSED, fixed: tuple[str, ...] = FIXED) -> Svk:
    entries = tuple(parse_sgbm(text) for text in (*fixed, *software, CODED))
    return Svk(version=1, check=check, programmed_on=None, fingerprint=bytes(10), entries=entries)


def dme(*software: str, check: ProgrammingCheck = ProgrammingCheck.PASSED, fixed: tuple[str, ...] = FIXED) -> UnitSeen:
    return UnitSeen(0x12, svk=svk(*software, check=check, fixed=fixed), timings=TIMINGS)
