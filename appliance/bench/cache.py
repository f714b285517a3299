"""The bench's firmware cache: one campaign (the bulletin's, unless others are asked for), the level catalogue it goes
by, the recoveries, and synthetic images for them.

It is a real cache: a repository is made and signed, its root is pinned, and it is imported like any other.  Only the
keys are not real.  They come from a seed that everybody can read, so they protect nothing, and a root of theirs is
pinned by nobody but the bench.  A cache that another root is pinned in is left alone.

What is already right stays untouched, so that filling is cheap at every start; anything else is imported anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

from appliance import BUILT
from appliance.campaign.catalogue_load import parse_catalogue
from appliance.campaign.load import parse_campaign
from appliance.campaign.model import Datablock
from appliance.clock import RealClock
from appliance.errors import Kl30Error
from appliance.firmware.cache_folder import CacheFolder
from appliance.firmware.chain import fingerprint_of
from appliance.firmware.contents import datablocks
from appliance.firmware.importer import import_repository, storage
from appliance.firmware.layout import METADATA, TargetKind
from appliance.firmware.publish.content import AuthorContent, Validity
from appliance.firmware.publish.keys import Keys, throwaway_keys
from appliance.firmware.publish.repository import Repository, create
from appliance.firmware.sources import not_there
from appliance.firmware.store import Store
from appliance.firmware.synthetic import synthetic_image
from appliance.firmware.trust import pin_bytes

BULLETIN = "service-action-dme"
OTHERS = (
    "two-units",
    "whole-vehicle",
    "big-car",
    "recoded",
    "service-action-instrument-cluster",
    "service-action-next-level",
)  # campaigns of the bench that take the bulletin's place where a scenario says so
AUTHOR = "bench"
SEED = b"KL30 bench: these keys are public and protect nothing"

_LASTING = Validity(*4 * (36_500.0,))  # a bench that is started in ten years works as it does today


def bench_campaigns(campaign: str = BULLETIN, *more: str) -> tuple[tuple[str, str], ...]:
    """File name and text of these campaigns and of every recovery that comes with the bench, in order of name."""
    folder = resources.files("appliance.bench") / "campaigns"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    not_asked_for = {f"{name}.toml" for name in (BULLETIN, *OTHERS)} - {f"{name}.toml" for name in (campaign, *more)}
    return tuple((one.name, one.read_text(encoding="utf-8")) for one in files if one.name not in not_asked_for)


def fill_bench_cache(folder: Path, campaign: str = BULLETIN, *more: str) -> bool:
    """Make `folder` hold these campaigns of the bench, its recoveries and their images, and nothing else.

    Returns:
        Whether anything had to be written.

    Raises:
        RefusedError: a root that is not the bench's is pinned there.
        BoardError: it cannot be written.
    """
    return fill_cache(folder, bench_campaigns(campaign, *more), bench_levels(campaign, *more))


def bench_levels(campaign: str = BULLETIN, *more: str) -> tuple[tuple[str, str], ...]:
    """File name and text of the level catalogues these campaigns go by; none is an empty tuple."""
    named = {parse_campaign(text, name).levels for name, text in bench_campaigns(campaign, *more)} - {""}
    folder = resources.files("appliance.bench") / "levels"
    return tuple((f"{one}.toml", (folder / f"{one}.toml").read_text(encoding="utf-8")) for one in sorted(named))


def fill_cache(folder: Path, campaigns: Sequence[tuple[str, str]], levels: Sequence[tuple[str, str]] = ()) -> bool:
    """Make `folder` hold these campaigns and level catalogues, as file name and text, with synthetic images for all.

    Raises:
        RefusedError: as `fill_bench_cache`, or a file cannot be imported.
        CampaignError: a file cannot be read. BoardError: as `fill_bench_cache`.
    """
    brought = _Brought(tuple(campaigns), tuple(levels))
    if _holds(folder, brought.wanted()):
        return False
    keys = throwaway_keys(SEED, (AUTHOR,))
    source = _BenchSource(_repository(keys, brought).files())
    cache = CacheFolder(folder)
    with storage(folder):
        pin_bytes(folder, source.root, "the bench", _root_of_ours(cache.root, keys))
        cache.forget()  # the bench counts no versions: what comes now follows nothing
    import_repository(folder, source, RealClock())
    return True


class _BenchSource:
    """The bench's repository, which never was a folder."""

    name = "the bench"

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    @property
    def root(self) -> bytes:
        """What is to be pinned."""
        return self._files[f"{METADATA}/1.root.json"]

    def pieces(self, path: str) -> Iterator[bytes]:
        """As the interface says."""
        if path not in self._files:
            raise not_there(path, self.name)
        yield self._files[path]


@dataclass(frozen=True, slots=True)
class _Brought:
    """What a cache is to hold: file names and texts."""

    campaigns: tuple[tuple[str, str], ...]
    levels: tuple[tuple[str, str], ...]

    def blocks(self) -> Iterator[Datablock]:
        """Every datablock of all of them."""
        for name, text in self.campaigns:
            yield from datablocks(parse_campaign(text, name))
        for name, text in self.levels:
            yield from datablocks(parse_catalogue(text, name))

    def wanted(self) -> dict[str, str]:
        """Target path → SHA-256, as the files themselves say."""
        kinds = ((TargetKind.CAMPAIGN, self.campaigns), (TargetKind.LEVELS, self.levels))
        texts = {
            f"{AUTHOR}/{kind.value}/{name}": hashlib.sha256(text.encode("utf-8")).hexdigest()
            for kind, files in kinds
            for name, text in files
        }
        return texts | {f"{AUTHOR}/{TargetKind.IMAGE.value}/{one.file}": one.sha256 for one in self.blocks()}


def _repository(keys: Keys, brought: _Brought) -> Repository:
    key = keys.author(AUTHOR)
    assert key is not None, "it was made for the author"
    images = {block.file: synthetic_image(block.software, block.length) for block in brought.blocks()}
    campaigns, levels = (
        tuple((name, text.encode("utf-8")) for name, text in files) for files in (brought.campaigns, brought.levels)
    )
    content = AuthorContent(AUTHOR, campaigns, tuple(images.items()), levels)
    empty = create(keys, BUILT, validity=_LASTING).with_author(AUTHOR, key.public, keys, BUILT)
    return empty.with_content(content, keys, BUILT).published(keys, BUILT)


def _root_of_ours(pinned: Path, keys: Keys) -> str:
    """Fingerprint of a root that an older bench has pinned; empty: none is, or one that is not the bench's."""
    raw = pinned.read_bytes() if pinned.is_file() else b""
    ours = any(key.public.raw.hex().encode() in raw for key in keys.root)
    return fingerprint_of(raw) if ours else ""


def _holds(folder: Path, wanted: Mapping[str, str]) -> bool:
    """Whether the cache holds exactly that, every byte of it in order."""
    try:
        store = Store(folder)
        targets = store.chain.targets if store.chain else ()
        if {target.path: target.sha256 for target in targets} != wanted:
            return False
        for target in targets:
            store.content(target)
    except Kl30Error:  # damaged, however: it is imported anew
        return False
    return True
