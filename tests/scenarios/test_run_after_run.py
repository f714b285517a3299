"""Without a terminal, run after run on one data folder: what is printed, and what is left behind."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.scenarios.kl30 import OLD_SOFTWARE, Said, fast_bench, kl30, software, unit


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def plain_bench(data: Path, *words: str) -> Said:
    """As people and scripts type it: neither --auto nor --json, and no terminal."""
    return kl30("bench", "--fast", "--data", data, *words, cwd=data.parent)


def test_without_a_terminal_the_bench_presses_start_itself(data: Path) -> None:
    said = plain_bench(data)
    assert (said.code, said.err) == (0, "")
    assert any(line.startswith("PROGRAMMING: ") for line in said.out.splitlines())


def test_the_last_lines_are_verdict_labour_operation_and_report(data: Path) -> None:
    verdict, labour, report = plain_bench(data).out.splitlines()[-3:]
    assert verdict.startswith("verdict: programmed: every control unit of the plan names the target software")
    assert labour == "labour operation: 00 64 979 (8 FRU)"
    assert report == f"report: {report_path(data)}, claim sheet beside it (.html)"


def test_where_nothing_is_claimed_no_labour_operation_is_printed(data: Path) -> None:
    said = plain_bench(data, "--scenario", "not-affected")
    assert said.code == 3
    assert said.out.splitlines()[-2] == "labour operation: none"


def test_the_report_on_disk_is_the_one_that_is_printed(data: Path) -> None:
    printed = fast_bench(data).json
    assert json.loads(report_path(data).read_text(encoding="utf-8")) == printed


def test_the_claim_sheet_names_what_has_to_be_typed_in(data: Path) -> None:
    plain_bench(data)
    sheet = report_path(data).with_suffix(".html").read_text(encoding="utf-8")
    assert all(word in sheet for word in ("0012440400", "00 64 979", "WMWXM5C54G3A12345", "F056-17-03-502"))


def test_with_json_standard_output_is_the_report_and_nothing_else(data: Path) -> None:
    said = fast_bench(data)
    assert said.json["verdict"] == "programmed"
    assert any(line.startswith("PROGRAMMING: ") for line in said.err.splitlines())


def test_report_show_prints_the_same_report(data: Path) -> None:
    printed = fast_bench(data).json
    said = kl30("report", "show", printed["run"], "--data", data, cwd=data.parent)
    assert (said.code, said.json) == (0, printed)


def test_report_list_names_every_run_whole_newest_first(data: Path) -> None:
    runs = [fast_bench(data, scenario=scenario).json["run"] for scenario in ("already-current", "not-affected")]
    said = kl30("report", "list", "--data", data, cwd=data.parent)
    assert re.findall(r"\d{8}-\d{6}-\d+", said.out) == runs[::-1]


def test_a_report_that_is_not_there_is_a_usage_error(data: Path) -> None:
    fast_bench(data, scenario="not-affected")
    said = kl30("report", "show", "19700101-000000-1", "--data", data, cwd=data.parent)
    assert said.code == 2
    assert said.complaint == "there is no report '19700101-000000-1'. → kl30 report list names them"


def test_after_a_finished_run_a_new_car_drives_in(data: Path) -> None:
    first, second = fast_bench(data).json, fast_bench(data).json
    assert first["run"] != second["run"]
    assert software(unit(second)["software_before"]) == OLD_SOFTWARE
    assert (second["verdict"], second["interruptions"]) == ("programmed", 0)


def test_after_a_finished_run_another_scenario_is_another_car(data: Path) -> None:
    verdicts = [fast_bench(data, scenario=scenario).json["verdict"] for scenario in ("steady", "already-current")]
    assert verdicts == ["programmed", "already-at-target"]


def test_a_power_cut_happens_again_to_the_next_car(data: Path) -> None:
    interruptions = [fast_bench(data, scenario="power-cut").json["interruptions"] for _ in range(2)]
    assert interruptions == [1, 1]


def test_every_run_leaves_a_report_and_a_claim_sheet_of_its_own(data: Path) -> None:
    runs = {fast_bench(data, scenario=scenario).json["run"] for scenario in ("already-current", "not-affected")}
    assert {path.name for path in (data / "reports").iterdir()} == {
        f"{run}.{kind}" for run in runs for kind in ("json", "html")
    }


@pytest.mark.realtime
def test_at_wire_speed_the_page_is_served_where_the_first_line_says(data: Path) -> None:
    said = kl30("bench", "--port", "0", "--data", data, "--scenario", "already-current", cwd=data.parent)
    assert said.code == 0
    assert re.match(r"status page: http://127\.0\.0\.1:\d+ ", said.out)


def report_path(data: Path) -> Path:
    """The only report there is."""
    (path,) = (data / "reports").glob("*.json")
    return path
