"""Laws 3, 4 and 12: nothing is written while the supply is unfit, or while nobody can read it."""

from __future__ import annotations

from appliance.bench.referee.job import Fit
from appliance.bench.referee.rule import Rule
from appliance.bench.referee.seen import Look, Request


class SupplyFit(Rule):
    """Law 12: no erase, download, transfer or write while the *true* supply is beyond a limit for longer than a guard
    needs to notice it.  ISO 14229-1 leaves that to the tester; the limits are facts.md §6.
    """

    law = "12"
    _warned_since_s: float | None = None  # None: inside the limits that count after a while
    _stopped_since_s: float | None = None  # None: inside those that count at once
    _volts = 0.0

    def looked(self, look: Look) -> None:
        """Remember since when it is beyond which limit."""
        fit = self.job.fit
        if fit is None:
            return
        self._volts = look.volts
        warned, stopped = _beyond(fit, look.volts, now=False), _beyond(fit, look.volts, now=True)
        self._warned_since_s = _since(self._warned_since_s, look.at_s, warned)
        self._stopped_since_s = _since(self._stopped_since_s, look.at_s, stopped)

    def asked(self, request: Request) -> None:
        """A write needs a fit supply."""
        fit = self.job.fit
        if fit is None or not request.writes:
            return
        at_once_s = _for(self._stopped_since_s, request.at_s) > fit.notices_s
        debounced_s = _for(self._warned_since_s, request.at_s) > fit.debounce_s + fit.notices_s
        if at_once_s or debounced_s:
            since_s = max(_for(self._stopped_since_s, request.at_s), _for(self._warned_since_s, request.at_s))
            self.object(
                f"written to 0x{request.to:02X} at {self._volts:.2f} V, unfit for {since_s:.2f} s", request.at_s
            )


class SupplyRead(Rule):
    """Law 3: no reading is a low reading.  The one exception is declared: an erased datablock is finished, and nothing
    further, when a control unit tells its own supply.
    """

    law = "3"
    _blind_since_s: float | None = None  # None: it can be read

    def looked(self, look: Look) -> None:
        """Remember since when nothing can be read."""
        self._blind_since_s = _since(self._blind_since_s, look.at_s, not look.readable)

    def asked(self, request: Request) -> None:
        """A write needs a reading."""
        fit = self.job.fit
        if fit is None or not request.writes or _for(self._blind_since_s, request.at_s) <= fit.blind_s:
            return
        known = self.ledger.of(request.to)
        carried = known.transfer is not None or known.erased is not None
        if not (self.job.second_opinion and carried and request.flashes):
            self.object(f"written to 0x{request.to:02X} while the supply cannot be read", request.at_s)


def beyond_limits(fit: Fit, look: Look) -> bool:
    """Whether a guard would hold under this supply, sooner or later."""
    return not look.readable or _beyond(fit, look.volts, now=False)


def _beyond(fit: Fit, volts: float, *, now: bool) -> bool:
    low_v, high_v = (fit.hold_now_v, fit.upper_stop_v) if now else (fit.hold_v, fit.upper_warn_v)
    return not low_v - fit.tolerance_v <= volts <= high_v + fit.tolerance_v


def _since(since_s: float | None, at_s: float, holds: bool) -> float | None:
    if not holds:
        return None
    return at_s if since_s is None else since_s


def _for(since_s: float | None, at_s: float) -> float:
    return 0.0 if since_s is None else at_s - since_s
