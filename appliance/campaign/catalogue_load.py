"""Level catalogues from files: TOML whose tables and keys are the fields of `campaign.catalogue`.

Spelling is that of campaigns: SGBM ids and levels as text, bytes as hex digits in quotes.
"""

from __future__ import annotations

from pathlib import Path

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.catalogue_check import catalogue_problems
from appliance.campaign.load import PARSERS
from appliance.errors import CampaignError
from appliance.toml_file import parse_toml, read_text


def load_catalogue(path: Path) -> Catalogue:
    """The level catalogue in a TOML file.

    Raises:
        CampaignError: file and line of what is unreadable, unknown, missing or contradictory.
    """
    return parse_catalogue(read_text(path, CampaignError), str(path))


def parse_catalogue(text: str, name: str) -> Catalogue:
    """The level catalogue in TOML `text`, called `name` in messages.

    Raises:
        CampaignError: as `load_catalogue`.
    """
    document = parse_toml(text, name, Catalogue, CampaignError, PARSERS)
    for at, what in catalogue_problems(document.value):
        raise document.problem(at, what)
    return document.value
