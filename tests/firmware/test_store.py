"""The cache gives out what the pinned root vouches for, exactly, or refuses; on the card nothing is believed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from securesystemslib.signer import CryptoSigner
from tuf.api.metadata import Metadata

from appliance.campaign.model import Datablock
from appliance.errors import BoardError, ImageError, RefusedError, UsageError
from appliance.firmware.store import Store
from tests.firmware.place import Place
from tests.firmware.repository import IMAGE, anna_in, new_key


@pytest.fixture
def place(memory: Path) -> Place:
    return Place(memory)


def block_of(place: Place) -> Datablock:
    (block,) = Store(place.cache).campaigns()[0].units[0].datablocks
    return block


def in_pool(place: Place) -> Path:
    return place.cache / "pool" / block_of(place).sha256


def refusal(place: Place) -> ImageError:
    store, block = Store(place.cache), block_of(place)
    with pytest.raises(ImageError) as raised:
        store.load_image(block)
    return raised.value


def test_an_image_comes_back_whole(place: Place) -> None:
    assert Store(place.cache).load_image(block_of(place)) == IMAGE


def test_a_missing_image_is_refused(place: Place) -> None:
    path = in_pool(place)
    path.unlink()
    error = refusal(place)
    assert (error.what, error.where) == ("the image image.bin is missing", str(path))
    assert error.do


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda image: image[:-1], "the image image.bin has only 199 bytes"),
        (lambda image: image + b"\0", "the image image.bin has more bytes"),
        (lambda image: b"", "has only 0 bytes"),
        (lambda image: image[:50] + b"\xff" + image[51:], "the image image.bin was altered"),
    ],
)
def test_an_image_that_is_not_the_one_named_is_refused(
    place: Place, change: Callable[[bytes], bytes], said: str
) -> None:
    path = in_pool(place)
    path.write_bytes(change(path.read_bytes()))
    assert said in refusal(place).what


def test_an_image_that_rots_between_two_uses_is_noticed(place: Place) -> None:
    store, block = Store(place.cache), block_of(place)
    store.load_image(block)
    in_pool(place).write_bytes(bytes(len(IMAGE)))
    with pytest.raises(ImageError, match="was altered"):
        store.load_image(block)


def test_a_folder_in_an_images_place_is_refused(place: Place) -> None:
    path = in_pool(place)
    path.unlink()
    path.mkdir()
    assert "cannot be read" in refusal(place).what


def test_an_image_nobody_signed_for_is_refused_though_it_lies_in_the_pool(place: Place) -> None:
    stranger = replace(block_of(place), sha256="0" * 64)
    (place.cache / "pool" / ("0" * 64)).write_bytes(IMAGE)
    with pytest.raises(ImageError, match=r"nobody signed for the image image\.bin with SHA-256 000"):
        Store(place.cache).load_image(stranger)


def test_an_image_of_another_length_than_signed_is_refused_before_it_is_read(place: Place) -> None:
    with pytest.raises(ImageError, match="is signed with 200 bytes, program is declared with 100"):
        Store(place.cache).load_image(replace(block_of(place), length=100))


def test_a_campaign_is_no_image(place: Place) -> None:
    """A datablock cannot name a campaign's file, though that is signed as well."""
    store = Store(place.cache)
    assert store.chain is not None
    campaign = store.chain.targets[0]
    with pytest.raises(ImageError, match="nobody signed for the image"):
        store.load_image(replace(block_of(place), sha256=campaign.sha256, length=campaign.length))


@pytest.mark.parametrize("made", [False, True])
def test_an_empty_cache_has_no_campaigns(made: bool, memory: Path) -> None:
    if made:
        Place(memory, imported=False)
    store = Store(memory / "cache")
    assert (store.campaigns(), store.chain, store.fingerprint != "") == ((), None, made)


@pytest.mark.parametrize("file", ["timestamp.json", "snapshot.json", "targets.json", "anna.json"])
@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda path: path.unlink(), "this file of the firmware cache is missing"),
        (lambda path: path.write_bytes(b"rot"), "it is no TUF metadata"),
        (lambda path: path.write_bytes(b" " * 1_100_000), "it is longer than 1000000 bytes"),
        (
            lambda path: path.write_bytes(path.read_bytes().replace(b'"expires":"20', b'"expires":"21')),
            "changed after it was signed",
        ),
    ],
)
def test_metadata_that_rotted_on_the_card_are_noticed(
    file: str, spoil: Callable[[Path], object], said: str, place: Place
) -> None:
    path = place.cache / "current" / "metadata" / file
    spoil(path)
    with pytest.raises(RefusedError, match=said) as raised:
        Store(place.cache)
    assert raised.value.where == str(path.resolve())
    assert "kl30 cache import" in raised.value.do


@pytest.mark.parametrize("file", ["timestamp.json", "snapshot.json", "targets.json", "anna.json"])
def test_metadata_of_another_day_are_noticed_on_the_card(file: str, place: Place, memory: Path) -> None:
    """Somebody who can write to the card, and holds old files that were signed once."""
    old = (place.cache / "current" / "metadata" / file).read_bytes()
    place.workshop.publish()
    assert place.imported().code == 0
    (place.cache / "current" / "metadata" / file).write_bytes(old)
    with pytest.raises(RefusedError):
        Store(place.cache)


def next_root(place: Place, old: list[CryptoSigner], new: list[CryptoSigner]) -> Path:
    """The next root lies on the card; it wants the signature of `new`."""
    root = place.workshop.root
    root.version += 1
    root.roles["root"].keyids = []
    for signer in new:
        root.add_key(signer.public_key, "root")
    metadata = Metadata(root)
    for signer in old:
        metadata.sign(signer, append=True)
    path = (place.cache / "current").resolve() / "metadata" / "root_history" / "2.root.json"
    path.write_bytes(metadata.to_bytes())
    return path


def test_a_root_the_one_before_did_not_sign_is_noticed_on_the_card(place: Place) -> None:
    stranger = [new_key()]
    path = next_root(place, old=stranger, new=stranger)
    with pytest.raises(RefusedError, match="with no key that may sign it") as raised:
        Store(place.cache)
    assert raised.value.where == str(path)


def test_a_root_that_did_not_sign_itself_is_noticed_on_the_card(place: Place) -> None:
    path = next_root(place, old=place.workshop.signers["root"], new=[new_key()])
    with pytest.raises(RefusedError, match="with no key that may sign it") as raised:
        Store(place.cache)
    assert raised.value.where == str(path)


def test_a_root_under_another_number_is_noticed_on_the_card(place: Place) -> None:
    place.workshop.next_root()
    history = place.cache / "current" / "metadata" / "root_history"
    shutil.copy(history / "1.root.json", history / "2.root.json")
    with pytest.raises(RefusedError, match="it is version 1, and version 2 belongs here"):
        Store(place.cache)


def test_a_cache_of_another_root_is_not_believed(place: Place, memory: Path) -> None:
    shutil.copy(anna_in(memory / "other").first_root, place.cache / "root.json")
    with pytest.raises(RefusedError, match="with no key that may sign it"):
        Store(place.cache)


def test_a_cache_without_its_root_is_not_believed(place: Place) -> None:
    (place.cache / "root.json").unlink()
    with pytest.raises(UsageError, match="no root is pinned"):
        Store(place.cache)


@pytest.mark.parametrize("target", ["/etc", "generations/x", "../generations/1", "generations/1/metadata"])
def test_a_link_to_no_generation_is_not_followed(target: str, place: Place) -> None:
    (place.cache / "current").unlink()
    (place.cache / "current").symlink_to(target)
    with pytest.raises(RefusedError, match="it does not lead to a generation"):
        Store(place.cache)


def test_a_card_that_cannot_be_read_says_so(place: Place) -> None:
    record = (place.cache / "current" / "imported.json").resolve()
    record.unlink()
    record.mkdir()
    with pytest.raises(BoardError, match="the firmware cache cannot be read: Is a directory") as raised:
        Store(place.cache)
    assert raised.value.where == str(record)
