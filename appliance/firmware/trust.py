"""The pinned root: whom this appliance believes, decided once, by a person.

Rules.  It is the only thing here that is trusted without a signature by something before it, so a person compares its
fingerprint with what the publisher told them by other means: SHA-256 of the file, as `sha256sum` prints it.  It is
replaced only by who can name the one that is pinned; what was imported under it is out of use then.

Source: TUF specification 1.0.34, §5.2 (the root that is delivered out of band).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from appliance.engine.files import put_file
from appliance.errors import RefusedError, UsageError
from appliance.firmware.cache_folder import ROOT, CacheFolder
from appliance.firmware.chain import LARGEST_METADATA_BYTES, fingerprint_of, pinned_root, read_metadata

_DO = "pin the root your publisher gave you: kl30 cache trust root.json"


@dataclass(frozen=True, slots=True)
class Pinned:
    """What came of pinning a root; `replaced` is the fingerprint of the one before, empty: there was none."""

    fingerprint: str
    replaced: str = ""


def read_pinned(folder: Path) -> bytes:
    """The pinned root's file.

    Raises:
        UsageError: no root is pinned.
        RefusedError: it is no root.
        OSError: the disk failed.
    """
    path = folder / ROOT
    if not path.is_file():
        raise UsageError("no root is pinned: nobody is believed yet", where=str(path), do=_DO)
    raw = read_metadata(path)
    pinned_root(raw, str(path))
    return raw


def pin(folder: Path, file: Path, replace: str = "") -> Pinned:
    """Make the root in `file` the one the cache in `folder` believes.

    Args:
        replace: Fingerprint of another root that is pinned now and may be replaced; empty: none may be.

    Raises:
        UsageError: there is no such file. RefusedError: it is no root, or another one is pinned.
        OSError: the disk failed.
    """
    if not file.is_file():
        raise UsageError("there is no such file", where=str(file), do="check the path")
    with file.open("rb") as opened:
        raw = opened.read(LARGEST_METADATA_BYTES + 1)
    return pin_bytes(folder, raw, str(file), replace)


def pin_bytes(folder: Path, raw: bytes, where: str, replace: str = "") -> Pinned:
    """Make the root `raw` the one the cache in `folder` believes.

    Args:
        where: Whence it is, for messages.
        replace: As `pin`.

    Raises:
        RefusedError, OSError: as `pin`.
    """
    pinned_root(raw, where)
    folder.mkdir(parents=True, exist_ok=True)
    cache = CacheFolder(folder)
    with cache.owned():
        before = fingerprint_of(cache.root.read_bytes()) if cache.root.is_file() else ""
        fingerprint = fingerprint_of(raw)
        if before == fingerprint:
            return Pinned(fingerprint, before)
        if before and before != _plain(replace):
            raise RefusedError(
                f"another root is pinned already, with the fingerprint {before}",
                where=str(cache.root),
                do=f"if this appliance is to believe {fingerprint} instead, add --replace {before}",
            )
        cache.forget()  # first: what the old root vouched for is never in use under the new one
        put_file(cache.root, raw, durable=True)
        cache.sweep()
    return Pinned(fingerprint, before)


def _plain(fingerprint: str) -> str:
    """A fingerprint as people write it: in groups, with colons, in capitals."""
    return "".join(fingerprint.split()).replace(":", "").lower()
