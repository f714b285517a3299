"""The bench's cache is filled once, repaired when it is wrong, and otherwise left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bench.cache import bench_campaigns, fill_bench_cache
from appliance.errors import BoardError
from appliance.firmware.store import Store


def test_an_empty_folder_becomes_a_complete_cache(tmp_path: Path) -> None:
    fill_bench_cache(tmp_path / "new")
    store = Store(tmp_path / "new")
    blocks = [block for campaign in store.campaigns() for unit in campaign.units for block in unit.datablocks]
    assert sum(len(store.load_image(block)) for block in blocks) == 819_200


def test_what_is_right_is_not_written_again(tmp_path: Path) -> None:
    written = fill_bench_cache(tmp_path)
    assert len(written) == 6
    assert fill_bench_cache(tmp_path) == ()


def test_what_is_wrong_is_replaced_and_nothing_else(tmp_path: Path) -> None:
    image = fill_bench_cache(tmp_path)[0]
    image.write_bytes(b"half a file")
    assert fill_bench_cache(tmp_path) == (image,)


def test_nothing_partial_is_left_behind(tmp_path: Path) -> None:
    fill_bench_cache(tmp_path)
    assert list(tmp_path.rglob("*.partial")) == []


def test_a_folder_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    (tmp_path / "images").write_text("a file where a folder belongs", encoding="utf-8")
    with pytest.raises(BoardError, match="cannot be written"):
        fill_bench_cache(tmp_path)


def test_the_campaigns_of_the_bench_come_with_the_package() -> None:
    assert [name for name, _ in bench_campaigns()] == ["body-control-unit.toml", "service-action-dme.toml"]


def test_another_campaign_takes_the_bulletins_place(tmp_path: Path) -> None:
    fill_bench_cache(tmp_path)
    fill_bench_cache(tmp_path, "two-units")
    assert [campaign.id for campaign in Store(tmp_path).campaigns()] == ["body-control-unit", "two-units"]
