"""`kl30 publish check`: is this campaign right, what does it say, and does it carry a simulated car to its target?

Three questions, one after the other: the file (each mistake with line and hint), its images, and a dry run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from importlib.metadata import entry_points
from pathlib import Path

from appliance.bench.security import BENCH_PROVIDER
from appliance.campaign.model import Campaign, Kind
from appliance.campaign.verdict import Verdict
from appliance.commands.publish_file import checked
from appliance.commands.publish_rehearsal import Rehearsal, rehearse
from appliance.commands.publish_say import say, tell
from appliance.commands.publish_words import cars, claim, minutes_at_most, warnings, work
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
    campaign = checked(path)
    for written in write_synthetic_images(campaign, images) if synthetic else ():
        say(f"{written}: synthetic, runs nowhere")
    contents = read_images(campaign, images)
    say(f"{path}: {campaign.title} ({campaign.source})", "")
    for paragraph in (cars(campaign), *work(campaign), claim(campaign)):
        tell(paragraph)
    for warning in (*warnings(campaign), *_here(campaign, contents)):
        tell(f"Mind: {warning}")
    return _played(campaign, rehearse(campaign, contents))


def _played(campaign: Campaign, rehearsal: Rehearsal) -> int:
    if not rehearsal.verdict:
        tell(f"Not dry-run: {'; '.join(rehearsal.not_tried)}.")
        return EXIT_OK
    tell(f"Dry run on {rehearsal.story}.")
    say(f"verdict: {rehearsal.verdict}: {rehearsal.reason}")
    for name, verdict, software in rehearsal.units:
        say(f"  {name}: {verdict}, now {', '.join(software)}")
    say(
        f"time: {rehearsal.minutes:.0f} minutes; a slow control unit may take {minutes_at_most(campaign):.0f}",
        *(f"not tried: {one}" for one in rehearsal.not_tried),
    )
    return EXIT_OK if rehearsal.verdict == Verdict.PROGRAMMED.value else EXIT_FAILED


def _here(campaign: Campaign, images: Mapping[str, bytes]) -> Iterator[str]:
    """What is to be minded because of what is on this computer."""
    synthetic = sorted(file for file, image in images.items() if is_synthetic(image))
    if synthetic:
        yield f"Synthetic firmware, which runs nowhere: {', '.join(synthetic)}."
    installed = {point.name for point in entry_points(group=GROUP)}
    for name in dict.fromkeys(unit.security.partition(":")[0] for unit in campaign.units):
        if name == BENCH_PROVIDER:
            yield f"SecurityAccess by {name} opens the bench's control units, and no real one."
        elif name not in installed:
            yield f"SecurityAccess by {name} is not installed here; each appliance needs it."
    if campaign.kind is not Kind.RECOVERY and len(campaign.units) == 1:
        yield (
            "The integration level is raised for the whole vehicle when one control unit is proven. Name every control "
            "unit that the level stands for."
        )
