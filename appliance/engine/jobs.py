"""From the measures plan to what `program` works on: images verified, providers found, times resolved."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from appliance.campaign.model import Datablock
from appliance.campaign.plan import Plan, PlanUnit
from appliance.car.layout import to_bcd_date
from appliance.car.timings import FlashTimings
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.errors import ImageError
from appliance.procedure.job import DatablockJob, Job, SecurityProvider, Times
from appliance.procedure.key import KeyService

TESTER_TAG, TESTER_ID = 0x8A, 0x04D2  # service tester, dealer tester (facts.md §3.3, confirmed)
TESTER_SERIAL, MILEAGE_UNKNOWN = 0x4B4C3330, 0  # "KL30"; 0 is "none" (same section, likely)

EXTERNAL = "external"  # the provider that is the owner's own program (docs/security-access.md)
NOT_CONFIGURED = "name a program or a socket in [security] of the configuration: docs/security-access.md"

ImageSource = Callable[[Datablock], bytes]


def make_job(
    plan: Plan,
    unit: PlanUnit,
    vehicle: Vehicle,
    image_of: ImageSource,
    providers: Mapping[str, SecurityProvider],
    today: datetime,
) -> Job:
    """The job for one control unit, every image read and verified now (law 2).

    Raises:
        ImageError: an image is missing, incomplete or altered, or the security provider is not installed or not fit.
    """
    name, _, variant = unit.security.partition(":")
    provider = _provider(unit, name, providers)
    seen = vehicle.unit(unit.address) or UnitSeen(unit.address)
    return Job(
        address=unit.address,
        name=unit.name,
        datablocks=tuple(_datablock(i, block, image_of) for i, block in enumerate(unit.datablocks)),
        target_software=unit.software_target,
        security=provider,
        fingerprint=fingerprint(today),
        body_address=plan.body_address,
        security_level=unit.security_level,
        security_variant=variant,
        vin=vehicle.vin.text if vehicle.vin else "",
        erase_suffix=unit.erase_suffix,
        in_bootloader=seen.in_bootloader,
        coding=unit.coding,
        individual=unit.individual if unit.datablocks else (),
        changes=unit.changes,
        coding_stamp=vehicle.vin.text[-7:].encode("ascii") if vehicle.vin else b"",
        times=resolved(seen.timings),
        max_attempts=unit.max_attempts,
        max_cuts=unit.max_cuts,
    )


def _provider(unit: PlanUnit, name: str, providers: Mapping[str, SecurityProvider]) -> SecurityProvider:
    """What opens the control unit; one that could not do it now is found out here, before contact (law 2)."""
    where = f"{unit.name} 0x{unit.address:02X}"
    provider = providers.get(name)
    if provider is None:
        installed = f"install it; there are: {', '.join(providers) or 'none'}"
        raise ImageError(
            f"no SecurityAccess provider named {name!r} is installed",
            where=where,
            do=NOT_CONFIGURED if name == EXTERNAL else installed,
        )
    if isinstance(provider, KeyService) and (trouble := provider.trouble()):
        raise ImageError(
            f"SecurityAccess provider {name!r}: {trouble}", where=where, do="put it right, then press START"
        )
    return provider


def fingerprint(today: datetime) -> bytes:
    """The 13 bytes that say who programmed it and when (facts.md §3.3; the split after the tag is likely)."""
    return (
        to_bcd_date(today.date())
        + bytes((TESTER_TAG,))
        + TESTER_ID.to_bytes(2, "big")
        + b"\x01"
        + TESTER_SERIAL.to_bytes(4, "big")
        + MILEAGE_UNKNOWN.to_bytes(2, "big")
    )


def resolved(timings: FlashTimings | None) -> Times:
    """The control unit's own times where it gave them, ours where it did not."""
    if timings is None:
        return Times()
    ours = Times()
    return Times(
        erase_s=_or(timings.erase_s, ours.erase_s),
        check_memory_s=_or(timings.check_memory_s, ours.check_memory_s),
        authentication_s=_or(timings.authentication_s, ours.authentication_s),
        reset_s=_or(timings.reset_s, ours.reset_s),
    )


def _or(told: float | None, ours: float) -> float:
    return ours if told is None else float(told)


def _datablock(index: int, block: Datablock, image_of: ImageSource) -> DatablockJob:
    return DatablockJob(
        index=index,
        name=block.name,
        address=block.address,
        data_format=block.data_format,
        sha256=block.sha256,
        software=block.software.psdz,
        image=image_of(block),
    )
