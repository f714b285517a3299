"""How a simulated control unit tells its own supply: two forms that real ones have (facts.md §3.4).

402B is the battery sensor's: temperature, voltage, current (confirmed for one car).  40C6 begins with millivolts
(likely); what stands behind is unknown and repeats the recorded sample.  Only the voltage is simulated.
"""

from __future__ import annotations

IBS, MILLIVOLTS = 0x402B, 0x40C6
_TEMPERATURE, _CURRENT = bytes.fromhex("00D2"), bytes.fromhex("09AE")  # 21.0 °C and −1.8 A, as in the sample
_BEHIND = bytes.fromhex("FFD0 1401")
_LARGEST = 0xFFFE  # FFFF would be "no value" (from memory)


def own_voltage(did: int, volts: float) -> bytes | None:
    """The data of one of the two identifiers; None: it is neither."""
    match did:
        case 0x402B:
            return _TEMPERATURE + _word((volts - 6.0) * 4000) + _CURRENT
        case 0x40C6:
            return _word(volts * 1000) + _BEHIND
        case _:
            return None


def _word(value: float) -> bytes:
    return min(max(round(value), 0), _LARGEST).to_bytes(2, "big")
