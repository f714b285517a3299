"""The page shows who signed a report, and what that means; it checks nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask.testing import FlaskClient

from appliance.clock import RealClock
from appliance.engine.verification import judge_file
from appliance.page.app import create_app
from tests.engine.signed import made


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    (tmp_path / "reports").mkdir()
    (tmp_path / "reports" / f"{made().run.id}.json").write_bytes(made().json)
    (tmp_path / "reports" / f"{made().run.id}.html").write_bytes(made().page)
    return create_app(tmp_path, RealClock()).test_client()


def test_the_fingerprint_is_shown_with_what_a_signature_does_not_show(client: FlaskClient) -> None:
    shown = client.get(f"/reports/{made().run.id}").text
    assert made().public.fingerprint in shown
    assert "it does not show that the appliance told the truth" in shown


@pytest.mark.parametrize("ending", [".json", ".html"])
def test_what_is_downloaded_is_what_was_signed(client: FlaskClient, ending: str) -> None:
    with client.get(f"/reports/{made().run.id}{ending}") as response:
        assert judge_file(response.data).genuine
