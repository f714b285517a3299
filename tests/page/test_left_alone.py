"""Who is left alone, and why the level is raised or not: on the status page and in a report."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from flask.testing import FlaskClient

from appliance.events import LeftAlone
from appliance.page.report_view import view
from tests.page.states import REPORT, RUN, programming, write_report, write_status

LEFT = LeftAlone(0x71, "trailer module", "it answers, and <nobody> knows it", blocks_level=True)
WHY = "F056-17-03-502 is not written"


def test_the_status_page_says_who_is_left_alone_and_why(client: FlaskClient, data: Path) -> None:
    write_status(data, replace(programming(), untouched=(LEFT,), level_why=WHY))
    text = client.get("/").text
    assert all(words in text for words in ("trailer module", "left alone", "&lt;nobody&gt;", WHY))


def test_the_report_page_says_it_as_well(client: FlaskClient, data: Path) -> None:
    left = {"address": "0x71", "name": "trailer module", "why": "nobody knows it", "blocks_level": True}
    write_report(data, plain={**REPORT, "untouched": [left], "level_why": WHY})
    text = client.get(f"/reports/{RUN}").text
    assert all(words in text for words in ("trailer module", "nobody knows it", WHY))


def test_a_report_without_them_has_no_such_section() -> None:
    report = view(RUN, REPORT)
    assert (report.untouched, report.level_why) == ((), "")
