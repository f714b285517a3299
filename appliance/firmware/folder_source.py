"""A repository in a folder, usually on a stick somebody brought.

Rules.  Only regular files below the folder are read: every step of a path is opened in the one before it and never
through a symbolic link, so that no name leads out of the folder or into a device.

Sources: openat(2), O_NOFOLLOW; TUF specification 1.0.34, §4.5 (target paths are relative and have no `..`).
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from appliance.errors import BoardError, RefusedError, UsageError
from appliance.firmware.layout import METADATA, TAKE_AGAIN, TARGETS, UNCHANGED
from appliance.firmware.sources import PIECE_BYTES, not_there

_NO_LINK = os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC | os.O_NONBLOCK  # a pipe must not hold up who opens it


class FolderSource:
    """The repository in `folder`.

    Raises:
        UsageError: there is no folder with `metadata` and `targets` in it.
    """

    def __init__(self, folder: Path) -> None:
        for needed in (folder, folder / METADATA, folder / TARGETS):
            if not needed.is_dir():
                raise UsageError(
                    f"there is no folder {needed}",
                    where=str(folder),
                    do=f"give the folder that holds {METADATA}/ and {TARGETS}/, or an address beginning with https://",
                )
        self._folder = folder

    @property
    def name(self) -> str:
        """The folder."""
        return str(self._folder)

    def pieces(self, path: str) -> Iterator[bytes]:
        """As the interface says."""
        try:
            handle = self._opened(path)
        except FileNotFoundError as cause:
            raise not_there(path, self.name) from cause
        except OSError as cause:
            raise self._translated(path, cause) from cause
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise RefusedError(f"{path} is no regular file", where=self.name, do=TAKE_AGAIN)
        with os.fdopen(handle, "rb", buffering=0) as file:
            try:
                while piece := file.read(PIECE_BYTES):
                    yield piece
            except OSError as cause:
                raise self._translated(path, cause) from cause

    def _opened(self, path: str) -> int:
        """Raises:
        RefusedError: the path leads out of the folder.
        """
        parts = path.split("/")
        if not all(part and part not in (".", "..") and "\0" not in part for part in parts):
            raise RefusedError(f"{path!r} leads out of the repository", where=self.name, do=TAKE_AGAIN)
        handle = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        for part in parts:
            try:
                inner = os.open(part, _NO_LINK, dir_fd=handle)
            finally:
                os.close(handle)
            handle = inner
        return handle

    def _translated(self, path: str, cause: OSError) -> RefusedError | BoardError:
        if cause.errno in (errno.ELOOP, errno.ENOTDIR):
            return RefusedError(
                f"{path} is a symbolic link, or lies behind one; a repository has none", where=self.name, do=TAKE_AGAIN
            )
        return BoardError(
            f"{path} cannot be read: {cause.strerror}",
            where=self.name,
            do=f"plug the stick in once more, or use another one; {UNCHANGED}",
        )
