"""Files other processes read, and the lock that keeps a second process away."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import VirtualClock
from appliance.engine.files import STATUS_EVERY_S, DataLock, StatusFile, replace_file
from appliance.errors import JournalError, UsageError
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


# -- one process

_SECOND = """
import sys
from pathlib import Path
from appliance.engine.files import DataLock
from appliance.errors import UsageError
try:
    DataLock(Path(sys.argv[1])).release()
except UsageError as refusal:
    print(refusal)
    sys.exit(refusal.exit_code)
"""


def second_process(folder: Path) -> subprocess.CompletedProcess[str]:
    words = [sys.executable, "-c", _SECOND, str(folder)]
    return subprocess.run(words, capture_output=True, text=True, timeout=20, check=False)


def test_a_second_process_is_refused_until_the_first_lets_go(tmp_path: Path) -> None:
    lock = DataLock(tmp_path)
    refused = second_process(tmp_path)
    assert refused.returncode == UsageError.exit_code
    assert "another KL30 process" in refused.stdout
    assert str(tmp_path) in refused.stdout
    lock.release()
    assert second_process(tmp_path).returncode == 0


def test_a_process_that_died_holds_nothing(tmp_path: Path) -> None:
    dying = _SECOND.replace(".release()", "; import os; os._exit(9)")
    assert subprocess.run([sys.executable, "-c", dying, str(tmp_path)], timeout=20, check=False).returncode == 9
    DataLock(tmp_path).release()


def test_another_folder_is_another_appliance(tmp_path: Path) -> None:
    first, second = DataLock(tmp_path / "a"), DataLock(tmp_path / "b")
    first.release()
    second.release()


def test_a_data_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(JournalError) as refused:
        DataLock(tmp_path / "file" / "data")
    assert refused.value.where.endswith(f"file{os.sep}data")
    assert refused.value.do
