"""What verified files must be to each other: campaigns that can be carried out with the files of their own author.

Rules.  A campaign, and a level catalogue, is called as its file; one id has one author.  An image that one of them
names is an image of the same author, of that length and hash.  The catalogue a campaign goes by is one of the same
author, and the two fit each other.  No two campaigns would leave one control unit with different software.  All of it
holds before anything is imported, and again whenever the cache is opened.

Pure.  Sources: decisions 0023, 0026.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol, TypeVar

from appliance.campaign.catalogue import Catalogue, brought
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.fit import contradictions, require_fit
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign, CampaignUnit, Datablock
from appliance.errors import CampaignError
from appliance.firmware.layout import CAMPAIGN_END, Target, TargetKind


@dataclass(frozen=True, slots=True)
class Signed:
    """A campaign, and the author who signed for it.

    Attributes:
        catalogue: The level catalogue it goes by, of the same author; None: it goes by none.
    """

    author: str
    campaign: Campaign
    catalogue: Catalogue | None = None

    @property
    def datablocks(self) -> tuple[Datablock, ...]:
        """Everything it can write, what its catalogue brings included."""
        return (*datablocks(self.campaign), *(datablocks(self.catalogue) if self.catalogue else ()))


@dataclass(frozen=True, slots=True)
class SignedCatalogue:
    """A level catalogue, and the author who signed for it."""

    author: str
    catalogue: Catalogue


class _Named(Protocol):
    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=_Named)


def signed_campaigns(targets: Sequence[Target], read: Callable[[Target], bytes], where: str) -> tuple[Signed, ...]:
    """Every campaign among the targets, in order of id, after all rules were found kept.

    Args:
        read: Gives the verified content of a target.
        where: Folder or address, for messages.

    Raises:
        CampaignError: which campaign or level catalogue breaks which rule, with its line where it has one.
    """
    catalogues = signed_catalogues(targets, read, where)
    found = _parsed(TargetKind.CAMPAIGN, targets, read, where, parse_campaign)
    signed = tuple(
        Signed(target.author, campaign, _catalogue_of(target, campaign, catalogues, where))
        for target, campaign in found
    )
    for target, campaign in found:
        _require_images(target, datablocks(campaign), targets, where)
    require_agreeing([one.campaign for one in signed], [one.catalogue for one in catalogues], where)
    return signed


def signed_catalogues(
    targets: Sequence[Target], read: Callable[[Target], bytes], where: str
) -> tuple[SignedCatalogue, ...]:
    """Every level catalogue among the targets, in order of id.

    Args:
        read, where: As for `signed_campaigns`.

    Raises:
        CampaignError: as `signed_campaigns`.
    """
    found = _parsed(TargetKind.LEVELS, targets, read, where, parse_catalogue)
    for target, catalogue in found:
        _require_images(target, datablocks(catalogue), targets, where)
    return tuple(SignedCatalogue(target.author, catalogue) for target, catalogue in found)


def require_agreeing(campaigns: Sequence[Campaign], catalogues: Sequence[Catalogue], where: str) -> None:
    """Check that no two campaigns would leave one control unit with different software.

    Raises:
        CampaignError: every contradiction there is.
    """
    found = contradictions(campaigns, catalogues)
    if found:
        raise CampaignError(
            "campaigns contradict each other: " + "; ".join(one.sentence for one in found),
            where=where,
            do="correct or withdraw one of them; nothing was changed",
        )


def datablocks(brings: Campaign | Catalogue) -> Iterator[Datablock]:
    """Every datablock of every control unit, of a catalogue in every variant."""
    units: Sequence[CampaignUnit] = brings.units if isinstance(brings, Campaign) else brought(brings)
    for unit in units:
        yield from unit.datablocks


def _parsed(
    kind: TargetKind,
    targets: Sequence[Target],
    read: Callable[[Target], bytes],
    where: str,
    parse: Callable[[str, str], T],
) -> tuple[tuple[Target, T], ...]:
    """The files of a kind and what they hold, in order of id."""
    found = [(one, _content(one, read(one), where, parse)) for one in targets if one.kind is kind]
    found.sort(key=lambda pair: pair[1].id)
    for (earlier, value), (later, other) in pairwise(found):
        if value.id == other.id:
            raise CampaignError(
                f"the {_WORDS[kind]} {other.id} is signed by two authors, {earlier.author} and {later.author}",
                where=where,
                do="have one of them take it back, or give it another id",
            )
    return tuple(found)


def _content(target: Target, content: bytes, where: str, parse: Callable[[str, str], T]) -> T:
    name = f"{where}: {target.path}"
    try:
        text = content.decode("utf-8-sig")  # some editors write a byte order mark
    except UnicodeDecodeError as cause:
        raise CampaignError("the file is not UTF-8", where=name, do="save it as UTF-8") from cause
    value = parse(text, name)
    if value.id + CAMPAIGN_END != target.name:
        raise CampaignError(
            f"it holds the {_WORDS[target.kind]} {value.id}", where=name, do=f"name the file {value.id}{CAMPAIGN_END}"
        )
    return value


_WORDS = {TargetKind.CAMPAIGN: "campaign", TargetKind.LEVELS: "level catalogue"}


def _catalogue_of(
    target: Target, campaign: Campaign, catalogues: Sequence[SignedCatalogue], where: str
) -> Catalogue | None:
    """The catalogue a campaign goes by; None: it goes by none."""
    if not campaign.levels:
        return None
    for one in catalogues:
        if (one.author, one.catalogue.id) == (target.author, campaign.levels):
            require_fit(campaign, one.catalogue)
            return one.catalogue
    raise CampaignError(
        f"the campaign goes by the level catalogue {campaign.levels}, and {target.author} signed for no such catalogue",
        where=f"{where}: {target.path}",
        do="publish the level catalogue together with the campaign",
    )


def _require_images(target: Target, blocks: Iterator[Datablock], targets: Sequence[Target], where: str) -> None:
    images = {one.path: one for one in targets if one.kind is TargetKind.IMAGE}
    for block in blocks:
        image = images.get(f"{target.author}/{TargetKind.IMAGE.value}/{block.file}")
        _require_image(target, block, image, f"{where}: {target.path}")


def _require_image(target: Target, block: Datablock, image: Target | None, where: str) -> None:
    if image is None:
        raise CampaignError(
            f"the datablock {block.name} needs the image {block.file}, and {target.author} signed for no such image",
            where=where,
            do=f"publish the image together with the {_WORDS[target.kind]}",
        )
    if (image.length, image.sha256) != (block.length, block.sha256):
        raise CampaignError(
            f"the datablock {block.name} needs {block.file} with {block.length} bytes and SHA-256 {block.sha256}, and "
            f"{target.author} signed for one with {image.length} bytes and SHA-256 {image.sha256}",
            where=where,
            do=f"publish the image the {_WORDS[target.kind]} was made for",
        )
