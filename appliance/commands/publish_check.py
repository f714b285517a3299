"""`kl30 publish check`: is this campaign right, what does it say, and does it carry a simulated car to its target?

Three questions, one after the other: the file (each mistake with line and hint), its images, and a dry run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from importlib.metadata import entry_points
from pathlib import Path

from appliance.bench.security import BENCH_PROVIDER
from appliance.campaign.catalogue import Catalogue, brought, chosen
from appliance.campaign.model import Campaign, CampaignUnit, Kind
from appliance.campaign.verdict import Verdict
from appliance.commands.publish_file import catalogue_beside, checked_file
from appliance.commands.publish_rehearsal import Rehearsal, rehearse
from appliance.commands.publish_say import say, tell
from appliance.commands.publish_words import cars, claim, level, minutes_at_most, variants, warnings, work
from appliance.errors import EXIT_FAILED, EXIT_OK
from appliance.firmware.publish.images import is_synthetic, read_images, write_synthetic_images
from appliance.security.installed import GROUP


def check_campaign(path: Path, images: Path, *, synthetic: bool) -> int:
    """Check a campaign file, tell what it means, and play it once; the exit code.

    Args:
        images: Folder of the images.
        synthetic: Make a synthetic image for each one that is missing.

    Raises:
        CampaignError: the file's first mistake, with its line and what belongs there.
        ImageError: an image is missing, or not what the campaign says.
        BoardError: a file cannot be read or written.
    """
    found = checked_file(path)
    if isinstance(found, Catalogue):
        return _check_catalogue(path, found, images, synthetic=synthetic)
    catalogue = catalogue_beside(found, path)
    contents = _images(found, images, synthetic=synthetic)
    contents |= _images(catalogue, images, synthetic=synthetic) if catalogue else {}
    say(f"{path}: {found.title} ({found.source})", "")
    for paragraph in (cars(found), *work(found, catalogue), claim(found)):
        tell(paragraph)
    for warning in (*warnings(found, catalogue), *_here(found, catalogue, contents)):
        tell(f"Mind: {warning}")
    return _played(found, catalogue, rehearse(found, contents, catalogue))


def _check_catalogue(path: Path, catalogue: Catalogue, images: Path, *, synthetic: bool) -> int:
    """Tell what a level catalogue means; it is played with the campaign that goes by it."""
    contents = _images(catalogue, images, synthetic=synthetic)
    say(f"{path}: {catalogue.title} ({catalogue.source})", "")
    for paragraph in (level(catalogue), *variants(catalogue)):
        tell(paragraph)
    for warning in _of_content(brought(catalogue), contents):
        tell(f"Mind: {warning}")
    tell("Not dry-run: kl30 publish check plays the campaign that goes by it, from the same folder.")
    return EXIT_OK


def _images(one: Campaign | Catalogue, images: Path, *, synthetic: bool) -> dict[str, bytes]:
    for written in write_synthetic_images(one, images) if synthetic else ():
        say(f"{written}: synthetic, runs nowhere")
    return read_images(one, images)


def _played(campaign: Campaign, catalogue: Catalogue | None, rehearsal: Rehearsal) -> int:
    if not rehearsal.verdict:
        tell(f"Not dry-run: {'; '.join(rehearsal.not_tried)}.")
        return EXIT_OK
    tell(f"Dry run on {rehearsal.story}.")
    say(f"verdict: {rehearsal.verdict}: {rehearsal.reason}")
    for name, verdict, software in rehearsal.units:
        say(f"  {name}: {verdict}, now {', '.join(software)}")
    slow = minutes_at_most(campaign, catalogue)
    say(
        f"time: {rehearsal.minutes:.0f} minutes; a slow control unit may take {slow:.0f}",
        *(f"not tried: {one}" for one in rehearsal.not_tried),
    )
    return EXIT_OK if rehearsal.verdict == Verdict.PROGRAMMED.value else EXIT_FAILED


def _here(campaign: Campaign, catalogue: Catalogue | None, images: Mapping[str, bytes]) -> Iterator[str]:
    """What is to be minded because of what is on this computer, and of the level."""
    yield from _of_content(chosen(campaign, catalogue), images)
    raises = campaign.kind is not Kind.RECOVERY and campaign.raises_level and catalogue is None
    if raises and len(campaign.units) == 1:
        yield (
            "The integration level is raised for the whole vehicle when one control unit is proven. Name every control "
            "unit that the level stands for."
        )


def _of_content(units: Sequence[CampaignUnit], images: Mapping[str, bytes]) -> Iterator[str]:
    synthetic = sorted(file for file, image in images.items() if is_synthetic(image))
    if synthetic:
        yield f"Synthetic firmware, which runs nowhere: {', '.join(synthetic)}."
    installed = {point.name for point in entry_points(group=GROUP)}
    for name in dict.fromkeys(unit.security.partition(":")[0] for unit in units if unit.security):
        if name == BENCH_PROVIDER:
            yield f"SecurityAccess by {name} opens the bench's control units, and no real one."
        elif name not in installed:
            yield f"SecurityAccess by {name} is not installed here; each appliance needs it."
