"""What the self-test says of the device's key; it looks, and makes none."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from appliance.clock import VirtualClock
from appliance.commands.selftest import _device_key
from appliance.config import Config
from appliance.engine.device_key import NAME, DeviceKey
from appliance.errors import BoardError


def said(folder: Path) -> str:
    return _device_key(replace(Config(), data=folder))


def test_the_fingerprint_is_shown(tmp_path: Path) -> None:
    public = DeviceKey(tmp_path, VirtualClock()).public()
    assert said(tmp_path) == f"fingerprint {public.fingerprint}"


def test_before_the_first_start_there_is_none_and_none_is_made(tmp_path: Path) -> None:
    assert said(tmp_path) == "none yet: the first start makes it"
    assert list(tmp_path.iterdir()) == []


def test_a_spoiled_key_is_not_fit_and_stays_where_it_is(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"spoiled")
    with pytest.raises(BoardError, match="cannot be used"):
        said(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [NAME]


def test_one_that_was_set_aside_is_told_until_it_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(b"spoiled")
    DeviceKey(tmp_path, VirtualClock()).public()
    with pytest.raises(BoardError, match="was set aside as"):
        said(tmp_path)
    for path in tmp_path.glob(f"{NAME}.unusable-*"):
        path.unlink()
    assert said(tmp_path).startswith("fingerprint ")


def test_a_key_that_others_may_read_is_not_fit(tmp_path: Path) -> None:
    DeviceKey(tmp_path, VirtualClock()).public()
    (tmp_path / NAME).chmod(0o644)
    with pytest.raises(BoardError, match="others may read it") as refused:
        said(tmp_path)
    assert refused.value.do == "chmod 600 this file"


def test_what_is_no_file_is_not_fit(tmp_path: Path) -> None:
    (tmp_path / NAME).mkdir()
    with pytest.raises(BoardError, match="cannot be read"):
        said(tmp_path)
