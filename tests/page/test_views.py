"""The addresses, with real files behind them."""

from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance import values
from appliance.status import Status
from tests.page.states import (
    REPORT,
    RUN,
    STATES,
    VIN,
    creeping,
    done,
    held,
    programming,
    ready,
    write_report,
    write_status,
)


def age(path: Path, age_s: float) -> None:
    at_s = path.stat().st_mtime - age_s
    os.utime(path, (at_s, at_s))


@pytest.mark.parametrize("state", STATES)
def test_the_status_page_says_the_phase(client: FlaskClient, data: Path, state: str) -> None:
    write_status(data, STATES[state]())
    assert f"<span>{state.upper()}</span>" in client.get("/").text


def test_without_a_status_the_page_says_that_the_appliance_is_not_running(client: FlaskClient) -> None:
    answer = client.get("/")
    assert (answer.status_code, "The appliance is not running" in answer.text) == (200, True)


def test_with_an_old_status_the_page_says_that_the_appliance_has_stopped_answering(
    client: FlaskClient, data: Path
) -> None:
    age(write_status(data, programming()), 40)
    answer = client.get("/")
    assert (answer.status_code, "has stopped answering" in answer.text) == (200, True)


def test_with_a_malformed_status_the_page_says_so(client: FlaskClient, data: Path) -> None:
    write_status(data, ready()).write_text('{"phase":', encoding="utf-8")
    answer = client.get("/")
    assert (answer.status_code, "NOT READABLE" in answer.text) == (200, True)


def test_the_fragment_is_the_changing_part_of_the_page(client: FlaskClient, data: Path) -> None:
    write_status(data, done())
    assert client.get("/fragment").text.strip() in client.get("/").text


def test_every_part_of_the_fragment_has_an_id_to_be_swapped_by(client: FlaskClient, data: Path) -> None:
    write_status(data, done())
    parts = [line for line in client.get("/fragment").text.splitlines() if line.startswith(("<section", "<footer"))]
    assert all(' id="' in line for line in parts)


def test_words_from_the_car_are_text_and_never_markup(client: FlaskClient, data: Path) -> None:
    write_status(data, Status(what="<script>alert(1)</script>", notes=("<b>x</b>",)))
    text = client.get("/").text
    assert "<script>alert" not in text
    assert "<b>x</b>" not in text


def test_a_hold_counts_down_to_being_given_up(client: FlaskClient, data: Path) -> None:
    write_status(data, held())
    text = client.get("/").text
    assert "Held for <b>1 min 20 s</b>: 12.93 V is below 13.00 V." in text
    assert 'Given up in <b>29 min</b><span data-in-s="1716"></span>; then the car is given back' in text


def test_a_hold_without_a_known_limit_counts_nothing_down(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(held(), hold_limit_s=0.0))
    assert "Given up" not in client.get("/").text


def test_the_page_says_when_the_supply_reaches_its_limit(client: FlaskClient, data: Path) -> None:
    write_status(data, creeping())
    text = client.get("/").text
    assert re.search(r'The limit 13.00 V is reached in 2 min 10 s<span data-in-s="\d+"></span>, before the job', text)


def test_the_live_trace_shows_limit_forecast_and_hold(client: FlaskClient, data: Path) -> None:
    write_status(data, held())
    text = client.get("/").text
    assert all(part in text for part in ("holds below 13.00 V", 'class="ahead"', 'class="band"', 'class="held"'))


def test_a_status_without_a_forecast_shows_the_trace_alone(client: FlaskClient, data: Path) -> None:
    supply = replace(programming().supply, slope_v_per_min=None, trend="")
    write_status(data, replace(programming(), supply=supply, limits=None))
    text = client.get("/").text
    assert ('class="trace"' in text, 'class="ahead"' in text, 'class="lasting"' in text) == (True, False, False)


def test_the_report_page_carries_the_trace(client: FlaskClient, data: Path) -> None:
    write_report(data)
    text = client.get(f"/reports/{RUN}").text
    assert '<figure class="drawn"><svg' in text
    assert "hold limit 13.00 V" in text


def test_a_report_without_a_trace_has_no_empty_picture(client: FlaskClient, data: Path) -> None:
    write_report(data, RUN, {**REPORT, "supply": {"min_v": 12.9}})
    assert "<figure" not in client.get(f"/reports/{RUN}").text


def test_status_json_is_the_status(client: FlaskClient, data: Path) -> None:
    write_status(data, programming())
    assert values.from_json(client.get("/status.json").text, Status) == programming()


def test_status_json_of_a_silent_appliance_is_503(client: FlaskClient, data: Path) -> None:
    age(write_status(data, programming()), 40)
    assert client.get("/status.json").status_code == 503


def test_status_json_without_a_status_is_503_and_still_json(client: FlaskClient) -> None:
    answer = client.get("/status.json")
    assert (answer.status_code, answer.get_json()["status"]) == (503, "missing")


def test_health_of_a_reporting_appliance(client: FlaskClient, data: Path) -> None:
    write_status(data, programming())
    answer = client.get("/health")
    found = answer.get_json()
    assert (answer.status_code, found["ok"], found["version"], found["phase"]) == (200, True, "0.1.0", "PROGRAMMING")


def test_health_of_a_silent_appliance_is_503_with_its_age(client: FlaskClient, data: Path) -> None:
    age(write_status(data, programming()), 40)
    answer = client.get("/health")
    assert (answer.status_code, answer.get_json()["ok"]) == (503, False)
    assert 40 <= answer.get_json()["status_age_s"] < 60


def test_an_ended_run_links_to_its_report(client: FlaskClient, data: Path) -> None:
    write_status(data, done())
    assert f'href="/reports/{RUN}"' in client.get("/").text


def test_reports_are_listed_newest_first(client: FlaskClient, data: Path) -> None:
    for days, run in ((2, "run-a"), (1, "run-c"), (3, "run-b")):
        age(write_report(data, run), days * 86400)
    text = client.get("/reports").text
    assert text.index("run-c") < text.index("run-a") < text.index("run-b")


def test_without_reports_the_list_says_so(client: FlaskClient) -> None:
    assert "There is no report yet" in client.get("/reports").text


def test_a_damaged_report_is_listed_as_such(client: FlaskClient, data: Path) -> None:
    write_report(data).write_text("{", encoding="utf-8")
    assert "Cannot be read" in client.get("/reports").text


def test_more_reports_than_fit_are_counted(client: FlaskClient, data: Path) -> None:
    for number in range(103):
        write_report(data, f"run-{number}", {})
    assert "And 3 older ones" in client.get("/reports").text


def test_a_report_is_shown(client: FlaskClient, data: Path) -> None:
    write_report(data)
    text = client.get(f"/reports/{RUN}").text
    assert all(word in text for word in (VIN, "00 64 979", "0012440400", "swfl_00002cce-021_010_002", "12.93 V"))


@pytest.mark.parametrize("text", ["{", "[]", '"report"', "\x00"])
def test_a_damaged_report_is_a_page_in_words_with_its_file(client: FlaskClient, data: Path, text: str) -> None:
    write_report(data).write_text(text, encoding="utf-8")
    answer = client.get(f"/reports/{RUN}")
    assert (answer.status_code, "This report is damaged" in answer.text) == (200, True)
    assert f'href="/reports/{RUN}.json"' in answer.text


def test_a_report_of_a_newer_version_is_shown(client: FlaskClient, data: Path) -> None:
    write_report(data, RUN, {**REPORT, "verdict": "half-programmed", "claim": None, "moon": {"phase": "full"}})
    assert "half-programmed" in client.get(f"/reports/{RUN}").text


def test_a_report_downloads_as_the_file_it_is(client: FlaskClient, data: Path) -> None:
    path = write_report(data)
    with client.get(f"/reports/{RUN}.json") as answer:
        assert (answer.data, answer.headers["Content-Disposition"]) == (
            path.read_bytes(),
            f"attachment; filename=kl30-{RUN}.json",
        )


def test_the_printable_report_is_offered_only_when_there_is_one(client: FlaskClient, data: Path) -> None:
    write_report(data)
    before = client.get(f"/reports/{RUN}").text
    (data / "reports" / f"{RUN}.html").write_text("<!doctype html>", encoding="utf-8")
    after = client.get(f"/reports/{RUN}").text
    assert (f"{RUN}.html" in before, f"{RUN}.html" in after) == (False, True)


def test_a_replaced_report_is_read_again(client: FlaskClient, data: Path) -> None:
    age(write_report(data), 10)
    client.get(f"/reports/{RUN}")
    write_report(data, RUN, {"verdict": "failed"})
    assert "Failed" in client.get(f"/reports/{RUN}").text


@pytest.mark.parametrize("suffix", ["", ".json", ".html"])
@pytest.mark.parametrize(
    "name",
    ["..%2Fsecret", "../secret", "%2e%2e%2fsecret", "..", "a%00b", "a.b", "a b", "%2Fetc%2Fpasswd", "ä", "x" * 101],
)
def test_only_the_name_of_a_run_reaches_a_file(client: FlaskClient, data: Path, name: str, suffix: str) -> None:
    write_report(data)
    (data / "secret.json").write_text(json.dumps({"verdict": "secret"}), encoding="utf-8")
    (data / "secret.html").write_text("secret", encoding="utf-8")
    answer = client.get(f"/reports/{name}{suffix}")
    assert (answer.status_code, "secret</" in answer.text) == (404, False)


def test_an_unknown_run_is_404(client: FlaskClient) -> None:
    assert client.get("/reports/no-such-run").status_code == 404
