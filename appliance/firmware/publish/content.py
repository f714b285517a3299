"""What an author publishes, under which names, and for how long it is good.

Rules.  A name is used as a file name on sticks (FAT, which does not tell upper from lower case) and in addresses of
web servers, so it has letters, digits and `. _ + -` only.  Where an author's files lie: `firmware.layout`.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from appliance.errors import UsageError
from appliance.firmware.layout import (
    AUTHOR_NAME,
    CAMPAIGN_END,
    FILE_NAME,
    LARGEST_CAMPAIGN_BYTES,
    LARGEST_IMAGE_BYTES,
    TARGETS,
    TargetKind,
)
from appliance.firmware.publish.keys import ONLINE

_RESERVED = {"root", *ONLINE}


@dataclass(frozen=True, slots=True)
class AuthorContent:
    """Campaigns, images and level catalogues of one author: file name and bytes, as pairs."""

    author: str
    campaigns: tuple[tuple[str, bytes], ...]
    images: tuple[tuple[str, bytes], ...]
    levels: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Target:
    """A file that an author has signed: its path in the repository, length and SHA-256."""

    path: str
    length_bytes: int
    sha256: str

    @property
    def stored_as(self) -> str:
        """Where it lies below the repository's folder."""
        folder, _, name = self.path.rpartition("/")
        return f"{TARGETS}/{folder}/{self.sha256}.{name}"


@dataclass(frozen=True, slots=True)
class Validity:
    """How long a signature of each role is good, in days.

    A snapshot that is not renewed for a month is a sign that somebody keeps the appliance from newer ones; a campaign
    stands for half a year without its author; the root for a year.  Ours.
    """

    root_days: float = 365
    targets_days: float = 180  # of authors too
    snapshot_days: float = 30
    timestamp_days: float = 30

    def until(self, role: str, now: datetime) -> datetime:
        """When what is signed for a role at `now` is over; every role that is not top-level is an author's."""
        days = {"root": self.root_days, "snapshot": self.snapshot_days, "timestamp": self.timestamp_days}
        return now.replace(microsecond=0) + timedelta(days=days.get(role, self.targets_days))


USUAL = Validity()


def campaign_path(author: str, name: str) -> str:
    """The target path of a campaign; `name` ends in `.toml`."""
    return f"{author}/{TargetKind.CAMPAIGN.value}/{name}"


def levels_path(author: str, name: str) -> str:
    """The target path of a level catalogue; `name` ends in `.toml`."""
    return f"{author}/{TargetKind.LEVELS.value}/{name}"


def image_path(author: str, name: str) -> str:
    """The target path of an image."""
    return f"{author}/{TargetKind.IMAGE.value}/{name}"


def require_author_name(name: str) -> None:
    """Refuse what no author can be called.

    Raises:
        UsageError: it has other characters, is too long, or is the name of a role of TUF.
    """
    if not AUTHOR_NAME.fullmatch(name) or name in _RESERVED:
        raise UsageError(
            f"no author can be called {name!r}",
            do=f"use up to 32 small letters, digits and hyphens, and none of {', '.join(sorted(_RESERVED))}",
        )


def require_file_name(name: str) -> None:
    """Refuse what no campaign or image can be called.

    Raises:
        UsageError: it has other characters, or is too long.
    """
    if not FILE_NAME.fullmatch(name) or name.endswith("."):
        raise UsageError(
            f"no file of a repository can be called {name!r}",
            do="use up to 120 letters, digits and . _ + -; other characters do not survive on every stick and server",
        )


def require_size(name: str, size_bytes: int, largest_bytes: int) -> None:
    """Refuse what an appliance would not import.

    Raises:
        UsageError: it is larger.
    """
    if size_bytes > largest_bytes:
        raise UsageError(
            f"{name} has {size_bytes} bytes, an appliance imports at most {largest_bytes}",
            do="divide it, and give each part a datablock of its own",
        )


def target_files(content: AuthorContent) -> dict[str, bytes]:
    """Target path and bytes, of images, campaigns and level catalogues.

    Raises:
        UsageError: a name is not possible, or a file is larger than an appliance takes.
    """
    paths: dict[str, bytes] = {}
    for name, data in content.images:
        require_file_name(name)
        require_size(name, len(data), LARGEST_IMAGE_BYTES)
        paths[image_path(content.author, name)] = data
    texts = (
        *((campaign_path(content.author, name), name, data) for name, data in content.campaigns),
        *((levels_path(content.author, name), name, data) for name, data in content.levels),
    )
    for path, name, data in texts:
        require_file_name(name)
        require_size(name, len(data), LARGEST_CAMPAIGN_BYTES)
        if not name.endswith(CAMPAIGN_END):
            raise UsageError(f"a campaign's file ends in {CAMPAIGN_END}, this one is called {name!r}")
        paths[path] = data
    return paths
