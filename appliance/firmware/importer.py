"""Importing a repository: whole, or not at all.

    sweep → copy the metadata in use → let ngclient update them → verify the chain once more, offline
          → download every target → read every campaign → sync → rename the link → sweep

Rules.  Until the link is renamed nothing has changed for anybody who reads the cache; what was begun is swept, here or
by the next import.  A file the pool has, whole and unaltered, is not fetched again; one that has rotted is.

Sources: decision 0023; TUF specification 1.0.34, §5.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from appliance.clock import Clock
from appliance.errors import BoardError, CampaignError, Kl30Error, RefusedError
from appliance.firmware.cache_folder import CacheFolder, Generation, sync_files
from appliance.firmware.chain import Chain, verified_chain
from appliance.firmware.contents import Signed, signed_campaigns
from appliance.firmware.expiry import now_at_least, require_fresh
from appliance.firmware.layout import ASK_PUBLISHER, TAKE_AGAIN, UNCHANGED, Target
from appliance.firmware.pool import Pool, digest_of
from appliance.firmware.record import Imported, read_record, write_record
from appliance.firmware.sources import Source
from appliance.firmware.trust import read_pinned
from appliance.firmware.update import Update

_SPARE_BYTES = 32 * 1024 * 1024  # for metadata, and so that the journal of a running job never finds a full card


@dataclass(frozen=True, slots=True)
class ImportResult:
    """What an import brought.

    Attributes:
        chain: What is vouched for now.
        campaigns: Every campaign, in order of id.
        fetched: Files that were not in the pool.
        began_anew: The metadata in use were damaged; their memory of versions is lost, and the import began at the
            pinned root.
    """

    chain: Chain
    campaigns: tuple[Signed, ...]
    fetched: tuple[Target, ...]
    began_anew: bool


def import_repository(
    folder: Path, source: Source, clock: Clock, needed: Mapping[str, str] | None = None
) -> ImportResult:
    """Bring the cache in `folder` up to date with a repository.

    Args:
        needed: SHA-256 → what it is for: images an unfinished job still needs; a repository without them is refused.

    Raises:
        RefusedError: the repository is not what may be trusted, and why. Nothing was imported.
        BoardError: the source or our own disk failed. Nothing was imported.
        UsageError: no root is pinned, or another import is under way.
    """
    cache = CacheFolder(folder)
    with storage(folder):
        pinned = read_pinned(folder)
        with cache.owned():
            cache.sweep()
            try:
                return _imported(cache, pinned, source, clock, needed or {})
            finally:
                cache.sweep()


def _imported(
    cache: CacheFolder, pinned: bytes, source: Source, clock: Clock, needed: Mapping[str, str]
) -> ImportResult:
    began_anew = _damaged(cache, pinned)
    now = now_at_least(clock.wall(), _last_import(cache))
    generation = cache.prepare(anew=began_anew)
    update = Update(pinned, generation.metadata, source, cache.folder, now)
    update.metadata()
    chain = verified_chain(pinned, generation.metadata, source.name)
    generation.keep_only(role.name for role in chain.roles)
    require_fresh(chain.roles, now, source.name)
    _require_needed(chain, needed, source.name)
    pool = Pool(cache.folder)
    missing = _missing(chain, pool)
    _require_room(cache.folder, missing)
    for target in missing:
        _fetch(update, target, pool, source.name)
    campaigns = _campaigns(chain, pool, source.name)
    write_record(generation.folder, Imported(source.name, now.at))
    generation.share()
    _put_in_use(cache, generation)
    return ImportResult(chain, campaigns, missing, began_anew)


def _damaged(cache: CacheFolder, pinned: bytes) -> bool:
    """Whether something was imported and its metadata are no longer in order; an import is the way to repair that."""
    try:
        current = cache.current()
        if current is not None:
            verified_chain(pinned, current.metadata)
    except RefusedError:
        return True
    return False


def _last_import(cache: CacheFolder) -> datetime | None:
    """When the generation in use was imported; None: there is none, or its record is damaged and proves nothing."""
    try:
        current = cache.current()
        return read_record(current.folder).at if current else None
    except RefusedError:
        return None


def _require_needed(chain: Chain, needed: Mapping[str, str], where: str) -> None:
    held = {target.sha256 for target in chain.targets}
    for sha256, purpose in needed.items():
        if sha256 not in held:
            raise RefusedError(
                f"it no longer has the image with SHA-256 {sha256}, which is still needed for {purpose}",
                where=where,
                do=f"finish that job first, then import; {UNCHANGED}",
            )


def _missing(chain: Chain, pool: Pool) -> tuple[Target, ...]:
    """Targets the pool does not hold, each content once."""
    contents = {target.sha256: target for target in chain.targets}
    return tuple(target for target in contents.values() if not pool.holds(target.length, target.sha256))


def _require_room(folder: Path, missing: tuple[Target, ...]) -> None:
    """Before a long download, not after it."""
    needed = sum(target.length for target in missing) + max((target.length for target in missing), default=0)
    free = shutil.disk_usage(folder).free
    if missing and free < needed + _SPARE_BYTES:
        raise BoardError(
            f"the import needs {_megabytes(needed + _SPARE_BYTES)} MB, and {_megabytes(free)} MB are free",
            where=str(folder),
            do=f"delete old recordings and reports; {UNCHANGED}",
        )


def _fetch(update: Update, target: Target, pool: Pool, where: str) -> None:
    """Download a target, and hash what is on the disk and not only what came."""
    partial = pool.partial(target.sha256)
    update.target(target, partial)
    if partial.stat().st_size != target.length or digest_of(partial) != target.sha256:
        raise RefusedError(f"{target.path} is not the file that was signed", where=where, do=TAKE_AGAIN)
    partial.replace(pool.path(target.sha256))


def _campaigns(chain: Chain, pool: Pool, where: str) -> tuple[Signed, ...]:
    def content(target: Target) -> bytes:
        return pool.read(target.path, target.length, target.sha256)

    try:
        return signed_campaigns(chain.targets, content, where)
    except CampaignError as cause:
        raise RefusedError(cause.what, where=cause.where, do=ASK_PUBLISHER) from cause


def _put_in_use(cache: CacheFolder, generation: Generation) -> None:
    """First everything is on the disk, then it has a name."""
    sync_files(cache.pool_folder)
    sync_files(generation.folder)
    cache.put_in_use(generation)


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """What is left of `OSError` in here is our own disk: sources translate theirs.

    Raises:
        BoardError: with advice by what failed.
    """
    try:
        yield
    except OSError as cause:
        raise storage_error(folder, cause) from cause


def storage_error(folder: Path, cause: OSError) -> Kl30Error:
    """Our own card or disk failed while the cache was changed."""
    advice = {
        errno.ENOSPC: "delete old recordings and reports, or use a larger card",
        errno.EDQUOT: "delete old recordings and reports, or use a larger card",
        errno.EFBIG: "raise the limit of file sizes",
        errno.EROFS: "the card is write-protected or worn out: replace it",
        errno.EIO: "the card is failing: replace it, and do not program with this one",
        errno.EACCES: "run the command as the user who owns the folder",
        errno.EPERM: "run the command as the user who owns the folder",
    }
    return BoardError(
        f"the firmware cache cannot be written: {cause.strerror or cause}",
        where=str(cause.filename or folder),
        do=f"{advice.get(cause.errno or 0, 'check the card')}; {UNCHANGED}",
    )


def _megabytes(count: int) -> int:
    return -(-count // 2**20)
