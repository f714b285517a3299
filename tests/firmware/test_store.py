"""The cache gives out exactly what a campaign names, or refuses."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.campaign.model import Datablock
from appliance.errors import CampaignError, ImageError
from appliance.firmware.store import Store
from appliance.firmware.synthetic import synthetic_image


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    fill_bench_cache(tmp_path)
    return tmp_path


def block_of(folder: Path) -> Datablock:
    campaign = next(one for one in Store(folder).campaigns() if one.id == "service-action-dme")
    return campaign.units[0].datablocks[2]


def refusal(folder: Path) -> ImageError:
    with pytest.raises(ImageError) as raised:
        Store(folder).load_image(block_of(folder))
    return raised.value


def test_a_good_image_comes_back_whole(folder: Path) -> None:
    block = block_of(folder)
    assert Store(folder).load_image(block) == synthetic_image(block.software, block.length)


def test_a_missing_image_is_refused(folder: Path) -> None:
    path = folder / "images" / block_of(folder).file
    path.unlink()
    error = refusal(folder)
    assert (error.what, error.where) == ("the image is missing", str(path))
    assert error.do


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda image: image[:-1], "only 98303 bytes"),
        (lambda image: image + b"\0", "has more bytes"),
        (lambda image: b"", "only 0 bytes"),
        (lambda image: image[:5000] + bytes([image[5000] ^ 1]) + image[5001:], "was altered"),
    ],
)
def test_an_image_that_is_not_the_one_named_is_refused(folder: Path, change, said: str) -> None:  # type: ignore[no-untyped-def]
    path = folder / "images" / block_of(folder).file
    path.write_bytes(change(path.read_bytes()))
    assert said in refusal(folder).what


def test_an_image_that_rots_between_two_uses_is_noticed(folder: Path) -> None:
    store, block = Store(folder), block_of(folder)
    image = store.load_image(block)
    (folder / "images" / block.file).write_bytes(bytes(len(image)))
    with pytest.raises(ImageError, match="was altered"):
        store.load_image(block)


def test_a_folder_in_an_images_place_is_refused(folder: Path) -> None:
    path = folder / "images" / block_of(folder).file
    path.unlink()
    path.mkdir()
    assert "cannot be read" in refusal(folder).what


def test_an_empty_cache_has_no_campaigns(tmp_path: Path) -> None:
    assert Store(tmp_path).campaigns() == ()


def test_a_campaign_in_a_file_of_another_name_is_refused(folder: Path) -> None:
    (folder / "campaigns" / "service-action-dme.toml").rename(folder / "campaigns" / "other.toml")
    with pytest.raises(CampaignError, match="it holds the campaign service-action-dme"):
        Store(folder).campaigns()
