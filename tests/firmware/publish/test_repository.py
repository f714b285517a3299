"""A repository is accepted by a client that shares no code with what made it, after every step it can take."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tuf.api.exceptions import RepositoryError

from appliance.errors import RefusedError, UsageError
from appliance.firmware.layout import LARGEST_CAMPAIGN_BYTES, MOST_AUTHORS, target_at
from appliance.firmware.publish.content import AuthorContent, Validity, require_author_name, require_file_name
from appliance.firmware.publish.keys import Keys, PublicKey, throwaway_keys
from appliance.firmware.publish.opening import open_repository, root_fingerprint
from appliance.firmware.publish.repository import build_repository, create, save
from tests.firmware.publish.client import CONTENT, LONG, NOW, Client

KEYS = throwaway_keys(b"tests", ("anna", "bert"), root_keys=3)
BERT = AuthorContent("bert", (("two.toml", b"id = 'two'"),), (("a.bin", b"bert's a"),))


def without(*names: str) -> Keys:
    return Keys(tuple(key for key in KEYS.keys if key.name not in names))


def key_of(author: str, keys: Keys = KEYS) -> PublicKey:
    key = keys.author(author)
    assert key is not None
    return key.public


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A repository of one author, Anna, and her one campaign."""
    build_repository(tmp_path / "repository", KEYS, NOW, (CONTENT,), LONG)
    return tmp_path / "repository"


def test_a_client_finds_campaigns_and_images(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    found = [client.fetch(path) for path in ("anna/campaigns/one.toml", "anna/images/a.bin", "anna/images/none")]
    assert found == [b"id = 'one'", b"image a", None]


def test_equal_input_gives_equal_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        build_repository(tmp_path / name, KEYS, NOW, (CONTENT, BERT))
    bytes_of = [{str(path.relative_to(tmp_path / name)): path.read_bytes() for path in (tmp_path / name).rglob("*.*")
                 if path.is_file()} for name in ("one", "other")]  # fmt: skip
    assert bytes_of[0] == bytes_of[1]


def test_a_step_at_a_time_ends_as_all_at_once_does_for_a_client(tmp_path: Path) -> None:
    folder = tmp_path / "steps"
    save(create(KEYS, NOW, validity=LONG), folder)
    save(open_repository(folder, LONG).with_author("anna", key_of("anna"), KEYS, NOW).published(KEYS, NOW), folder)
    save(open_repository(folder, LONG).with_content(CONTENT, KEYS, NOW).published(KEYS, NOW), folder)
    assert Client(folder, tmp_path / "client").fetch("anna/campaigns/one.toml") == b"id = 'one'"


def test_a_client_that_knows_the_repository_follows_it(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    assert client.fetch("anna/images/a.bin") == b"image a"
    newer = AuthorContent("anna", (), (("a.bin", b"a newer a"),))
    save(open_repository(folder, LONG).with_content(newer, KEYS, NOW).published(KEYS, NOW), folder)
    assert client.fetch("anna/images/a.bin") == b"a newer a"


def test_what_is_signed_is_not_seen_before_it_is_published(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    newer = AuthorContent("anna", (), (("a.bin", b"a newer a"),))
    save(open_repository(folder, LONG).with_content(newer, KEYS, NOW), folder)
    assert client.fetch("anna/images/a.bin") == b"image a"
    assert open_repository(folder).unpublished == ("anna",)


def test_what_was_signed_elsewhere_is_published_by_whoever_has_the_keys(folder: Path, tmp_path: Path) -> None:
    alone = Keys(tuple(key for key in KEYS.keys if key.name == "author-anna"))
    newer = AuthorContent("anna", (), (("a.bin", b"a newer a"),))
    save(open_repository(folder, LONG).with_content(newer, alone, NOW), folder)
    save(open_repository(folder, LONG).published(without("author-anna", "root-1", "root-2", "root-3"), NOW), folder)
    assert Client(folder, tmp_path / "client").fetch("anna/images/a.bin") == b"a newer a"


def test_two_authors_may_have_files_of_one_name(folder: Path, tmp_path: Path) -> None:
    repository = open_repository(folder, LONG).with_author("bert", key_of("bert"), KEYS, NOW)
    save(repository.with_content(BERT, KEYS, NOW).published(KEYS, NOW), folder)
    client = Client(folder, tmp_path / "client")
    assert client.fetch("anna/images/a.bin") == b"image a"
    assert client.fetch("bert/images/a.bin") == b"bert's a"


def test_an_author_who_is_removed_is_gone_also_for_a_client_that_knows_them(folder: Path, tmp_path: Path) -> None:
    save(open_repository(folder, LONG).with_author("bert", key_of("bert"), KEYS, NOW)
         .with_content(BERT, KEYS, NOW).published(KEYS, NOW), folder)  # fmt: skip
    client = Client(folder, tmp_path / "client")
    assert client.fetch("bert/images/a.bin") == b"bert's a"
    save(open_repository(folder, LONG).without_author("bert", KEYS, NOW).published(KEYS, NOW), folder)
    assert client.fetch("bert/images/a.bin") is None


def test_an_author_who_comes_back_is_found_by_a_client_that_saw_them_go(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    client.fetch("anna/images/a.bin")
    save(open_repository(folder, LONG).without_author("anna", KEYS, NOW).published(KEYS, NOW), folder)
    client.fetch("anna/images/a.bin")
    save(open_repository(folder, LONG).with_author("anna", key_of("anna"), KEYS, NOW)
         .with_content(CONTENT, KEYS, NOW).published(KEYS, NOW), folder)  # fmt: skip
    assert client.fetch("anna/images/a.bin") == b"image a"


def test_another_key_for_an_author_keeps_what_they_signed(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    client.fetch("anna/images/a.bin")
    fresh = throwaway_keys(b"fresh", ("anna",))
    both = Keys((*without("author-anna").keys, *(key for key in fresh.keys if key.name == "author-anna")))
    save(open_repository(folder, LONG).with_author("anna", key_of("anna", fresh), both, NOW)
         .published(both, NOW), folder)  # fmt: skip
    assert client.fetch("anna/images/a.bin") == b"image a"


def test_a_campaign_that_is_withdrawn_is_gone(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    client.fetch("anna/campaigns/one.toml")
    save(open_repository(folder, LONG).without_targets("anna", ("anna/campaigns/one.toml",), KEYS, NOW)
         .published(KEYS, NOW), folder)  # fmt: skip
    assert client.fetch("anna/campaigns/one.toml") is None


@pytest.mark.parametrize("signers", [("root-1", "root-2"), ("root-1", "root-3"), ("root-2", "root-3")])
def test_any_two_of_three_root_keys_renew_the_root(folder: Path, tmp_path: Path, signers: tuple[str, str]) -> None:
    client = Client(folder, tmp_path / "client")
    keys = Keys(tuple(key for key in KEYS.keys if not key.name.startswith("root-") or key.name in signers))
    save(open_repository(folder, LONG).with_new_root(keys, NOW).published(keys, NOW), folder)
    assert client.fetch("anna/images/a.bin") == b"image a"


def test_one_root_key_alone_renews_nothing(folder: Path) -> None:
    with pytest.raises(UsageError, match="root has to be signed with 2 of the keys it lists, and there are 1 at hand"):
        open_repository(folder).with_new_root(without("root-2", "root-3"), NOW)


def test_who_trusts_the_first_root_follows_to_all_new_keys(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    client.fetch("anna/images/a.bin")
    new = throwaway_keys(b"new", (), root_keys=3)
    both = KEYS.and_also(new)
    save(open_repository(folder, LONG).with_new_root(both, NOW, new).published(new, NOW), folder)
    only_new = new.and_also(Keys(tuple(key for key in KEYS.keys if key.name == "author-anna")))
    newer = AuthorContent("anna", (), (("a.bin", b"a newer a"),))
    save(open_repository(folder, LONG).with_content(newer, only_new, NOW).published(only_new, NOW), folder)
    assert client.fetch("anna/images/a.bin") == b"a newer a"
    assert Client(folder, tmp_path / "late").fetch("anna/images/a.bin") == b"a newer a"


def test_new_keys_need_their_own_threshold_too(folder: Path) -> None:
    new = throwaway_keys(b"new", (), root_keys=3)
    one = Keys(tuple(key for key in new.keys if key.name not in {"root-2", "root-3"}))
    with pytest.raises(UsageError, match="missing: root-2, root-3"):
        open_repository(folder).with_new_root(KEYS.and_also(one), NOW, new)


def test_renewed_roles_are_good_for_longer(folder: Path) -> None:
    later, usual = NOW + timedelta(days=20), Validity()
    repository = open_repository(folder, usual)
    for role in ("targets", "anna"):
        repository = repository.renewed(role, KEYS, later)
    ends = dict(repository.published(KEYS, later).expiries())
    assert {role: (ends[role] - later).days for role in ("targets", "anna", "snapshot", "timestamp")} == {
        "targets": 180, "anna": 180, "snapshot": 30, "timestamp": 30
    }  # fmt: skip


@pytest.mark.parametrize(
    "name", ["metadata/timestamp.json", "metadata/1.snapshot.json", "metadata/1.anna.json", "metadata/1.targets.json"]
)
def test_cut_off_at_any_file_the_next_step_repairs_it(folder: Path, tmp_path: Path, name: str) -> None:
    """A save that ended before a file: readers find the old repository, the next save a whole new one."""
    client = Client(folder, tmp_path / "client")
    client.fetch("anna/images/a.bin")
    newer = AuthorContent("anna", (), (("a.bin", b"a newer a"),))
    step = open_repository(folder, LONG).with_content(newer, KEYS, NOW).renewed("targets", KEYS, NOW)
    files = step.published(KEYS, NOW).files()
    cut = next(index for index, one in enumerate(files) if one == name.replace("/1.", "/2."))
    for one in list(files)[:cut]:
        path = folder / one
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[one])
    assert client.fetch("anna/images/a.bin") == b"image a"
    again = open_repository(folder, LONG).with_content(newer, KEYS, NOW)
    save(again.published(KEYS, NOW), folder)
    assert client.fetch("anna/images/a.bin") == b"a newer a"


def test_cut_off_behind_a_new_root_the_next_step_repairs_it(folder: Path, tmp_path: Path) -> None:
    client = Client(folder, tmp_path / "client")
    new = throwaway_keys(b"new", (), root_keys=3)
    files = open_repository(folder, LONG).with_new_root(KEYS.and_also(new), NOW, new).published(new, NOW).files()
    for one in list(files)[:-1]:
        (folder / one).write_bytes(files[one])
    with pytest.raises(RepositoryError):
        client.fetch("anna/images/a.bin")  # the timestamp is still the old key's: refused until it is repaired
    save(open_repository(folder, LONG).published(new, NOW), folder)
    assert client.fetch("anna/images/a.bin") == b"image a"


def test_a_repository_that_lost_a_published_version_is_refused(folder: Path) -> None:
    (folder / "metadata" / "1.anna.json").unlink()
    with pytest.raises(RefusedError, match="version 1 of anna was published, and is not here"):
        open_repository(folder)


def test_altered_metadata_is_refused(folder: Path) -> None:
    path = folder / "metadata" / "1.root.json"
    path.write_bytes(path.read_bytes().replace(b'"threshold":2', b'"threshold":1'))
    with pytest.raises(RefusedError, match=r"1\.root\.json: it is not signed by enough of the keys"):
        open_repository(folder)


@pytest.mark.parametrize("content", [b"", b"{}", b"[]", b"\xff", b"{" * 100])
def test_what_is_no_metadata_is_said_to_be_none(folder: Path, content: bytes) -> None:
    (folder / "metadata" / "1.targets.json").write_bytes(content)
    with pytest.raises(RefusedError, match="it is no metadata of a repository"):
        open_repository(folder)


def test_a_folder_without_repository_says_how_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"there is no repository\. → kl30 publish init makes one"):
        open_repository(tmp_path)


def test_the_fingerprint_is_that_of_the_file(folder: Path) -> None:
    expected = hashlib.sha256((folder / "metadata" / "1.root.json").read_bytes()).hexdigest()
    assert root_fingerprint(folder) == expected


def test_nobody_can_sign_without_their_key(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"anna has to be signed with a key it lists.*missing: author-anna"):
        open_repository(folder).with_content(CONTENT, without("author-anna"), NOW)


def test_somebody_who_is_no_author_publishes_nothing(folder: Path) -> None:
    with pytest.raises(UsageError, match=r"bert is no author of this repository\. → its authors are: anna"):
        open_repository(folder).with_content(BERT, KEYS, NOW)


def test_an_author_who_has_signed_nothing_keeps_the_repository_from_being_published(folder: Path) -> None:
    repository = open_repository(folder).with_author("bert", key_of("bert"), without("author-bert"), NOW)
    with pytest.raises(UsageError, match="bert is an author and has signed nothing yet"):
        repository.published(KEYS, NOW)


@pytest.mark.parametrize("threshold", [-1, 4])
def test_a_threshold_nobody_can_reach_is_refused(threshold: int) -> None:
    with pytest.raises(UsageError, match="of 3 root keys can never sign"):
        create(KEYS, NOW, threshold)


def test_a_repository_needs_the_key_of_every_role() -> None:
    with pytest.raises(UsageError, match="the key snapshot is not at hand"):
        create(without("snapshot"), NOW)


@pytest.mark.parametrize("name", ["", "root", "targets", "Anna", "a/b", "..", "a" * 33, "-a", "ä"])
def test_names_that_no_author_can_have(name: str) -> None:
    with pytest.raises(UsageError, match="no author can be called"):
        require_author_name(name)


@given(st.text(max_size=8))
def test_a_name_the_publisher_takes_is_one_the_appliance_takes(name: str) -> None:
    """The other way round it is stricter: a stick does not keep a full stop at the end."""
    try:
        require_file_name(name)
    except UsageError:
        return
    assert target_at(f"anna/images/{name}", "anna", 1, "0" * 64, "").name == name


def test_what_is_too_large_for_an_appliance_is_refused_here(folder: Path) -> None:
    large = AuthorContent("anna", (("x.toml", bytes(LARGEST_CAMPAIGN_BYTES + 1)),), ())
    with pytest.raises(UsageError, match=r"x\.toml has 1048577 bytes, an appliance imports at most 1048576"):
        open_repository(folder).with_content(large, KEYS, NOW)


def test_more_authors_than_an_appliance_believes_are_refused_here(folder: Path) -> None:
    repository = open_repository(folder)
    for number in range(MOST_AUTHORS - 1):
        repository = repository.with_author(f"author-{number}", key_of("anna"), KEYS, NOW)
    with pytest.raises(UsageError, match="an appliance believes at most 32 authors"):
        repository.with_author("one-more", key_of("anna"), KEYS, NOW)
