"""The supply as the runner watches it: the gate, the history behind the forecast, and what is kept of both."""

from __future__ import annotations

from appliance.clock import Clock
from appliance.engine.advice import trouble_of, while_held
from appliance.engine.foresight import Foresight
from appliance.engine.journal import Journal, Sample
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Supply
from appliance.events import SupplySeen
from appliance.power.forecast import Trend
from appliance.power.gate import judge, ripple_refusal, trip, unbelievable, unread
from appliance.power.limits import Limits

SUPPLY_EVENT_S = 1.0
SAMPLE_S = 0.25  # supply samples kept in the journal; the gate itself sees every reading


class SupplyWatch:
    """One supply under one gate.

    Attributes:
        gate: As of the last look.
        foresight: Everything seen so far, and what it says of the future.
    """

    def __init__(self, clock: Clock, supply: Supply, limits: Limits, journal: Journal, narrator: Narrator) -> None:
        self._clock = clock
        self._supply = supply
        self._limits = limits
        self._journal = journal
        self._narrator = narrator
        self._next_event_s = 0.0
        self._next_sample_s = 0.0
        self.gate = unread(clock.now_s())
        self.foresight = Foresight(limits)

    @property
    def volts(self) -> float | None:
        """The newest reading; None: there is none that can be believed, and an old one is shown to nobody."""
        reading = self._supply.newest()
        if reading is None or unbelievable(self._limits, self._clock.now_s(), reading):
            return None
        return reading.volts

    @property
    def ripple_refusal(self) -> str:
        """Why the ripple lets no datablock be begun; empty: it does, or there is no reading to have one."""
        reading = self._supply.newest()
        return ripple_refusal(self._limits, reading) if reading else ""

    @property
    def advice(self) -> str:
        """What a person can do about the shut gate."""
        now_s, limits = self._clock.now_s(), self._limits
        return while_held(limits, trouble_of(limits, now_s, self._supply.newest(), limits.release_v))

    def look(self, *, working: int) -> None:
        """Look at the newest reading; `working`: how many datablocks are being programmed."""
        now_s = self._clock.now_s()
        reading = self._supply.newest()
        self.gate = judge(self.gate, self._limits, now_s, reading)
        self.foresight.see(now_s, reading, working=working)
        volts = self.volts
        if now_s >= self._next_sample_s:
            self._next_sample_s = now_s + SAMPLE_S
            self._journal.sample(self._narrator.run, Sample(round(now_s, 3), volts))
        if now_s >= self._next_event_s:
            self._next_event_s = now_s + SUPPLY_EVENT_S
            self._narrator.tell(self._seen(now_s, volts))
            self._journal.flush_if_possible()

    def trip(self, reason: str) -> None:
        """A control unit says its supply is unfit."""
        self.gate = trip(self.gate, self._clock.now_s(), reason)

    def _seen(self, now_s: float, volts: float | None) -> SupplySeen:
        outlook, gate = self.foresight.outlook(now_s), self.gate
        known = outlook.trend is not Trend.UNKNOWN
        return SupplySeen(
            volts,
            gate.kind.value,
            gate.reason,
            outlook.words[:1].upper() + outlook.words[1:] + ".",
            trend=outlook.trend.name.lower(),
            limit_v=outlook.limit_v,
            limit_in_s=outlook.limit_in_s,
            slope_v_per_min=round(outlook.slope_v_per_min, 5) if known else None,
            slope_error_v_per_min=round(outlook.slope_error_v_per_min, 5) if known else None,
        )
