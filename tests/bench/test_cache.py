"""The bench's cache is a real one with keys that protect nothing: filled once, repaired when wrong, else left alone."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from appliance import BUILT
from appliance.bench.cache import AUTHOR, SEED, bench_campaigns, fill_bench_cache
from appliance.errors import BoardError, RefusedError
from appliance.firmware.publish.keys import throwaway_keys
from appliance.firmware.publish.repository import create
from appliance.firmware.store import Store
from appliance.firmware.trust import pin_bytes
from tests.firmware.place import Place, digest_of


def test_an_empty_folder_becomes_a_complete_cache(tmp_path: Path) -> None:
    assert fill_bench_cache(tmp_path / "new")
    store = Store(tmp_path / "new")
    blocks = [block for campaign in store.campaigns() for unit in campaign.units for block in unit.datablocks]
    assert sum(len(store.load_image(block)) for block in blocks) == 819_200


def test_what_is_right_is_not_written_again(tmp_path: Path) -> None:
    fill_bench_cache(tmp_path)
    before = digest_of(tmp_path)
    assert not fill_bench_cache(tmp_path)
    assert digest_of(tmp_path) == before


@pytest.mark.parametrize(
    "spoilt", ["pool/*", "generations/1/metadata/bench.json", "generations/1/imported.json", "current"]
)
def test_what_is_wrong_is_put_right(spoilt: str, tmp_path: Path) -> None:
    fill_bench_cache(tmp_path)
    path = next(tmp_path.glob(spoilt))
    path.unlink()
    path.write_bytes(b"half a file")
    assert fill_bench_cache(tmp_path)
    assert not fill_bench_cache(tmp_path)


def test_the_same_campaigns_give_the_same_cache_on_every_machine(tmp_path: Path) -> None:
    fingerprints = set()
    for name in ("one", "two"):
        fill_bench_cache(tmp_path / name)
        fingerprints.add(Store(tmp_path / name).fingerprint)
    assert len(fingerprints) == 1


def test_nothing_partial_is_left_behind(tmp_path: Path) -> None:
    fill_bench_cache(tmp_path)
    assert list(tmp_path.rglob("*.partial")) == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file where a folder belongs", encoding="utf-8")
    with pytest.raises(BoardError, match="cannot be"):
        fill_bench_cache(tmp_path / "cache")


def test_the_campaigns_of_the_bench_come_with_the_package() -> None:
    assert [name for name, _ in bench_campaigns()] == ["body-control-unit.toml", "service-action-dme.toml"]


def test_another_campaign_takes_the_bulletins_place(tmp_path: Path) -> None:
    fill_bench_cache(tmp_path)
    fill_bench_cache(tmp_path, "two-units")
    assert [campaign.id for campaign in Store(tmp_path).campaigns()] == ["body-control-unit", "two-units"]


def test_a_workshops_cache_is_left_alone(tmp_path: Path) -> None:
    """Whatever folder is named: what a real root vouches for is never thrown away for the bench."""
    place = Place(tmp_path)
    before = place.digest()
    with pytest.raises(RefusedError, match="another root is pinned already"):
        fill_bench_cache(place.cache)
    assert place.digest() == before


def test_a_root_of_an_older_bench_gives_way(tmp_path: Path) -> None:
    older = create(throwaway_keys(SEED, (AUTHOR,)), BUILT - timedelta(days=100)).files()["metadata/1.root.json"]
    pin_bytes(tmp_path, older, "an older bench")
    assert fill_bench_cache(tmp_path)
