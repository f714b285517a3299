"""Second opinions about the supply: what control units say of it, held against the voltage at the plug.

The plug's wires carry the appliance's current and end somewhere else than a control unit's, so the two never agree
exactly; further apart than the band, one of them is wrong, and nobody knows which.  A control unit without an opinion
speaks neither for nor against.

Pure.  Source of the band: `config.PowerConfig.disagreement_v`.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.car.own_voltage import Opinion
from appliance.power.limits import Limits

_HAIR_V = 1e-6  # 13.8 − 13.3 is not 0.5 in binary fractions


def disagreement(volts: float, opinions: Iterable[Opinion], band_v: float) -> str:
    """Whose opinion is furthest from the plug's `volts`, as a sentence without a full stop; empty: none is too far.

    Args:
        band_v: Further apart than this, either way, is a disagreement.
    """
    told = [(abs(one.volts - volts), one.volts, one.address) for one in opinions if one.volts is not None]
    far = [one for one in told if not one[0] <= band_v + _HAIR_V]  # so that no number at all is a disagreement too
    if not far:
        return ""
    apart_v, theirs_v, address = max(far)
    return (
        f"the plug shows {volts:.2f} V and control unit 0x{address:02X} says {theirs_v:.2f} V: "
        f"{apart_v * 1000:.0f} mV apart, more than {band_v * 1000:.0f} mV"
    )


def carrying(opinions: Iterable[Opinion], limits: Limits) -> bool:
    """Whether the control units alone show a supply that is fit: one at least says so, and none says otherwise.

    Fit is from the hold limit to the upper warning limit.
    """
    told_v = [one.volts for one in opinions if one.volts is not None]
    return bool(told_v) and all(limits.hold_v <= volts <= limits.upper_warn_v for volts in told_v)
