"""The voltage monitor: an INA219 on I²C, read one register at a time.

Rules: a voltage is only given for a conversion nobody has read yet; an overflow, an impossible voltage, a silent or
forgetful device is a `SensorError`, never a number.  A device that lost its configuration (its supply dipped) is
configured again, and the read that found out fails.

The configuration: 32 V bus range, ±320 mV shunt range, two bus samples averaged (1.06 ms: flattens the 100/120 Hz
ripple of a charger by 3 % at most), one shunt sample, both converted continuously.  The calibration register only
serves as a witness: it reads 0 after a reset, and ours is not 0.

Sources: TI SBOS448G, 8.6.2.1 configuration, 8.6.3.2 bus voltage, 8.6.3.3 power, 8.6.4.1 calibration; 7.1 absolute
maximum 26 V; registers travel most significant byte first (8.5.6), SMBus words least significant first.
"""

from __future__ import annotations

import errno
from typing import Protocol

from smbus2 import SMBus

from appliance.errors import SensorError

CONFIGURATION = 0x00
SHUNT_VOLTAGE = 0x01
BUS_VOLTAGE = 0x02
POWER = 0x03
CURRENT = 0x04
CALIBRATION = 0x05

RESET_CONFIGURATION = 0x399F
OUR_CALIBRATION = 0x1000  # 0.1 mA a bit on the usual 0.1 Ω shunt: 0.04096 / (0.0001 · 0.1)

_BUS_RANGE_32_V = 1 << 13
_SHUNT_RANGE_320_MV = 0b11 << 11
_BUS_TWO_SAMPLES = 0b1001 << 7
_SHUNT_ONE_SAMPLE = 0b0011 << 3
_SHUNT_AND_BUS_CONTINUOUS = 0b111
OUR_CONFIGURATION = (
    _BUS_RANGE_32_V | _SHUNT_RANGE_320_MV | _BUS_TWO_SAMPLES | _SHUNT_ONE_SAMPLE | _SHUNT_AND_BUS_CONTINUOUS
)

_OVERFLOW = 0x0001  # OVF
_CONVERSION_READY = 0x0002  # CNVR; reading the power register clears it
_VOLTAGE_SHIFT = 3
LSB_V = 0.004
HIGHEST_V = 26.0

_NOBODY_THERE = (errno.EREMOTEIO, errno.ENXIO)  # what the Pi's I²C drivers say when no device acknowledges


class I2cBus(Protocol):
    """The two SMBus transfers we need, as smbus2 spells them; words least significant byte first.

    Both raise `OSError` when the device does not acknowledge or the bus is stuck.
    """

    def read_word_data(self, i2c_addr: int, register: int) -> int:
        """Read 16 bits."""

    def write_word_data(self, i2c_addr: int, register: int, value: int) -> None:
        """Write 16 bits."""


class Ina219:
    """One INA219. Used by one thread.

    Args:
        bus: Where it is connected.
        address: Its address on that bus, 0x40 to 0x4F by its pins A0 and A1.
        bus_name: What messages call the bus.
    """

    def __init__(self, bus: I2cBus, address: int = 0x40, bus_name: str = "I²C bus 1") -> None:
        self._bus = bus
        self._address = address
        self._where = f"INA219 at 0x{address:02X} on {bus_name}"

    def configure(self) -> None:
        """Write the configuration and read it back.

        Raises:
            SensorError: no answer, or it does not keep what was written.
        """
        self._write(CONFIGURATION, OUR_CONFIGURATION)
        self._write(CALIBRATION, OUR_CALIBRATION)
        kept = self._read(CONFIGURATION)
        if not self._configured():
            raise SensorError(
                f"it keeps configuration {kept:04X} instead of {OUR_CONFIGURATION:04X}",
                where=self._where,
                do="check that it is an INA219 and that nothing else has its address",
            )

    def read(self) -> float | None:
        """Volts between IN– and ground; None while there is no conversion that was not read yet.

        Raises:
            SensorError: no answer, lost configuration, overflow, or a voltage that cannot be.
        """
        if not self._configured():
            self.configure()
            raise SensorError(
                "it had lost its configuration and was set up again",
                where=self._where,
                do="check its 3.3 V supply if this comes back",
            )
        bus = self._read(BUS_VOLTAGE)
        if bus & _OVERFLOW:
            raise SensorError(
                "overflow: the shunt sees more than 320 mV", where=self._where, do="check the wiring of IN+ and IN–"
            )
        if not bus & _CONVERSION_READY:
            return None
        self._read(POWER)  # only to clear CNVR
        return self._plausible((bus >> _VOLTAGE_SHIFT) * LSB_V)

    def _plausible(self, volts: float) -> float:
        if volts <= 0:
            raise SensorError(
                "0.00 V at the plug", where=self._where, do="check pin 16, its fuse and the sense wire to IN–"
            )
        if volts > HIGHEST_V:
            raise SensorError(
                f"{volts:.2f} V is above {HIGHEST_V:.0f} V",
                where=self._where,
                do="unplug it: the monitor may be damaged",
            )
        return volts

    def _configured(self) -> bool:
        return self._read(CONFIGURATION) == OUR_CONFIGURATION and self._read(CALIBRATION) == OUR_CALIBRATION

    def _read(self, register: int) -> int:
        try:
            return _swapped(self._bus.read_word_data(self._address, register))
        except OSError as error:
            raise self._no_answer(error) from error

    def _write(self, register: int, value: int) -> None:
        try:
            self._bus.write_word_data(self._address, register, _swapped(value))
        except OSError as error:
            raise self._no_answer(error) from error

    def _no_answer(self, error: OSError) -> SensorError:
        what = "no answer" if error.errno in _NOBODY_THERE else f"the I²C transfer failed ({error.strerror or error})"
        return SensorError(what, where=self._where, do="check the wiring of SDA, SCL, 3.3 V and ground")


def open_i2c(number: int) -> SMBus:
    """The Pi's I²C bus of that number, for `Ina219`.

    Raises:
        SensorError: there is no such bus, or we may not use it.
    """
    try:
        return SMBus(number)
    except OSError as error:
        raise SensorError(
            f"cannot be opened ({error.strerror})",
            where=f"I²C bus {number}",
            do="switch I²C on (dtparam=i2c_arm=on) and let the service use group i2c",
        ) from error


def _swapped(word: int) -> int:
    return (word & 0xFF) << 8 | word >> 8
