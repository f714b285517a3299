"""Settings and words that cannot be: one line that says what, where and what to do, and nothing happens."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from tests.scenarios.kl30 import kl30

ELSEWHERE = Path("/nonexistent")


@pytest.mark.parametrize(
    ("content", "where", "what"),
    [
        ("not toml [", ":1:", "no valid TOML"),
        ("[power]\nhold_w = 13.0\n", ":2:", "power.hold_w: unknown key. → did you mean hold_v?"),
        (
            "[power]\nstart_v = 12800\n",
            ":2:",
            "power.start_v: 12800 V is no voltage of a car. → write 12.8 if mV were meant",
        ),
        ("[power]\nhold_now_v = 9.0\n", ":2:", "power.hold_now_v: 9 V is below ISTA's error bound 9.9 V"),
        ('[power]\nstart_v = "high"\n', ":2:", "power.start_v: expected a number, found 'high'"),
        ("[page]\nport = 70000\n", ":2:", "page.port: 70000 is not allowed. → use 1 to 65535"),
    ],
    ids=["no TOML", "unknown key", "volts in millivolts", "below ISTA's bound", "a word for a number", "port"],
)
@pytest.mark.parametrize("command", [["bench", "--fast", "--auto", "--data", "data"], ["identify"]])
def test_settings_that_cannot_be_are_named_with_file_and_line(
    command: list[str], content: str, where: str, what: str, tmp_path: Path
) -> None:
    settings = tmp_path / "kl30.toml"
    settings.write_text(content, encoding="utf-8")
    said = kl30(*command, "--config", settings, cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith(f"{settings}{where}")
    assert what in said.complaint
    assert list(tmp_path.iterdir()) == [settings], "nothing was begun"


@pytest.mark.parametrize(
    ("settings", "what"),
    [("nowhere.toml", "there is no such file"), (".", "the file cannot be read: Is a directory")],
)
def test_settings_that_cannot_be_read_are_named(settings: str, what: str, tmp_path: Path) -> None:
    said = kl30("bench", "--fast", "--auto", "--data", "data", "--config", settings, cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith(f"{settings}: {what}")
    assert list(tmp_path.iterdir()) == []


def test_settings_in_another_encoding_are_refused(tmp_path: Path) -> None:
    settings = tmp_path / "kl30.toml"
    settings.write_bytes('data = "Prüfstand"\n'.encode("latin-1"))
    said = kl30("selftest", "--config", settings, cwd=tmp_path)
    assert (said.code, said.complaint) == (2, f"{settings}:1: the file is not UTF-8. → save it as UTF-8")


def test_an_unknown_scenario_is_answered_with_the_known_ones(tmp_path: Path) -> None:
    said = kl30("bench", "--auto", "--data", "data", "--scenario", "steaddy", cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith("there is no scenario 'steaddy'. → choose one of: steady, already-current")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("words", [["bench", "--quick"], ["flash"], ["decode"], ["report", "show"]])
def test_words_the_command_does_not_know_are_a_usage_error(words: list[str], tmp_path: Path) -> None:
    said = kl30(*words, cwd=tmp_path)
    assert said.code == 2
    assert "Traceback" not in said.err
    assert said.err.startswith("Usage: kl30")


def test_a_port_that_is_taken_is_named_and_the_car_is_left_alone(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = kl30("bench", "--auto", "--data", tmp_path / "data", "--port", str(port), cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith(f"127.0.0.1 port {port}: another program already listens there. → choose another")
    assert not (tmp_path / "data" / "journal.sqlite").exists(), "no run was begun"
    assert not (tmp_path / "data" / "car.json").exists(), "no car drove in"


@pytest.mark.parametrize("port", ["70000", "-1"])
def test_a_port_that_cannot_be_is_named(port: str, tmp_path: Path) -> None:
    said = kl30("bench", "--auto", "--data", tmp_path / "data", "--port", port, cwd=tmp_path)
    assert said.code == 2
    assert said.complaint.startswith(f"127.0.0.1 port {port}: the page cannot listen there: no such port")


@pytest.mark.parametrize("command", [["report", "list"], ["report", "show", "20170601-090000-1"]])
def test_reports_of_a_folder_without_runs_are_a_usage_error(command: list[str], tmp_path: Path) -> None:
    said = kl30(*command, "--data", "nowhere", cwd=tmp_path)
    assert said.code == 2
    assert said.complaint == "nowhere/journal.sqlite: there is no journal yet. → give the data folder with --data"
