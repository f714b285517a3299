"""A journal that cannot be believed is set aside, what is lost with it is said, and the appliance works."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import VirtualClock
from appliance.engine.journal import Journal, Run, Sample
from appliance.engine.journal_check import DamagedJournal
from appliance.engine.journal_file import NAME, notices, open_journal
from appliance.errors import JournalError
from appliance.events import Noted, Phase, PhaseEntered
from appliance.procedure.facts import CodingSaved, DatablockBegun, DatablockProgrammed
from tests.engine.workshop import WorkshopBench, dme_of, number_of, undisturbed

VIN = "WMWXM5C54G3A12345"
RUN = Run("r-1", "service-action-dme", "2017-06-01T09:00:00+00:00", "boot-1")
SAVED = CodingSaved(0x12, 0x3000, b"\x01\x02")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / NAME


def written(path: Path) -> None:
    """A journal of one unfinished job that has saved coding data and proven a datablock."""
    with closing(Journal(path, VirtualClock())) as journal:
        journal.begin(RUN)
        journal.freeze("r-1", VIN, "{}", "hash", "")
        for fact in (SAVED, DatablockBegun(0x12, 0, "ab" * 32, 1), DatablockProgrammed(0x12, 0, "ab" * 32)):
            journal.mark("r-1", fact)
        journal.event("r-1", 10.0, PhaseEntered(Phase.PROGRAMMING, "x"))
        journal.sample("r-1", Sample(10.0, 13.8))


def opened(path: Path) -> Journal:
    return open_journal(path.parent, VirtualClock())


def aside(path: Path) -> list[str]:
    return sorted(one.name for one in path.parent.glob(f"{NAME}.damaged-*"))


def altered(path: Path, statement: str) -> None:
    """As a card does it: the row is another, its seal is not."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        db.execute(statement)


def garbage(path: Path) -> None:
    path.write_bytes(b"this is a shopping list, not a journal\n" * 300)


def truncated(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def zeroed(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[4096:8192] = bytes(4096)
    path.write_bytes(content)


def folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def folder_for_a_log(path: Path) -> None:
    path.with_name(f"{NAME}-wal").mkdir()


def dangling(path: Path) -> None:
    path.unlink()
    path.symlink_to("nowhere/at/all")


def foreign(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as db:
        db.execute("CREATE TABLE run (bookmark TEXT)")
        db.execute("CREATE TABLE history (visited REAL)")
        db.commit()


def other_version_of_sqlite(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[44:48] = (99).to_bytes(4)  # schema format number, sqlite.org/fileformat2.html §1.3.10
    path.write_bytes(content)


def coding_data_altered(path: Path) -> None:
    altered(path, """UPDATE fact SET body = replace(body, '"0102"', '"0103"') WHERE kind = 'CodingSaved'""")


def proven_datablock_altered(path: Path) -> None:
    altered(path, """UPDATE fact SET body = replace(body, '"index":0', '"index":1') WHERE kind LIKE '%Programmed'""")


def plan_altered(path: Path) -> None:
    altered(path, "UPDATE run SET plan = '{ }'")


def finish_altered(path: Path) -> None:
    altered(path, "UPDATE run SET verdict = 'programmed'")


def sample_altered(path: Path) -> None:
    altered(path, "UPDATE sample SET volts = 1e300")


def event_altered(path: Path) -> None:
    altered(path, "UPDATE event SET body = '{}'")


def emptied(path: Path) -> None:
    (path.parent / "reports").mkdir()
    (path.parent / "reports" / "r-0.json").write_text("{}", encoding="ascii")
    os.truncate(path, 0)


def gone(path: Path) -> None:
    (path.parent / "reports").mkdir()
    (path.parent / "reports" / "r-0.json").write_text("{}", encoding="ascii")
    path.unlink()


def log_without_journal(path: Path) -> None:
    path.unlink()
    path.with_name(f"{NAME}-wal").write_bytes(b"x" * 100)


DAMAGES = [
    garbage,
    truncated,
    zeroed,
    folder,
    folder_for_a_log,
    dangling,
    foreign,
    other_version_of_sqlite,
    coding_data_altered,
    proven_datablock_altered,
    plan_altered,
    finish_altered,
    sample_altered,
    event_altered,
    emptied,
    gone,
    log_without_journal,
]
Damage = Callable[[Path], None]


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_a_damaged_journal_is_set_aside_in_words_and_a_new_one_is_begun(damage: Damage, path: Path) -> None:
    written(path)
    damage(path)
    with closing(opened(path)) as journal:
        assert journal.runs() == ()
        journal.begin(RUN)
        (words,) = journal.lost
    assert aside(path)
    assert "was set aside as journal.sqlite.damaged-" in words
    assert "Coding data that only this file held may still be owed" in words


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: damage.__name__)
def test_it_is_said_at_every_start_until_the_files_are_taken_away(damage: Damage, path: Path) -> None:
    written(path)
    damage(path)
    opened(path).close()
    with closing(opened(path)) as journal:
        (words,) = journal.lost
    for one in aside(path):
        (path.parent / one).rename(path.parent / f"taken-away-{one}")
    assert "was set aside" in words
    with closing(opened(path)) as journal:
        assert journal.lost == ()


@pytest.mark.parametrize(
    "damage", [d for d in DAMAGES if d not in (emptied, gone, log_without_journal)], ids=lambda damage: damage.__name__
)
def test_who_only_reads_says_it_and_moves_nothing(damage: Damage, path: Path) -> None:
    written(path)
    damage(path)
    with pytest.raises(DamagedJournal) as refused:
        Journal(path, VirtualClock())
    assert refused.value.where == str(path)
    assert "sets this file aside by itself" in refused.value.do
    assert aside(path) == []


def test_a_sound_journal_stays(path: Path) -> None:
    written(path)
    with closing(opened(path)) as journal:
        assert journal.facts("r-1")[0] == SAVED
        assert journal.lost == ()
    assert aside(path) == []


def test_the_first_journal_of_an_appliance_is_no_loss(path: Path) -> None:
    with closing(opened(path)) as journal:
        assert journal.lost == ()


def test_a_torn_end_of_the_log_is_tolerated(path: Path) -> None:
    """What was not committed whole never was; it is no damage."""
    written(path)
    torn = path.parent / "torn"
    torn.mkdir()
    with closing(Journal(path, VirtualClock())) as journal:
        journal.mark("r-1", DatablockBegun(0x12, 1, "cd" * 32, 1))
        for file in path.parent.glob(f"{NAME}*"):
            shutil.copy(file, torn)
    log = torn / f"{NAME}-wal"
    os.truncate(log, log.stat().st_size - 100)
    with closing(opened(torn / NAME)) as journal:
        assert len(journal.facts("r-1")) == 3
        assert journal.lost == ()


def test_a_log_torn_in_its_middle_is_damage_for_facts_are_missing_that_were_durable(path: Path) -> None:
    """SQLite itself would come up with the older journal, and say nothing."""
    torn = _with_a_log(path)
    log = torn.with_name(f"{NAME}-wal")
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 0x10
    log.write_bytes(content)
    with closing(opened(torn)) as journal:
        (words,) = journal.lost
    assert "its log is damaged in the middle" in words
    assert f"{NAME}.damaged-20170601-090000-wal" in aside(torn)


@pytest.mark.parametrize("damage", [lambda log: log[:31] + b"x" + log[32:], lambda log: b"x" + log[1:]])
def test_so_is_one_whose_beginning_is_damaged(damage: Callable[[bytes], bytes], path: Path) -> None:
    torn = _with_a_log(path)
    log = torn.with_name(f"{NAME}-wal")
    log.write_bytes(damage(log.read_bytes()))
    with closing(opened(torn)) as journal:
        assert journal.lost


@pytest.mark.parametrize("left", range(0, 100, 7))
def test_a_log_that_ends_anywhere_is_no_damage(left: int, path: Path) -> None:
    torn = _with_a_log(path)
    log = torn.with_name(f"{NAME}-wal")
    os.truncate(log, log.stat().st_size * left // 100)
    with closing(opened(torn)) as journal:
        assert journal.lost == ()


def _with_a_log(path: Path) -> Path:
    """A copy of a journal whose newest facts are in the log alone."""
    written(path)
    copy = path.parent / "copy"
    copy.mkdir()
    with closing(Journal(path, VirtualClock())) as journal:
        for index in range(1, 6):
            journal.mark("r-1", DatablockBegun(0x12, index, "cd" * 32, 1))
        for file in path.parent.glob(f"{NAME}*"):
            shutil.copy(file, copy)
    return copy / NAME


# -- what is said


def _words(path: Path, damage: Damage) -> str:
    written(path)
    damage(path)
    opened(path).close()
    return notices(path.parent)[0]


def test_the_unfinished_job_and_whose_coding_data_are_lost_is_named_where_it_can_be_read(path: Path) -> None:
    words = _words(path, sample_altered)
    assert f"Unfinished in it: run r-1 on {VIN} (coding data saved: 0x12 DID 3000)." in words


def test_coding_data_that_were_altered_are_not_called_saved(path: Path) -> None:
    words = _words(path, coding_data_altered)
    assert f"run r-1 on {VIN}. There may be more: not all of it can be read." in words


def test_where_nothing_can_be_read_that_is_said(path: Path) -> None:
    assert "Which jobs were unfinished cannot be read any more." in _words(path, garbage)


def test_an_altered_verdict_does_not_make_a_job_finished(path: Path) -> None:
    assert "Unfinished in it: run r-1" in _words(path, finish_altered)


def test_a_finished_job_is_not_called_unfinished(path: Path) -> None:
    written(path)
    with closing(Journal(path, VirtualClock())) as journal:
        journal.end("r-1", "programmed", "")
    altered(path, "UPDATE fact SET kind = 'DatablockBegun' WHERE kind = 'DatablockProgrammed'")
    opened(path).close()
    assert "No job in it was unfinished." in notices(path.parent)[0]


def test_a_notice_that_a_cut_prevented_is_made_up_for(path: Path) -> None:
    (path.parent / f"{NAME}.damaged-20170601-090000").touch()
    (words,) = notices(path.parent)
    assert words.startswith("A damaged journal was set aside as journal.sqlite.damaged-20170601-090000. A car that")


def test_a_notice_nobody_can_read_is_made_up_for(path: Path) -> None:
    (path.parent / f"{NAME}.damaged-1.txt").write_bytes(b"\x00\xff" * 50_000)
    (words,) = notices(path.parent)
    assert words.startswith("A damaged journal was set aside as")


def test_two_journals_damaged_at_the_same_time_by_the_clock_are_both_kept(path: Path) -> None:
    for _ in range(2):
        garbage(path)
        opened(path).close()
    kept = [name for name in aside(path) if not name.endswith(".txt")]
    assert kept == ["journal.sqlite.damaged-20170601-090000", "journal.sqlite.damaged-20170601-090000-2"]


# -- what is no damage


def test_damage_to_another_car_does_not_cost_an_unfinished_job_its_journal(path: Path) -> None:
    written(path)
    with closing(Journal(path, VirtualClock())) as journal:
        journal.begin(replace(RUN, id="r-0"))
        journal.mark("r-0", SAVED)
    altered(path, "UPDATE fact SET body = '{}' WHERE run = 'r-0'")
    with closing(opened(path)) as journal:
        assert journal.facts("r-1")[0] == SAVED
        with pytest.raises(DamagedJournal):
            journal.facts("r-0")
        journal.end("r-1", "programmed", "")
    with closing(opened(path)) as journal:
        assert journal.runs() == (), "nothing is unfinished any more, so the damage is acted upon"


def test_a_report_that_was_altered_is_found_by_its_reader_alone(path: Path) -> None:
    written(path)
    with closing(Journal(path, VirtualClock())) as journal:
        journal.end("r-1", "failed", '{"verdict":"failed"}')
        assert journal.report_of("r-1") == '{"verdict":"failed"}'
    altered(path, "UPDATE run SET report = replace(report, 'failed', 'programmed')")
    with closing(opened(path)) as journal, pytest.raises(DamagedJournal):
        journal.report_of("r-1")


def test_a_run_without_a_report_has_none(path: Path) -> None:
    written(path)
    with closing(opened(path)) as journal:
        assert journal.report_of("r-1") == journal.report_of("nobody") == ""


def test_a_locked_journal_is_refused_and_left_where_it_is(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written(path)
    connect = sqlite3.connect
    monkeypatch.setattr(sqlite3, "connect", lambda *args, **named: connect(*args, **{**named, "timeout": 0.0}))
    with closing(connect(path, isolation_level=None)) as other:
        other.execute("PRAGMA locking_mode=EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(JournalError, match="locked") as refused:
            opened(path)
    assert not isinstance(refused.value, DamagedJournal)
    assert aside(path) == []


_AS_NOBODY = """
import os, sys
from pathlib import Path
from appliance.clock import VirtualClock
from appliance.engine.journal_file import open_journal
os.setgid(65534), os.setuid(65534)
print(open_journal(Path(sys.argv[1]), VirtualClock()).lost)
"""


@pytest.mark.skipif(os.getuid() != 0, reason="only root can write what a service may not read")
@pytest.mark.parametrize(("folder_mode", "said"), [(0o777, "was set aside as"), (0o755, "cannot be moved away")])
def test_a_journal_we_may_not_read_is_set_aside_where_the_folder_lets_us(
    folder_mode: int, said: str, tmp_path: Path
) -> None:
    for parent in (tmp_path, *tmp_path.parents):
        if parent.name.startswith(("test_", "popen-", "pytest-")):
            parent.chmod(0o755)
    data = tmp_path / "data"
    data.mkdir()
    written(data / NAME)
    (data / NAME).chmod(0o600)
    data.chmod(folder_mode)
    ended = subprocess.run(
        [sys.executable, "-c", _AS_NOBODY, data], capture_output=True, text=True, check=False, timeout=60
    )
    assert said in ended.stdout + ended.stderr


# -- the whole appliance


def test_a_lost_journal_is_on_the_page_before_start_and_in_the_report(tmp_path: Path) -> None:
    bench = WorkshopBench(tmp_path)
    bench.cut_off(number_of(undisturbed(), "36", nth=6))
    garbage(tmp_path / NAME)
    with bench.switched_on() as engine:
        assert engine.boot() is None
        assert "was set aside as" in bench.statuses[-1].notes[-1]
        report = engine.start()
    assert report is not None
    assert report.verdict == "programmed"
    assert "was set aside as" in report.notes[0]
    assert any("was set aside as" in note for note in bench.statuses[-1].notes)


def test_a_row_that_cannot_be_read_in_mid_run_ends_the_life_in_words_and_the_next_one_heals(tmp_path: Path) -> None:
    bench = WorkshopBench(tmp_path)

    def spoil() -> None:
        altered(tmp_path / NAME, "UPDATE fact SET body = '{}' WHERE seq = 1")

    bench.at_message(number_of(undisturbed(), "36", nth=6), spoil)
    with pytest.raises(DamagedJournal, match="unreadable entry"):
        bench.started()
    with bench.switched_on() as engine:
        assert engine.boot() is None
        report = engine.start()
    assert report is not None
    assert bench.dme.good
    assert dme_of(report).verdict == "untouched", "the car named the target; what an unknown run did is not claimed"
    assert "was set aside as" in report.notes[0]


def test_a_report_of_an_earlier_journal_is_never_written_over(tmp_path: Path) -> None:
    """A Pi without a clock may begin two runs in the same second of two boots."""
    first = WorkshopBench(tmp_path)
    named = first.started().run
    before = (tmp_path / "reports" / f"{named}.json").read_bytes()
    garbage(tmp_path / NAME)
    assert WorkshopBench(tmp_path).started().run != named
    assert (tmp_path / "reports" / f"{named}.json").read_bytes() == before


def test_events_after_a_loss_are_kept_like_any_other(path: Path) -> None:
    garbage(path)
    with closing(opened(path)) as journal:
        journal.event("", 1.0, Noted(journal.lost[0], attention=True))
        assert [logged.event for logged in journal.events("")] == [Noted(journal.lost[0], attention=True)]
