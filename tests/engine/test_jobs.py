"""From the measures plan to a job: everything is there and verified before contact."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from appliance.campaign.eligibility import Affected
from appliance.campaign.model import Datablock
from appliance.campaign.plan import make_plan
from appliance.car.integration_level import parse_level
from appliance.car.timings import FlashTimings
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vin import Vin
from appliance.engine.jobs import fingerprint, make_job, resolved
from appliance.errors import ImageError
from appliance.procedure.job import Job, Times
from tests.campaign.cars import NEW, OLD, UNKNOWN, VIN, bulletin, dme

TODAY = datetime(2017, 6, 1, 9, 0, tzinfo=UTC)


def _image(block: Datablock) -> bytes:
    return bytes(block.length)


def _key(_level: int, seed: bytes) -> bytes:
    return seed


def made(seen: UnitSeen, vin: str | None = VIN, providers: tuple[str, ...] = ("bench-stand-in",)) -> Job:
    plan = make_plan(bulletin(), Affected("behind", parse_level("F056-17-03-502")), (seen,), vin=vin or "unknown")
    vehicle = Vehicle(Vin(vin) if vin else None, units=(seen,))
    return make_job(plan, plan.units[0], vehicle, _image, dict.fromkeys(providers, _key), TODAY)


def test_a_job_carries_what_the_plan_says_in_the_plans_order() -> None:
    job = made(dme(*OLD))
    assert [block.name for block in job.datablocks] == ["program", "program extension", "data"]
    assert [block.index for block in job.datablocks] == [0, 1, 2]
    assert job.size_bytes == sum(block.length for unit in bulletin().units for block in unit.datablocks)
    assert set(job.target_software) == set(NEW)
    assert (job.body_address, job.security_level, job.erase_suffix, job.coding) == (
        0x40,
        0x11,
        b"\x06",
        (0x3000, 0x3010),
    )


def test_the_fingerprint_is_today_and_this_tool() -> None:
    assert fingerprint(TODAY).hex(" ").upper() == "17 06 01 8A 04 D2 01 4B 4C 33 30 00 00"


def test_the_coding_stamp_is_the_last_seven_of_the_vin() -> None:
    assert made(dme(*OLD)).coding_stamp == VIN[-7:].encode()
    assert made(dme(*OLD), vin=None).coding_stamp == b""


def test_a_control_unit_in_its_bootloader_is_known_as_one() -> None:
    assert made(dme(UNKNOWN, *OLD[1:])).in_bootloader
    assert not made(dme(*OLD)).in_bootloader


@pytest.mark.parametrize("providers", [(), ("another",)])
def test_without_its_security_provider_there_is_no_job(providers: tuple[str, ...]) -> None:
    with pytest.raises(ImageError, match="no SecurityAccess provider named 'bench-stand-in'") as refused:
        made(dme(*OLD), providers=providers)
    assert (providers[0] if providers else "none") in refused.value.do


def test_an_image_that_is_refused_is_refused_here() -> None:
    def missing(block: Datablock) -> bytes:
        raise ImageError("the image is missing", where=block.file)

    seen = dme(*OLD)
    plan = make_plan(bulletin(), Affected("behind", parse_level("F056-17-03-502")), (seen,), vin=VIN)
    with pytest.raises(ImageError):
        make_job(plan, plan.units[0], Vehicle(units=(seen,)), missing, {"bench-stand-in": _key}, TODAY)


def test_the_control_units_own_times_count_where_it_gave_them() -> None:
    told = FlashTimings(erase_s=6, check_memory_s=0, bootloader_s=1, authentication_s=None, reset_s=2, transfer_s=20)
    assert resolved(told) == Times(
        erase_s=6.0, check_memory_s=0.0, authentication_s=Times().authentication_s, reset_s=2.0
    )
    assert resolved(None) == Times()


def test_without_times_of_its_own_a_job_has_a_real_control_units() -> None:
    assert made(replace(dme(*OLD), timings=None)).times == Times(120.0, 60.0, 10.0, 5.0)
