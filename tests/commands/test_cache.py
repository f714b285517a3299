"""`kl30 cache` as a person has it: words in, words and an exit code out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.campaign.plan import Action, Plan, PlanUnit
from appliance.clock import VirtualClock
from appliance.commands.cache import needed_images
from appliance.config import Config
from appliance.engine.frozen import Frozen
from appliance.engine.journal import Journal, Run
from appliance.errors import RefusedError
from appliance.firmware.store import Store
from appliance.firmware.trust import read_pinned
from appliance.values import to_json
from tests.engine.workshop import WorkshopBench
from tests.firmware.memory import in_memory
from tests.firmware.place import HTTP, Place, served
from tests.firmware.repository import IMAGE, anna_in, campaign_text, soon
from tests.scenarios.kl30 import Said, kl30

BYTES = len(IMAGE) + len(campaign_text("first").encode())
NOTHING = "nothing was imported yet: kl30 cache import FOLDER-OR-ADDRESS"


@pytest.fixture
def memory(tmp_path: Path) -> Iterator[Path]:
    """A folder in memory."""
    with in_memory(tmp_path) as folder:
        yield folder


@pytest.fixture
def workplace(tmp_path: Path) -> Path:
    """A folder with settings, and a repository beside them."""
    (tmp_path / "kl30.toml").write_text('cache = "cache"\ndata = "data"\n', encoding="utf-8")
    anna_in(tmp_path / "stick")
    return tmp_path


def cache(workplace: Path, command: str, *words: str | Path) -> Said:
    return kl30("cache", command, *words, "--config", "kl30.toml", cwd=workplace)


def test_a_stick_becomes_a_cache_in_two_commands(workplace: Path) -> None:
    trusted = cache(workplace, "trust", "stick/metadata/1.root.json")
    assert (trusted.code, trusted.err) == (0, "")
    imported = cache(workplace, "import", "stick")
    assert (imported.code, imported.err) == (0, "")
    assert imported.out.splitlines() == [
        f"imported from stick: 2 new files, {BYTES} bytes",
        "  anna/first: Campaign first, 1 image",
    ]
    verified = cache(workplace, "verify")
    assert verified.out.splitlines()[1:3] == [
        "every signature and hash is in order",
        f"1 campaign, 1 image, {BYTES} bytes",
    ]


def test_a_server_will_do_as_well(workplace: Path) -> None:
    cache(workplace, "trust", "stick/metadata/1.root.json")
    with served(workplace / "stick") as address:
        assert cache(workplace, "import", address).code == 0


def test_a_refusal_is_one_line_and_exit_code_3(workplace: Path) -> None:
    cache(workplace, "trust", "stick/metadata/1.root.json")
    (workplace / "stick" / "metadata" / "timestamp.json").write_text("{", encoding="utf-8")
    said = cache(workplace, "import", "stick")
    assert (said.code, said.out) == (3, "")
    assert said.complaint == (
        "stick: timestamp.json is no TUF metadata. → take the repository again from where you trust it; "
        "nothing was imported; what was in the cache before is still in use"
    )


def test_trusting_prints_the_fingerprint_and_another_root_needs_its_name(workplace: Path) -> None:
    first = cache(workplace, "trust", "stick/metadata/1.root.json")
    fingerprint = next(line for line in first.out.splitlines() if line.startswith("root fingerprint: "))[18:]
    other = anna_in(workplace / "other")
    refused = cache(workplace, "trust", other.first_root)
    assert (refused.code, fingerprint in refused.complaint) == (3, True)
    replaced = cache(workplace, "trust", other.first_root, "--replace", fingerprint)
    assert replaced.code == 0
    assert read_pinned(workplace / "cache") == other.first_root.read_bytes()


def test_the_list_says_whose_what_whence_and_until_when(memory: Path) -> None:
    place = Place(memory, imported=False)
    assert NOTHING in place.listed().out
    place.imported(HTTP)
    said = place.listed().out
    assert "imported from http://127.0.0.1:" in said
    assert "the firmware cache is good until " in said
    for word in ("anna", "first", "Campaign first", "200"):
        assert word in said


@pytest.mark.parametrize(
    ("days", "code", "words"), [(1, 0, "is good until"), (31, 0, "may be used until"), (61, 3, "was over on")]
)
def test_verify_fails_only_when_the_grace_is_over(days: int, code: int, words: str, memory: Path) -> None:
    said = Place(memory).verified(VirtualClock(wall=soon(days)))
    assert (said.code, words in said.out) == (code, True)


def test_verify_names_the_file_that_is_not_as_signed(memory: Path) -> None:
    place = Place(memory)
    for path in (place.cache / "pool").iterdir():
        path.write_bytes(bytes(path.stat().st_size))
    said = place.verified()
    assert (said.code, "anna/campaigns/first.toml was altered" in said.err) == (3, True)


def test_verify_of_an_empty_cache_says_what_to_do(memory: Path) -> None:
    said = Place(memory, imported=False).verified()
    assert (said.code, "nothing was imported into the firmware cache yet" in said.err) == (3, True)


def unfinished(place: Place, plan: str) -> None:
    """A journal with a job whose plan is frozen."""
    place.config.data.mkdir()
    journal = Journal(place.config.data / "journal.sqlite", VirtualClock())
    journal.begin(Run("job-7", "first", "2026-06-01T09:00:00+00:00", "boot-1"))
    journal.freeze("job-7", "WMWXM5C53ET000001", plan, "00" * 32, "")
    journal.close()


def plan_of(place: Place) -> Plan:
    """A plan with the datablocks of the only campaign."""
    (campaign,) = Store(place.cache).campaigns()
    (unit,) = campaign.units
    text = ("unit", Action.PROGRAM, "why")
    planned = PlanUnit(
        unit.address, *text, unit.datablocks, "", (), (), 1.0, 1.0, 1.0, 1.0, 3, 12, abort_recoverable=True,
        unsafe_to_unplug="", in_bootloader=False, security="", security_level=0x11, erase_suffix=b"", coding=(),
    )  # fmt: skip
    return Plan("first", "", "title", "vin", "", "why", None, (planned,))


@pytest.fixture
def bench(tmp_path: Path) -> WorkshopBench:
    return WorkshopBench(tmp_path)


def frozen(place: Place) -> str:
    """What the journal holds of it."""
    (campaign,) = Store(place.cache).campaigns()
    return to_json(Frozen(campaign, plan_of(place)))


def test_the_images_of_a_job_that_was_cut_off_are_needed(bench: WorkshopBench) -> None:
    bench.cut_off(at=60)
    wanted = {block.sha256 for unit in bench.campaign.units for block in unit.datablocks}
    assert set(needed_images(replace(Config(), data=bench.folder))) == wanted


def test_looking_for_an_unfinished_job_leaves_nothing_in_the_data_folder(bench: WorkshopBench) -> None:
    bench.cut_off(at=60)
    before = sorted(path.name for path in bench.folder.iterdir())
    needed_images(replace(Config(), data=bench.folder))
    assert sorted(path.name for path in bench.folder.iterdir()) == before


def test_an_unfinished_job_keeps_its_images(memory: Path) -> None:
    place = Place(memory)
    unfinished(place, frozen(place))
    place.workshop.campaign("anna", "first", b"another image")
    place.workshop.publish()
    before = place.digest()
    said = place.imported()
    assert (said.code, place.digest()) == (3, before)
    assert "which is still needed for the unfinished job job-7. → finish that job first" in said.err


def test_an_unfinished_job_does_not_keep_its_images_from_being_repaired(memory: Path) -> None:
    place = Place(memory)
    unfinished(place, frozen(place))
    for path in (place.cache / "pool").iterdir():
        path.unlink()
    assert place.imported().code == 0


def test_an_unfinished_job_whose_plan_cannot_be_read_stops_an_import(memory: Path) -> None:
    place = Place(memory)
    unfinished(place, "{}")
    with pytest.raises(RefusedError, match="the job job-7 is unfinished and its plan cannot be read"):
        needed_images(place.config)


def test_without_a_journal_nothing_is_needed(tmp_path: Path) -> None:
    assert needed_images(replace(Config(), data=tmp_path)) == {}
