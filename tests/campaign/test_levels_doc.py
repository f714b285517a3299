"""docs/levels.md explains every key of a catalogue and no other."""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any

import pytest

from appliance.campaign import catalogue
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.errors import CampaignError
from tests.campaign.levels import LEVELS
from tests.test_docs import rows, section, text_of

TABLES = {
    "The catalogue": catalogue.Catalogue,
    "`[[units]]`": catalogue.CatalogueUnit,
    "`[[units.variants]]`": catalogue.Variant,
    "`[[outside]]`": catalogue.Outside,
}


def listed(heading: str) -> list[list[str]]:
    return rows(section(text_of("docs/levels.md"), heading))


@pytest.mark.parametrize(("heading", "kind"), TABLES.items())
def test_every_key_of_a_catalogue_is_explained_and_no_other(heading: str, kind: Any) -> None:
    assert [row[0].strip("`") for row in listed(heading)] == [field.name for field in fields(kind)]


@pytest.mark.parametrize(("heading", "kind"), TABLES.items())
def test_the_keys_said_to_be_needed_are_those_without_a_default(heading: str, kind: Any) -> None:
    said = {row[0].strip("`") for row in listed(heading) if row[1] == "yes"}
    assert said == {field.name for field in fields(kind) if field.default is MISSING}


def test_every_choice_a_catalogue_offers_is_named() -> None:
    document = text_of("docs/levels.md")
    choices = [one.value for kind in (catalogue.Fitted, catalogue.Place) for one in kind]
    assert [one for one in choices if f"`{one}`" not in document] == []


def test_the_mistakes_shown_are_said_as_shown() -> None:
    for written, said in listed("How mistakes look"):
        mistake, message = written.strip("`"), said.strip("`")
        lines = LEVELS.splitlines()
        lines[int(message.split(":")[1]) - 1] = mistake
        with pytest.raises(CampaignError) as raised:
            parse_catalogue("\n".join(lines), "x.toml")
        assert str(raised.value) == message
