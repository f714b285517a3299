"""The firmware cache on disk: campaigns and images, verified each time they are read.

    <folder>/campaigns/<campaign id>.toml
    <folder>/images/<file named by a datablock>

Rules.  Nothing here writes.  An image is read completely and hashed at every use: a card that rots between two runs
is found before contact (law 2).  A file that is wrong is refused and left where it is, for whoever wants to look.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from appliance.campaign.load import load_campaign
from appliance.campaign.model import Campaign, Datablock
from appliance.errors import CampaignError, ImageError

_DO = "import the campaign's images again from the source you trust; nothing was sent to the car"


class Store:
    """The cache in `folder`."""

    def __init__(self, folder: Path) -> None:
        self._campaigns = folder / "campaigns"
        self._images = folder / "images"

    def campaigns(self) -> tuple[Campaign, ...]:
        """Every campaign, in order of id; none is an empty tuple.

        Raises:
            CampaignError: file and line of the first that cannot be used.
        """
        return tuple(_named_as_its_file(path) for path in sorted(self._campaigns.glob("*.toml")))

    def load_image(self, datablock: Datablock) -> bytes:
        """The bytes of a datablock, exactly those its campaign names.

        Raises:
            ImageError: the file is missing, unreadable, too short, too long, or not the one with that hash.
        """
        path = self._images / datablock.file
        try:
            with path.open("rb") as file:
                image = file.read(datablock.length + 1)  # one more than declared tells a longer file
        except FileNotFoundError as cause:
            raise ImageError("the image is missing", where=str(path), do=_DO) from cause
        except OSError as cause:
            raise ImageError(f"the image cannot be read: {cause.strerror}", where=str(path), do=_DO) from cause
        if len(image) != datablock.length:
            found = "more" if len(image) > datablock.length else f"only {len(image)}"
            raise ImageError(
                f"the image has {found} bytes, {datablock.name} is declared with {datablock.length}",
                where=str(path),
                do=_DO,
            )
        found = hashlib.sha256(image).hexdigest()
        if found != datablock.sha256:
            raise ImageError(
                f"the image was altered: its SHA-256 is {found}, the campaign names {datablock.sha256}",
                where=str(path),
                do=_DO,
            )
        return image


def _named_as_its_file(path: Path) -> Campaign:
    """So that one id cannot hide in two files."""
    campaign = load_campaign(path)
    if campaign.id != path.stem:
        raise CampaignError(
            f"it holds the campaign {campaign.id}", where=str(path), do=f"name the file {campaign.id}.toml"
        )
    return campaign
