"""Whom an appliance believes is decided once, by a person who compares fingerprints."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from tuf.api.metadata import Metadata

from appliance.errors import RefusedError, UsageError
from appliance.firmware.trust import pin, read_pinned
from tests.firmware.place import Place
from tests.firmware.repository import Workshop, anna_in, new_key


@pytest.fixture
def workshop(memory: Path) -> Workshop:
    return anna_in(memory / "repository")


def test_the_fingerprint_is_what_sha256sum_prints_for_the_file(workshop: Workshop, memory: Path) -> None:
    pinned = pin(memory / "cache", workshop.first_root)
    assert pinned.fingerprint == hashlib.sha256(workshop.first_root.read_bytes()).hexdigest()
    assert read_pinned(memory / "cache") == workshop.first_root.read_bytes()


def test_the_same_root_twice_is_no_mistake(workshop: Workshop, memory: Path) -> None:
    first = pin(memory / "cache", workshop.first_root)
    second = pin(memory / "cache", workshop.first_root)
    assert (first.replaced, second.replaced) == ("", first.fingerprint)


@pytest.mark.parametrize("named", ["", "0" * 64, "nonsense"])
def test_another_root_does_not_take_its_place(named: str, memory: Path) -> None:
    place = Place(memory)
    other = anna_in(memory / "other")
    before = place.digest()
    with pytest.raises(RefusedError, match="another root is pinned already, with the fingerprint") as raised:
        pin(place.cache, other.first_root, named)
    assert "add --replace " in raised.value.do
    assert place.digest() == before


def test_who_names_the_old_root_may_replace_it_and_its_campaigns_are_out_of_use(memory: Path) -> None:
    place = Place(memory)
    old = pin(place.cache, place.workshop.first_root).fingerprint
    other = anna_in(memory / "other")
    groups = " ".join(old[at : at + 4].upper() for at in range(0, 64, 4))
    assert pin(place.cache, other.first_root, groups).replaced == old
    assert [path.name for path in place.cache.rglob("*")] == ["root.json"]
    said = place.imported()
    assert (said.code, "with no key that may sign it" in said.err) == (3, True)
    assert place.imported(folder=other.folder).code == 0


def spoilt(file: Path, spoil: str) -> None:
    content = file.read_bytes()
    match spoil:
        case "no TUF metadata":
            file.write_bytes(b"{}")
        case "timestamp, not root metadata":
            file.write_bytes((file.parent / "timestamp.json").read_bytes())
        case "changed after it was signed":
            document = json.loads(content)
            document["signed"]["version"] = 7
            file.write_text(json.dumps(document), encoding="utf-8")
        case "not signed":
            metadata = Metadata.from_bytes(content)
            metadata.signatures.clear()
            file.write_bytes(metadata.to_bytes())
        case "no key that may sign it":
            metadata = Metadata.from_bytes(content)
            metadata.sign(new_key())
            file.write_bytes(metadata.to_bytes())


@pytest.mark.parametrize(
    "spoil",
    [
        "no TUF metadata",
        "timestamp, not root metadata",
        "changed after it was signed",
        "not signed",
        "no key that may sign it",
    ],
)
def test_what_is_no_root_is_not_pinned(spoil: str, workshop: Workshop, memory: Path) -> None:
    spoilt(workshop.first_root, spoil)
    with pytest.raises(RefusedError) as raised:
        pin(memory / "cache", workshop.first_root)
    assert spoil in raised.value.what
    assert not (memory / "cache").exists()


def test_a_file_that_is_not_there_is_a_mistake_of_the_person(memory: Path) -> None:
    with pytest.raises(UsageError, match="there is no such file"):
        pin(memory / "cache", memory / "root.json")
