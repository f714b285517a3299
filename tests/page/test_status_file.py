"""The status file: believed while fresh, and every way it can be wrong is a state."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from appliance import values
from appliance.clock import RealClock, VirtualClock
from appliance.page.status_file import STALE_S, Condition, StatusFile
from tests.page.states import programming, ready, write_status

WRITTEN = datetime(2017, 6, 1, 9, 0, tzinfo=UTC)


def seen_after(data: Path, age_s: float) -> StatusFile:
    """The file as it is seen `age_s` after it was written."""
    path = write_status(data, ready())
    os.utime(path, (WRITTEN.timestamp(), WRITTEN.timestamp()))
    return StatusFile(data, VirtualClock(start_s=0.0, wall=datetime.fromtimestamp(WRITTEN.timestamp() + age_s, UTC)))


def test_a_fresh_status_is_read_as_it_was_written(data: Path) -> None:
    write_status(data, programming())
    seen = StatusFile(data, RealClock()).read()
    assert (seen.condition, seen.status) == (Condition.LIVE, programming())


@pytest.mark.parametrize(
    ("age_s", "condition"),
    [
        (0.0, Condition.LIVE),
        (STALE_S, Condition.LIVE),
        (STALE_S + 0.1, Condition.STALE),
        (-STALE_S - 0.1, Condition.STALE),
    ],
)
def test_a_status_is_stale_after_five_seconds_and_from_the_future(
    data: Path, age_s: float, condition: Condition
) -> None:
    assert seen_after(data, age_s).read().condition is condition


def test_a_stale_status_is_still_there_to_show(data: Path) -> None:
    assert seen_after(data, 60.0).read().status == ready()


def test_no_file_is_missing(data: Path) -> None:
    assert StatusFile(data, RealClock()).read().condition is Condition.MISSING


@pytest.mark.parametrize(
    "text",
    ["", "{", "{}", "null", "[]", '{"phase":"ASLEEP"}', '{"supply":7}', '{"units":[{}]}', "[" * 100_000, "\x00"],
    ids=["empty", "cut", "nothing", "null", "list", "phase", "supply", "unit", "deep", "zero"],
)
def test_a_malformed_file_is_unreadable(data: Path, text: str) -> None:
    write_status(data, ready()).write_text(text, encoding="utf-8")
    seen = StatusFile(data, RealClock()).read()
    assert (seen.condition, seen.status) == (Condition.UNREADABLE, None)


def test_a_folder_in_its_place_is_unreadable(data: Path) -> None:
    (data / "status.json").mkdir(parents=True)
    assert StatusFile(data, RealClock()).read().condition is Condition.UNREADABLE


def test_a_status_with_keys_of_a_newer_version_is_read(data: Path) -> None:
    path = write_status(data, ready())
    path.write_text(values.to_json(ready()).replace("{", '{"moon_phase":"full",', 1), encoding="utf-8")
    assert StatusFile(data, RealClock()).read().status == ready()


@given(raw=st.binary(max_size=200))
def test_no_bytes_make_reading_fail(tmp_path_factory: pytest.TempPathFactory, raw: bytes) -> None:
    data = tmp_path_factory.mktemp("bytes")
    (data / "status.json").write_bytes(raw)
    assert StatusFile(data, RealClock()).read().condition is Condition.UNREADABLE


def test_the_stamp_changes_with_each_write(data: Path) -> None:
    file = StatusFile(data, RealClock())
    stamps = [file.stamp()]
    for state in (ready(), programming()):
        write_status(data, state)
        stamps.append(file.stamp())
    assert len(set(stamps)) == len(stamps)


def test_the_stamp_changes_when_the_status_turns_stale(data: Path) -> None:
    assert seen_after(data, 1.0).stamp() != seen_after(data, 6.0).stamp()
