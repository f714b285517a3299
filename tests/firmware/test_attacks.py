"""Every attack on the way from a workshop to an appliance is refused in its own words, and changes nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.firmware.attack_cases import ALL
from tests.firmware.attacks import replayed
from tests.firmware.place import FOLDER, WAYS, Place


@pytest.fixture
def place(memory: Path) -> Place:
    return Place(memory)


def test_there_are_enough_of_them() -> None:
    assert len(ALL) > 80


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("case", ALL)
def test_an_attack_is_refused_in_its_own_words_and_the_cache_stays_as_it_was(case: str, way: str, place: Place) -> None:
    before = place.digest()
    ALL[case].attack(place.workshop)
    said = place.imported(way)
    assert (said.code, said.out) == (3, "")
    assert [words for words in ALL[case].says if words not in said.err] == [], said.err
    assert "nothing was imported; what was in the cache before is still in use" in said.err
    assert place.digest() == before


@pytest.mark.parametrize("way", WAYS)
def test_a_repository_of_yesterday_is_refused(way: str, place: Place, memory: Path) -> None:
    yesterday = replayed(memory / "yesterday", place.workshop)
    place.workshop.publish()
    assert place.imported(way).code == 0
    before = place.digest()
    said = place.imported(way, yesterday)
    assert said.code == 3
    assert "it would go back: timestamp.json is version 5 there, and this appliance has seen version 6" in said.err
    assert "somebody may be offering old files" in said.err
    assert place.digest() == before


@pytest.mark.parametrize("case", ["image altered", "timestamp of a stranger", "one id of two authors"])
def test_a_first_import_that_is_refused_leaves_only_the_pinned_root(case: str, memory: Path) -> None:
    place = Place(memory, imported=False)
    ALL[case].attack(place.workshop)
    assert place.imported(FOLDER).code == 3
    assert [path.name for path in place.cache.rglob("*") if path.is_file()] == ["root.json"]


def test_every_attack_has_words_of_its_own() -> None:
    """Two attacks may share words only where they share what a person would do about them."""
    assert len({case.says for case in ALL.values()}) > 70
