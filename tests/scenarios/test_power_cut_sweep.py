"""The plug is pulled at message after message of a whole run: the next life always ends it, and tells the truth."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.bench.car import DME
from appliance.bench.control_unit import DEFAULT
from appliance.bench.scenarios import STEADY
from appliance.car.integration_level import decode_levels
from appliance.engine.journal import Journal
from appliance.engine.report import Report
from tests.scenarios.inprocess import Cut, Workplace
from tests.scenarios.kl30 import BULLETIN_TARGET, NEW_SOFTWARE, software

POINTS = 12  # with images of real size; `tests/survival` cuts at every point, with small ones
TRANSFER_DATA = 0x36
TRANSFERS_BETWEEN = 12  # they are alike: one in so many is enough
OFF_S = (3.0, 30.0)  # within S3 of a control unit's session, and long after it


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("firmware_cache")
    fill_bench_cache(folder)
    return folder


@pytest.fixture(scope="session")
def messages(tmp_path_factory: pytest.TempPathFactory, cache: Path) -> list[tuple[int, str]]:
    """Number and words of the messages worth a cut: all of a run's, but few of its many TransferData."""
    workplace = Workplace(tmp_path_factory.mktemp("uncut"), cache)
    workplace.life()
    numbered = list(enumerate(workplace.sent, start=1))
    transfers = [number for number, (_, payload) in numbered if payload[0] == TRANSFER_DATA]
    chosen = set(transfers[::TRANSFERS_BETWEEN])
    return [
        (number, f"0x{address:02X} {payload[:12].hex(' ')}")
        for number, (address, payload) in numbered
        if payload[0] != TRANSFER_DATA or number in chosen
    ]


@pytest.mark.parametrize("point", range(POINTS))
def test_a_power_cut_at_any_message_ends_programmed_and_truthful(
    point: int, messages: list[tuple[int, str]], cache: Path, tmp_path: Path
) -> None:
    number, words = messages[point * len(messages) // POINTS]
    cut = Cut(number, heard=point % 2 == 0)
    workplace = Workplace(tmp_path, cache)

    assert workplace.life(cut) is None, f"{cut} came too late"
    frozen = _unfinished(workplace)
    workplace.off_for(OFF_S[point // 2 % 2])
    report = workplace.life()

    assert report is not None
    assert _untruths(report, workplace, interruptions=1 if frozen else 0) == [], f"{cut}: {words}"


def test_a_second_cut_in_the_resumed_run_is_resumed_as_well(cache: Path, tmp_path: Path) -> None:
    workplace = Workplace(tmp_path, cache)
    assert workplace.life(Cut(70, heard=True)) is None
    assert workplace.life(Cut(70, heard=False)) is None
    assert workplace.life(Cut(70, heard=True)) is None
    report = workplace.life()
    assert report is not None
    assert _untruths(report, workplace, interruptions=3) == []


def _unfinished(workplace: Workplace) -> bool:
    journal = Journal(workplace.config.data / "journal.sqlite", workplace.clock)
    try:
        return journal.unfinished() is not None
    finally:
        journal.close()


def _untruths(report: Report, workplace: Workplace, interruptions: int) -> list[str]:
    """Where report and car part; the car is asked for its memory, not by diagnosis."""
    car = workplace.plant.car
    now, fresh = car.memory.now.unit(DME), STEADY.car().unit(DME)
    (told,) = report.units
    levels = decode_levels(b"\x62\x10\x0b" + car.memory.now.levels)
    claims = {
        "the verdict is programmed": report.verdict == told.verdict == "programmed",
        "the DME holds the new software": tuple(slot.software for slot in now.slots) == NEW_SOFTWARE,
        "all of it is checked": now.good and now.dependencies_good,
        "the report names what the DME holds": software(told.software_after) == NEW_SOFTWARE,
        "the coding data is what it was": now.coding == fresh.coding,
        "the level is the target": str(levels.current) == BULLETIN_TARGET,
        "the report tells the interruptions": report.interruptions == interruptions,
        "the labour operation is that for programming": report.claim is not None
        and report.claim.labour_operation == "00 64 979",
        "nothing is claimed as broken by the programming": report.claim is not None and not report.claim.consequential,
        "every session is the default one": all(one.session == DEFAULT for one in car.units.values()),
        "every unit sends again": all(one.normal_messages for one in car.units.values()),
        "every unit stores trouble codes again": all(one.dtc_setting for one in car.units.values()),
        "the energy mode is normal": now.energy_mode == 0,
    }
    return [f"not true: {claim}" for claim, holds in claims.items() if not holds]
