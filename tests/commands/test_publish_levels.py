"""Level catalogues on the author's computer: published with the campaign that goes by them, or refused by name."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.bench.cache import bench_campaigns, bench_levels
from appliance.bench.scenarios import WHOLE
from appliance.campaign.catalogue_load import load_catalogue
from appliance.commands import publish
from appliance.commands.publish_check import check_campaign
from appliance.commands.publish_keys_at_hand import VARIABLE
from appliance.errors import CampaignError, ImageError, UsageError
from appliance.firmware.publish.content import AuthorContent
from appliance.firmware.publish.images import write_synthetic_images
from appliance.firmware.publish.key_files import read_keys
from appliance.firmware.publish.opening import open_repository
from tests.firmware.repository import soon

REPOSITORY, KEYS, IMAGES = Path("repository"), Path("keys"), Path("images")
CAMPAIGN, LEVEL = Path(f"{WHOLE}.toml"), Path("f056-17-03-502.toml")
SOFTWARE = '[[units.variants.datablocks]]\nname = "program"\nsoftware = "swfl_00002cce-021_020_002"\n'
NEEDS_CLUSTER = '[[units.variants.needs]]\naddress = 0x60\nsoftware = "swfl_00002b14-010_005_000"\n\n'


@pytest.fixture(autouse=True)
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keys, an empty repository, the bench's campaign of the whole vehicle, its catalogue and their images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    publish.make_keys(KEYS, 1, ["anna"], passphrase=False)
    publish.init(REPOSITORY, [KEYS], 0)
    publish.add_author(REPOSITORY, "anna", None, [KEYS])
    CAMPAIGN.write_text(dict(bench_campaigns(WHOLE))[CAMPAIGN.name], encoding="utf-8")
    LEVEL.write_text(dict(bench_levels(WHOLE))[LEVEL.name], encoding="utf-8")
    write_synthetic_images(load_catalogue(LEVEL), IMAGES)
    return tmp_path


def add(*paths: Path) -> int:
    return publish.add_files(REPOSITORY, paths, IMAGES, "", [KEYS])


def published() -> list[str]:
    return [target.path for target in open_repository(REPOSITORY).targets("anna")]


def changed(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_a_campaign_and_its_catalogue_are_published_together() -> None:
    add(CAMPAIGN, LEVEL)
    assert [path for path in published() if path.endswith(".toml")] == [
        f"anna/campaigns/{CAMPAIGN}",
        f"anna/levels/{LEVEL}",
    ]


def test_a_catalogue_may_come_first() -> None:
    add(LEVEL)
    assert add(CAMPAIGN) == 0


def test_a_campaign_without_its_catalogue_is_not_published() -> None:
    with pytest.raises(CampaignError, match=r"whole-vehicle goes by the level catalogue f056-17-03-502, which anna"):
        add(CAMPAIGN)
    assert published() == []


def test_a_catalogue_without_an_image_is_not_published() -> None:
    (IMAGES / "swfl_00002b14.bin.010_005_000").unlink()
    with pytest.raises(ImageError, match="the image of program is missing"):
        add(CAMPAIGN, LEVEL)
    assert published() == []


def test_needs_in_a_circle_are_named() -> None:
    changed(LEVEL, SOFTWARE, NEEDS_CLUSTER + SOFTWARE)
    with pytest.raises(CampaignError, match="there is no order: DME 0x12, which needs instrument cluster 0x60"):
        add(CAMPAIGN, LEVEL)


def test_a_catalogue_of_another_level_does_not_fit() -> None:
    changed(LEVEL, 'level = "F056-17-03-502"', 'level = "F056-17-07-502"')
    with pytest.raises(
        CampaignError, match=r"the campaign's target is F056-17-03-502, the catalogue is F056-17-07-502"
    ):
        add(CAMPAIGN, LEVEL)


def test_two_campaigns_that_contradict_each_other_are_not_published() -> None:
    add(CAMPAIGN, LEVEL)
    other = dict(bench_campaigns())["service-action-dme.toml"].replace("021_020_052", "021_030_000")
    Path("service-action-dme.toml").write_text(other, encoding="utf-8")
    (IMAGES / "swfl_000046da.bin.021_030_000").write_bytes((IMAGES / "swfl_000046da.bin.021_020_052").read_bytes())
    before = published()
    with pytest.raises(CampaignError, match=r"contradict each other: DME 0x12 is to carry .* by service-action-dme"):
        add(Path("service-action-dme.toml"))
    assert published() == before


def test_a_catalogue_that_a_campaign_goes_by_is_not_withdrawn() -> None:
    add(CAMPAIGN, LEVEL)
    before = published()
    with pytest.raises(CampaignError, match="whole-vehicle goes by the level catalogue"):
        publish.remove_campaign(REPOSITORY, LEVEL.stem, "", [KEYS])
    assert published() == before


def test_what_is_withdrawn_takes_its_images_along() -> None:
    add(CAMPAIGN, LEVEL)
    publish.remove_campaign(REPOSITORY, WHOLE, "", [KEYS])
    publish.remove_campaign(REPOSITORY, LEVEL.stem, "", [KEYS])
    assert published() == []


def test_an_author_from_before_there_were_catalogues_has_to_be_made_one_again() -> None:
    repository = open_repository(REPOSITORY)
    delegations = repository._roles.targets.signed.delegations
    assert delegations is not None
    assert delegations.roles is not None
    delegations.roles["anna"].paths = ["anna/campaigns/*", "anna/images/*"]
    content = AuthorContent("anna", (), (), ((LEVEL.name, LEVEL.read_bytes()),))
    with pytest.raises(UsageError, match=r"anna may not sign for anna/levels/.* yet. → .* kl30 publish author"):
        repository.with_content(content, read_keys(KEYS, lambda _: b""), soon())


def test_the_check_plays_the_whole_vehicle(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_campaign(CAMPAIGN, IMAGES, synthetic=False) == 0
    said = capsys.readouterr().out
    for words in (
        "the level is written only if every control unit is at it then",
        "DME, diesel (0x12) is only looked at.",
        "verdict: programmed: ",
        "instrument cluster: programmed, now swfl_00002b14-010_005_000",
    ):
        assert words in said.replace("\n", " ") or words in said


def test_a_catalogue_is_checked_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert check_campaign(LEVEL, IMAGES, synthetic=False) == 0
    assert "6 addresses" in capsys.readouterr().out


def test_a_campaign_is_not_checked_without_its_catalogue() -> None:
    LEVEL.unlink()
    with pytest.raises(CampaignError, match=r"f056-17-03-502.toml: .* its file is missing. → put it beside"):
        check_campaign(CAMPAIGN, IMAGES, synthetic=False)


def test_a_catalogue_that_is_not_called_like_itself_is_refused() -> None:
    LEVEL.rename("x.toml")
    with pytest.raises(CampaignError, match=r"the level catalogue in it is called f056-17-03-502"):
        add(Path("x.toml"))
