"""The publisher's commands: the walk of docs/campaigns.md as it is printed there, and what else a workshop does."""

from __future__ import annotations

import re
import stat
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import bincopy
import pytest

from appliance.bench.cache import bench_campaigns
from appliance.campaign.load import load_campaign
from appliance.commands import publish
from appliance.commands.publish_keys_at_hand import VARIABLE, ask_passphrase
from appliance.commands.publish_unpack import unpack_container
from appliance.errors import CampaignError, ImageError, RefusedError, UsageError
from appliance.firmware.publish.content import Validity
from appliance.firmware.publish.images import write_synthetic_images
from appliance.firmware.publish.key_files import read_key, read_keys
from appliance.firmware.publish.opening import open_repository
from tests.scenarios.kl30 import Said, kl30
from tests.test_docs import rows, section, text_of

BLOCK = re.compile(r"^```console\n(.*?)^```$", re.M | re.S)
BULLETIN = dict(bench_campaigns())["service-action-dme.toml"]


def walk() -> list[tuple[str, list[str]]]:
    """Every command of the page, and the lines it shows."""
    steps: list[tuple[str, list[str]]] = []
    for line in "".join(BLOCK.findall(text_of("docs/campaigns.md"))).splitlines():
        if line.startswith("$ "):
            steps.append((line[2:], []))
        else:
            steps[-1][1].append(line)
    return steps


def words_of(command: str) -> list[str]:
    """The words behind `kl30`; quotes hold words together."""
    return [one.strip('"') for one in re.findall(r'"[^"]*"|\S+', command)][1:]


def matches(shown: Sequence[str], printed: str) -> bool:
    """Whether this was printed: a line `…` stands for any lines, a `…` within one for any text."""
    pattern = "".join(
        r"(?:.*\n)*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) + "\n" for line in shown
    )
    return re.fullmatch(pattern, "".join(f"{line}\n" for line in printed.splitlines() if line)) is not None


@dataclass(frozen=True, slots=True)
class Step:
    """One command of the page: what the page shows, and what became of it in an empty folder."""

    command: str
    shown: list[str]
    said: Said


@pytest.fixture(scope="module")
def walked(tmp_path_factory: pytest.TempPathFactory) -> list[Step]:
    """The page's commands, typed one after the other."""
    folder = tmp_path_factory.mktemp("walk")
    return [Step(command, shown, kl30(*words_of(command), cwd=folder)) for command, shown in walk()]


def test_the_walk_of_the_page_prints_what_the_page_shows(walked: list[Step]) -> None:
    """When it does not: paste what is printed into the page."""
    other = [f"$ {one.command}\n{one.said.out}{one.said.err}" for one in walked
             if not matches(one.shown, one.said.out + one.said.err)]  # fmt: skip
    assert other == []


def test_the_walk_of_the_page_ends_well_but_where_it_shows_a_mistake(walked: list[Step]) -> None:
    codes = {one.command: one.said.code for one in walked if not one.shown[0].startswith("kl30: ")}
    mistakes = [one.said.code for one in walked if one.shown[0].startswith("kl30: ")]
    assert (set(codes.values()), mistakes) == ({0}, [2])


def test_publisher_and_appliance_show_the_same_fingerprint(walked: list[Step]) -> None:
    shown = [re.findall(r"[0-9a-f]{64}", one.said.out) for one in walked if "publish init" in one.command
             or "cache trust" in one.command]  # fmt: skip
    assert len(shown[0]) == 1
    assert shown[0] == shown[1]


def test_the_days_of_the_page_are_the_defaults() -> None:
    listed = {
        row[0]: float(row[1]) for row in rows(section(text_of("docs/campaigns.md"), "How long a signature is good"))
    }
    usual = Validity()
    assert list(listed.values()) == [usual.root_days, usual.targets_days, usual.snapshot_days, usual.timestamp_days]


@pytest.fixture
def workshop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with keys, a repository with the author Anna, and the bench's campaign with its images."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(VARIABLE, raising=False)
    publish.make_keys(Path("keys"), 3, ["anna"], passphrase=False)
    publish.init(Path("repository"), [Path("keys")], 0)
    publish.add_author(Path("repository"), "anna", None, [Path("keys")])
    Path("service-action-dme.toml").write_text(BULLETIN, encoding="utf-8")
    write_synthetic_images(load_campaign(Path("service-action-dme.toml")), Path("images"))
    return tmp_path


def add(path: str = "service-action-dme.toml", author: str = "", keys: str = "keys") -> int:
    return publish.add_files(Path("repository"), [Path(path)], Path("images"), author, [Path(keys)])


def published(author: str = "anna") -> list[str]:
    return [target.path for target in open_repository(Path("repository")).targets(author)]


def bring_away(*names: str, to: str = "safe") -> None:
    """Move keys to another folder."""
    Path(to).mkdir(exist_ok=True)
    for name in names:
        Path("keys", f"{name}.pem").rename(Path(to, f"{name}.pem"))


@pytest.mark.usefixtures("workshop")
def test_a_campaign_and_its_images_are_published() -> None:
    add()
    assert len(published()) == 4
    assert open_repository(Path("repository")).unpublished == ()


@pytest.mark.usefixtures("workshop")
def test_adding_the_same_again_changes_nothing_but_the_versions() -> None:
    add()
    before = published()
    add()
    assert published() == before


@pytest.mark.usefixtures("workshop")
def test_publishing_needs_no_root_key() -> None:
    bring_away("root-1", "root-2", "root-3", "targets")
    assert add() == 0


@pytest.mark.usefixtures("workshop")
def test_what_is_withdrawn_takes_its_images_along_and_leaves_those_others_need() -> None:
    add()
    other = BULLETIN.replace('id = "service-action-dme"', 'id = "another"')
    Path("another.toml").write_text(other, encoding="utf-8")
    add("another.toml")
    publish.remove_campaign(Path("repository"), "another", "", [Path("keys")])
    assert len(published()) == 4
    publish.remove_campaign(Path("repository"), "service-action-dme", "anna", [Path("keys")])
    assert published() == []


@pytest.mark.usefixtures("workshop")
def test_an_unknown_campaign_is_not_withdrawn() -> None:
    with pytest.raises(UsageError, match=r"anna publishes no campaign 'x'. → there are: none"):
        publish.remove_campaign(Path("repository"), "x", "", [Path("keys")])


@pytest.mark.usefixtures("workshop")
def test_an_author_elsewhere_signs_and_the_workshop_publishes() -> None:
    publish.make_keys(Path("berts"), 0, ["bert"], passphrase=False)
    bring_away("author-anna")
    publish.add_author(Path("repository"), "bert", Path("berts/author-bert.pub.pem"), [Path("keys")])
    add(author="bert", keys="berts")
    assert open_repository(Path("repository")).unpublished == ("bert", "targets")
    publish.sign(Path("repository"), [Path("keys")])
    assert open_repository(Path("repository")).unpublished == ()


@pytest.mark.usefixtures("workshop")
def test_an_author_who_is_removed_leaves_nothing_behind() -> None:
    add()
    publish.remove_author(Path("repository"), "anna", [Path("keys")])
    assert open_repository(Path("repository")).authors == ()


@pytest.mark.usefixtures("workshop")
def test_two_authors_cannot_publish_one_campaign() -> None:
    add()
    publish.make_keys(Path("berts"), 0, ["bert"], passphrase=False)
    publish.add_author(Path("repository"), "bert", None, [Path("keys"), Path("berts")])
    with pytest.raises(CampaignError, match="anna and bert both publish a campaign service-action-dme"):
        add(author="bert", keys="berts")


@pytest.mark.usefixtures("workshop")
def test_whose_campaign_it_is_has_to_be_said_where_there_are_two() -> None:
    publish.make_keys(Path("keys"), 0, ["bert"], passphrase=False)
    publish.add_author(Path("repository"), "bert", None, [Path("keys")])
    with pytest.raises(UsageError, match="give --author; there are: anna, bert"):
        add()


@pytest.mark.usefixtures("workshop")
def test_an_image_cannot_change_under_another_campaign_that_names_it() -> None:
    add()
    image = Path("images/swfl_00002cce.bin.021_020_002")
    image.write_bytes(bytes(0x4_0000))
    sha256 = "8a39d2abd3999ab73c34db2476849cddf303ce389b35826850f9a700589b4a90"
    other = BULLETIN.replace('id = "service-action-dme"', 'id = "another"')
    Path("another.toml").write_text(re.sub('sha256 = "8dfc[^"]*"', f'sha256 = "{sha256}"', other), encoding="utf-8")
    with pytest.raises(CampaignError, match=r"mean different contents by swfl_00002cce\.bin\.021_020_002"):
        add("another.toml")
    assert len(published()) == 4


@pytest.mark.usefixtures("workshop")
def test_two_root_keys_from_the_safe_renew_the_root() -> None:
    bring_away("root-1", "root-3")
    publish.new_root(Path("repository"), [Path("safe"), Path("keys")], None, 0)
    assert open_repository(Path("repository")).root_version == 2


@pytest.mark.usefixtures("workshop")
def test_after_a_theft_every_key_but_the_authors_is_another_one() -> None:
    publish.make_keys(Path("new"), 3, [], passphrase=False)
    publish.new_root(Path("repository"), [Path("keys")], Path("new"), 0)
    with pytest.raises(UsageError, match="snapshot has to be signed with a key it lists"):
        publish.sign(Path("repository"), [Path("keys")])
    assert publish.sign(Path("repository"), [Path("new")]) == 0


@pytest.mark.usefixtures("workshop")
def test_renewing_takes_what_keys_there_are() -> None:
    bring_away("root-1", "root-2", "root-3", "author-anna")
    assert publish.refresh(Path("repository"), [Path("keys")]) == 0


def _spoil(path: str, content: bytes | None = None) -> Callable[[], object]:
    """Put other bytes into a file; None: take it away."""
    return Path(path).unlink if content is None else lambda: Path(path).write_bytes(content)


@pytest.mark.usefixtures("workshop")
@pytest.mark.parametrize(
    ("spoil", "error", "words"),
    [
        (_spoil("images/swfl_000046da.bin.021_020_052"), ImageError, "the image of data is missing"),
        (_spoil("images/swfl_000046da.bin.021_020_052", b"short"), ImageError, "has 5 bytes, the campaign says 98304"),
        (_spoil("images/swfl_000046da.bin.021_020_052", bytes(0x18000)), ImageError, 'write sha256 = "'),
        (_spoil("service-action-dme.toml", b"id = 1"), CampaignError, "service-action-dme.toml:1: "),
        (_spoil("keys/author-anna.pem"), UsageError, "anna has to be signed with a key it lists"),
        (lambda: Path("keys/author-anna.pem").chmod(0o644), RefusedError, "others can read this key"),
        (_spoil("keys/targets.pem", b"no key"), UsageError, "it holds no secret key in PEM"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_before_anything_is_signed(
    spoil: Callable[[], object], error: type[Exception], words: str
) -> None:
    before = {path: path.read_bytes() for path in Path("repository").rglob("*") if path.is_file()}
    spoil()
    with pytest.raises(error, match=re.escape(words)):
        add()
    assert {path: path.read_bytes() for path in Path("repository").rglob("*") if path.is_file()} == before


@pytest.mark.usefixtures("workshop")
def test_a_file_that_is_not_called_like_its_campaign_is_refused() -> None:
    Path("service-action-dme.toml").rename("x.toml")
    with pytest.raises(CampaignError, match=r"call the file service-action-dme\.toml, or write id = \"x\""):
        add("x.toml")


def test_keys_are_for_their_owner_alone(workshop: Path) -> None:
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (workshop / "keys").iterdir()}
    assert {name for name, mode in modes.items() if mode != 0o600} == {"author-anna.pub.pem"}


@pytest.mark.usefixtures("workshop")
def test_no_key_is_ever_overwritten() -> None:
    with pytest.raises(UsageError, match="there is a key already"):
        publish.make_keys(Path("keys"), 3, ["bert"], passphrase=False)
    assert not Path("keys/author-bert.pem").exists()


@pytest.mark.usefixtures("workshop")
def test_a_repository_is_not_made_over_another() -> None:
    with pytest.raises(UsageError, match="there is a repository already"):
        publish.init(Path("repository"), [Path("keys")], 0)


def test_a_key_behind_a_passphrase_needs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "correct horse")
    publish.make_keys(tmp_path, 1, [], passphrase=True)
    assert len(read_keys(tmp_path, ask_passphrase).keys) == 4
    monkeypatch.setenv(VARIABLE, "wrong")
    with pytest.raises(UsageError, match=r"root-1\.pem: the passphrase is wrong"):
        read_key(tmp_path / "root-1.pem", ask_passphrase)


def test_a_passphrase_nobody_can_be_asked_for_is_said_to_be_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "correct horse")
    publish.make_keys(tmp_path, 1, [], passphrase=True)
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(UsageError, match=f"there is nobody to ask. → set {VARIABLE}"):
        read_keys(tmp_path, ask_passphrase)


@pytest.mark.usefixtures("workshop")
def test_a_container_becomes_images_and_the_tables_that_name_them(capsys: pytest.CaptureFixture[str]) -> None:
    file = bincopy.BinFile()
    file.add_binary(bytes(range(256)), 0x8002_0000)
    Path("given.hex").write_text(file.as_ihex(), encoding="ascii")
    unpack_container([Path("given.hex")], Path("unpacked"), "")
    (image,) = Path("unpacked").iterdir()
    told = tomllib.loads(capsys.readouterr().out)["units"]["datablocks"]
    assert [(one["address"], one["length"], one["file"]) for one in told] == [(0x8002_0000, 256, image.name)]


@pytest.mark.parametrize("fill", ["x", "0xGG"])
def test_a_fill_byte_that_is_none_is_refused(tmp_path: Path, fill: str) -> None:
    with pytest.raises(UsageError, match="is no byte"):
        unpack_container([tmp_path / "given.hex"], tmp_path, fill)
