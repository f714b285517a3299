"""Before anything is changed: is the supply fit, and will it last for the whole plan?

    gate      fit now: between the limits, little ripple (`power.gate.start_refusal`)
    charger   carries a consumer as large as programming itself (`engine.charger_check`)
    forecast  will carry the longest datablock and, by all that is known, the plan (`power.forecast`)

A supply that is not fit gets `START_PATIENCE_S` to become so, one that might not last `FORECAST_PATIENCE_S`; then it is
a refusal, with its arithmetic and with what can be done about just that (`engine.advice`).  CANCEL ends the wait.
"""

from __future__ import annotations

from collections.abc import Iterable

from appliance.clock import Clock
from appliance.engine.advice import Trouble, before_start, trouble_of
from appliance.engine.charger_check import ChargerCheck
from appliance.engine.foresight import UNSETTLED
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Command, Supply
from appliance.engine.runner import Runner
from appliance.errors import RefusedError
from appliance.events import Phase, PhaseEntered
from appliance.power.forecast import Decision
from appliance.power.gate import start_refusal
from appliance.power.limits import Limits
from appliance.procedure.job import Job

START_PATIENCE_S = 15.0  # a charger just connected, the first second of samples; then it is a refusal
FORECAST_PATIENCE_S = 120.0  # of good chargers 99 in 100 are let go on within 81 s (docs/power.md)
DO_NOT_TOUCH = "Leave the charger on, the ignition as it is, and the plug in."


class SupplyCheck:
    """Watches the supply before the first write."""

    def __init__(self, clock: Clock, supply: Supply, limits: Limits, runner: Runner, narrator: Narrator) -> None:
        self._clock = clock
        self._supply = supply
        self._limits = limits
        self._runner = runner
        self._tell = narrator.tell
        self._charger = ChargerCheck(clock, limits, runner, narrator, self.wait)

    def require(self, jobs: Iterable[Job], at_once: int = 1) -> None:
        """Return when these jobs may begin, so many of them at the same time.

        Raises:
            RefusedError: the supply is not fit or would not last, its charger did not pass its test, or the technician
                cancelled; nothing was changed.
        """
        jobs = tuple(jobs)
        self._tell_watching()
        begun_s = fit_s = self._clock.now_s()
        tested = False
        while True:
            self.wait()
            refusal = self._unfit()
            if not refusal and not tested:
                tested = self._charger.require()
                self._tell_watching()
                refusal = self._unfit()
                begun_s = fit_s = self._clock.now_s()
            now_s, decision = self._clock.now_s(), self._expected(jobs, at_once)
            fit_s = fit_s if refusal else now_s
            if tested and not refusal and decision.allowed:
                self._runner.told_forecast("start", decision)
                return
            if now_s - fit_s > START_PATIENCE_S:
                raise RefusedError(f"the supply is not fit for programming: {refusal}", do=self._advice())
            if not refusal and now_s - begun_s > FORECAST_PATIENCE_S + self._limits.observe_s:
                self._runner.told_forecast("start", decision)
                raise self._unforeseen(decision)

    def _tell_watching(self) -> None:
        what = "The supply is being watched before anything is changed."
        self._tell(PhaseEntered(Phase.CHECKING, what, "a supply that is fit and will last", DO_NOT_TOUCH))

    def wait(self) -> bool:
        """One slice of waiting; whether START was pressed in it.

        Raises:
            RefusedError: the technician cancelled.
        """
        commands = set(self._runner.idle())
        if {Command.CANCEL, Command.SHUTDOWN} & commands:
            raise RefusedError("cancelled by the technician before anything was changed")
        return Command.START in commands

    def _unfit(self) -> str | None:
        refusal = start_refusal(self._limits, self._clock.now_s(), self._supply.newest(), self._runner.gate)
        trouble = self._supply.trouble
        return f"{refusal}; {trouble}" if refusal and trouble else refusal

    def _advice(self) -> str:
        now_s, limits = self._clock.now_s(), self._limits
        return before_start(limits, trouble_of(limits, now_s, self._supply.newest(), limits.start_v))

    def _unforeseen(self, decision: Decision) -> RefusedError:
        """Why the forecast let nothing begin: the supply speaks against it, or it never kept still."""
        if decision.criterion in UNSETTLED:
            watched_s = FORECAST_PATIENCE_S + self._limits.observe_s
            what = f"the supply did not settle within {watched_s:.0f} s: {decision.reason}"
            return RefusedError(what, do=before_start(self._limits, Trouble.UNSETTLED))
        what = f"the supply would not last: {decision.reason}"
        return RefusedError(what, do=before_start(self._limits, Trouble.LOW))

    def _expected(self, jobs: tuple[Job, ...], at_once: int) -> Decision:
        """What the forecast says of the longest datablock and of the whole plan."""
        blocks = [(job, block) for job in jobs for block in job.datablocks]
        shared = (job.datablock_s(block) + (at_once - 1) * job.wire_s(block) for job, block in blocks)
        longest_s = max(shared, default=0.0)
        return self._runner.foresight.may_begin(self._clock.now_s(), longest_s, expected_s(jobs))


def expected_s(jobs: Iterable[Job]) -> float:
    """How long these jobs take, one after the other, by the control units' own times."""
    return sum(job.expected_s for job in jobs)
