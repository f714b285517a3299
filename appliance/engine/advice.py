"""What a person can do about a supply that is not fit; it depends on what is wrong with it.

    trouble     is                                              a person looks at
    ---------   ---------------------------------------------   -----------------------------------
    MONITOR     no reading that can be believed                 plug and voltage monitor
    HIGH        above the upper warning limit                   the charger's mode
    LOW         below what releases a hold, or lets one start   charger and clamps
    RIPPLE      too much ripple                                 the kind of charger
    UNSETTLED   none of these, and not proven yet               consumers that come and go

Pure.  The order is the one in which `power.gate.start_refusal` asks.
"""

from __future__ import annotations

from enum import Enum, auto

from appliance.power.gate import ripple_refusal, unbelievable
from appliance.power.limits import Limits
from appliance.power.reading import Reading

STAY = "Do not unplug, do not switch the ignition off."
QUIETEN = "switch off what comes and goes (fans, windows, lights)"


class Trouble(Enum):
    """What is wrong with a supply."""

    MONITOR = auto()
    HIGH = auto()
    LOW = auto()
    RIPPLE = auto()
    UNSETTLED = auto()


def trouble_of(limits: Limits, now_s: float, reading: Reading | None, least_v: float) -> Trouble:
    """What is wrong with a supply that is not fit.

    Args:
        limits: Of the gate.
        now_s: On the reading's clock.
        reading: The newest; None: there is none.
        least_v: What is low: the start limit before the work, the release limit in a hold.
    """
    if reading is None or unbelievable(limits, now_s, reading):
        return Trouble.MONITOR
    if reading.volts > limits.upper_warn_v:
        return Trouble.HIGH
    if reading.volts < least_v:
        return Trouble.LOW
    rippling = reading.ripple_v is not None and ripple_refusal(limits, reading)
    return Trouble.RIPPLE if rippling else Trouble.UNSETTLED


def before_start(limits: Limits, trouble: Trouble) -> str:
    """What to do about a start that was refused, as an imperative without a full stop."""
    match trouble:
        case Trouble.MONITOR:
            first = "check that the plug sits firmly, and the voltage monitor with kl30 selftest"
        case Trouble.HIGH:
            first = (
                "set the charger to its supply mode, not to charge, recondition or equalise: "
                f"at most {limits.upper_warn_v:.2f} V for this battery"
            )
        case Trouble.LOW:
            first = f"connect a charger that holds {limits.start_v:.2f} V to {limits.upper_warn_v:.2f} V under load"
        case Trouble.RIPPLE:
            first = (
                "check the charger's clamps, or connect one made for programming: "
                f"its ripple must stay below {limits.ripple_v * 1000:.0f} mV"
            )
        case Trouble.UNSETTLED:
            first = f"{QUIETEN}, and give the charger a minute"
    return f"{first}, then press START"


def while_held(limits: Limits, trouble: Trouble) -> str:
    """What to do about a hold, in sentences."""
    match trouble:
        case Trouble.MONITOR:
            first = "The supply cannot be read. See that the plug sits firmly; leave the charger on."
        case Trouble.HIGH:
            first = f"Set the charger to its supply mode, at most {limits.upper_warn_v:.2f} V; leave it on."
        case Trouble.RIPPLE:
            first = "Check the charger's clamps. It may be of the wrong kind: its voltage ripples."
        case Trouble.LOW | Trouble.UNSETTLED:
            first = "Check the charger and its clamps."
    return f"{first} {STAY}"


def after_link_lost(do: str) -> str:
    """What to do when the link to the car has ended a life, in sentences; `do`: what its error says."""
    return f"{STAY} {do[:1].upper()}{do[1:]}."
