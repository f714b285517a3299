"""What the page allows nobody to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from appliance.clock import RealClock
from appliance.page.app import create_app
from tests.page.states import RUN, done, write_report, write_status

ADDRESSES = [
    "/",
    "/fragment",
    "/status.json",
    "/health",
    "/events",
    "/reports",
    f"/reports/{RUN}",
    f"/reports/{RUN}.json",
    f"/reports/{RUN}.html",
    "/static/page.css",
    "/static/page.js",
    "/static/icon.svg",
]
PAGES = ["/", "/reports", f"/reports/{RUN}", "/nowhere"]


@pytest.fixture(autouse=True)
def filled(data: Path) -> None:
    write_status(data, done())
    write_report(data)
    (data / "reports" / f"{RUN}.html").write_text("<!doctype html>", encoding="utf-8")


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("address", ADDRESSES)
def test_only_get_and_head_are_answered(client: FlaskClient, address: str, method: str) -> None:
    answer = client.open(address, method=method)
    assert answer.status_code == 405
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD"}


@pytest.mark.parametrize("address", ADDRESSES)
def test_head_is_answered_without_a_body(client: FlaskClient, address: str) -> None:
    with client.head(address) as answer:
        assert (answer.status_code, answer.data) == (200, b"")


def test_no_route_of_the_page_takes_another_method(data: Path) -> None:
    app: Flask = create_app(data, RealClock())
    assert {method for rule in app.url_map.iter_rules() for method in rule.methods or ()} == {"GET", "HEAD"}


@pytest.mark.parametrize("address", [*ADDRESSES, "/nowhere"])
@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_every_answer_carries_the_guards(client: FlaskClient, address: str, method: str) -> None:
    with client.open(address, method=method, buffered=True) as answer:
        headers = answer.headers
    policy = dict(part.split(" ", 1) for part in headers["Content-Security-Policy"].split("; "))
    assert policy == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self'",
        "connect-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert (headers["X-Content-Type-Options"], headers["Referrer-Policy"], headers["Cache-Control"]) == (
        "nosniff",
        "no-referrer",
        "no-store",
    )


@pytest.mark.parametrize("address", PAGES)
def test_no_cookie_is_set(client: FlaskClient, address: str) -> None:
    assert "Set-Cookie" not in client.get(address).headers


@pytest.mark.parametrize("address", PAGES)
def test_nothing_is_inline_and_nothing_comes_from_elsewhere(client: FlaskClient, address: str) -> None:
    text = client.get(address).text
    assert not re.search(r"<style|\sstyle=|\son[a-z]+=|<script>|javascript:|https?://|//[a-z]", text)


def test_an_error_of_the_page_is_explained_and_guarded(data: Path) -> None:
    app = create_app(data, RealClock())

    @app.get("/broken")
    def broken() -> str:
        raise ValueError("broken on purpose")

    answer = app.test_client().get("/broken")
    assert (answer.status_code, "The work on the car is not affected" in answer.text) == (500, True)
    assert "on purpose" not in answer.text
    assert "Content-Security-Policy" in answer.headers


@pytest.mark.parametrize("name", ["../app.py", "..%2Fapp.py", "%2e%2e/app.py", "../templates/base.html"])
def test_static_files_are_only_static_files(client: FlaskClient, name: str) -> None:
    assert client.get(f"/static/{name}").status_code == 404
