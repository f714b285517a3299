"""Whom the appliance believes is on every page, so that it can be compared on the phone."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from appliance.bench.cache import fill_bench_cache
from appliance.clock import RealClock
from appliance.firmware.store import Store
from appliance.page.app import create_app


@pytest.mark.parametrize("address", ["/", "/reports"])
def test_the_fingerprint_of_the_pinned_root_is_shown(address: str, tmp_path: Path) -> None:
    fill_bench_cache(tmp_path / "cache")
    page = create_app(tmp_path, RealClock(), cache=tmp_path / "cache").test_client().get(address, follow_redirects=True)
    assert Store(tmp_path / "cache").fingerprint in page.text


def test_it_is_that_of_the_file(tmp_path: Path) -> None:
    (tmp_path / "root.json").write_bytes(b"any root")
    page = create_app(tmp_path, RealClock(), cache=tmp_path).test_client().get("/")
    assert hashlib.sha256(b"any root").hexdigest() in page.text


def test_without_a_pinned_root_nothing_is_said(tmp_path: Path) -> None:
    page = create_app(tmp_path, RealClock(), cache=tmp_path / "nowhere").test_client().get("/")
    assert "Believes firmware" not in page.text
