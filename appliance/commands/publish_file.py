"""A campaign, or a level catalogue, read for its author: a mistake comes with its line, and with what belongs there."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Any, get_args, get_type_hints

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.catalogue_load import load_catalogue
from appliance.campaign.fit import require_fit
from appliance.campaign.load import load_campaign
from appliance.campaign.model import Campaign
from appliance.commands.publish_keys import KEYS, Key
from appliance.errors import CampaignError
from appliance.firmware.layout import CAMPAIGN_END
from appliance.toml_file import read_text

_TABLE, _LEVEL = re.compile(r"^\s*\[", re.MULTILINE), re.compile(r"^\s*level\s*=", re.MULTILINE)
_WANTING = re.compile("expected|is missing|is empty")


def checked(path: Path) -> Campaign:
    """The campaign in a file that is called as it has to be.

    Raises:
        CampaignError: the first mistake, with its line and what belongs there.
    """
    try:
        campaign = load_campaign(path)
    except CampaignError as error:
        raise _with_hint(error) from error
    _require_name(path, "campaign", campaign.id)
    return campaign


def checked_file(path: Path) -> Campaign | Catalogue:
    """What is in a file that is called as it has to be: only a level catalogue has a `level` above its tables.

    Raises:
        CampaignError: as `checked`.
    """
    above = _TABLE.split(read_text(path, CampaignError), maxsplit=1)[0]
    if not _LEVEL.search(above):
        return checked(path)
    catalogue = load_catalogue(path)
    _require_name(path, "level catalogue", catalogue.id)
    return catalogue


def catalogue_beside(campaign: Campaign, path: Path) -> Catalogue | None:
    """The level catalogue a campaign goes by, from the campaign's own folder; None: it goes by none.

    Raises:
        CampaignError: it is not there, cannot be used, or does not fit the campaign.
    """
    if not campaign.levels:
        return None
    beside = path.parent / f"{campaign.levels}{CAMPAIGN_END}"
    if not beside.is_file():
        raise CampaignError(
            f"the campaign goes by the level catalogue {campaign.levels}, and its file is missing",
            where=str(beside),
            do="put it beside the campaign",
        )
    catalogue = load_catalogue(beside)
    require_fit(campaign, catalogue)
    return catalogue


def _require_name(path: Path, kind: str, identifier: str) -> None:
    if path.name != identifier + CAMPAIGN_END:
        raise CampaignError(
            f"the {kind} in it is called {identifier}",
            where=str(path),
            do=f'call the file {identifier}{CAMPAIGN_END}, or write id = "{path.stem}"',
        )


def _with_hint(error: CampaignError) -> CampaignError:
    """The same with what the key means, where a value is missing or of another kind and nothing better is said."""
    key = _key_of(error.what) if not error.do and _WANTING.search(error.what) else None
    return error if key is None else CampaignError(error.what, where=error.where, do=key.line.replace("*", ""))


def _key_of(what: str) -> Key | None:
    """The key that a message begins with, as in `units[0].hwel: …`; None: it names none that is known."""
    found = re.match(r"([\w\[\].]+): ", what)
    if found is None:
        return None
    *tables, last = re.sub(r"\[\d+\]", "", found[1]).split(".")
    kind: type = Campaign
    for table in tables:
        inner = _table_of(kind, table)
        if inner is None:
            return None
        kind = inner
    return KEYS[kind].get(last)


def _table_of(kind: type, name: str) -> type | None:
    """The class of a table in a table; None: it is no table."""
    if name not in {field.name for field in fields(kind)}:
        return None
    hint: Any = get_type_hints(kind)[name]
    candidates = [hint, *get_args(hint)]
    return next((one for one in candidates if isinstance(one, type) and is_dataclass(one) and one in KEYS), None)
