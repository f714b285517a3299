"""The journal: what is durably true after `mark`, and what is said when the file cannot be trusted."""

from __future__ import annotations

import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.car.vin import Vin
from appliance.clock import UNKNOWN_BOOT, VirtualClock
from appliance.engine.journal import AFTER, BEFORE, WAITING, Journal, Run, Sample
from appliance.errors import JournalError
from appliance.events import Event, Noted
from appliance.procedure.facts import CodingSaved, DatablockBegun, DatablockProgrammed, Fact, LevelBegun
from tests.instances import bare, full, members

VIN = "WMWXM5C54G3A12345"
RUN = Run("r-1", "service-action-dme", "2017-06-01T09:00:00+00:00", "boot-1")
BEGUN = DatablockBegun(0x12, 0, "ab" * 32, 1)
PROVEN = DatablockProgrammed(0x12, 0, "ab" * 32)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock(start_s=10.0)


@pytest.fixture
def journal(path: Path, clock: VirtualClock) -> Iterator[Journal]:
    journal = Journal(path, clock)
    journal.begin(RUN)
    yield journal
    journal.abandon()


def after_a_cut(path: Path, folder: str = "after") -> Journal:
    """The journal as the next life finds it: a copy of what is on the disk now, with the writer still at work."""
    target = path.parent / folder
    target.mkdir()
    for file in path.parent.glob("journal.sqlite*"):
        shutil.copy(file, target / file.name)
    return Journal(target / path.name, VirtualClock())


# -- durability


def test_a_fact_is_on_the_disk_when_mark_returns(journal: Journal, path: Path) -> None:
    journal.mark("r-1", BEGUN)
    survivor = after_a_cut(path)
    assert survivor.facts("r-1") == (BEGUN,)
    survivor.close()


def test_the_writer_asks_for_full_durability(path: Path, journal: Journal) -> None:
    journal.mark("r-1", BEGUN)
    assert path.with_name(path.name + "-wal").stat().st_size > 0
    assert journal._db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_what_was_told_before_a_fact_is_on_the_disk_with_it(journal: Journal, path: Path) -> None:
    journal.event("r-1", 10.0, Noted("before"))
    journal.sample("r-1", Sample(10.0, 13.8))
    journal.mark("r-1", BEGUN)
    survivor = after_a_cut(path)
    assert [logged.event for logged in survivor.events("r-1")] == [Noted("before")]
    assert survivor.samples("r-1") == (Sample(10.0, 13.8),)
    survivor.close()


def test_only_the_newest_batch_of_events_is_lost_in_a_cut(journal: Journal, path: Path) -> None:
    journal.event("r-1", 10.0, Noted("kept"))
    journal.flush()
    journal.event("r-1", 10.5, Noted("lost"))
    survivor = after_a_cut(path)
    assert [logged.event for logged in survivor.events("r-1")] == [Noted("kept")]
    survivor.close()


def test_every_begun_step_of_a_run_is_durable_at_once(journal: Journal, path: Path) -> None:
    journal.freeze("r-1", VIN, "{}", "hash", "")
    frozen = after_a_cut(path, "frozen")
    assert frozen.unfinished() == replace(RUN, vin=VIN, plan="{}", plan_hash="hash")
    frozen.close()
    journal.end("r-1", "failed", "{report}")
    ended = after_a_cut(path, "ended")
    assert (ended.unfinished(), ended.runs()[0].report) == (None, "{report}")
    ended.close()


def test_closing_keeps_everything_that_waited(journal: Journal, path: Path) -> None:
    journal.event("r-1", 10.0, Noted("waiting"))
    journal.close()
    again = Journal(path, VirtualClock())
    assert len(again.events("r-1")) == 1
    again.close()


def test_letting_go_as_in_a_cut_loses_what_waited(journal: Journal, path: Path) -> None:
    journal.event("r-1", 10.0, Noted("waiting"))
    journal.abandon()
    again = Journal(path, VirtualClock())
    assert again.events("r-1") == ()
    again.close()


def test_another_process_reads_while_the_engine_writes(journal: Journal, path: Path) -> None:
    journal.mark("r-1", BEGUN)
    with sqlite3.connect(f"file:{path}?mode=ro", uri=True) as reader:
        assert reader.execute("SELECT count(*) FROM fact").fetchone() == (1,)
    reader.close()


# -- round trips


@pytest.mark.parametrize("kind", members(Fact), ids=lambda kind: kind.__name__)
def test_every_fact_comes_back_equal(journal: Journal, kind: type) -> None:
    facts = (full(kind), bare(kind))
    for fact in facts:
        journal.mark("r-1", fact)
    assert journal.facts("r-1") == facts


@pytest.mark.parametrize("kind", members(Event), ids=lambda kind: kind.__name__)
def test_every_event_comes_back_equal(journal: Journal, kind: type) -> None:
    events = (full(kind), bare(kind))
    for event in events:
        journal.event("r-1", 10.0, event)
    assert tuple(logged.event for logged in journal.events("r-1")) == events


def test_an_event_has_its_order_its_moment_and_its_boot(journal: Journal) -> None:
    journal.event("r-1", 12.5, Noted("a"))
    journal.event("r-1", 11.0, Noted("b"))  # a clock never decides the order
    first, second = journal.events("r-1")
    assert (first.event, first.at_s, first.boot, first.wall) == (
        Noted("a"),
        12.5,
        UNKNOWN_BOOT,
        "2017-06-01T09:00:00.000+00:00",
    )
    assert first.seq < second.seq


def test_the_car_as_first_observed_at_a_moment_is_kept(journal: Journal) -> None:
    car = Vehicle(Vin(VIN), units=(UnitSeen(0x12, faults=()),))
    journal.observe("r-1", BEFORE, car)
    journal.observe("r-1", BEFORE, Vehicle())
    assert journal.observed("r-1", BEFORE) == car
    assert journal.observed("r-1", AFTER) is None


def test_of_several_looks_the_last_counts_after_the_work(journal: Journal) -> None:
    car = Vehicle(Vin(VIN), units=(UnitSeen(0x12, faults=()),))
    journal.observe("r-1", AFTER, Vehicle())
    journal.observe("r-1", AFTER, car)
    assert journal.observed("r-1", AFTER) == car


def test_samples_keep_their_gaps(journal: Journal) -> None:
    samples = (Sample(1.0, 13.8), Sample(1.25, None))
    for sample in samples:
        journal.sample("r-1", sample)
    assert journal.samples("r-1") == samples


def test_runs_do_not_see_each_others_facts(journal: Journal) -> None:
    journal.begin(replace(RUN, id="r-2"))
    journal.mark("r-1", BEGUN)
    assert journal.facts("r-2") == ()


# -- the life of a run


def test_a_run_is_unfinished_from_its_frozen_plan_to_its_verdict(journal: Journal) -> None:
    assert journal.unfinished() is None
    journal.freeze("r-1", VIN, "{}", "hash", "")
    assert journal.unfinished() is not None
    journal.end("r-1", "programmed", "")
    assert journal.unfinished() is None


def test_a_plan_is_frozen_once(journal: Journal) -> None:
    journal.freeze("r-1", VIN, '{"plan":1}', "hash-1", "")
    journal.freeze("r-1", "ANOTHER", '{"plan":2}', "hash-2", "r-0")
    assert journal.run("r-1") == replace(RUN, vin=VIN, plan='{"plan":1}', plan_hash="hash-1")


def test_a_verdict_is_given_once(journal: Journal) -> None:
    journal.end("r-1", "failed", "first")
    journal.end("r-1", "programmed", "second")
    run = journal.run("r-1")
    assert run is not None
    assert (run.verdict, run.report) == ("failed", "first")


def test_of_two_unfinished_runs_the_newest_is_resumed(journal: Journal) -> None:
    journal.begin(replace(RUN, id="r-2"))
    for run in ("r-1", "r-2"):
        journal.freeze(run, VIN, "{}", "hash", "")
    unfinished = journal.unfinished()
    assert unfinished is not None
    assert unfinished.id == "r-2"


def test_runs_are_listed_newest_first_and_found_by_name(journal: Journal) -> None:
    journal.begin(replace(RUN, id="r-2"))
    assert [run.id for run in journal.runs()] == ["r-2", "r-1"]
    assert journal.run("r-2") == replace(RUN, id="r-2")
    assert journal.run("r-3") is None


def test_a_run_is_begun_once(journal: Journal) -> None:
    with pytest.raises(JournalError):
        journal.begin(RUN)


# -- a run that goes on with another


def _ended(journal: Journal, run: str, verdict: str, *facts: Fact, continues: str = "") -> None:
    if run != "r-1":
        journal.begin(replace(RUN, id=run))
    journal.freeze(run, VIN, "{}", "hash", continues)
    for fact in facts:
        journal.mark(run, fact)
    journal.end(run, verdict, "")


def _earlier(journal: Journal, vin: str = VIN, campaign: str = RUN.campaign) -> str:
    run = journal.touched_before(vin, campaign)
    return run.id if run else ""


@pytest.mark.parametrize("verdict", ["failed", "interrupted"])
@pytest.mark.parametrize("fact", [BEGUN, LevelBegun("F056-17-03-502")])
def test_work_begun_and_not_finished_is_gone_on_with(journal: Journal, verdict: str, fact: Fact) -> None:
    _ended(journal, "r-1", verdict, fact)
    assert _earlier(journal) == "r-1"


def test_a_finished_run_is_not_gone_on_with(journal: Journal) -> None:
    _ended(journal, "r-1", "programmed", BEGUN, PROVEN)
    assert _earlier(journal) == ""


def test_a_run_that_changed_nothing_is_not_gone_on_with(journal: Journal) -> None:
    """What it saved of the coding may be another technician's past by now."""
    _ended(journal, "r-1", "interrupted", CodingSaved(0x12, 0x3000, b"\x01"))
    assert _earlier(journal) == ""


@pytest.mark.parametrize("verdict", ["failed", "interrupted", "refused"])
def test_a_second_try_that_changed_nothing_does_not_break_the_chain(journal: Journal, verdict: str) -> None:
    _ended(journal, "r-1", "failed", BEGUN)
    _ended(journal, "r-2", verdict, continues="r-1")
    assert _earlier(journal) == "r-2"


def test_another_car_or_campaign_is_not_gone_on_with(journal: Journal) -> None:
    _ended(journal, "r-1", "failed", BEGUN)
    assert _earlier(journal, vin="WMWXM5C51G3A99999") == _earlier(journal, campaign="other") == ""


def test_the_lineage_is_oldest_first(journal: Journal) -> None:
    _ended(journal, "r-1", "failed", BEGUN)
    _ended(journal, "r-2", "interrupted", BEGUN, continues="r-1")
    _ended(journal, "r-3", "failed", continues="r-2")
    assert [run.id for run in journal.lineage(journal.runs()[0])] == ["r-1", "r-2", "r-3"]


def test_a_lineage_ends_where_an_earlier_journal_was_set_aside(journal: Journal) -> None:
    _ended(journal, "r-1", "failed", BEGUN, continues="r-0-of-an-older-file")
    assert [run.id for run in journal.lineage(journal.runs()[0])] == ["r-1"]


# -- a file that cannot be trusted


def _refusal(path: Path) -> JournalError:
    with pytest.raises(JournalError) as refused:
        Journal(path, VirtualClock())
    assert refused.value.where == str(path)
    assert refused.value.do
    held_open = [link.resolve() for link in Path("/proc/self/fd").iterdir() if link.is_symlink()]
    assert path.resolve() not in held_open, "a file that was refused may be moved away"
    return refused.value


def test_a_file_that_is_no_database_is_refused(path: Path) -> None:
    path.write_bytes(b"this is a shopping list, not a journal\n" * 40)
    assert "not a database" in _refusal(path).what


def test_a_damaged_file_is_refused(path: Path) -> None:
    journal = Journal(path, VirtualClock())
    journal.begin(RUN)
    for _ in range(200):
        journal.mark("r-1", CodingSaved(0x12, 0x3000, bytes(100)))
    journal.close()
    content = bytearray(path.read_bytes())
    for page in range(4096 * 9, len(content), 4096):
        content[page : page + 200] = b"\xa5" * 200
    path.write_bytes(content)
    _refusal(path)


def test_an_empty_file_becomes_a_journal(path: Path) -> None:
    path.touch()
    journal = Journal(path, VirtualClock())
    assert journal.runs() == ()
    journal.close()


@pytest.mark.parametrize("folder", ["missing", "file"])
def test_a_folder_that_is_none_is_refused(tmp_path: Path, folder: str) -> None:
    (tmp_path / "file").touch()
    assert "could not be opened" in _refusal(tmp_path / folder / "journal.sqlite").what


def test_a_folder_nobody_can_write_is_refused() -> None:
    _refusal(Path("/proc/self/journal.sqlite"))  # a folder that refuses root as well


def test_a_file_that_cannot_be_written_is_refused_at_the_first_write(journal: Journal, path: Path) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("DROP TABLE fact")
    other.close()
    with pytest.raises(JournalError) as refused:
        journal.mark("r-1", BEGUN)
    assert "keep the fact DatablockBegun" in refused.value.what
    assert refused.value.where == str(path)


def test_what_was_not_written_waits_for_the_next_try(journal: Journal, path: Path) -> None:
    journal.event("r-1", 10.0, Noted("waiting"))
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("ALTER TABLE fact RENAME TO gone")
    with pytest.raises(JournalError):
        journal.mark("r-1", BEGUN)
    other.execute("ALTER TABLE gone RENAME TO fact")
    other.close()
    journal.mark("r-1", BEGUN)
    assert len(journal.events("r-1")) == len(journal.facts("r-1")) == 1


@pytest.mark.parametrize(
    ("table", "statement"),
    [
        ("fact", "UPDATE fact SET kind = 'FactOfAnotherVersion'"),
        ("fact", "UPDATE fact SET body = '{}'"),
        ("fact", "UPDATE fact SET body = 'no json'"),
        ("event", "UPDATE event SET kind = 'Enum'"),
        ("event", "UPDATE event SET body = '[]'"),
        ("observation", "UPDATE observation SET body = '{\"vin\": 7}'"),
    ],
)
def test_an_entry_nobody_can_read_is_named(journal: Journal, path: Path, table: str, statement: str) -> None:
    journal.mark("r-1", BEGUN)
    journal.event("r-1", 10.0, Noted("x"))
    journal.flush()
    journal.observe("r-1", BEFORE, Vehicle())
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute(statement)
    other.close()
    with pytest.raises(JournalError, match="unreadable entry") as refused:
        _read(journal, table)
    assert refused.value.where == str(path)


def _read(journal: Journal, table: str) -> None:
    match table:
        case "fact":
            journal.facts("r-1")
        case "event":
            journal.events("r-1")
        case _:
            journal.observed("r-1", BEFORE)


# -- a disk that takes nothing for a while


def _without_events_table(path: Path, rename: str) -> None:
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute(rename)
    other.close()


def test_events_wait_while_the_disk_takes_none_and_are_written_later(journal: Journal, path: Path) -> None:
    _without_events_table(path, "ALTER TABLE event RENAME TO away")
    journal.event("r-1", 10.0, Noted("waiting"))
    journal.flush_if_possible()
    assert "could not be written" in journal.trouble
    _without_events_table(path, "ALTER TABLE away RENAME TO event")
    journal.flush_if_possible()
    assert journal.trouble == ""
    assert [logged.event for logged in journal.events("r-1")] == [Noted("waiting")]


def test_of_the_waiting_only_so_many_are_kept(journal: Journal, path: Path) -> None:
    _without_events_table(path, "ALTER TABLE event RENAME TO away")
    for number in range(WAITING + 5):
        journal.event("r-1", float(number), Noted("x"))
    journal.flush_if_possible()
    _without_events_table(path, "ALTER TABLE away RENAME TO event")
    kept = journal.events("r-1")
    assert (len(kept), kept[0].at_s) == (WAITING, 5.0)


def test_a_run_needs_room_before_it_begins(journal: Journal, path: Path) -> None:
    journal.require_room(1)
    with pytest.raises(JournalError, match="a run needs") as refused:
        journal.require_room(1 << 60)
    assert refused.value.where == str(path.parent)


# -- a full card

_FILL = """
import sys
from pathlib import Path
from appliance.clock import UNKNOWN_BOOT, VirtualClock
from appliance.engine.journal import Journal, Run
from appliance.errors import JournalError
from appliance.procedure.facts import CodingSaved

journal = Journal(Path(sys.argv[1]), VirtualClock())
journal.begin(Run("r-1", "c", "", ""))
for number in range(10_000):
    try:
        journal.mark("r-1", CodingSaved(0x12, number, bytes(500)))
    except JournalError as error:
        print(number, bool(error.where), bool(error.do), sep="\\n")
        break
"""
SMALL_CARD = 200_000


def test_on_a_full_card_the_mark_fails_and_every_fact_before_it_stays(path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _FILL, str(path)],
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (SMALL_CARD, SMALL_CARD)),
    )
    marked, where, do = done.stdout.split()
    survivor = Journal(path, VirtualClock())
    assert [fact.did for fact in survivor.facts("r-1") if isinstance(fact, CodingSaved)] == list(range(int(marked)))
    assert (int(marked) > 10, where, do) == (True, "True", "True")
    survivor.close()
