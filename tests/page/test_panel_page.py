"""The bench's panel: every press from its own page, none from anywhere else."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from tests.page.bench import Panel, Supply, create_bench_app

HERE = {"Sec-Fetch-Site": "same-origin"}


@pytest.fixture
def panel() -> Panel:
    return Panel()


@pytest.fixture
def supply() -> Supply:
    return Supply()


@pytest.fixture
def bench(data: Path, panel: Panel, supply: Supply) -> FlaskClient:
    return create_bench_app(data, panel, supply).test_client()


def test_the_leds_are_shown_as_they_are(bench: FlaskClient) -> None:
    text = " ".join(bench.get("/bench/").text.split())
    assert 'class="led busy lit"' in text
    assert 'class="led fault "' in text


@pytest.mark.parametrize("command", ["start", "cancel", "release"])
def test_a_press_reaches_the_panel(bench: FlaskClient, panel: Panel, command: str) -> None:
    answer = bench.post(f"/bench/press/{command}", headers=HERE)
    assert (answer.status_code, answer.headers["Location"], panel.pressed) == (303, "/bench/", [command])


def test_there_is_no_other_button(bench: FlaskClient, panel: Panel) -> None:
    assert (bench.post("/bench/press/erase", headers=HERE).status_code, panel.pressed) == (404, [])


def test_the_volts_reach_the_supply(bench: FlaskClient, supply: Supply) -> None:
    bench.post("/bench/volts", data={"volts": "12.4"}, headers=HERE)
    assert supply.set_v == 12.4


@pytest.mark.parametrize("volts", ["", "nan", "inf", "-1", "8.9", "16.1", "13,4", "x"])
def test_volts_that_make_no_sense_are_refused(bench: FlaskClient, supply: Supply, volts: str) -> None:
    answer = bench.post("/bench/volts", data={"volts": volts}, headers=HERE)
    assert (answer.status_code, supply.set_v) == (400, 13.6)


def test_the_plug_goes_out_and_in(bench: FlaskClient, supply: Supply) -> None:
    bench.post("/bench/plug/out", headers=HERE)
    out = supply.plugged
    bench.post("/bench/plug/in", headers=HERE)
    assert (out, supply.plugged) == (False, True)


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost"},
        {"Origin": "http://elsewhere.example"},
        {"Origin": "http://localhost:8031"},
        {"Origin": "null"},
    ],
)
def test_a_press_from_elsewhere_is_refused(bench: FlaskClient, panel: Panel, headers: dict[str, str]) -> None:
    assert (bench.post("/bench/press/start", headers=headers).status_code, panel.pressed) == (403, [])


def test_a_browser_that_only_says_its_origin_may_press(bench: FlaskClient, panel: Panel) -> None:
    bench.post("/bench/press/start", headers={"Origin": "http://localhost"})
    assert panel.pressed == ["start"]


@pytest.mark.parametrize("address", ["/bench/press/start", "/bench/volts", "/bench/plug/out"])
def test_looking_presses_nothing(bench: FlaskClient, address: str) -> None:
    assert bench.get(address).status_code == 405


def test_forms_are_allowed_on_the_bench_and_nowhere_else(bench: FlaskClient) -> None:
    assert "form-action 'self'" in bench.get("/bench/").headers["Content-Security-Policy"]
    assert "form-action 'none'" in bench.get("/").headers["Content-Security-Policy"]


def test_the_bar_leads_to_the_bench_only_where_there_is_one(bench: FlaskClient, client: FlaskClient) -> None:
    assert ("/bench/" in bench.get("/").text, "/bench/" in client.get("/").text) == (True, False)
