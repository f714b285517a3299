"""Bugs on our own board: what is read of the supply, and who pulses the watchdog."""

from __future__ import annotations

from mutants.mutant import Law, Mutant

_SUPPLY = "appliance/board/supply.py"
_INA219 = "appliance/board/ina219.py"
_TEST_SUPPLY = ("tests/board/test_supply.py",)
_TEST_INA219 = ("tests/board/test_ina219.py",)

BOARD = (
    Mutant(
        "median-filter-off",
        Law.SUPPLY,
        _SUPPLY,
        "        volts = round(median_low(recent) + self._config.offset_v, 4)\n",
        "        volts = round(recent[-1] + self._config.offset_v, 4)\n",
        "One spike holds the work, or lets a sag through.",
        _TEST_SUPPLY,
    ),
    Mutant(
        "offset-ignored",
        Law.SUPPLY,
        _SUPPLY,
        "        volts = round(median_low(recent) + self._config.offset_v, 4)\n",
        "        volts = round(median_low(recent), 4)\n",
        "A calibrated device shows what it showed before.",
        _TEST_SUPPLY,
    ),
    Mutant(
        "reading-called-fresh",
        Law.CLOSED,
        _SUPPLY,
        "        return Reading(newest_at_s, volts,",
        "        return Reading(self._clock.now_s(), volts,",
        "A monitor that stopped minutes ago says that its reading is of now.",
        _TEST_SUPPLY,
    ),
    Mutant(
        "frozen-monitor-believed",
        Law.CLOSED,
        _SUPPLY,
        "        if not samples or window.frozen_s > FROZEN_S:\n",
        "        if not samples:\n",
        "A stuck converter says 13.8 V while the battery dies.",
        _TEST_SUPPLY,
    ),
    Mutant(
        "one-sample-is-a-reading",
        Law.CLOSED,
        _SUPPLY,
        "        if len(recent) <= self._config.median // 2:\n",
        "        if not recent:\n",
        "After a gap a single spike decides.",
        _TEST_SUPPLY,
    ),
    Mutant(
        "old-conversion-read-again",
        Law.CLOSED,
        _INA219,
        "        if not bus & _CONVERSION_READY:\n            return None\n",
        "",
        "A converter that has stopped is read as one that says the same.",
        _TEST_INA219,
    ),
    Mutant(
        "overflow-of-the-monitor-ignored",
        Law.CLOSED,
        _INA219,
        "        if bus & _OVERFLOW:\n",
        "        if bus & _OVERFLOW and not bus:\n",
        "A miswired plug gives numbers that mean nothing.",
        _TEST_INA219,
    ),
    Mutant(
        "lost-configuration-not-noticed",
        Law.CLOSED,
        _INA219,
        "        if not self._configured():\n            self.configure()\n",
        "        if False:\n            self.configure()\n",
        "After a dip of its own supply the monitor measures in another range.",
        _TEST_INA219,
    ),
    Mutant(
        "sensor-error-ends-the-sampler",
        Law.LOUD,
        _SUPPLY,
        "        except SensorError as error:\n            self._window = replace(window, errors=window.errors + 1, "
        "trouble=str(error))\n            return\n",
        "        except SensorError:\n            return\n",
        "Nobody is told what ails the monitor.",
        _TEST_SUPPLY,
    ),
    Mutant(
        "watchdog-flooded",
        Law.WAITS,
        "appliance/board/watchdog.py",
        "        if self._pulsed_s is not None and now_s - self._pulsed_s < SHORTEST_S:\n            return\n",
        "",
        "Thousands of messages a second hang the service manager that should restart us.",
        ("tests/board/test_watchdog.py",),
    ),
    Mutant(
        "patience-for-ever",
        Law.WAITS,
        "appliance/board/watchdog.py",
        '"\\n".join((*self._patience(), "WATCHDOG=1", f"STATUS={words}"))',
        '"\\n".join(("WATCHDOG=1", f"STATUS={words}"))',
        "The patience for opening the firmware cache stays for the whole job: a hang is ended a minute later.",
        ("tests/board/test_watchdog.py",),
    ),
    Mutant(
        "killed-while-it-opens-its-firmware",
        Law.WAITS,
        "appliance/board/watchdog.py",
        '"\\n".join(("READY=1", *self._patience(OPENING_S)))',
        '"READY=1"',
        "On a slow card the watchdog ends every life before it can open the firmware cache.",
        ("tests/board/test_watchdog.py",),
    ),
    Mutant(
        "calibration-hides-a-fault",
        Law.SUPPLY,
        "appliance/board/calibration.py",
        "    if not abs(calibration.offset_v) <= LARGEST_OFFSET_V:\n",
        "    if not calibration.offset_v <= LARGEST_OFFSET_V:\n",
        "A broken sense wire is calibrated away.",
        ("tests/board/test_calibration_both_ways.py",),
    ),
)
