"""One run of a campaign, from the first look at the car to its ending.

    observe → judge → plan → verify images → supply → freeze → program each unit → level → restore → clear → observe

First run, resume and recovery are this one path with different facts.  Whatever happens after the plan is frozen,
`restore` runs, and a restore that fails makes the run not succeeded (law 8).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

from appliance.campaign.eligibility import CannotDecide, Eligibility, NotAffected, judge
from appliance.campaign.level_plan import looked_at, measures_plan, require_at_level
from appliance.campaign.plan import Action, Plan, PlanUnit, plan_hash
from appliance.campaign.turns import Turns
from appliance.campaign.verdict import Verdict
from appliance.car.integration_level import parse_level
from appliance.car.vehicle import Vehicle
from appliance.engine.agreement import require_agreement, require_strong_host
from appliance.engine.ending import judged, nothing_to_do, several
from appliance.engine.frozen import Frozen, filed_as, read_frozen
from appliance.engine.identification import drive_one, observe
from appliance.engine.jobs import make_job
from appliance.engine.journal import BEFORE, Run
from appliance.engine.lane import Lane
from appliance.engine.lineage import facts_of
from appliance.engine.looks import Looks
from appliance.engine.report import Ending
from appliance.engine.side_by_side import SLEEPS, SideBySide
from appliance.engine.supply_check import DO_NOT_TOUCH, SupplyCheck, expected_s
from appliance.engine.unit_verdict import programmed_all, unit_verdict
from appliance.engine.waiting import unit_lane
from appliance.engine.waking import await_awake
from appliance.engine.winding_up import WindingUp
from appliance.engine.workshop import Workshop
from appliance.errors import BoardError, Kl30Error, RefusedError
from appliance.events import (
    LeftAlone,
    Noted,
    Phase,
    PhaseEntered,
    PlanFrozen,
    PlannedUnit,
    Retried,
    UnitChanged,
    UnitState,
)
from appliance.procedure.backup import owes_coding
from appliance.procedure.facts import (
    Fact,
    LevelWritten,
    standing,
)
from appliance.procedure.finish import write_level
from appliance.procedure.job import Job
from appliance.procedure.program import owes_proof, program, prove_and_code
from appliance.procedure.session import restore
from appliance.procedure.words import Procedure
from appliance.values import to_json

ROOM_BYTES = 64 * 1024 * 1024  # journal, report and recordings of one run, with room to spare
LOOKS = 2  # at the whole car, when everything is programmed; a level catalogue asks for one more


class WrongCar(RefusedError):
    """An unfinished job waits for another car; it stays unfinished."""


class CampaignRun:
    """One run; `run` is its row in the journal."""

    def __init__(self, workshop: Workshop, run: Run) -> None:
        self._shop = workshop
        self._run = run
        self._journal = workshop.journal
        self._tell = workshop.narrator.tell
        self._gave_up = ""
        self._looks = Looks(workshop, run)
        self._plan: Plan | None = None

    # -- the two ways in

    def first(self) -> Ending:
        """From START.

        Raises:
            RefusedError: supply, trust or a control unit speaks against it; nothing was written.
            JournalError, LinkError: our own side failed.
        """
        return self.of(self.look())

    def look(self) -> Vehicle:
        """The car as it drives in."""
        self._tell(
            PhaseEntered(
                Phase.CHECKING, "The car is being read. Nothing is changed yet.", "every control unit's answer"
            )
        )
        return self._looks.observed(BEFORE, self._shop.trusted.looked_at)

    def of(self, vehicle: Vehicle) -> Ending:
        """From START on, with the car as `look` found it.

        Raises:
            RefusedError, JournalError, LinkError: as `first`.
        """
        campaign = self._shop.trusted.campaign
        eligibility = judge(campaign, vehicle, self._shop.trusted.open_list)
        match eligibility:
            case NotAffected(why):
                return Ending(Verdict.NOT_AFFECTED, why)
            case CannotDecide(why, supply):
                return Ending(Verdict.CANNOT_DECIDE, f"{why}; {supply}")
            case _:
                pass
        if vehicle.vin is None:  # a report without a VIN proves nothing, and a resume could not know its car
            return Ending(Verdict.CANNOT_DECIDE, "the VIN could not be read; read it again, ignition on")
        plan = self._planned(eligibility, vehicle, vehicle.vin.text)
        earlier = self._earlier(plan)
        if earlier is None and (done := nothing_to_do(campaign, plan, eligibility)):
            return done
        plan = self._with_owed_coding(plan, earlier)
        return self._begun(self._frozen_as(plan), vehicle, earlier)

    def _planned(self, eligibility: Eligibility, vehicle: Vehicle, vin: str) -> Plan:
        """The measures plan for a vehicle that the campaign is for."""
        trusted = self._shop.trusted
        return measures_plan(trusted.campaign, trusted.catalogue, eligibility, vehicle, vin=vin)

    def _frozen_as(self, plan: Plan) -> Frozen:
        """What the run will be held to."""
        return Frozen(self._shop.trusted.campaign, plan, self._shop.trusted.catalogue)

    def _earlier(self, plan: Plan) -> Run | None:
        """The newest run this one goes on with; None: there is none."""
        touched = (self._journal.touched_before(plan.vin, name) for name in self._filed(plan))
        found = {run.id: run for run in touched if run is not None}
        return next((found[run.id] for run in self._journal.runs() if run.id in found), None) if found else None

    def _filed(self, plan: Plan) -> tuple[str, ...]:
        """What runs that this one may go on with are filed under: the campaign, and its control units alone."""
        return (plan.campaign_id, *(filed_as(plan.campaign_id, unit.address) for unit in plan.units))

    def _begun(self, frozen: Frozen, vehicle: Vehicle, earlier: Run | None) -> Ending:
        """Everything that must hold before the first write; then the plan is frozen and carried out."""
        plan, shop = frozen.plan, self._shop
        jobs = self._jobs(plan, vehicle)
        self._journal.require_room(ROOM_BYTES)
        require_strong_host(shop.host)
        require_agreement(plan.supply, shop.runner, shop.supply, shop.limits, shop.narrator)
        at_once = min(plan.max_open, max((len(group) for group in plan.groups), default=1))
        link = shop.runner.link_watch
        link.require()  # nobody waits for a refusal that is known already
        SupplyCheck(shop.clock, shop.supply, shop.limits, shop.runner, shop.narrator).require(jobs.values(), at_once)
        link.admit()  # a minute has passed, in which somebody may have plugged another tester in
        self._freeze(frozen, earlier)
        return self._carry_out(frozen, vehicle, jobs)

    def resume(self) -> Ending:
        """From where an earlier life was cut off.

        Raises:
            WrongCar: the plug is in another car; the run stays unfinished.
        """
        frozen = self.show()
        try:
            return self._resumed(frozen)
        except (WrongCar, BoardError):
            raise
        except Kl30Error as failure:  # not "refused": an earlier life may have written
            return self._judged(frozen, failure, (), cancelled=False)

    def show(self) -> Frozen:
        """Show what is unfinished, by the journal alone.

        Raises:
            JournalError: the measures plan cannot be read.
        """
        frozen = self.frozen()
        self._show_plan(frozen.plan)
        self._show_progress(frozen.plan, failed=False)
        return frozen

    def _resumed(self, frozen: Frozen) -> Ending:
        self._tell(
            PhaseEntered(Phase.RESUMING, "An interrupted job is being finished.", "the car's answers", DO_NOT_TOUCH)
        )
        self._shop.runner.link_watch.begin()
        addresses = [unit.address for unit in frozen.plan.units]
        # Sessions only: whose car it is, is not known yet, and its modes are restored at the end anyway.
        drive_one(self._shop.runner, "restore", restore((), ()), in_session=True)
        vehicle = self._looks.awake(addresses)
        self._require_its_car(vehicle)
        return self._carry_out(frozen, vehicle, self._jobs(frozen.plan, vehicle))

    def _require_its_car(self, vehicle: Vehicle) -> None:
        if vehicle.vin is None or vehicle.vin.text != self._run.vin:
            raise WrongCar(
                f"an unfinished job belongs to {self._run.vin}; this car says {vehicle.vin or 'nothing'}",
                do=f"plug the appliance into {self._run.vin}, switch the ignition on, and press START",
            )

    def frozen(self) -> Frozen:
        """What the run is held to, from the journal.

        Raises:
            JournalError: it cannot be read.
        """
        return read_frozen(self._run)

    # -- before the first write

    def _with_owed_coding(self, plan: Plan, earlier: Run | None) -> Plan:
        """The plan, with what an earlier run took from a control unit and did not give back, or did not prove.

        Such a unit names the target software, so that the car alone does not show what is missing (law 8).
        """
        facts = self._lineage_facts(earlier)
        return replace(plan, units=tuple(_with_owed(unit, facts) for unit in plan.units))

    def _jobs(self, plan: Plan, vehicle: Vehicle) -> dict[int, Job]:
        """Jobs for what is to be programmed; every image is verified here, before contact (law 2)."""
        trusted, today = self._shop.trusted, self._shop.clock.wall()
        return {
            unit.address: make_job(plan, unit, vehicle, trusted.image_of, trusted.providers, today)
            for unit in plan.units
            if unit.action is not Action.NONE
        }

    def _freeze(self, frozen: Frozen, earlier: Run | None) -> None:
        self._write_frozen(frozen, earlier.id if earlier else "")

    def _write_frozen(self, frozen: Frozen, continues: str, campaign: str = "") -> None:
        plan, journal = frozen.plan, self._journal
        journal.freeze(self._run.id, plan.vin, to_json(frozen), plan_hash(plan), continues, campaign)
        self._run = journal.run(self._run.id) or self._run
        self._show_plan(plan)

    # -- programming

    def _carry_out(self, frozen: Frozen, vehicle: Vehicle, jobs: Mapping[int, Job]) -> Ending:
        plan = self._plan = frozen.plan
        self._shop.runner.beside.another_car(plan.supply)
        await_awake(self._shop.runner, self._tell)
        self._tell(PhaseEntered(Phase.PROGRAMMING, "The control units are being programmed.", "", DO_NOT_TOUCH))
        failure: Kl30Error | None = None
        cancelled = False
        groups = [[jobs[unit.address] for unit in group] for group in plan.groups]
        looks_s = self._looks.took_s * (LOOKS if frozen.catalogue is None else LOOKS + 1)
        self._shop.runner.timekeeper.plan(groups, self._facts(), plan.turns, looks_s)
        left_s = expected_s(jobs.values())
        for group in plan.groups:
            left_s -= expected_s(jobs[unit.address] for unit in group)
            if failure is None and not cancelled:
                failure, cancelled = self._programmed_group(group, jobs, left_s, plan.turns)
        if failure is None and not cancelled:
            failure, cancelled = self._level_raised(frozen)
        finished = failure is None and not cancelled
        wind_up = WindingUp(self._shop, self._looks.observed, self._facts, self._looks.first())
        troubles = wind_up(vehicle, plan, self._run, finished=finished)
        self._shop.runner.timekeeper.over()
        self._show_progress(plan, failed=failure is not None)
        return self._judged(frozen, failure, troubles, cancelled=cancelled)

    def _programmed_group(
        self, group: Sequence[PlanUnit], jobs: Mapping[int, Job], later_s: float, turns: Turns
    ) -> tuple[Kl30Error | None, bool]:
        """Control units that are prepared together; why they failed, and whether one was cancelled."""
        if len(group) == 1:
            lanes: tuple[Lane, ...] = (self._programmed(group[0], jobs[group[0].address], later_s),)
        else:
            lanes = self._side_by_side(group, jobs, later_s, turns)
        self._gave_up = next((lane.gave_up for lane in lanes if lane.gave_up), "")
        failures = [lane.failure for lane in lanes if lane.failure is not None]
        return several(failures), any(lane.cancelled for lane in lanes)

    def _side_by_side(
        self, group: Sequence[PlanUnit], jobs: Mapping[int, Job], later_s: float, turns: Turns
    ) -> tuple[Lane, ...]:
        shop = self._shop
        facts = self._lineage_facts()
        unproven = {unit.address for unit in group if owes_proof(unit.address, facts)}
        together = SideBySide(shop.clock, shop.runner, shop.narrator, self._history, unproven, later_s, turns)
        return together.program([jobs[unit.address] for unit in group])

    def _programmed(self, unit: PlanUnit, job: Job, later_s: float) -> Lane:
        self._show_begun(unit)
        return self._driven(lambda: unit_lane(job, self._procedure(job), self._facts(), later_s))

    def _procedure(self, job: Job) -> Procedure[None]:
        """What programs one control unit."""
        if owes_proof(job.address, self._lineage_facts()) and not job.datablocks:
            return prove_and_code(job, self._history())
        return program(job, self._history())

    def _level_raised(self, frozen: Frozen) -> tuple[Kl30Error | None, bool]:
        """The level belongs to the vehicle and comes last: only when every unit of the plan is proven (law 9).

        Returns:
            Why it failed, and whether it was cancelled before it was written.
        """
        plan = frozen.plan
        if not plan.target or not programmed_all(plan, self._facts()) or self._level_written():
            return None, False
        if behind := self._behind_the_level(frozen):
            return behind, False
        lane = self._driven(lambda: Lane("integration level", write_level(parse_level(plan.target))))
        return lane.failure, lane.cancelled and not self._level_written()

    def _behind_the_level(self, frozen: Frozen) -> Kl30Error | None:
        """What the vehicle itself says against the level, asked once more; None: nothing, or no catalogue knows."""
        if frozen.catalogue is None:
            return None
        runner, closely = self._shop.runner, looked_at(frozen.campaign, frozen.catalogue)
        try:
            require_at_level(frozen.campaign, frozen.catalogue, observe(runner, closely))
        except RefusedError:  # one that has just been reset may be silent yet
            try:
                await_awake(runner, self._tell)
                require_at_level(frozen.campaign, frozen.catalogue, observe(runner, closely))
            except RefusedError as refusal:
                return refusal
        self._tell(Noted(f"every control unit was read back before the level was written: {frozen.plan.level_why}"))
        return None

    def _driven(self, begin: Callable[[], Lane]) -> Lane:
        """Drive a lane; one that failed because the car slept under it is begun again, with what stands by then."""
        lane = begin()
        self._shop.runner.drive([lane])
        for _ in range(SLEEPS):
            if not lane.fell_asleep or lane.failure is None:
                break
            self._tell(Retried(lane.address, lane.step, f"the car had fallen asleep: {lane.failure.what}"))
            lane = begin()
            self._shop.runner.drive([lane])
        return lane

    def _level_written(self) -> bool:
        return any(isinstance(fact, LevelWritten) for fact in self._facts())

    def _judged(
        self, frozen: Frozen, failure: Kl30Error | None, troubles: tuple[str, ...], *, cancelled: bool
    ) -> Ending:
        stopped = (self._gave_up or "cancelled by the technician") if cancelled else ""
        ending = judged(frozen.campaign, frozen.plan, self._facts(), failure, troubles, stopped)
        return replace(ending, beside=frozen.beside)

    # -- small things

    def _facts(self) -> tuple[Fact, ...]:
        """What stands of this run's facts and of what it takes over."""
        return standing(self._history())

    def _lineage_facts(self, newest: Run | None = None) -> tuple[Fact, ...]:
        """What stands of all that this job marked, in every run of it; `newest`: of the runs up to that one."""
        lineage = self._journal.lineage(newest or self._run)
        return standing(fact for run in lineage for fact in self._journal.facts(run.id))

    def _history(self) -> tuple[Fact, ...]:
        """The same with what stands no more: attempts are counted over all of it."""
        return facts_of(self._journal, self._run, self._plan)

    def _show_plan(self, plan: Plan) -> None:
        units = tuple(
            PlannedUnit(u.address, u.name, u.action.value, u.why, u.size_bytes, u.expected_s) for u in plan.units
        )
        left = tuple(LeftAlone(one.address, one.name, one.why, one.blocks_level) for one in plan.untouched)
        told = PlanFrozen(self._run.id, plan.campaign_id, plan.title, plan.target, plan_hash(plan), units)
        self._tell(replace(told, untouched=left, level_why=plan.level_why))

    def _show_begun(self, unit: PlanUnit) -> None:
        if unit_verdict(unit, self._facts()) != "programmed":
            self._tell(UnitChanged(unit.address, UnitState.PROGRAMMING))

    def _show_progress(self, plan: Plan, *, failed: bool) -> None:
        """Where each control unit stands, by its facts alone."""
        facts = self._facts()
        for unit in plan.units:
            state = _SHOWN[unit_verdict(unit, facts)]
            self._tell(UnitChanged(unit.address, UnitState.FAILED if failed and state is UnitState.ERASED else state))


def _with_owed(unit: PlanUnit, facts: Collection[Fact]) -> PlanUnit:
    """A unit that names the target software, with what an earlier run owes it."""
    if unit.action is not Action.NONE:
        return unit
    if owes_coding(unit.address, facts):
        owed = "its coding data"
    elif owes_proof(unit.address, facts):
        owed = "its proof"
    else:
        return unit
    why = f"it already carries the target software; an earlier run still owes it {owed}"
    return replace(unit, action=Action.CODE, why=why)


_SHOWN = {
    "untouched": UnitState.UNTOUCHED,
    "in-bootloader": UnitState.ERASED,
    "programmed": UnitState.PROGRAMMED,
    "coded": UnitState.CODED,
    "half-coded": UnitState.FAILED,
}
