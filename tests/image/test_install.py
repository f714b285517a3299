"""The installer, into a throwaway root: what it writes, leaves alone, says, and takes away again."""

from __future__ import annotations

import re
import shutil
import stat
from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from pathlib import Path

import pytest

from appliance.config import Config
from appliance.wiring import settings
from tests.image.place import ETC, IMAGE, INSTALLER, SERVICES, UNITS, installer, ran

INSTALL_DOC = IMAGE.parent / "docs/install.md"
SETTINGS = "etc/kl30/kl30.toml"

with_systemd = pytest.mark.systemd


def tree(root: Path) -> dict[str, tuple[int, int, int, bytes]]:
    """Every file and folder: mode, user, group, content."""
    return {str(path.relative_to(root)): _kept(path) for path in sorted(root.rglob("*"))}


def _kept(path: Path) -> tuple[int, int, int, bytes]:
    about = path.lstat()
    content = path.read_bytes() if stat.S_ISREG(about.st_mode) else b""
    return about.st_mode, about.st_uid, about.st_gid, content


def to_be_written() -> Iterator[tuple[Path, str]]:
    """Every file of ours, and where it belongs."""
    for path in sorted(one for one in UNITS.rglob("*") if one.is_file()):
        yield path, f"etc/systemd/system/{path.relative_to(UNITS)}"
    for path in sorted(one for one in ETC.rglob("*") if one.is_file()):
        yield path, f"etc/{path.relative_to(ETC)}"


def test_bash_can_read_the_installer() -> None:
    assert ran(["bash", "-n", str(INSTALLER)]).code == 0


def test_shellcheck_has_nothing_to_say_of_it() -> None:
    if shutil.which("shellcheck") is None:
        pytest.skip("there is no shellcheck here")
    assert ran(["shellcheck", str(INSTALLER)]).words == ""


def test_an_option_that_is_not_there_is_refused() -> None:
    said = installer("--everything")
    assert (said.code, "there is no option --everything" in said.words) == (2, True)


@with_systemd
def test_every_file_is_where_it_belongs_and_only_root_may_write_it(installed: Path) -> None:
    for source, target in to_be_written():
        about = (installed / target).stat()
        assert (installed / target).read_bytes() == source.read_bytes()
        assert (stat.S_IMODE(about.st_mode), about.st_uid) == (0o644, 0), target


@with_systemd
def test_nothing_else_is_touched(root: Path) -> None:
    """Files of others stay as they were; what is new has our name, or is a list of users."""
    theirs = root / "etc/systemd/network/20-wired.network"
    theirs.parent.mkdir(parents=True)
    theirs.write_text("[Match]\nName=eth0\n", encoding="ascii")
    before = tree(root)
    installer("--root", str(root))
    after = tree(root)
    assert {name: after[name] for name in before if not stat.S_ISDIR(before[name][0])} == {
        name: kept for name, kept in before.items() if not stat.S_ISDIR(kept[0])
    }
    users = {f"etc/{name}{end}" for name in ("passwd", "group", "shadow", "gshadow", ".pwd.lock") for end in ("", "-")}
    new = {name for name, kept in after.items() if name not in before and not stat.S_ISDIR(kept[0])}
    assert {name for name in new - users if "kl30" not in name} == set()


@with_systemd
def test_a_second_run_changes_nothing_and_says_so(installed: Path) -> None:
    before = tree(installed)
    said = installer("--root", str(installed))
    assert tree(installed) == before
    assert said.words == "everything is as it should be\n"


@with_systemd
def test_folders_belong_to_whom_the_document_says(installed: Path) -> None:
    ids = {line.split(":")[0]: int(line.split(":")[2]) for line in (installed / "etc/passwd").read_text().splitlines()}
    groups = {
        line.split(":")[0]: int(line.split(":")[2]) for line in (installed / "etc/group").read_text().splitlines()
    }
    found = {}
    for name in ("kl30", "kl30-cache", "kl30-import"):
        about = (installed / "var/lib" / name).stat()
        found[name] = (stat.S_IMODE(about.st_mode), about.st_uid, about.st_gid)
    assert found == {
        "kl30": (0o750, ids["kl30"], groups["kl30"]),
        "kl30-cache": (0o2750, ids["kl30-import"], groups["kl30"]),
        "kl30-import": (0o2750, ids["kl30-import"], groups["kl30"]),
    }


@with_systemd
def test_the_key_relay_is_not_enabled(installed: Path) -> None:
    wanted = {path.name for path in (installed / "etc/systemd/system").glob("*.wants/*")}
    assert wanted == {
        *(f"{name}.service" for name in SERVICES if name != "kl30-key-relay"),
        "kl30-page.socket",
    }


@with_systemd
def test_a_persons_settings_are_left_alone(installed: Path) -> None:
    (installed / SETTINGS).write_text("# mine\n", encoding="ascii")
    installer("--root", str(installed))
    assert (installed / SETTINGS).read_text(encoding="ascii") == "# mine\n"


@with_systemd
def test_an_update_writes_what_has_changed_and_says_it(installed: Path) -> None:
    name = "etc/systemd/system/kl30-page.service"
    (installed / name).write_text("# of an earlier version\n", encoding="ascii")
    said = installer("--root", str(installed))
    assert said.words == f"wrote /{name}\n"


@with_systemd
def test_uninstalling_leaves_data_and_settings_and_nothing_else(installed: Path) -> None:
    journal = installed / "var/lib/kl30/journal.sqlite"
    journal.write_bytes(b"a job")
    said = installer("--root", str(installed), "--uninstall")
    left = {name for name, kept in tree(installed).items() if "kl30" in name and not stat.S_ISDIR(kept[0])}
    assert said.code == 0
    assert journal.read_bytes() == b"a job"
    assert left == {
        SETTINGS,
        "var/lib/kl30/journal.sqlite",
        "var/lib/kl30/import.json",
        "var/lib/kl30-import/journal.sqlite",
        "var/lib/kl30-import/status.json",
    }


@with_systemd
def test_installing_again_after_that_finds_the_data(installed: Path) -> None:
    before = tree(installed)
    installer("--root", str(installed), "--uninstall")
    installer("--root", str(installed))
    assert tree(installed) == before


def test_the_document_lists_every_file_that_is_written() -> None:
    document = INSTALL_DOC.read_text(encoding="utf-8")
    assert [target for _, target in to_be_written() if f"`/{target}`" not in document] == []


def uncommented(text: str) -> str:
    """The settings with every default written out; examples of what has none are left out."""
    examples = ("open_campaign_list", "program", "socket")
    lines = [re.sub(r"^# (?=\w+ = )", "", line) for line in text.splitlines()]
    return "\n".join(line for line in lines if not line.startswith(examples))


@pytest.mark.parametrize("written", [str, uncommented], ids=["as installed", "written out"])
def test_the_settings_shown_are_the_defaults(written: type[str], tmp_path: Path) -> None:
    path = tmp_path / "kl30.toml"
    path.write_text(written((IMAGE / SETTINGS).read_text(encoding="utf-8")), encoding="utf-8")
    folders = Config(data=Path("/var/lib/kl30"), cache=Path("/var/lib/kl30-cache"))
    assert settings(path) == folders


def test_no_setting_is_missing_from_those_shown() -> None:
    shown = set(re.findall(r"^(?:# )?(\w+) = ", (IMAGE / SETTINGS).read_text(encoding="utf-8"), re.M))
    config = Config()
    sections = [getattr(config, one.name) for one in fields(config) if is_dataclass(getattr(config, one.name))]
    known = {one.name for section in sections for one in fields(section)} | {"data", "cache", "open_campaign_list"}
    assert shown == known
