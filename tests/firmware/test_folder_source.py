"""A stick gives files of the repository and nothing else, whatever somebody put on it."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from appliance.errors import RefusedError, UsageError
from appliance.firmware.folder_source import FolderSource
from appliance.firmware.sources import NotThere, find_repositories
from tests.firmware.place import Place


def linked(path: Path) -> None:
    real = path.rename(path.with_name("real"))
    path.symlink_to(real)


def piped(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


BENT: dict[str, tuple[Callable[[Place], None], str]] = {
    "timestamp is a link": (
        lambda place: linked(place.workshop.metadata / "timestamp.json"),
        "metadata/timestamp.json is a symbolic link, or lies behind one; a repository has none",
    ),
    "timestamp is a pipe": (
        lambda place: piped(place.workshop.metadata / "timestamp.json"),
        "metadata/timestamp.json is no regular file",
    ),
    "timestamp is a folder": (
        lambda place: a_folder(place.workshop.metadata / "timestamp.json"),
        "metadata/timestamp.json is no regular file",
    ),
    "image is a link": (
        lambda place: linked(place.workshop.target_file("anna/images/image.bin")),
        "image.bin is a symbolic link, or lies behind one",
    ),
    "folder of images is a link": (
        lambda place: linked(place.workshop.folder / "targets" / "anna" / "images"),
        "image.bin is a symbolic link, or lies behind one",
    ),
    "metadata is a link": (
        lambda place: linked(place.workshop.metadata),
        "metadata/2.root.json is a symbolic link, or lies behind one",
    ),
}


@pytest.mark.parametrize("case", BENT)
def test_what_is_no_plain_file_is_refused_and_the_cache_stays_as_it_was(case: str, memory: Path) -> None:
    place = Place(memory, imported=False)
    before = place.digest()
    bend, words = BENT[case]
    bend(place)
    said = place.imported()
    assert (said.code, said.out) == (3, "")
    assert words in said.err
    assert place.digest() == before


@pytest.mark.parametrize("path", ["metadata/../../secret", "/secret", "metadata//x", "metadata/./x", "..", ""])
def test_no_path_leads_out_of_the_folder(path: str, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    for part in ("metadata", "targets"):
        (tmp_path / "repository" / part).mkdir(parents=True)
    with pytest.raises(RefusedError, match="leads out of the repository"):
        list(FolderSource(tmp_path / "repository").pieces(path))


def test_a_missing_file_is_told_from_a_bad_one(tmp_path: Path) -> None:
    for part in ("metadata", "targets"):
        (tmp_path / part).mkdir()
    with pytest.raises(NotThere, match=r"has no file metadata/x\.json"):
        list(FolderSource(tmp_path).pieces("metadata/x.json"))


@pytest.mark.parametrize("made", [(), ("metadata",), ("targets",)])
def test_a_folder_without_a_repository_is_said_to_be_none(made: tuple[str, ...], tmp_path: Path) -> None:
    for part in made:
        (tmp_path / part).mkdir()
    with pytest.raises(UsageError, match="there is no folder") as raised:
        FolderSource(tmp_path)
    assert "https://" in raised.value.do


def test_a_large_file_comes_in_pieces(tmp_path: Path) -> None:
    for part in ("metadata", "targets"):
        (tmp_path / part).mkdir()
    (tmp_path / "targets" / "x").write_bytes(bytes(200_000))
    assert [len(piece) for piece in FolderSource(tmp_path).pieces("targets/x")] == [65536, 65536, 65536, 3392]


def test_repositories_are_found_on_a_stick_and_one_folder_deep(tmp_path: Path) -> None:
    for found in ("a", "b/kl30", "c/deep/kl30", "d/metadata/x"):
        for part in ("metadata", "targets"):
            (tmp_path / found / part).mkdir(parents=True)
    (tmp_path / "e").symlink_to(tmp_path / "a")
    (tmp_path / "f" / "metadata").mkdir(parents=True)
    (tmp_path / "g").write_text("a file")
    assert find_repositories(tmp_path) == (tmp_path / "a", tmp_path / "b" / "kl30")


def test_where_nothing_is_mounted_nothing_is_found(tmp_path: Path) -> None:
    assert find_repositories(tmp_path / "none") == ()
