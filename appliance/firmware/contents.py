"""What verified files must be to each other: campaigns that can be carried out with the images of their own author.

Rules.  A campaign is called as its file; one id has one author; an image a campaign names is an image of the same
author, of that length and hash.  All of it holds before anything is imported, and again whenever the cache is opened.

Pure.  Source: decision 0023.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign, Datablock
from appliance.errors import CampaignError
from appliance.firmware.layout import CAMPAIGN_END, Target, TargetKind


@dataclass(frozen=True, slots=True)
class Signed:
    """A campaign, and the author who signed for it."""

    author: str
    campaign: Campaign


def signed_campaigns(targets: Sequence[Target], read: Callable[[Target], bytes], where: str) -> tuple[Signed, ...]:
    """Every campaign among the targets, in order of id, after all rules were found kept.

    Args:
        read: Gives the verified content of a target.
        where: Folder or address, for messages.

    Raises:
        CampaignError: which campaign breaks which rule, with its line where it has one.
    """
    files = [target for target in targets if target.kind is TargetKind.CAMPAIGN]
    signed = sorted((_parsed(target, read(target), where) for target in files), key=lambda one: one.campaign.id)
    images = {target.path: target for target in targets if target.kind is TargetKind.IMAGE}
    for earlier, later in pairwise(signed):
        if earlier.campaign.id == later.campaign.id:
            raise CampaignError(
                f"the campaign {later.campaign.id} is signed by two authors, {earlier.author} and {later.author}",
                where=where,
                do="have one of them take it back, or give it another id",
            )
    for one in signed:
        for block in datablocks(one.campaign):
            _require_image(one, block, images.get(f"{one.author}/{TargetKind.IMAGE.value}/{block.file}"), where)
    return tuple(signed)


def datablocks(campaign: Campaign) -> Iterator[Datablock]:
    """Every datablock of every control unit."""
    for unit in campaign.units:
        yield from unit.datablocks


def _parsed(target: Target, content: bytes, where: str) -> Signed:
    name = f"{where}: {target.path}"
    try:
        text = content.decode("utf-8-sig")  # some editors write a byte order mark
    except UnicodeDecodeError as cause:
        raise CampaignError("the file is not UTF-8", where=name, do="save it as UTF-8") from cause
    campaign = parse_campaign(text, name)
    if campaign.id + CAMPAIGN_END != target.name:
        raise CampaignError(
            f"it holds the campaign {campaign.id}", where=name, do=f"name the file {campaign.id}{CAMPAIGN_END}"
        )
    return Signed(target.author, campaign)


def _require_image(one: Signed, block: Datablock, image: Target | None, where: str) -> None:
    named = f"{where}: {one.author}/campaigns/{one.campaign.id}{CAMPAIGN_END}"
    if image is None:
        raise CampaignError(
            f"the datablock {block.name} needs the image {block.file}, and {one.author} signed for no such image",
            where=named,
            do="publish the image together with the campaign",
        )
    if (image.length, image.sha256) != (block.length, block.sha256):
        raise CampaignError(
            f"the datablock {block.name} needs {block.file} with {block.length} bytes and SHA-256 {block.sha256}, and "
            f"{one.author} signed for one with {image.length} bytes and SHA-256 {image.sha256}",
            where=named,
            do="publish the image the campaign was made for",
        )
