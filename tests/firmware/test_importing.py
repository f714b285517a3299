"""What an honest workshop does reaches the appliance: new campaigns, new keys, new people; and repairs."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

import pytest
from tuf.api.metadata import DelegatedRole, Delegations, Targets

from appliance.clock import RealClock
from appliance.engine.files import sync
from appliance.errors import RefusedError, UsageError
from appliance.firmware.cache_folder import CacheFolder
from appliance.firmware.folder_source import FolderSource
from appliance.firmware.importer import import_repository
from appliance.firmware.store import Store
from tests.firmware.place import WAYS, Place
from tests.firmware.repository import IMAGE, Workshop, anna_in, campaign_text, new_key, soon

OTHER = IMAGE[::-1]


@pytest.fixture
def place(memory: Path) -> Place:
    return Place(memory)


def ids(place: Place) -> list[str]:
    return [campaign.id for campaign in Store(place.cache).campaigns()]


def images(place: Place) -> list[bytes]:
    store = Store(place.cache)
    return [store.load_image(one.units[0].datablocks[0]) for one in store.campaigns()]


@pytest.mark.parametrize("way", WAYS)
def test_a_repository_is_imported(way: str, memory: Path) -> None:
    place = Place(memory, imported=False)
    said = place.imported(way)
    assert said.code == 0
    assert "2 new files" in said.out
    assert "anna/first: Campaign first, 1 image" in said.out
    assert images(place) == [IMAGE]


def test_whoever_may_enter_the_folder_may_read_what_was_imported(memory: Path) -> None:
    """The flasher is another user than the import; python-tuf makes its files its own user's alone."""
    place = Place(memory, imported=False)
    assert place.imported().code == 0
    folder = CacheFolder(place.cache).current()
    assert folder is not None
    wanted = stat.S_IMODE(folder.folder.stat().st_mode) & 0o666
    files = [path for path in folder.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert {path.name: stat.S_IMODE(path.stat().st_mode) & wanted for path in files} == dict.fromkeys(
        (path.name for path in files), wanted
    )


@pytest.mark.parametrize("way", WAYS)
def test_a_repository_without_consistent_snapshots_is_imported(way: str, memory: Path) -> None:
    place = Place(memory, imported=False)
    place.workshop.root.consistent_snapshot = False
    place.workshop.next_root()
    place.workshop.publish()
    assert place.imported(way).code == 0
    assert images(place) == [IMAGE]


def test_what_is_there_is_not_fetched_again(place: Place) -> None:
    place.workshop.campaign("anna", "second")
    place.workshop.publish()
    said = place.imported()
    assert "1 new file," in said.out
    assert ids(place) == ["first", "second"]


def test_the_same_again_is_no_mistake(place: Place) -> None:
    assert "0 new files" in place.imported().out
    assert ids(place) == ["first"]


def test_a_campaign_that_was_taken_back_is_gone(place: Place) -> None:
    place.workshop.campaign("anna", "second")
    place.workshop.drop("anna", "anna/campaigns/first.toml")
    place.workshop.publish()
    assert place.imported().code == 0
    assert ids(place) == ["second"]


@pytest.mark.parametrize("role", ["root", "timestamp", "snapshot", "targets"])
def test_a_key_that_was_replaced_properly_is_followed(role: str, place: Place) -> None:
    place.workshop.rotate(role)
    place.workshop.campaign("anna", "second")
    place.workshop.publish()
    assert place.imported().code == 0
    assert ids(place) == ["first", "second"]


def test_many_roots_are_followed_one_by_one(memory: Path) -> None:
    place = Place(memory, imported=False)
    for _ in range(5):
        place.workshop.rotate("root")
    place.workshop.publish()
    assert place.imported().code == 0
    assert ids(place) == ["first"]


def test_after_a_stolen_timestamp_key_made_versions_leap_a_new_key_brings_them_back(place: Place) -> None:
    """The recovery from a fast-forward attack (§5.3.11)."""
    workshop = place.workshop
    workshop.timestamp.version = 1_000_000
    workshop.snapshot.version = 1_000_000
    workshop.write_snapshot()
    assert place.imported().code == 0
    workshop.timestamp.version = workshop.snapshot.version = 20
    workshop.rotate("timestamp")
    workshop.rotate("snapshot")
    workshop.publish()
    assert place.imported().code == 0


def test_the_first_of_many_roots_may_have_expired(memory: Path) -> None:
    place = Place(memory, imported=False)
    workshop = place.workshop
    good_until = workshop.root.expires
    workshop.root.expires = good_until.replace(year=2001)
    workshop.next_root()
    workshop.root.expires = good_until
    workshop.next_root()
    workshop.publish()
    assert place.imported().code == 0


def test_an_authors_new_key_is_followed(place: Place) -> None:
    workshop = place.workshop
    assert workshop.delegations.roles
    workshop.targets.revoke_key(workshop.signers["anna"][0].public_key.keyid, "anna")
    workshop.signers["anna"] = [new_key()]
    workshop.targets.add_key(workshop.signers["anna"][0].public_key, "anna")
    workshop.publish()
    assert place.imported().code == 0


def test_another_author_brings_their_own(place: Place) -> None:
    place.workshop.author("bob")
    place.workshop.campaign("bob", "second", OTHER)
    place.workshop.publish()
    assert place.imported().code == 0
    assert [(one.author, one.campaign.id) for one in Store(place.cache).signed()] == [
        ("anna", "first"),
        ("bob", "second"),
    ]


def test_an_author_who_left_is_gone_with_all_their_files(place: Place) -> None:
    place.workshop.author("bob")
    place.workshop.campaign("bob", "second", OTHER)
    place.workshop.publish()
    place.imported()
    workshop = place.workshop
    assert workshop.delegations.roles
    del workshop.delegations.roles["bob"]
    workshop.publish()  # the snapshot still lists bob: what was listed once may not go (§5.5.5)
    for _ in range(2):  # the generation before is kept once
        assert place.imported().code == 0
    assert ids(place) == ["first"]
    assert len(list((place.cache / "pool").iterdir())) == 2


def test_an_image_two_campaigns_share_is_kept_once(place: Place) -> None:
    place.workshop.put("anna", "anna/images/again.bin", IMAGE)
    text = campaign_text("second", file="again.bin")
    place.workshop.put("anna", "anna/campaigns/second.toml", text.encode())
    place.workshop.publish()
    assert "1 new file," in place.imported().out
    assert images(place) == [IMAGE, IMAGE]


def test_two_generations_are_kept_and_no_more(place: Place) -> None:
    for number in range(4):
        place.workshop.campaign("anna", "first", bytes([number]) * 10)
        place.workshop.publish()
        assert place.imported().code == 0
    assert sorted(path.name for path in (place.cache / "generations").iterdir()) == ["4", "5"]
    assert len(list((place.cache / "pool").iterdir())) == 4


def test_a_store_that_is_open_still_has_its_images_after_the_next_import(place: Place) -> None:
    """A flasher that runs goes on with what it started with."""
    store = Store(place.cache)
    place.workshop.campaign("anna", "first", OTHER)
    place.workshop.publish()
    assert place.imported().code == 0
    assert store.load_image(store.campaigns()[0].units[0].datablocks[0]) == IMAGE
    assert images(place) == [OTHER]


def test_a_file_of_the_pool_that_rotted_is_fetched_again(place: Place) -> None:
    for path in (place.cache / "pool").iterdir():
        path.write_bytes(path.read_bytes()[:-1] + b"\0")
    assert "2 new files" in place.imported().out
    assert images(place) == [IMAGE]


@pytest.mark.parametrize("file", ["timestamp.json", "snapshot.json", "targets.json", "anna.json"])
def test_damaged_metadata_are_repaired_by_an_import_which_says_so(file: str, place: Place) -> None:
    (place.cache / "current" / "metadata" / file).write_bytes(b"rot")
    said = place.imported()
    assert said.code == 0
    assert "the cache was damaged; it was imported anew from the pinned root" in said.out
    assert ids(place) == ["first"]


def test_a_link_that_leads_nowhere_is_repaired_by_an_import(place: Place) -> None:
    (place.cache / "current").unlink()
    (place.cache / "current").symlink_to("/elsewhere")
    assert place.imported().code == 0
    assert ids(place) == ["first"]


def test_a_cache_that_was_copied_without_its_links_is_repaired_by_an_import(place: Place, memory: Path) -> None:
    shutil.copytree(place.cache, memory / "copy")
    shutil.rmtree(place.cache)
    (memory / "copy").rename(place.cache)
    with pytest.raises(RefusedError, match="it does not lead to a generation"):
        Store(place.cache)
    assert place.imported().code == 0
    assert ids(place) == ["first"]


def test_what_an_import_left_behind_is_swept_by_the_next(place: Place) -> None:
    (place.cache / "pool" / ("0" * 64 + ".partial")).write_bytes(b"half")
    (place.cache / "pool" / ("0" * 64)).write_bytes(b"nobody names it")
    (place.cache / "generations" / "77" / "metadata").mkdir(parents=True)
    (place.cache / "current.partial").symlink_to("generations/77")
    before = place.digest()
    assert place.imported().code == 0
    assert place.digest() != before
    assert sorted(path.name for path in (place.cache / "generations").iterdir()) == ["1", "2"]
    assert len(list((place.cache / "pool").iterdir())) == 2
    assert not os.path.lexists(place.cache / "current.partial")


def test_an_import_that_would_take_away_what_an_unfinished_job_needs_is_refused(place: Place) -> None:
    store = Store(place.cache)
    (block,) = store.campaigns()[0].units[0].datablocks
    place.workshop.campaign("anna", "first", OTHER)
    place.workshop.publish()
    before = place.digest()
    needed = {block.sha256: "the unfinished job 7"}
    with pytest.raises(
        RefusedError, match=r"it no longer has the image with SHA-256 .* the unfinished job 7"
    ) as raised:
        import_repository(place.cache, FolderSource(place.workshop.folder), RealClock(), needed)
    assert raised.value.do.startswith("finish that job first, then import")
    assert place.digest() == before


def test_without_a_pinned_root_nothing_is_imported(memory: Path) -> None:
    workshop = anna_in(memory / "repository")
    with pytest.raises(UsageError, match="no root is pinned: nobody is believed yet"):
        import_repository(memory / "cache", FolderSource(workshop.folder), RealClock())
    assert not (memory / "cache").exists()


def test_two_imports_at_once_do_not_mix(place: Place) -> None:
    with CacheFolder(place.cache).owned():
        said = place.imported()
    assert (said.code, "another import into this firmware cache is under way" in said.err) == (2, True)


def test_an_author_without_a_campaign_is_no_mistake(place: Place) -> None:
    place.workshop.author("bob")
    place.workshop.publish()
    assert place.imported().code == 0


def test_a_workshop_without_authors_is_imported_empty(memory: Path) -> None:
    place = Place(memory, imported=False)
    place.workshop = Workshop(memory / "another")
    (memory / "another" / "targets").mkdir(parents=True)
    place.workshop.publish()
    (place.cache / "root.json").unlink()
    assert place.trusted(place.workshop.first_root).code == 0
    assert place.imported().code == 0
    assert ids(place) == []


def test_everything_is_on_the_card_before_the_link_is_renamed(place: Place) -> None:
    """A name that is there before its content would be believed after a power cut."""
    place.workshop.campaign("anna", "first", OTHER)
    place.workshop.publish()
    synced: set[Path] = set()
    at_rename: list[set[Path]] = []

    def called(frame: FrameType, event: str, _: object) -> None:
        if event == "call" and frame.f_code is sync.__code__:
            synced.add(frame.f_locals["path"].resolve())
        if event == "call" and frame.f_code is CacheFolder.put_in_use.__code__:
            at_rename.append(set(synced))

    sys.setprofile(called)
    try:
        assert place.imported().code == 0
    finally:
        sys.setprofile(None)
    generation = (place.cache / "current").resolve()
    needed = {generation, place.cache / "pool", *generation.rglob("*"), *(place.cache / "pool").iterdir()}
    assert {path.resolve() for path in needed} - at_rename[0] == set()
    assert place.cache.resolve() in synced, "and then the link itself"


def test_an_author_cannot_lead_the_appliance_along_a_chain_of_delegations(place: Place) -> None:
    """It is refused at its first link, not after as many downloads as somebody likes."""
    asked: list[str] = []

    class Watched(FolderSource):
        def pieces(self, path: str) -> Iterator[bytes]:
            asked.append(path)
            return super().pieces(path)

    workshop = place.workshop
    friend = workshop.signers["friend"] = [new_key()]
    workshop.authors["friend"] = Targets(5, expires=soon())
    role = DelegatedRole("friend", [friend[0].public_key.keyid], 1, terminating=False, paths=["anna/campaigns/*"])
    workshop.authors["anna"].delegations = Delegations(
        {friend[0].public_key.keyid: friend[0].public_key}, {"friend": role}
    )
    workshop.publish()
    with pytest.raises(RefusedError, match="the author anna delegates to others"):
        import_repository(place.cache, Watched(place.workshop.folder), RealClock())
    assert [path for path in asked if "friend" in path] == []
