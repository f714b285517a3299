"""Files other processes read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import VirtualClock
from appliance.engine.files import STATUS_EVERY_S, StatusFile, replace_file
from appliance.errors import JournalError
from appliance.events import Phase
from appliance.status import Status
from appliance.values import from_json

# -- replacing a file


@pytest.mark.parametrize("durable", [True, False])
def test_a_file_is_replaced_whole(tmp_path: Path, durable: bool) -> None:
    path = tmp_path / "status.json"
    replace_file(path, "old", durable=durable)
    reader = path.open(encoding="utf-8")
    replace_file(path, "new ü", durable=durable)
    assert (reader.read(), path.read_text(encoding="utf-8")) == ("old", "new ü")
    reader.close()
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "status.json"
    replace_file(path, "old", durable=True)
    path.with_name("status.json.partial").mkdir()  # in the way
    with pytest.raises(JournalError) as refused:
        replace_file(path, "new", durable=True)
    assert path.read_text(encoding="utf-8") == "old"
    assert refused.value.where == str(path)
    assert refused.value.do


# -- status.json


@pytest.fixture
def clock() -> VirtualClock:
    return VirtualClock()


def written(path: Path) -> Status:
    return from_json(path.read_text(encoding="utf-8"), Status)


def test_the_status_is_written_at_most_four_times_a_second(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "status.json"
    view, writes = StatusFile(path, clock), 0
    for tick in range(200):  # two seconds
        clock.sleep_until(tick * 0.01)
        before = path.stat().st_ino if path.exists() else 0
        view(Status(at_s=clock.now_s()))
        writes += path.stat().st_ino != before
    assert writes == pytest.approx(2 / STATUS_EVERY_S, abs=1)


@pytest.mark.parametrize("urgent", [Status(phase=Phase.HELD), Status(verdict="failed")])
def test_a_new_phase_or_a_verdict_is_written_at_once(tmp_path: Path, clock: VirtualClock, urgent: Status) -> None:
    view = StatusFile(tmp_path / "status.json", clock)
    view(Status())
    view(urgent)
    assert written(tmp_path / "status.json") == urgent


def test_the_same_phase_waits_its_turn(tmp_path: Path, clock: VirtualClock) -> None:
    view = StatusFile(tmp_path / "status.json", clock)
    view(Status(what="first"))
    view(Status(what="second"))
    assert written(tmp_path / "status.json").what == "first"
    clock.sleep_until(STATUS_EVERY_S)
    view(Status(what="third"))
    assert written(tmp_path / "status.json").what == "third"


def test_a_disk_that_takes_no_status_stops_nothing_and_is_said(tmp_path: Path, clock: VirtualClock) -> None:
    path = tmp_path / "status.json"
    in_the_way = path.with_name("status.json.partial")
    in_the_way.mkdir()
    view = StatusFile(path, clock)
    view(Status())
    assert "could not be written" in view.trouble
    in_the_way.rmdir()
    view(replace(Status(), phase=Phase.HELD))
    assert view.trouble == ""
