"""The cache's folder: what lies where, which generation is in use, and how the next one takes its place.

    root.json                    the pinned root
    pool/<sha256>                every target
    generations/<n>/metadata     one complete set of verified metadata
    generations/<n>/imported.json
    current                      symbolic link to the generation in use

Rules.  A generation is complete and on the disk before the link is renamed; the rename is the import.  Whatever is
neither the generation in use nor the one before it is left over, from an import that was refused or cut off, and is
swept by the next.  The one before is kept because a flasher that is running may still be using it.

Source: decision 0023; POSIX rename(2) (one name for one inode, before or after, never neither).
"""

from __future__ import annotations

import fcntl
import os
import shutil
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from appliance.engine.files import sync
from appliance.errors import RefusedError, UsageError
from appliance.firmware import pool
from appliance.firmware.chain import AGAIN, named_hashes

ROOT, CURRENT, GENERATIONS, METADATA = "root.json", "current", "generations", "metadata"
_PARTIAL_LINK = "current.partial"


@dataclass(frozen=True, slots=True)
class Generation:
    """One import: its number and its folder."""

    number: int
    folder: Path

    @property
    def metadata(self) -> Path:
        """Its metadata, as `ngclient` keeps them."""
        return self.folder / METADATA

    def keep_only(self, roles: Iterable[str]) -> None:
        """Take away metadata of everybody else: copied from the generation before, and delegated to no more."""
        files = {f"{role}.json" for role in roles}
        for path in self.metadata.glob("*.json"):
            if path.name not in files:
                path.unlink()

    def share(self) -> None:
        """Let whoever may enter it read what is in it: `ngclient` makes its files its own user's alone (mkstemp), and
        the flasher is another user.

        Raises:
            OSError: the disk failed.
        """
        readable = stat.S_IMODE(self.folder.stat().st_mode) & 0o666
        for path in self.metadata.rglob("*.json"):
            if not path.is_symlink():
                path.chmod(readable)


class CacheFolder:
    """The cache in `folder`, which need not exist."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.root = folder / ROOT
        self._generations = folder / GENERATIONS
        self._link = folder / CURRENT

    def current(self) -> Generation | None:
        """The generation in use; None: nothing was imported.

        Raises:
            RefusedError: the link leads elsewhere.
            OSError: the disk failed.
        """
        found = self._linked()
        if found is None and self.has_link():
            raise RefusedError("it does not lead to a generation", where=str(self._link), do=AGAIN)
        return found

    def has_link(self) -> bool:
        """Whether something was imported once, usable or not."""
        return self._link.is_symlink() or self._link.exists()

    def prepare(self, *, anew: bool) -> Generation:
        """The next generation, with the metadata in use copied, so that new ones can be compared with them.

        Args:
            anew: Begin without them: they are damaged.

        Raises:
            OSError: the disk failed.
        """
        current = self._linked()
        number = current.number + 1 if current else 1
        following = Generation(number, self._folder(number))
        following.folder.mkdir(parents=True)
        self.pool_folder.mkdir(exist_ok=True)
        if current is not None and not anew:
            shutil.copytree(current.metadata, following.metadata, symlinks=True)
        else:
            following.metadata.mkdir()
        return following

    def put_in_use(self, generation: Generation) -> None:
        """Make a complete generation the current one.  This is the import; before it nothing has changed.

        Raises:
            OSError: the disk failed; either the old or the new generation is in use.
        """
        partial = self.folder / _PARTIAL_LINK
        partial.unlink(missing_ok=True)
        partial.symlink_to(Path(GENERATIONS) / str(generation.number))
        partial.replace(self._link)
        sync(self.folder)

    def forget(self) -> None:
        """Take the current generation out of use: it does not belong to the root that is to be pinned.

        Raises:
            OSError: the disk failed.
        """
        if self.has_link():
            _remove(self._link)
        sync(self.folder)

    def sweep(self) -> None:
        """Take away what neither the generation in use nor the one before it names.

        Raises:
            OSError: the disk failed.
        """
        (self.folder / _PARTIAL_LINK).unlink(missing_ok=True)
        if self._link.exists() and not self._link.is_symlink():  # a copy that followed links: of no generation
            _remove(self._link)
        kept = self._kept()
        for entry in _entries(self._generations):
            if entry not in {one.folder for one in kept}:
                _remove(entry)
        named = frozenset[str]().union(*(named_hashes(one.metadata) for one in kept))
        for entry in _entries(self.pool_folder):
            if entry.name not in named:
                _remove(entry)
        for emptied in (self._generations, self.pool_folder):
            if emptied.is_dir() and not _entries(emptied):
                emptied.rmdir()

    @property
    def pool_folder(self) -> Path:
        """Where the targets lie."""
        return self.folder / pool.NAME

    @contextmanager
    def owned(self) -> Iterator[None]:
        """Nobody else changes the cache meanwhile; readers are not held up.

        Raises:
            UsageError: somebody else is changing it.
            OSError: the disk failed.
        """
        handle = os.open(self.folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as cause:
            os.close(handle)
            raise UsageError(
                "another import into this firmware cache is under way",
                where=str(self.folder),
                do="wait until it has ended",
            ) from cause
        try:
            yield
        finally:
            os.close(handle)  # gives the lock back, as the end of the process does

    def _kept(self) -> tuple[Generation, ...]:
        current = self._linked()
        if current is None:
            return ()
        earlier = (int(one.name) for one in _entries(self._generations) if one.name.isdecimal())
        before = max((number for number in earlier if number < current.number), default=None)
        return (current,) if before is None else (current, Generation(before, self._folder(before)))

    def _linked(self) -> Generation | None:
        """The generation the link leads to; None: it leads nowhere, and an import begins anew."""
        if not self._link.is_symlink():
            return None
        target = self._link.readlink()
        if target.parent != Path(GENERATIONS) or not target.name.isdecimal():
            return None
        return Generation(int(target.name), self.folder / target)

    def _folder(self, number: int) -> Path:
        return self._generations / str(number)


def sync_files(folder: Path) -> None:
    """Everything below a folder, and the folder itself, is on the disk.

    Raises:
        OSError: the disk failed.
    """
    for entry in _entries(folder):
        if entry.is_symlink():  # lives in its folder
            continue
        if entry.is_dir():
            sync_files(entry)
        else:
            sync(entry)
    sync(folder)


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
