"""Does everything an appliance will look for lie in the repository?  Asked before it is published.

An appliance refuses the whole repository where one campaign does not fit (docs/decisions/0023), so the author learns it
here: a campaign that cannot be read, is called something else than its file, exists twice, or names an image that its
author has not signed with that length and hash.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign
from appliance.errors import CampaignError, RefusedError
from appliance.firmware.layout import CAMPAIGN_END
from appliance.firmware.publish.content import campaign_path, image_path
from appliance.firmware.publish.files import read_file
from appliance.firmware.publish.repository import Repository, Target


def require_consistent(repository: Repository, folder: Path) -> None:
    """Refuse what an appliance would refuse.

    Args:
        folder: Where the repository lies; what it still has to save is taken from memory.

    Raises:
        CampaignError: a campaign cannot be used, or does not fit the images.
        RefusedError: a file of the repository was altered.
        BoardError: one cannot be read.
    """
    owners: dict[str, str] = {}
    for author in repository.authors:
        for campaign in campaigns_of(repository, folder, author):
            other = owners.setdefault(campaign.id, author)
            if other != author:
                raise CampaignError(
                    f"{other} and {author} both publish a campaign {campaign.id}",
                    do="give one of them another id, or remove one: kl30 publish remove",
                )
            _require_images(repository, author, campaign)


def campaigns_of(repository: Repository, folder: Path, author: str) -> tuple[Campaign, ...]:
    """What an author publishes, in order of file name.

    Raises:
        CampaignError, RefusedError, BoardError: as `require_consistent`.
    """
    begin = campaign_path(author, "")
    found = (target for target in repository.targets(author) if target.path.startswith(begin))
    return tuple(_campaign(repository, folder, target) for target in found)


def spare_images(repository: Repository, folder: Path, author: str, without: str) -> tuple[str, ...]:
    """Target paths of an author's images that no campaign but `without`, an id, names.

    Raises:
        CampaignError, RefusedError, BoardError: as `require_consistent`.
    """
    kept = {
        image_path(author, block.file)
        for campaign in campaigns_of(repository, folder, author)
        if campaign.id != without
        for unit in campaign.units
        for block in unit.datablocks
    }
    begin = image_path(author, "")
    return tuple(one.path for one in repository.targets(author) if one.path.startswith(begin) and one.path not in kept)


def _campaign(repository: Repository, folder: Path, target: Target) -> Campaign:
    raw = repository.contents.get(target.stored_as)
    if raw is None:
        raw = read_file(folder / target.stored_as, target.length_bytes)
    if hashlib.sha256(raw).hexdigest() != target.sha256:
        raise RefusedError(
            "it was altered since it was signed", where=str(folder / target.stored_as), do="add it again"
        )
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise CampaignError("the file is not UTF-8", where=target.path, do="save it as UTF-8") from error
    campaign = parse_campaign(text, target.path)
    name = target.path.rpartition("/")[2]
    if name != campaign.id + CAMPAIGN_END:
        raise CampaignError(
            f"it holds the campaign {campaign.id}", where=target.path, do=f"name the file {campaign.id}{CAMPAIGN_END}"
        )
    return campaign


def _require_images(repository: Repository, author: str, campaign: Campaign) -> None:
    signed = {target.path: target for target in repository.targets(author)}
    for unit in campaign.units:
        for block in unit.datablocks:
            target = signed.get(image_path(author, block.file))
            if target is None:
                raise CampaignError(
                    f"{campaign.id} needs the image {block.file}, which {author} does not publish",
                    do="add the campaign together with its images",
                )
            if (target.length_bytes, target.sha256) != (block.length, block.sha256):
                raise CampaignError(
                    f"{campaign.id} and another campaign of {author} mean different contents by {block.file}",
                    do="give the new image a name of its own, as PSdZ does: with its version",
                )
