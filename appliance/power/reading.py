"""One believable statement about the supply."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Reading:
    """The filtered voltage at the plug.

    Attributes:
        at_s: When the newest sample in it was taken, on the appliance's clock.
        volts: Median-filtered, with the device's calibration offset applied.
        ripple_v: Peak to peak over the last second of raw samples; None while there are too few.
        ripple_rms_v: Root mean square around the mean, over the same second; None as above.
    """

    at_s: float
    volts: float
    ripple_v: float | None = None
    ripple_rms_v: float | None = None
