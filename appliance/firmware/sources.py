"""Where a repository is read from: a folder or a web address, behind one interface.

Rules.  A source reads and judges nothing: what it gives is untrusted until metadata vouch for it.  It gives a file in
pieces, so that its reader can stop at the length it expects.  It refuses by itself only what is no file of a
repository in the first place.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from appliance.clock import Clock
from appliance.errors import RefusedError
from appliance.firmware.layout import METADATA, TARGETS, UNCHANGED

PIECE_BYTES = 64 * 1024
WEB = ("http://", "https://")
SEARCHED_FOLDERS = 256  # of a stick: a repository is put where people find it


class NotThere(RefusedError):
    """The source does not have this file."""


class Source(Protocol):
    """Files by their path in a repository, as in `metadata/timestamp.json`."""

    @property
    def name(self) -> str:
        """What people call it: the folder or the address."""

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file's content, piece by piece.

        Raises:
            NotThere: there is no such file.
            RefusedError: it is none that may be read, or it comes too slowly.
            BoardError: the disk or the network failed.
        """


def source_at(text: str, clock: Clock) -> Source:
    """The source a person means by a folder or a web address.

    Raises:
        UsageError: there is no repository at that place, or the address is none.
    """
    if text.startswith(WEB):
        from appliance.firmware.http_source import HttpSource  # noqa: PLC0415 – TLS only where it is needed

        return HttpSource(text, clock)
    from appliance.firmware.folder_source import FolderSource  # noqa: PLC0415

    return FolderSource(Path(text))


def not_there(path: str, source: str) -> NotThere:
    """The refusal of a file that is missing."""
    return NotThere(
        f"the repository has no file {path}", where=source, do=f"copy it once more, as a whole; {UNCHANGED}"
    )


def find_repositories(mounts: Path) -> tuple[Path, ...]:
    """Folders that look like a repository, on the sticks below `mounts`, in order of path.

    Looked for on each stick itself and one folder deep; links are not followed.
    """
    found: list[Path] = []
    for stick in _folders(mounts):
        found += [one for one in (stick, *_folders(stick)) if _looks_like_one(one)]
    return tuple(found)


def _looks_like_one(folder: Path) -> bool:
    return all((folder / part).is_dir() and not (folder / part).is_symlink() for part in (METADATA, TARGETS))


def _folders(folder: Path) -> list[Path]:
    try:
        entries = sorted(folder.iterdir())
    except OSError:  # no such folder, or a stick that was pulled out or is not ours: there is nothing to be found
        return []
    return [one for one in entries if not one.is_symlink() and one.is_dir()][:SEARCHED_FOLDERS]
