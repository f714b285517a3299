"""Campaigns and open lists from files; the only file of this folder that reads any.

A campaign file is TOML whose tables and keys are the fields of `campaign.model`.  SGBM ids and levels are written as
text in any spelling the manufacturer uses, bytes as hex digits in quotes.
"""

from __future__ import annotations

from pathlib import Path

from appliance.campaign.check import problems
from appliance.campaign.model import Campaign
from appliance.car.integration_level import Level, parse_level
from appliance.car.sgbm import SgbmId, parse_sgbm
from appliance.car.vin import parse_vin
from appliance.errors import CampaignError, MalformedAnswer
from appliance.toml_file import Parsers, parse_toml, read_text

PARSERS: Parsers = {SgbmId: parse_sgbm, Level: parse_level, bytes: bytes.fromhex}


def load_campaign(path: Path) -> Campaign:
    """The campaign in a TOML file.

    Raises:
        CampaignError: file and line of what is unreadable, unknown, missing or contradictory.
    """
    return parse_campaign(read_text(path, CampaignError), str(path))


def parse_campaign(text: str, name: str) -> Campaign:
    """The campaign in TOML `text`, called `name` in messages.

    Raises:
        CampaignError: as `load_campaign`.
    """
    document = parse_toml(text, name, Campaign, CampaignError, PARSERS)
    for at, what in problems(document.value):
        raise document.problem(at, what)
    return document.value


def load_open_list(path: Path) -> frozenset[str]:
    """The VINs the manufacturer shows as open: one a line, `#` begins a comment; all 17 characters.

    Raises:
        CampaignError: file and line of what is no VIN.
    """
    vins = set()
    for number, line in enumerate(read_text(path, CampaignError).splitlines(), start=1):
        words = line.partition("#")[0].strip()
        if not words:
            continue
        try:
            vin = parse_vin(words)
        except MalformedAnswer as error:
            raise CampaignError(
                f"{words!r} is no VIN: found {error.found}, expected {error.expected}",
                where=f"{path}:{number}",
                do="write one VIN a line, all 17 characters",
            ) from error
        vins.add(vin.text)
    return frozenset(vins)
