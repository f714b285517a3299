"""The guard switched off: what a control unit goes through when nobody decides by the supply.

A fault of the bench alone, to show what the guard is for.  No key of the configuration reaches it: `power.limits`
never makes such limits, and only the bench hands an appliance limits of its own (`wiring.Parts.limits`).

Not one voltage is too low, too high or too restless, and none is forecast to become so: under a hold limit of 0 V every
forecast says yes.  What remains is the need of a reading at all, and a control unit's own NRC 0x93.
"""

from __future__ import annotations

from appliance.power.limits import IMPLAUSIBLE_V, LONGEST_HOLD_LIMIT_S, OLDEST_READING_S, Limits

UNGUARDED = Limits(
    start_v=0.0,
    hold_v=0.0,
    hold_now_v=0.0,
    release_v=0.0,
    upper_warn_v=IMPLAUSIBLE_V,
    upper_stop_v=IMPLAUSIBLE_V,
    ripple_v=IMPLAUSIBLE_V,
    release_s=0.0,
    debounce_s=0.0,
    max_age_s=OLDEST_READING_S,
    observe_s=0.0,
    hold_limit_s=LONGEST_HOLD_LIMIT_S,
    disagreement_v=IMPLAUSIBLE_V,
    charger_test=False,
)
