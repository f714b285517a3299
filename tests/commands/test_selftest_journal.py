"""What the self-test says of the journal; it looks, and moves nothing."""

from __future__ import annotations

from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import VirtualClock
from appliance.commands.selftest import _journal
from appliance.config import Config
from appliance.engine.journal import Journal
from appliance.engine.journal_file import NAME, open_journal
from appliance.errors import JournalError


def test_a_sound_journal_is_fit(tmp_path: Path) -> None:
    Journal(tmp_path / NAME, VirtualClock()).close()
    assert _journal(replace(Config(), data=tmp_path)) == "0 runs"


def test_a_damaged_journal_is_not_fit_and_stays_where_it_is(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"a shopping list" * 100)
    with pytest.raises(JournalError, match="not a database"):
        _journal(replace(Config(), data=tmp_path))
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_one_that_was_set_aside_is_told_until_it_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"a shopping list" * 100)
    with closing(open_journal(tmp_path, VirtualClock())):
        pass
    with pytest.raises(JournalError, match="was set aside as"):
        _journal(replace(Config(), data=tmp_path))
    for path in tmp_path.glob("*.damaged-*"):
        path.unlink()
    assert _journal(replace(Config(), data=tmp_path)) == "0 runs"
