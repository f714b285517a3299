"""The supply as the engine sees it: a sampler that never stops, a median, a ripple.

A ticker reads the sensor, also while the engine is busy in a long transfer, and does nothing but keep what it read.
It replaces one immutable `_Window` as a whole; whoever asks takes the reference that is there.  One writer, no
half-written value to see, hence no lock that a stuck sensor could hold.

`newest()` is the median of the newest samples, so a single spike never decides; a sag of 100 ms always does
(`power.limits` refuses a filter that would hide it).  Samples older than `max_age_s` before the newest take no part,
and fewer than half a filter of samples are no reading.

Sources: facts.md §6 – ripple below 100 mV, confirmed; the filter and its lengths are our own inference.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import dropwhile
from math import sqrt
from statistics import fmean, median_low

from appliance.clock import Clock, Ticker
from appliance.config import PowerConfig
from appliance.errors import SensorError
from appliance.power.reading import Reading

RIPPLE_WINDOW_S = 1.0
RIPPLE_SAMPLES = 20  # fewer say nothing about peaks
MAINS_RIPPLE_HZ = (100.0, 120.0)  # full-wave rectified 50 Hz and 60 Hz: what a poor charger lets through
# A car's supply moves by more than the monitor's 4 mV all the time; this long without is a stuck converter or bus
# (our own inference; a false alarm only holds).
FROZEN_S = 60.0
_STEP_S = 0.0005
_CLEAR_OF_STANDSTILL = 0.1  # of a ripple period


@dataclass(frozen=True, slots=True)
class _Sample:
    at_s: float
    volts: float


@dataclass(frozen=True, slots=True)
class _Window:
    """What the sampler knows: samples of the last second, oldest first; errors so far; what ails it now."""

    samples: tuple[_Sample, ...] = ()
    errors: int = 0
    trouble: str = ""
    changed_at_s: float = 0.0
    largest_gap_s: float = 0.0

    def and_one(self, sample: _Sample) -> _Window:
        """With a new sample, and without those it makes too old."""
        last = self.samples[-1] if self.samples else None
        moved = last is None or last.volts != sample.volts
        return _Window(
            samples=(*dropwhile(lambda old: sample.at_s - old.at_s > RIPPLE_WINDOW_S, self.samples), sample),
            errors=self.errors,
            changed_at_s=sample.at_s if moved else self.changed_at_s,
            largest_gap_s=max(self.largest_gap_s, sample.at_s - last.at_s if last else 0.0),
        )

    @property
    def frozen_s(self) -> float:
        """For how long every sample has been the same number."""
        return self.samples[-1].at_s - self.changed_at_s if self.samples else 0.0


class SampledSupply:
    """The voltage at the plug; the real twin of `engine.ports.Supply`.

    Args:
        read: Volts as measured now, or None while there is nothing new; raises `SensorError`.
        clock: Times the samples and the sampler.
        config: Sampling time, filter, calibration offset.
    """

    def __init__(self, read: Callable[[], float | None], clock: Clock, config: PowerConfig) -> None:
        self._read = read
        self._clock = clock
        self._config = config
        self._window = _Window()
        self._told: tuple[_Window, Reading | None] = self._window, None
        self._ticker: Ticker | None = None

    def start(self) -> None:
        """Begin to sample."""
        if self._ticker is None:
            self._ticker = self._clock.every(sampling_period_s(self._config.sample_s), self._sample, "supply sampler")

    def stop(self) -> None:
        """Sample no more; returns when the sensor is not being read."""
        if self._ticker is not None:
            self._ticker.stop()
            self._ticker = None

    def newest(self) -> Reading | None:
        """The newest filtered reading; None when there are too few samples, or frozen ones. Judge its age yourself."""
        window, told = self._window, self._told
        if told[0] is not window:
            told = self._told = window, self._filtered(window)
        return told[1]

    def _filtered(self, window: _Window) -> Reading | None:
        samples = window.samples
        if not samples or window.frozen_s > FROZEN_S:
            return None
        newest_at_s = samples[-1].at_s
        recent = [s.volts for s in samples if newest_at_s - s.at_s <= self._config.max_age_s][-self._config.median :]
        if len(recent) <= self._config.median // 2:
            return None
        # The lower of two middle samples: in doubt the supply is low.
        volts = round(median_low(recent) + self._config.offset_v, 4)
        return Reading(newest_at_s, volts, _ripple_v(samples), _ripple_rms_v(samples))

    @property
    def errors(self) -> int:
        """How many reads have failed since the start."""
        return self._window.errors

    @property
    def largest_gap_s(self) -> float:
        """The longest time between two samples so far, whatever else was going on."""
        return self._window.largest_gap_s

    @property
    def trouble(self) -> str:
        """What is wrong with the sensor now, a sentence; empty while samples come in."""
        window = self._window
        if window.trouble:
            return window.trouble
        if not window.samples:
            return "the voltage monitor has given no sample yet"
        if window.frozen_s > FROZEN_S:
            return f"the voltage monitor has said the same number for {window.frozen_s:.0f} s: it is frozen"
        age_s = self._clock.now_s() - window.samples[-1].at_s
        return f"the voltage monitor gave its last sample {age_s:.1f} s ago" if age_s > self._config.max_age_s else ""

    def _sample(self) -> None:
        at_s = self._clock.now_s()  # before the read: a sample is never thought younger than it is
        window = self._window
        try:
            volts = self._read()
        except SensorError as error:
            self._window = replace(window, errors=window.errors + 1, trouble=str(error))
            return
        if volts is not None:
            self._window = window.and_one(_Sample(at_s, volts))


def sampling_period_s(longest_s: float) -> float:
    """The longest period, at most `longest_s`, at which mains ripple does not seem to stand still.

    A 120 Hz ripple looked at exactly every 25 ms shows the same point of its wave each time: no ripple at all; 100 Hz
    shows two points.  A period that is well away from every multiple of half a ripple period shows the whole wave.
    """
    for shorter in range(int(longest_s / _STEP_S)):
        period_s = longest_s - shorter * _STEP_S
        if all(_moves(period_s * ripple_hz) for ripple_hz in MAINS_RIPPLE_HZ):
            return period_s
    return longest_s


def _moves(ripple_periods: float) -> bool:
    halves = 2 * ripple_periods
    return abs(halves - round(halves)) / 2 >= _CLEAR_OF_STANDSTILL


def _ripple_v(samples: tuple[_Sample, ...]) -> float | None:
    """Peak to peak of the raw samples of the last second; None while there are too few."""
    if len(samples) < RIPPLE_SAMPLES:
        return None
    volts = [s.volts for s in samples]
    return round(max(volts) - min(volts), 4)


def _ripple_rms_v(samples: tuple[_Sample, ...]) -> float | None:
    """Root mean square of the raw samples of the last second around their mean; None while there are too few."""
    if len(samples) < RIPPLE_SAMPLES:
        return None
    volts = [s.volts for s in samples]
    mean = fmean(volts)
    return round(sqrt(fmean([(one - mean) ** 2 for one in volts])), 4)
