"""Every target by its SHA-256: written once, believed never.

Rules.  What is read is read completely, at most one byte more than it should have, and hashed each time: a card that
rots between two uses is found before contact (law 2).  A wrong file is refused and stays for whoever wants to look,
until an import brings the right one.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from appliance.errors import ImageError

NAME = "pool"
PARTIAL = ".partial"
_PIECE_BYTES = 1024 * 1024
_DO = "import the repository again from where you trust it: kl30 cache import; nothing was sent to the car"


class Pool:
    """The pool of the cache in `cache`."""

    def __init__(self, cache: Path) -> None:
        self.folder = cache / NAME

    def path(self, sha256: str) -> Path:
        """Where the content of that hash lies."""
        return self.folder / sha256

    def read(self, name: str, length: int, sha256: str) -> bytes:
        """The content of that length and hash.

        Args:
            name: What people call it, for the message.

        Raises:
            ImageError: it is missing, unreadable, too short, too long, or altered.
        """
        path = self.path(sha256)
        try:
            with path.open("rb") as file:
                content = file.read(length + 1)  # one more than declared tells a longer file
        except FileNotFoundError as cause:
            raise ImageError(f"{name} is missing", where=str(path), do=_DO) from cause
        except OSError as cause:
            raise ImageError(f"{name} cannot be read: {cause.strerror}", where=str(path), do=_DO) from cause
        if len(content) != length:
            found = "more" if len(content) > length else f"only {len(content)}"
            raise ImageError(f"{name} has {found} bytes, it is declared with {length}", where=str(path), do=_DO)
        found = hashlib.sha256(content).hexdigest()
        if found != sha256:
            raise ImageError(f"{name} was altered: its SHA-256 is {found}, signed is {sha256}", where=str(path), do=_DO)
        return content

    def holds(self, length: int, sha256: str) -> bool:
        """Whether that content is here, whole and unaltered; a file that cannot be read is not.

        Raises:
            OSError: the disk failed.
        """
        path = self.path(sha256)
        if not path.is_file() or path.stat().st_size != length:
            return False
        return digest_of(path) == sha256

    def partial(self, sha256: str) -> Path:
        """Where that content is written until it is whole."""
        return self.folder / (sha256 + PARTIAL)


def digest_of(path: Path) -> str:
    """SHA-256 of a file, in pieces.

    Raises:
        OSError: it cannot be read.
    """
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(_PIECE_BYTES):
            digest.update(piece)
    return digest.hexdigest()
