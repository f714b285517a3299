"""Storage that fails: one line that names the file and says what to do; the car and what is journalled stay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.scenarios.killed import Bench, before_erase
from tests.scenarios.kl30 import car_in, fast_bench, kl30, unit


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.mark.parametrize("inside", ["", "deeper/data"])
def test_a_data_folder_that_cannot_be_is_named(inside: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    folder = tmp_path / "file" / inside
    said = fast_bench(tmp_path / "data", "--data", folder)
    assert said.code == 1
    assert said.complaint.startswith(f"{folder}: the data folder cannot be used: ")
    assert "→ check path and permissions" in said.complaint


@pytest.mark.parametrize("left_bytes", [0, 15, 9_000], ids=["no header", "15 bytes", "9000 bytes"])
def test_a_damaged_journal_is_set_aside_and_the_same_car_is_identified(left_bytes: int, data: Path) -> None:
    fast_bench(data)
    journal = data / "journal.sqlite"
    damaged = journal.read_bytes()[:left_bytes] or b"this was a journal once"
    journal.write_bytes(damaged)

    report = fast_bench(data).json

    assert report["verdict"] == "already-at-target"
    (note,) = report["notes"]
    assert "was set aside as journal.sqlite.damaged-" in note
    (aside,) = (path for path in data.glob("journal.sqlite.damaged-*") if path.suffix != ".txt")
    assert aside.read_bytes() == damaged
    assert len(list((data / "reports").glob("*.json"))) == 2, "the earlier report is still there"


def test_reports_of_a_damaged_journal_say_so(data: Path) -> None:
    data.mkdir()
    (data / "journal.sqlite").write_text("this was a journal once", encoding="ascii")
    said = kl30("report", "list", "--data", data, cwd=data)
    assert said.code == 1
    assert said.complaint.startswith(f"{data}/journal.sqlite: the journal could not be opened: file is not a database")
    assert [path.name for path in data.iterdir()] == ["journal.sqlite"], "who only reads moves nothing"


def test_the_reports_of_a_journal_that_followed_a_damaged_one_say_so(data: Path) -> None:
    data.mkdir()
    (data / "journal.sqlite").write_text("this was a journal once", encoding="ascii")
    fast_bench(data)
    assert "was set aside as" in kl30("report", "list", "--data", data, cwd=data).out


def test_a_damaged_car_of_a_finished_run_is_replaced_by_the_next_car(data: Path) -> None:
    fast_bench(data)
    (data / "car.json").write_text("{", encoding="ascii")
    assert fast_bench(data).json["verdict"] == "programmed"


@pytest.mark.realtime
def test_a_damaged_car_of_an_unfinished_run_is_named_and_the_run_is_not_lost(
    killed_before_erase: Path, data: Path
) -> None:
    shutil.copytree(killed_before_erase, data)
    (data / "car.json").write_text("{", encoding="ascii")
    said = fast_bench(data)
    assert said.code == 1
    assert said.complaint.startswith(f"{data}/car.json: the simulated car is damaged: ")
    assert "delete this file" in said.complaint

    (data / "car.json").unlink()
    assert fast_bench(data).json["interruptions"] == 1


@pytest.mark.realtime
def test_a_second_process_is_refused_and_the_first_goes_on(data: Path) -> None:
    first = Bench(data)
    try:
        first.wait_for(before_erase)
        said = fast_bench(data)
        assert said.code == 2
        assert said.complaint.startswith(
            f"{data}: another KL30 process works on this data folder: process {first.pid} (kl30 bench --auto "
        )
        assert said.complaint.endswith("→ stop that one first, or choose another folder with --data")
        assert first.running
    finally:
        first.end()
    assert fast_bench(data).json["verdict"] == "programmed"


def test_a_disk_too_full_for_the_cache_is_said_before_anything_is_begun(data: Path) -> None:
    said = kl30("bench", "--fast", "--auto", "--data", data, cwd=data.parent, file_blocks=100)
    assert said.code != 0
    assert said.complaint.startswith(f"{data}/firmware_cache")
    assert "the firmware cache cannot be written: File too large" in said.complaint
    assert "→ raise the limit of file sizes" in said.complaint
    assert not (data / "journal.sqlite").exists()
    assert not (data / "car.json").exists()


@pytest.mark.parametrize("file_blocks", [640, 800, 1000])
def test_a_disk_that_fills_while_programming_stops_the_run_resumable(file_blocks: int, data: Path) -> None:
    settings = data.parent / "kl30.toml"
    settings.write_text("[power]\ncharger_test = false\n", encoding="utf-8")  # it would fill the journal before that
    words = ("bench", "--fast", "--auto", "--json", "--data", data, "--config", settings)
    said = kl30(*words, cwd=data.parent, file_blocks=file_blocks)
    assert said.code == 1
    assert said.out == ""
    assert said.complaint.startswith(f"{data}/journal.sqlite: the journal could not be written ")

    report = fast_bench(data).json
    assert (report["verdict"], unit(report)["verdict"]) == ("programmed", "programmed")
    assert report["interruptions"] == 1
    assert car_in(data).unit(0x12).good


def test_a_reader_of_the_output_that_leaves_does_not_lose_the_run(data: Path) -> None:
    said = kl30("bench", "--fast", "--auto", "--data", data, cwd=data.parent, only_line=True)
    assert "Traceback" not in said.err
    assert fast_bench(data).json["verdict"] == "programmed"
