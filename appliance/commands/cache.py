"""`kl30 cache`: whom this appliance believes, and what it has of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from appliance.clock import Clock, RealClock
from appliance.config import Config
from appliance.engine.glance import unfinished_plan
from appliance.engine.journal_file import NAME
from appliance.errors import EXIT_OK, EXIT_REFUSED
from appliance.firmware.contents import Signed
from appliance.firmware.expiry import Freshness
from appliance.firmware.importer import ImportResult, import_repository, storage
from appliance.firmware.layout import TargetKind
from appliance.firmware.sources import source_at
from appliance.firmware.store import Store
from appliance.firmware.trust import pin


@dataclass(frozen=True, slots=True)
class Verified:
    """What was read and hashed: campaigns, images and their bytes."""

    campaigns: int
    images: int
    size_bytes: int


def trust(config: Config, file: Path, replace: str) -> int:
    """Pin a root; its exit code."""
    with storage(config.cache):
        pinned = pin(config.cache, file, replace)
    console = Console(soft_wrap=True, highlight=False)
    if pinned.replaced == pinned.fingerprint:
        console.print("this root is pinned already")
    elif pinned.replaced:
        console.print(f"in place of {pinned.replaced}, whose campaigns are out of use:")
    console.print(f"root fingerprint: {pinned.fingerprint}")
    console.print("compare it with the one your publisher tells you; then: kl30 cache import FOLDER-OR-ADDRESS")
    return EXIT_OK


def import_from(config: Config, source: str, clock: Clock | None = None) -> int:
    """Import a repository; its exit code."""
    with_clock = clock or RealClock()
    needed = needed_images(config)
    result = import_repository(config.cache, source_at(source, with_clock), with_clock, needed)
    _print_imported(result, source)
    return EXIT_OK


def list_cache(config: Config, clock: Clock | None = None) -> int:
    """Print every campaign; its exit code."""
    store = Store(config.cache)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"root fingerprint: {store.fingerprint or 'none pinned: kl30 cache trust'}")
    if store.imported is None:
        console.print("nothing was imported yet: kl30 cache import FOLDER-OR-ADDRESS")
        return EXIT_OK
    expiry = store.expiry((clock or RealClock()).wall(), config.store.grace_days)
    console.print(f"imported from {escape(store.imported.source)} on {_minute(store.imported.at)}")
    console.print(expiry.words)
    table = Table("author", "campaign", "title", "images", "bytes")
    for one in store.signed():
        count, size_bytes = _images(one)
        table.add_row(one.author, escape(one.campaign.id), escape(one.campaign.title), str(count), str(size_bytes))
    console.print(table)
    for held in store.catalogues():
        units = _counted(len(held.catalogue.units), "control unit")
        console.print(f"level catalogue {escape(held.catalogue.id)} of {held.author}: {held.catalogue.level}, {units}")
    return EXIT_OK


def verify(config: Config, clock: Clock | None = None) -> int:
    """Verify the whole chain and every image again; its exit code."""
    store = Store(config.cache)
    expiry = store.expiry((clock or RealClock()).wall(), config.store.grace_days)
    found = read_everything(store)
    console = Console(soft_wrap=True, highlight=False)
    console.print(f"root fingerprint: {store.fingerprint}")
    console.print("every signature and hash is in order")
    console.print(
        f"{_counted(found.campaigns, 'campaign')}, {_counted(found.images, 'image')}, {found.size_bytes} bytes"
    )
    console.print(expiry.words)
    return EXIT_REFUSED if expiry.freshness is Freshness.OVER else EXIT_OK


def read_everything(store: Store) -> Verified:
    """Read and hash every file the cache vouches for.

    Raises:
        ImageError, CampaignError: the first that is not what was signed.
    """
    targets = store.chain.targets if store.chain else ()
    size_bytes = sum(len(store.content(target)) for target in targets)
    images = sum(target.kind is TargetKind.IMAGE for target in targets)
    return Verified(len(store.signed()), images, size_bytes)


def needed_images(config: Config) -> dict[str, str]:
    """SHA-256 → job, of every image that an unfinished job still needs; empty: there is none.

    Raises:
        RefusedError: the unfinished job cannot be read, so nobody knows what it needs.
        JournalError: the journal cannot be read.
    """
    unfinished = unfinished_plan(config.data / NAME)
    if unfinished is None:
        return {}
    run, plan = unfinished
    return {block.sha256: f"the unfinished job {run}" for unit in plan.units for block in unit.datablocks}


def _print_imported(result: ImportResult, source: str) -> None:
    console = Console(soft_wrap=True, highlight=False)
    if result.began_anew:
        console.print("the cache was damaged; it was imported anew from the pinned root")
    size_bytes = sum(target.length for target in result.fetched)
    console.print(f"imported from {escape(source)}: {_counted(len(result.fetched), 'new file')}, {size_bytes} bytes")
    for one in result.campaigns:
        count, _ = _images(one)
        console.print(
            f"  {one.author}/{escape(one.campaign.id)}: {escape(one.campaign.title)}, {_counted(count, 'image')}"
        )


def _images(one: Signed) -> tuple[int, int]:
    """How many different images a campaign has, its level catalogue's included, and their bytes."""
    lengths = {block.sha256: block.length for block in one.datablocks}
    return len(lengths), sum(lengths.values())


def _counted(count: int, thing: str) -> str:
    return f"{count} {thing}" if count == 1 else f"{count} {thing}s"


def _minute(at: datetime) -> str:
    return at.strftime("%Y-%m-%d %H:%M UTC")
