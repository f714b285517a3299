"""A correction is bounded downwards as upwards."""

from __future__ import annotations

import pytest

from appliance.board.calibration import SAMPLES, calibrate
from appliance.clock import VirtualClock
from appliance.errors import ConfigError


@pytest.mark.parametrize("meter_v", [11.4, 12.6])
def test_a_correction_of_more_than_half_a_volt_is_refused_either_way(meter_v: float) -> None:
    with pytest.raises(ConfigError):
        calibrate([12.0] * SAMPLES, meter_v, VirtualClock())


@pytest.mark.parametrize("meter_v", [11.6, 12.4])
def test_a_smaller_one_is_taken_either_way(meter_v: float) -> None:
    assert calibrate([12.0] * SAMPLES, meter_v, VirtualClock()).offset_v == pytest.approx(meter_v - 12.0)
