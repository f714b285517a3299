"""The device's own correction is found honestly, kept, and never larger than a sound board needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from appliance.board.calibration import (
    FILE,
    SAMPLES,
    Calibration,
    calibrate,
    corrected,
    load_calibration,
    store_calibration,
)
from appliance.clock import VirtualClock
from appliance.config import PowerConfig
from appliance.errors import ConfigError, SensorError


def test_the_offset_makes_the_monitor_say_what_the_multimeter_says() -> None:
    found = calibrate([12.60, 12.62] * (SAMPLES // 2), 12.70, VirtualClock())
    assert found.offset_v == pytest.approx(0.09)


def test_a_supply_that_moves_gives_no_offset() -> None:
    with pytest.raises(SensorError, match=r"moved by 0\.2"):
        calibrate([12.5] * SAMPLES + [12.7], 12.6, VirtualClock())


def test_a_correction_no_sound_board_needs_is_refused() -> None:
    with pytest.raises(ConfigError, match="check the multimeter"):
        calibrate([12.0] * SAMPLES, 13.0, VirtualClock())


def test_a_multimeter_that_says_nothing_is_refused() -> None:
    with pytest.raises(ConfigError):
        calibrate([12.0] * SAMPLES, float("nan"), VirtualClock())


def test_too_few_samples_give_no_offset() -> None:
    with pytest.raises(SensorError, match="only 3 samples"):
        calibrate([12.0] * 3, 12.0, VirtualClock())


def test_a_stored_calibration_holds_at_the_next_start(tmp_path: Path) -> None:
    store_calibration(tmp_path, Calibration(0.042, 12.6, "2017-06-01"))
    assert corrected(PowerConfig(offset_v=0.3), load_calibration(tmp_path)) == 0.042


def test_without_a_calibration_the_configured_offset_holds(tmp_path: Path) -> None:
    assert corrected(PowerConfig(offset_v=0.3), load_calibration(tmp_path)) == 0.3


@pytest.mark.parametrize("text", ["", "[]", '{"offset_v": "much"}', '{"offset_v": 3, "meter_v": 12, "at": ""}'])
def test_a_damaged_calibration_is_named_and_not_used(tmp_path: Path, text: str) -> None:
    (tmp_path / FILE).write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError, match=FILE):
        load_calibration(tmp_path)
