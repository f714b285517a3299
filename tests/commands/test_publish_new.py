"""A new campaign file explains itself as docs/campaigns.md does, and cannot be published before it is filled in."""

from __future__ import annotations

import re
from dataclasses import fields
from pathlib import Path

import pytest

from appliance.campaign.load import load_campaign, parse_campaign
from appliance.campaign.model import Kind
from appliance.commands.publish_file import checked
from appliance.commands.publish_keys import KEYS
from appliance.commands.publish_new import identifier_of, new_campaign, template
from appliance.errors import CampaignError, UsageError
from appliance.toml_file import key_of
from tests.test_docs import TABLES, rows, section, text_of

ANSWERS = {
    "title": '"a title"',
    "source": '"a bulletin"',
    "defect_code": '"0012440400"',
    "already_at_target": '"claim-and-finish"',
    "main_series": '["F056"]',
    "bodies": '["F56"]',
    "produced_from": "2013-12-04",
    "series": '"F056"',
    "level": '"F056-17-03-502"',
    "fru": "1",
    "text": '"some work"',
    "name": '"DME"',
    "hwel": '["hwel_00002ccb-001_003_004"]',
    "bootloader": '["btld_00002ccd-021_010_001"]',
    "target_software": '["swfl_00002cce-021_020_002"]',
    "security": '"bench-stand-in"',
    "abort_recoverable": "true",
    "software": '"swfl_00002cce-021_020_002"',
    "length": "0x40000",
    "file": '"a.bin"',
    "sha256": f'"{"0" * 64}"',
}
TWICE = {"number": ('"00 64 979"', '"00 64 978"'), "address": ("0x12", "0x80020000")}  # each wants its own answer


@pytest.mark.parametrize("heading", TABLES)
def test_the_lines_in_a_new_file_are_those_of_the_page(heading: str) -> None:
    """When they are not: copy the page's lines to `publish_keys`."""
    listed = {row[0].strip("`"): row[2] for row in rows(section(text_of("docs/campaigns.md"), heading))}
    assert {name: key.line for name, key in KEYS[TABLES[heading]].items()} == listed


@pytest.mark.parametrize("kind", KEYS, ids=lambda kind: kind.__name__)
def test_every_key_of_the_model_is_in_a_new_file(kind: type) -> None:
    assert sorted(KEYS[kind]) == sorted(key_of(field.name) for field in fields(kind))


@pytest.mark.parametrize("kind", Kind)
def test_a_new_file_is_filled_in_by_doing_what_check_says(tmp_path: Path, kind: Kind) -> None:
    """Somebody who knows the bulletin and reads nothing but the messages comes to an end."""
    path = tmp_path / "x.toml"
    path.write_text(template("x", kind), encoding="utf-8")
    told: list[int] = []
    for _ in range(40):
        try:
            campaign = load_campaign(path)
        except CampaignError as error:
            told.append(_follow(path, error))
        else:
            break
    assert campaign.kind is kind
    assert len(told) > 15


def _follow(path: Path, error: CampaignError) -> int:
    """Put the answer into the line that the message names; that line."""
    found = re.match(r".*:(\d+)$", error.where)
    assert found
    number, lines = int(found[1]), path.read_text(encoding="utf-8").splitlines()
    if "neither a production window" in error.what:
        text = "\n".join(lines).replace("# produced_", "produced_")
        path.write_text(text, encoding="utf-8")
        return number
    key, _, value = lines[number - 1].partition(" = ")
    earlier = sum(line.startswith(f"{key} = ") for line in lines[: number - 1])
    assert value in {'"?"', '""', "[]"}, error
    answer = TWICE[key][earlier] if key in TWICE else ANSWERS[key]
    lines[number - 1] = f"{key} = {answer}"
    path.write_text("\n".join(lines), encoding="utf-8")
    return number


def test_a_mistake_comes_with_what_belongs_there(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_text(template("x", Kind.RECALL).replace('title = ""', 'title = "t"'), encoding="utf-8")
    with pytest.raises(
        CampaignError, match=r"source: expected some text, found ''\. → the bulletin, as one would cite"
    ):
        checked(path)


def test_a_mistake_deep_inside_comes_with_what_belongs_there(tmp_path: Path) -> None:
    path = tmp_path / "service-action-dme.toml"
    new_campaign("", "", tmp_path, example=True)
    path.write_text(path.read_text(encoding="utf-8").replace("length = 0x4_0000", 'length = "?"'), encoding="utf-8")
    with pytest.raises(CampaignError, match=r"datablocks\[0\]\.length: .* → bytes of the image"):
        checked(path)


def test_the_example_is_the_campaign_of_the_bench(tmp_path: Path) -> None:
    new_campaign("", "", tmp_path, example=True)
    assert load_campaign(tmp_path / "service-action-dme.toml").defect_code == "0012440400"


def test_a_file_that_is_there_is_not_overwritten(tmp_path: Path) -> None:
    new_campaign("a", "recall", tmp_path, example=False)
    with pytest.raises(UsageError, match="there is such a file already"):
        new_campaign("a", "recall", tmp_path, example=False)


@pytest.mark.parametrize(("name", "identifier"), [("SI M12 05 17", "si-m12-05-17"), ("14V-789", "14v-789")])
def test_a_bulletins_number_becomes_an_id(name: str, identifier: str) -> None:
    assert identifier_of(name) == identifier


@pytest.mark.parametrize("name", ["", " ", "../", "¿"])
def test_what_leaves_no_id_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(UsageError):
        new_campaign(name, "recall", tmp_path, example=False)


def test_an_unknown_kind_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="choose one of: service-action, recall"):
        new_campaign("a", "b", tmp_path, example=False)


def test_what_may_be_left_out_is_a_comment() -> None:
    text = template("x", Kind.SERVICE_ACTION)
    with pytest.raises(CampaignError, match="title"):
        parse_campaign(text, "x.toml")
    assert re.search(r"^# \[\[supply\]\]$", text, re.M)
