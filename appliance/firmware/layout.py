"""What a repository holds, how it is called, and how large it may be.

    metadata/                        root, timestamp, snapshot, targets, and one role for each author
    targets/<author>/campaigns/<id>.toml
    targets/<author>/levels/<id>.toml      level catalogues
    targets/<author>/images/<file>

Rules.  An author signs for their own folder and nothing else; nobody signs for files outside an author's folder.
Names are of letters, digits and `. _ + -`: they are file names on sticks and parts of web addresses, and no
other character is the same in both.  What breaks a rule is refused by name, never passed over: a file that is left out
in silence is one more thing nobody can explain.

Pure.  Sources: docs/decisions/0023; TUF specification 1.0.34, §4.5 (delegations, target paths).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from appliance.errors import RefusedError

METADATA, TARGETS = "metadata", "targets"
CAMPAIGN_END = ".toml"  # of level catalogues too

# ngclient visits as many delegations for one target; a workshop has a handful of authors.
MOST_AUTHORS = 32
# And of a level catalogue: as much as `toml_file` reads, 256 Ki characters of up to four bytes.
LARGEST_CAMPAIGN_BYTES = 1024 * 1024
# Ours: at the 20 to 30 kB/s of a diagnosis CAN this takes an hour, and an image is held in memory as a whole.
LARGEST_IMAGE_BYTES = 128 * 1024 * 1024

UNCHANGED = "nothing was imported; what was in the cache before is still in use"
ASK_PUBLISHER = f"tell whoever publishes the repository; {UNCHANGED}"
TAKE_AGAIN = f"take the repository again from where you trust it; {UNCHANGED}"

AUTHOR_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
FILE_NAME = re.compile(r"[A-Za-z0-9_+-][A-Za-z0-9._+-]{0,119}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class TargetKind(Enum):
    """What a target is; the value is the folder it lies in."""

    CAMPAIGN = "campaigns"
    LEVELS = "levels"
    IMAGE = "images"

    @property
    def is_text(self) -> bool:
        """Whether it is TOML that is read, and not an image that is sent as it is."""
        return self is not TargetKind.IMAGE


@dataclass(frozen=True, slots=True)
class Target:
    """One file an author answers for: where it lies, and what it must be."""

    author: str
    kind: TargetKind
    name: str
    length: int
    sha256: str

    @property
    def path(self) -> str:
        """Its path in the repository's `targets` folder."""
        return f"{self.author}/{self.kind.value}/{self.name}"


@dataclass(frozen=True, slots=True)
class Delegated:
    """What the top-level targets role says of an author; `paths` None: they are not given as patterns."""

    author: str
    paths: tuple[str, ...] | None
    terminating: bool


def author_patterns(author: str) -> tuple[str, ...]:
    """The paths an author may sign for, and all they may sign for."""
    return tuple(f"{author}/{kind.value}/*" for kind in TargetKind)


def require_delegations(delegated: Sequence[Delegated], where: str) -> None:
    """Authors are as the layout has them; one may sign for less, as before there were level catalogues.

    Raises:
        RefusedError: too many, one with another name, or one who may sign outside of their folder.
    """
    if len(delegated) > MOST_AUTHORS:
        what = f"it delegates to {len(delegated)} authors, more than {MOST_AUTHORS}"
        raise RefusedError(what, where=where, do=ASK_PUBLISHER)
    for one in delegated:
        if not AUTHOR_NAME.fullmatch(one.author):
            raise RefusedError(f"no author can be called {one.author!r}", where=where, do=ASK_PUBLISHER)
        if not one.paths or not set(one.paths) <= set(author_patterns(one.author)):
            allowed = " and ".join(author_patterns(one.author))
            found = ", ".join(one.paths or ()) or "no pattern at all"
            raise RefusedError(
                f"the author {one.author} may sign for {found}, instead of {allowed}", where=where, do=ASK_PUBLISHER
            )
        if not one.terminating:
            what = f"the delegation to {one.author} lets others answer for the same files"
            raise RefusedError(what, where=where, do=ASK_PUBLISHER)


def target_at(path: str, author: str, length: int, sha256: str | None, where: str) -> Target:
    """The target an author signed as `path`.

    Args:
        sha256: None: its metadata gives no such hash.

    Raises:
        RefusedError: it is outside of the author's folders, has an impossible name or size, or no SHA-256.
    """
    folder, _, name = path.rpartition("/")
    kind = next((kind for kind in TargetKind if folder == f"{author}/{kind.value}"), None)
    if kind is None:
        raise RefusedError(
            f"the author {author} signed for {path!r}, which is outside of their folders", where=where, do=ASK_PUBLISHER
        )
    if not FILE_NAME.fullmatch(name) or (kind.is_text and not name.endswith(CAMPAIGN_END)):
        raise RefusedError(f"{path!r} is no name for a file of the {kind.value}", where=where, do=ASK_PUBLISHER)
    if sha256 is None or not _SHA256.fullmatch(sha256):
        raise RefusedError(f"{path} is signed without its SHA-256", where=where, do=ASK_PUBLISHER)
    largest = LARGEST_CAMPAIGN_BYTES if kind.is_text else LARGEST_IMAGE_BYTES
    if not 0 <= length <= largest:
        raise RefusedError(
            f"{path} is said to have {length} bytes; at most {largest} are allowed", where=where, do=ASK_PUBLISHER
        )
    return Target(author, kind, name, length, sha256)
