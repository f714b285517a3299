"""The chain of a run's events: alone, and in the journal."""

from __future__ import annotations

import hashlib
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance.clock import VirtualClock
from appliance.engine.canonical import canonical
from appliance.engine.chain import Told, beginning, first_break, head, link, relinked, samples_digest
from appliance.engine.journal import Journal, Run, Sample
from appliance.engine.journal_check import DamagedJournal
from appliance.errors import JournalError
from appliance.events import Noted, Started, StepBegun
from appliance.procedure.facts import DatablockBegun
from tests.engine.test_journal import VIN, after_a_cut

RUN = Run("r-1", "service-action-dme", "2017-06-01T09:00:00+00:00", "boot-1")
BEGUN = DatablockBegun(0x12, 0, "ab" * 32, 1)
PLAN_HASH = "cd" * 32
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
TOLD = st.builds(Told, st.floats(0, 1e9), WORDS, WORDS, WORDS, WORDS, st.just(""))


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "journal.sqlite"


@pytest.fixture
def journal(path: Path) -> Iterator[Journal]:
    journal = Journal(path, VirtualClock(start_s=10.0))
    journal.begin(RUN)
    yield journal
    journal.abandon()


def fits(journal: Journal, plan_hash: str = PLAN_HASH, run: str = "r-1") -> bool:
    return first_break(beginning(run, plan_hash), journal.told(run)) is None


# -- alone


def test_a_link_can_be_computed_from_its_description_alone() -> None:
    first = hashlib.sha256(b'["kl30 run","r-1","cd"]').hexdigest()
    text = f'["{first}","12.500000","boot","wall","Noted","{{\\"text\\":\\"ä\\"}}"]'
    assert link(beginning("r-1", "cd"), 12.5, "boot", "wall", "Noted", '{"text":"ä"}') == (
        hashlib.sha256(text.encode()).hexdigest()
    )


@given(st.lists(WORDS, min_size=1))
def test_what_is_hashed_is_the_canonical_form(words: list[str]) -> None:
    """So that another language needs no more than a library for RFC 8785."""
    assert json.dumps(words, ensure_ascii=False, separators=(",", ":")).encode() == canonical(words)


@given(st.lists(TOLD, max_size=5))
def test_a_chain_that_was_just_made_fits(events: list[Told]) -> None:
    assert first_break(beginning("r", ""), relinked(beginning("r", ""), events)) is None


@given(st.lists(TOLD, min_size=2, max_size=5), st.data())
def test_the_first_event_that_was_touched_is_named(events: list[Told], data: st.DataObject) -> None:
    begins = beginning("r", "")
    chained = list(relinked(begins, events))
    place = data.draw(st.integers(0, len(chained) - 1))
    chained[place] = replace(chained[place], body=chained[place].body + "!")
    assert first_break(begins, chained) == place


def test_a_missing_event_breaks_the_chain_where_it_stood() -> None:
    begins = beginning("r", "")
    chained = relinked(begins, [Told(float(n), "b", "w", "k", str(n), "") for n in range(4)])
    assert first_break(begins, chained[:1] + chained[2:]) == 1
    assert first_break(begins, chained[:3]) is None  # the end is for who signs it
    assert head(begins, chained[:3]) != head(begins, chained)


@pytest.mark.parametrize("begins", [beginning("r-2", PLAN_HASH), beginning("r-1", "")])
def test_another_run_or_plan_is_another_chain(begins: str) -> None:
    chained = relinked(beginning("r-1", PLAN_HASH), [Told(0.0, "b", "w", "k", "{}", "")])
    assert first_break(begins, chained) == 0


def test_samples_are_one_digest_of_lines() -> None:
    expected = hashlib.sha256(b"1.250 13.800000\n1.500 none\n").hexdigest()
    assert samples_digest([(1.25, 13.8), (1.5, None)]) == expected


# -- in the journal


def test_what_is_told_is_chained_over_batches_facts_and_lives(journal: Journal, path: Path) -> None:
    journal.freeze("r-1", VIN, "{}", PLAN_HASH, "")
    for number in range(3):
        journal.event("r-1", float(number), Noted(str(number)))
        journal.flush()
    journal.event("r-1", 4.0, StepBegun(0x12, "erase"))
    journal.mark("r-1", BEGUN)
    journal.event("r-1", 5.0, Noted("waits"))
    journal.close()
    with closing(Journal(path, VirtualClock())) as again:
        again.event("r-1", 1.0, Started("1", "r-1"))
        assert fits(again)
        assert len(again.told("r-1")) == 6


def test_a_cut_leaves_a_whole_chain(journal: Journal, path: Path) -> None:
    journal.freeze("r-1", VIN, "{}", PLAN_HASH, "")
    journal.event("r-1", 1.0, Noted("kept"))
    journal.mark("r-1", BEGUN)
    journal.event("r-1", 2.0, Noted("lost"))
    with closing(after_a_cut(path)) as survivor:
        survivor.event("r-1", 0.5, Started("1", "r-1"))
        assert fits(survivor)
        assert [told.kind for told in survivor.told("r-1")] == ["Noted", "Started"]


def test_freezing_the_plan_chains_what_was_told_before_to_it(journal: Journal) -> None:
    journal.event("r-1", 1.0, Noted("looked at"))
    journal.flush()
    assert fits(journal, "")
    journal.event("r-1", 2.0, Noted("waits"))
    journal.freeze("r-1", VIN, "{}", PLAN_HASH, "")
    journal.event("r-1", 3.0, Noted("afterwards"))
    assert fits(journal)
    assert len(journal.told("r-1")) == 3


def test_what_was_altered_before_the_plan_was_frozen_is_not_chained_to_it(journal: Journal, path: Path) -> None:
    journal.event("r-1", 1.0, Noted("looked at"))
    journal.flush()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute('UPDATE event SET body = \'{"attention":true,"text":"another"}\'')
    other.close()
    with pytest.raises(DamagedJournal, match="event was altered"):
        journal.freeze("r-1", VIN, "{}", PLAN_HASH, "")


def test_a_second_freeze_changes_no_link(journal: Journal) -> None:
    journal.freeze("r-1", VIN, "{}", PLAN_HASH, "")
    journal.event("r-1", 1.0, Noted("x"))
    before = journal.told("r-1")
    journal.freeze("r-1", VIN, "{2}", "ef" * 32, "")
    assert journal.told("r-1") == before


def test_runs_have_chains_of_their_own(journal: Journal) -> None:
    journal.begin(replace(RUN, id="r-2"))
    for number in range(4):
        journal.event(f"r-{1 + number % 2}", 1.0, Noted(str(number)))
    assert fits(journal, "")
    assert fits(journal, "", "r-2")


def test_an_event_of_no_run_is_kept_without_a_link(journal: Journal) -> None:
    journal.event("", 1.0, Noted("of no run"))
    assert [logged.event for logged in journal.events("")] == [Noted("of no run")]


def test_what_was_not_written_is_not_in_the_chain(journal: Journal, path: Path) -> None:
    journal.event("r-1", 1.0, Noted("written later"))
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute("ALTER TABLE fact RENAME TO gone")
    with pytest.raises(JournalError):
        journal.mark("r-1", BEGUN)
    other.execute("ALTER TABLE gone RENAME TO fact")
    other.close()
    journal.mark("r-1", BEGUN)
    assert len(journal.told("r-1")) == 1
    assert fits(journal, "")


@pytest.mark.parametrize(
    "statement",
    ["DELETE FROM event WHERE seq = 2", "UPDATE event SET link = 'aa' WHERE seq = 2", "UPDATE run SET plan_hash = 'x'"],
)
def test_a_chain_that_was_broken_is_a_damaged_journal(journal: Journal, path: Path, statement: str) -> None:
    """Each row still has its seal, or the seal of the run is looked at elsewhere."""
    journal.freeze("r-1", VIN, "{}", PLAN_HASH, "")
    for number in range(4):
        journal.event("r-1", float(number), Noted(str(number)))
    journal.flush()
    with sqlite3.connect(path, isolation_level=None) as other:
        other.execute(statement)
    other.close()
    with pytest.raises(DamagedJournal, match="an event does not fit the one before it"):
        journal.told("r-1")
    with pytest.raises(DamagedJournal):
        Journal(path, VirtualClock())


def test_the_samples_of_a_run_are_not_events(journal: Journal) -> None:
    journal.sample("r-1", Sample(1.0, 13.8))
    assert journal.told("r-1") == ()
