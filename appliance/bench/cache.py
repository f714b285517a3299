"""The bench's firmware cache: one campaign (the bulletin's, unless another is asked for), the recoveries, and synthetic
images for them.

It is a real cache: a repository is made and signed, its root is pinned, and it is imported like any other.  Only the
keys are not real.  They come from a seed that everybody can read, so they protect nothing, and a root of theirs is
pinned by nobody but the bench.  A cache that another root is pinned in is left alone.

What is already right stays untouched, so that filling is cheap at every start; anything else is imported anew.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from importlib import resources
from pathlib import Path

from appliance import BUILT
from appliance.campaign.load import parse_campaign
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
OTHERS = ("two-units",)  # campaigns of the bench that take the bulletin's place where a scenario says so
AUTHOR = "bench"
SEED = b"KL30 bench: these keys are public and protect nothing"

_LASTING = Validity(*4 * (36_500.0,))  # a bench that is started in ten years works as it does today


def bench_campaigns(campaign: str = BULLETIN) -> tuple[tuple[str, str], ...]:
    """File name and text of this campaign and of every recovery that comes with the bench, in order of name."""
    folder = resources.files("appliance.bench") / "campaigns"
    files = sorted((one for one in folder.iterdir() if one.name.endswith(".toml")), key=lambda one: one.name)
    not_asked_for = {f"{name}.toml" for name in (BULLETIN, *OTHERS)} - {f"{campaign}.toml"}
    return tuple((one.name, one.read_text(encoding="utf-8")) for one in files if one.name not in not_asked_for)


def fill_bench_cache(folder: Path, campaign: str = BULLETIN) -> bool:
    """Make `folder` hold this campaign of the bench, its recoveries and their images, and nothing else.

    Returns:
        Whether anything had to be written.

    Raises:
        RefusedError: a root that is not the bench's is pinned there.
        BoardError: it cannot be written.
    """
    return fill_cache(folder, bench_campaigns(campaign))


def fill_cache(folder: Path, campaigns: Sequence[tuple[str, str]]) -> bool:
    """Make `folder` hold these campaigns, as file name and text, with a synthetic image for every datablock.

    Raises:
        RefusedError: as `fill_bench_cache`, or a campaign cannot be imported.
        CampaignError: a campaign cannot be read. BoardError: as `fill_bench_cache`.
    """
    if _holds(folder, _wanted(campaigns)):
        return False
    keys = throwaway_keys(SEED, (AUTHOR,))
    source = _BenchSource(_repository(keys, campaigns).files())
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


def _repository(keys: Keys, campaigns: Sequence[tuple[str, str]]) -> Repository:
    key = keys.author(AUTHOR)
    assert key is not None, "it was made for the author"
    images = {
        block.file: synthetic_image(block.software, block.length)
        for name, text in campaigns
        for block in datablocks(parse_campaign(text, name))
    }
    texts = tuple((name, text.encode("utf-8")) for name, text in campaigns)
    content = AuthorContent(AUTHOR, texts, tuple(images.items()))
    empty = create(keys, BUILT, validity=_LASTING).with_author(AUTHOR, key.public, keys, BUILT)
    return empty.with_content(content, keys, BUILT).published(keys, BUILT)


def _root_of_ours(pinned: Path, keys: Keys) -> str:
    """Fingerprint of a root that an older bench has pinned; empty: none is, or one that is not the bench's."""
    raw = pinned.read_bytes() if pinned.is_file() else b""
    ours = any(key.public.raw.hex().encode() in raw for key in keys.root)
    return fingerprint_of(raw) if ours else ""


def _wanted(campaigns: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Target path → SHA-256, as the campaigns themselves say."""
    wanted: dict[str, str] = {}
    for name, text in campaigns:
        wanted[f"{AUTHOR}/{TargetKind.CAMPAIGN.value}/{name}"] = hashlib.sha256(text.encode("utf-8")).hexdigest()
        for block in datablocks(parse_campaign(text, name)):
            wanted[f"{AUTHOR}/{TargetKind.IMAGE.value}/{block.file}"] = block.sha256
    return wanted


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
