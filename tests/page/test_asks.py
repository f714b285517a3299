"""What is asked of the technician stands large on the page, and what came of it on the report's."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient

from appliance.page.report_view import view
from tests.page.states import REPORT, RUN, checking, write_report, write_status

ASKS = replace(checking(), asks="Switch the low beam on.", asks_why="The charger must show that it carries it.")
TESTED = {**REPORT, "supply": {"charger_test": {"verdict": "passed", "words": "it stayed at 13.90 V", "sag_v": 0.08}}}


def test_what_is_asked_has_a_card_of_its_own(client: FlaskClient, data: Path) -> None:
    write_status(data, ASKS)
    text = client.get("/").text
    assert '<p class="large">Switch the low beam on.</p>' in text
    assert "The charger must show that it carries it." in text


def test_what_is_asked_is_said_once(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(ASKS, do=ASKS.asks))
    text = client.get("/fragment").text
    assert text.count(f">{ASKS.asks}<") == 1


def test_when_nothing_is_asked_there_is_no_such_card(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(ASKS, asks="", asks_why=""))
    assert 'id="asks"' not in client.get("/").text


def test_an_appliance_that_does_not_answer_asks_nothing(client: FlaskClient, data: Path) -> None:
    path = write_status(data, ASKS)
    at_s = path.stat().st_mtime - 60
    os.utime(path, (at_s, at_s))
    assert 'id="asks"' not in client.get("/").text


def test_what_is_asked_is_not_markup(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(ASKS, asks="<b>now</b>"))
    assert "&lt;b&gt;now&lt;/b&gt;" in client.get("/").text


def test_the_report_page_tells_the_charger_test(client: FlaskClient, data: Path) -> None:
    write_report(data, RUN, TESTED)
    assert "<h3>Charger test</h3><p>passed: it stayed at 13.90 V</p>" in client.get(f"/reports/{RUN}").text


def test_a_report_without_one_says_nothing_of_it() -> None:
    assert view(RUN, REPORT).supply.charger_test == ""
