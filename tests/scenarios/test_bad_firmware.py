"""A campaign or an image that does not fit: refused before contact, nothing written, found and expected named.

The bench puts its own cache right at every start, so the appliance is put together here, over a cache that is not.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.bench.cache import bench_campaigns, fill_bench_cache, fill_cache
from appliance.bench.scenarios import STEADY
from appliance.cli import EXIT_OF
from appliance.engine.report import Report
from appliance.errors import Kl30Error
from tests.scenarios.inprocess import Workplace
from tests.scenarios.kl30 import kl30

IMAGE = "swfl_00002cce.bin.021_020_002"
IMAGE_SHA256 = "8dfcff166226574f1e65afc578de30fb871e283084517f15fb3cf412cb734bb3"
CAMPAIGN = "service-action-dme.toml"
READING = {0x09, 0x19, 0x22, 0x3E}

Spoil = Callable[[Path], None]


def in_campaign(*changes: tuple[str, str]) -> Spoil:
    """Changes of the campaign's text, which is then signed: what is there, once, and what is put in its place."""

    def spoil(cache: Path) -> None:
        texts = dict(bench_campaigns())
        for found, put in changes:
            assert texts[CAMPAIGN].count(found) == 1, found
            texts[CAMPAIGN] = texts[CAMPAIGN].replace(found, put)
        fill_cache(cache, tuple(texts.items()))

    return spoil


def in_image(change: Callable[[bytes], bytes]) -> Spoil:
    """A change of the first image, on the card."""

    def spoil(cache: Path) -> None:
        path = cache / "pool" / IMAGE_SHA256
        path.write_bytes(change(path.read_bytes()))

    return spoil


def image_missing(cache: Path) -> None:
    (cache / "pool" / IMAGE_SHA256).unlink()


OTHER_HARDWARE = in_campaign(("hwel_00002ccb-001_003_004", "hwel_00002ccb-001_004_000"))
OTHER_BOOTLOADER = in_campaign(("btld_00002ccd-021_010_001", "btld_00002ccd-021_011_000"))
OTHER_PROVIDER = in_campaign(('"bench-stand-in"', '"workshop-key"'))
OTHER_SERIES = in_campaign(
    ('main_series = ["F056"]', 'main_series = ["F020"]'),
    ('series = "F056"\nlevel = "F056-17-03-502"', 'series = "F020"\nlevel = "F020-17-03-502"'),
)
OTHER_WINDOW = in_campaign(("produced_to = 2017-02-27", "produced_to = 2015-02-27"))

REFUSED: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "image shorter": (in_image(lambda image: image[:-1]), (IMAGE, "only 262143", "declared with 262144")),
    "image longer": (in_image(lambda image: image + b"\0"), (IMAGE, "more bytes", "declared with 262144")),
    "image altered": (in_image(lambda image: image[:99] + b"\0\xff" + image[101:]), (IMAGE, "altered", "8dfcff16")),
    "image missing": (image_missing, (IMAGE, "missing")),
    "other hardware": (OTHER_HARDWARE, ("0x12", "hwel_00002ccb-001_003_004", "hwel_00002ccb-001_004_000")),
    "other bootloader": (OTHER_BOOTLOADER, ("0x12", "btld_00002ccd-021_010_001", "btld_00002ccd-021_011_000")),
    "no provider": (OTHER_PROVIDER, ("0x12", "SecurityAccess", "'workshop-key'", "bench-stand-in")),
}


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    fill_bench_cache(tmp_path / "cache")
    return tmp_path / "cache"


@pytest.mark.parametrize("case", REFUSED)
def test_what_does_not_fit_is_refused_with_found_and_expected(case: str, cache: Path) -> None:
    spoil, words = REFUSED[case]
    spoil(cache)
    report, _ = _ended(cache)
    assert (report.verdict, EXIT_OF[report.verdict]) == ("refused", 3)
    assert [word for word in words if word not in report.reason] == [], report.reason
    assert "→" in report.reason, "it says what to do"


@pytest.mark.parametrize("case", REFUSED)
def test_a_refusal_comes_before_the_first_write(case: str, cache: Path) -> None:
    REFUSED[case][0](cache)
    _, workplace = _ended(cache)
    changing = [payload for _, payload in workplace.sent if payload[0] not in READING]
    assert changing == []
    assert workplace.plant.car.memory.now == STEADY.car()


def test_a_refused_run_claims_nothing(cache: Path) -> None:
    OTHER_HARDWARE(cache)
    report, _ = _ended(cache)
    assert report.claim is not None
    assert (report.claim.labour_operation, report.claim.fru) == ("", 0)


@pytest.mark.parametrize("spoil", [OTHER_SERIES, OTHER_WINDOW], ids=["other series", "built outside"])
def test_a_campaign_for_another_car_is_not_affected_and_writes_nothing(spoil: Spoil, cache: Path) -> None:
    spoil(cache)
    report, workplace = _ended(cache)
    assert (report.verdict, EXIT_OF[report.verdict]) == ("not-affected", 3)
    assert workplace.plant.car.memory.now == STEADY.car()


def test_the_next_start_after_a_refusal_programs_once_the_image_is_right(cache: Path) -> None:
    image_missing(cache)
    report, workplace = _ended(cache)
    assert report.verdict == "refused"
    fill_bench_cache(cache)
    again = workplace.life()
    assert again is not None
    assert (again.verdict, again.interruptions) == ("programmed", 0)


@pytest.mark.realtime
@pytest.mark.parametrize(
    ("spoil", "verdict", "word"),
    [
        (OTHER_HARDWARE, "refused", "hwel_00002ccb-001_004_000"),
        (OTHER_SERIES, "not-affected", "F056"),
        (OTHER_WINDOW, "not-affected", "03/2016"),
    ],
    ids=["other hardware", "other series", "built outside"],
)
def test_the_plan_of_a_recorded_car_is_refused_for_the_same_reasons(
    spoil: Spoil, verdict: str, word: str, cache: Path, killed_before_erase: Path
) -> None:
    spoil(cache)
    (log,) = (killed_before_erase / "recordings").iterdir()
    said = kl30("plan", "--car", log, "--config", _settings(cache), "--json", cwd=cache.parent)
    assert (said.code, said.json["verdict"]) == (3, verdict)
    assert word in said.json["reason"]
    assert said.json["plan"] is None


@pytest.mark.parametrize(
    ("found", "put", "line", "what"),
    [
        ("fru = 8", 'fru = "eight"', True, "fru"),
        ("produced_from", "produced_since", True, "produced_since"),
        ('id = "service-action-dme"', 'id = "service-action-dde"', False, "service-action-dde"),
    ],
    ids=["wrong type", "unknown key", "id is not the file's name"],
)
def test_a_campaign_file_that_cannot_be_is_named_and_not_imported(
    found: str, put: str, line: bool, what: str, cache: Path
) -> None:
    texts = dict(bench_campaigns())
    changed = texts[CAMPAIGN].replace(found, put)
    with pytest.raises(Kl30Error) as raised:
        fill_cache(cache, ((CAMPAIGN, changed),))
    number = next(n for n, text in enumerate(changed.splitlines(), 1) if put in text)
    assert f"{CAMPAIGN}:{number}: " in str(raised.value) if line else CAMPAIGN in str(raised.value)
    assert what in str(raised.value)


def test_a_cache_with_no_campaign_is_refused(cache: Path) -> None:
    fill_cache(cache, tuple((name, text) for name, text in bench_campaigns() if name != CAMPAIGN))
    said = kl30("plan", "--config", _settings(cache), cwd=cache.parent)
    assert said.code == 3
    assert said.complaint.startswith(f"{cache}: the firmware cache holds no campaign. ")


def _ended(cache: Path) -> tuple[Report, Workplace]:
    data = cache.parent / "data"
    data.mkdir()
    workplace = Workplace(data, cache)
    report = workplace.life()
    assert report is not None
    return report, workplace


def _settings(cache: Path) -> Path:
    path = cache.parent / "kl30.toml"
    path.write_text('cache = "cache"\ndata = "data"\n', encoding="utf-8")
    return path
