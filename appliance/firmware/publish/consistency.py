"""Does everything an appliance will look for lie in the repository?  Asked before it is published.

An appliance refuses the whole repository where one campaign does not fit (docs/decisions/0023), so the author learns it
here: a campaign or level catalogue that cannot be read, is called something else than its file, exists twice, or names
an image that its author has not signed with that length and hash; a campaign whose catalogue is missing or says
something else; campaigns that contradict each other.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from appliance.campaign.catalogue import Catalogue
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.fit import require_fit
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign
from appliance.errors import CampaignError, RefusedError
from appliance.firmware.contents import datablocks, require_agreeing
from appliance.firmware.layout import CAMPAIGN_END
from appliance.firmware.publish.content import campaign_path, image_path, levels_path
from appliance.firmware.publish.files import read_file
from appliance.firmware.publish.repository import Repository, Target

T = TypeVar("T", Campaign, Catalogue)


def require_consistent(repository: Repository, folder: Path) -> None:
    """Refuse what an appliance would refuse.

    Args:
        folder: Where the repository lies; what it still has to save is taken from memory.

    Raises:
        CampaignError: a campaign or level catalogue cannot be used, or does not fit the images or the others.
        RefusedError: a file of the repository was altered.
        BoardError: one cannot be read.
    """
    owners: dict[str, str] = {}
    every: list[Campaign] = []
    levels: list[Catalogue] = []
    for author in repository.authors:
        campaigns, catalogues = campaigns_of(repository, folder, author), catalogues_of(repository, folder, author)
        for one in everything_of(repository, folder, author):
            other = owners.setdefault(f"{_word(one)} {one.id}", author)
            if other != author:
                raise CampaignError(
                    f"{other} and {author} both publish a {_word(one)} {one.id}",
                    do="give one of them another id, or remove one: kl30 publish remove",
                )
            _require_images(repository, author, one)
        for campaign in campaigns:
            _require_levels(author, campaign, catalogues)
        every += campaigns
        levels += catalogues
    require_agreeing(every, levels, str(folder))


def campaigns_of(repository: Repository, folder: Path, author: str) -> tuple[Campaign, ...]:
    """What an author publishes, in order of file name.

    Raises:
        CampaignError, RefusedError, BoardError: as `require_consistent`.
    """
    return _of(repository, folder, author, campaign_path(author, ""), parse_campaign)


def catalogues_of(repository: Repository, folder: Path, author: str) -> tuple[Catalogue, ...]:
    """The level catalogues an author publishes, in order of file name.

    Raises:
        CampaignError, RefusedError, BoardError: as `require_consistent`.
    """
    return _of(repository, folder, author, levels_path(author, ""), parse_catalogue)


def everything_of(repository: Repository, folder: Path, author: str) -> list[Campaign | Catalogue]:
    """Both of an author: campaigns, then level catalogues.

    Raises:
        CampaignError, RefusedError, BoardError: as `require_consistent`.
    """
    return [*campaigns_of(repository, folder, author), *catalogues_of(repository, folder, author)]


def spare_images(repository: Repository, folder: Path, author: str, without: str) -> tuple[str, ...]:
    """Target paths of an author's images that nothing but `without`, an id, names.

    Raises:
        CampaignError, RefusedError, BoardError: as `require_consistent`.
    """
    every = everything_of(repository, folder, author)
    kept = {image_path(author, block.file) for one in every if one.id != without for block in datablocks(one)}
    begin = image_path(author, "")
    return tuple(one.path for one in repository.targets(author) if one.path.startswith(begin) and one.path not in kept)


def _of(repository: Repository, folder: Path, author: str, begin: str, parse: Callable[[str, str], T]) -> tuple[T, ...]:
    found = (target for target in repository.targets(author) if target.path.startswith(begin))
    return tuple(_read(repository, folder, target, parse) for target in found)


def _read(repository: Repository, folder: Path, target: Target, parse: Callable[[str, str], T]) -> T:
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
    value = parse(text, target.path)
    name = target.path.rpartition("/")[2]
    if name != value.id + CAMPAIGN_END:
        raise CampaignError(
            f"it holds the {_word(value)} {value.id}", where=target.path, do=f"name the file {value.id}{CAMPAIGN_END}"
        )
    return value


def _require_images(repository: Repository, author: str, one: Campaign | Catalogue) -> None:
    signed = {target.path: target for target in repository.targets(author)}
    for block in datablocks(one):
        target = signed.get(image_path(author, block.file))
        if target is None:
            raise CampaignError(
                f"{one.id} needs the image {block.file}, which {author} does not publish",
                do=f"add the {_word(one)} together with its images",
            )
        if (target.length_bytes, target.sha256) != (block.length, block.sha256):
            raise CampaignError(
                f"{one.id} and something else of {author} mean different contents by {block.file}",
                do="give the new image a name of its own, as PSdZ does: with its version",
            )


def _require_levels(author: str, campaign: Campaign, catalogues: Sequence[Catalogue]) -> None:
    if not campaign.levels:
        return
    named = next((one for one in catalogues if one.id == campaign.levels), None)
    if named is None:
        raise CampaignError(
            f"{campaign.id} goes by the level catalogue {campaign.levels}, which {author} does not publish",
            do="add both: kl30 publish add REPOSITORY CATALOGUE.toml CAMPAIGN.toml",
        )
    require_fit(campaign, named)


def _word(one: Campaign | Catalogue) -> str:
    return "campaign" if isinstance(one, Campaign) else "level catalogue"
