"""What the workshop brings: a signed repository with the bulletin's campaign, and the car it is for.

The campaign is the bench's, with images a sixteenth as long, so that a job is over in seconds of wire; and its keys
come from a service of the owner's (`external`), because the bench's stand-in is installed nowhere but on the bench.
"""

from __future__ import annotations

import hashlib
import re
from datetime import datetime
from pathlib import Path

from appliance.bench.cache import BULLETIN, bench_campaigns
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Campaign
from appliance.firmware.contents import datablocks
from appliance.firmware.publish.content import AuthorContent, Validity
from appliance.firmware.publish.keys import throwaway_keys
from appliance.firmware.publish.repository import build_repository
from appliance.firmware.synthetic import synthetic_image
from tests.engine.workshop import SMALLER

AUTHOR = "workshop"
FILE = f"{BULLETIN}.toml"
_LASTING = Validity(*4 * (36_500.0,))  # a guest that was built last year is used as it is


def campaign_text() -> str:
    """The campaign file."""
    text = dict(bench_campaigns())[FILE].replace('"bench-stand-in"', '"external"')
    for block in datablocks(parse_campaign(text, FILE)):
        length = block.length // SMALLER
        digest = hashlib.sha256(synthetic_image(block.software, length)).hexdigest()
        shorter = re.compile(rf"(address = {_toml(block.address)}\nlength = )\S+(.*?sha256 = )\"{block.sha256}\"", re.S)
        text, found = shorter.subn(rf'\g<1>{length}\g<2>"{digest}"', text)
        assert found == 1, f"{block.name} is written in a way this cannot read"
    return text


def _toml(address: int) -> str:
    return f"0x{address >> 16:04X}_{address & 0xFFFF:04X}"


def campaign() -> Campaign:
    """The same, read."""
    return parse_campaign(campaign_text(), FILE)


def publish(folder: Path, now: datetime) -> None:
    """Write the repository, as a stick would hold it, with the root to be pinned beside it."""
    images = {block.file: synthetic_image(block.software, block.length) for block in datablocks(campaign())}
    content = AuthorContent(AUTHOR, ((FILE, campaign_text().encode()),), tuple(images.items()))
    keys = throwaway_keys(b"KL30 virtual machine: these keys are public and protect nothing", (AUTHOR,))
    build_repository(folder, keys, now, (content,), _LASTING)
    (folder / "1.root.json").write_bytes((folder / "metadata" / "1.root.json").read_bytes())
