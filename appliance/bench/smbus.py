"""An INA219 for the bench, register by register, so that the real driver runs in every scenario.

It converts as the datasheet says: continuously, in the time its averaging takes, CNVR set when a conversion ended
since the power register was last read, the bus register holding the last conversion in steps of 4 mV.  An independent
reading of TI SBOS448G (8.6.2 to 8.6.4; conversion times 8.6.2.1, table 5), not of our driver.

Faults may be set from any thread while another reads: the reader sees the chip before the fault or after it.
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from dataclasses import dataclass

from appliance.clock import Clock

_RESET_CONFIGURATION = 0x399F
_RESET_BIT = 0x8000
_FULL_SCALE = {0: 4000, 1: 8000}  # by BRNG: 16 V, 32 V in steps of 4 mV
_STEP_V = 0.004
_PLAIN_S = {0: 84e-6, 1: 148e-6, 2: 276e-6, 3: 532e-6}  # 9 to 12 bit
_TWELVE_BIT_S = 532e-6
_CONTINUOUS = 0b100
_BUS = 0b010
_SHUNT = 0b001


@dataclass(frozen=True, slots=True)
class _Setup:
    """Configuration and calibration as written, and when the ADC began anew."""

    configuration: int
    calibration: int
    since_s: float


class Ina219Model:
    """The chip and its wiring; has the two transfers of `board.ina219.I2cBus`.

    Args:
        clock: Times the conversions.
        volts: The voltage between IN– and ground, now.
        address: Where it answers.
    """

    def __init__(self, clock: Clock, volts: Callable[[], float], address: int = 0x40) -> None:
        self._clock = clock
        self._volts = volts
        self._address = address
        self._plugged = True
        self._shorted = False
        self._frozen = self._stuck = False
        self._overflowing = False
        self._setup = _Setup(_RESET_CONFIGURATION, 0, clock.now_s())
        self._bus_code = 0
        self._converted = 0  # conversions ended when the bus register was last brought up to date
        self._acknowledged = 0  # conversions ended when CNVR was last cleared

    def unplug(self) -> None:
        """A wire of the I²C bus comes off: nothing answers."""
        self._plugged = False

    def short_bus(self, on: bool) -> None:
        """SDA is held low: every transfer times out."""
        self._shorted = on

    def move(self, address: int) -> None:
        """Somebody changes its address straps."""
        self._address = address

    def plug_in(self) -> None:
        """It answers again; it was without power, so all registers are reset."""
        self.brown_out()
        self._plugged = True

    def brown_out(self) -> None:
        """Its 3.3 V dip: all registers are reset, and it converts on."""
        self._reset(_RESET_CONFIGURATION)

    def freeze(self) -> None:
        """The ADC stops; the registers still answer with the last conversion."""
        self._frozen = True

    def thaw(self) -> None:
        """The ADC goes on."""
        self._frozen = False

    def stick(self) -> None:
        """It goes on converting, and every conversion has the same result."""
        self._stuck = True

    def overflow(self, on: bool) -> None:
        """The shunt sees more than the calculation can hold, or no longer does."""
        self._overflowing = on

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        """A register, least significant byte first as SMBus has it."""
        self._answer(i2c_addr)
        self._convert()
        word = self._word(register)
        if register == 0x03:
            self._acknowledged = self._converted
        return _swapped(word)

    def write_word_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Write a register; those that only the ADC writes keep what they have."""
        self._answer(i2c_addr)
        word = _swapped(value)
        if register == 0x00:
            reset = bool(word & _RESET_BIT)
            calibration = 0 if reset else self._setup.calibration
            self._reset(_RESET_CONFIGURATION if reset else word, calibration)
        elif register == 0x05:
            self._setup = _Setup(self._setup.configuration, word & 0xFFFE, self._setup.since_s)

    def _answer(self, address: int) -> None:
        if self._shorted:
            raise OSError(errno.ETIMEDOUT, "Connection timed out")
        if not self._plugged or address != self._address:
            raise OSError(errno.EREMOTEIO, "Remote I/O error")

    def _reset(self, configuration: int, calibration: int = 0) -> None:
        self._setup = _Setup(configuration, calibration, self._clock.now_s())
        self._converted = self._acknowledged = 0
        if configuration == _RESET_CONFIGURATION:
            self._bus_code = 0

    def _convert(self) -> None:
        ended = self._ended()
        if self._frozen or ended <= self._converted:
            return
        self._converted = ended
        if self._setup.configuration & _BUS and not self._stuck:
            full_scale = _FULL_SCALE[self._setup.configuration >> 13 & 1]
            self._bus_code = min(max(round(self._volts() / _STEP_V), 0), full_scale)

    def _ended(self) -> int:
        """How many conversions have ended since the configuration was written."""
        mode = self._setup.configuration & 0b111
        length_s = _length_s(self._setup.configuration)
        if not length_s:
            return 0
        ended = int((self._clock.now_s() - self._setup.since_s) / length_s)
        return ended if mode & _CONTINUOUS else min(ended, 1)

    def _word(self, register: int) -> int:
        match register:
            case 0x00:
                return self._setup.configuration
            case 0x02:
                ready = self._converted > self._acknowledged
                return self._bus_code << 3 | ready << 1 | (self._overflowing and self._setup.calibration != 0)
            case 0x05:
                return self._setup.calibration
            case _:
                return 0  # the shunt is bridged: no drop, no current, no power


def _length_s(configuration: int) -> float:
    """The time of one conversion, 0 when the mode converts nothing."""
    bus_s = _adc_s(configuration >> 7 & 0xF) if configuration & _BUS else 0.0
    shunt_s = _adc_s(configuration >> 3 & 0xF) if configuration & _SHUNT else 0.0
    return bus_s + shunt_s


def _adc_s(setting: int) -> float:
    if setting & 0b1000:
        return float(_TWELVE_BIT_S * 2 ** (setting & 0b111))
    return _PLAIN_S[setting & 0b11]


def _swapped(word: int) -> int:
    return (word & 0xFF) << 8 | word >> 8
