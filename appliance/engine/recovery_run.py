"""One run that recovers one stuck control unit: a campaign run of a plan with one unit and no integration level.

    observe → recognise → find software that fits → images → supply → freeze → rung after rung → restore → observe

What is different from a campaign is here: whose vehicle it is may be unknown (decision 0020), no bulletin is asked,
and a failure climbs the ladder of `procedure.recover` instead of ending the run.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from appliance.campaign.catalogue import Catalogue, chosen
from appliance.campaign.eligibility import AlreadyAtTarget, judge
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan, PlanUnit
from appliance.campaign.recovery import (
    NOT_CODED_ANEW,
    UNKNOWN_VIN,
    Source,
    first_fit,
    recovery_plan,
    recovery_source,
    sources_of,
)
from appliance.campaign.verdict import Verdict
from appliance.car.condition import Condition, State, condition_of
from appliance.car.vehicle import UnitSeen, Vehicle
from appliance.engine.campaign_run import CampaignRun, WrongCar
from appliance.engine.frozen import Frozen
from appliance.engine.identification import drive_one
from appliance.engine.journal import AFTER, BEFORE, Run
from appliance.engine.lane import Lane
from appliance.engine.lineage import known_svk
from appliance.engine.person import GUIDES, Answered, ask_person
from appliance.engine.recovery_report import coding_words
from appliance.engine.report import Ending
from appliance.engine.vehicle_view import address_text
from appliance.engine.waking import await_awake
from appliance.engine.workshop import Trusted, Workshop
from appliance.errors import CarError, Kl30Error, RefusedError
from appliance.events import Noted, Phase, PhaseEntered, Retried, UnitChanged, UnitState
from appliance.procedure.facts import Rung
from appliance.procedure.job import Job
from appliance.procedure.recover import (
    begin_rung,
    climbs,
    confirm_step,
    next_rung,
    person_due,
    recover,
    rung_of,
)
from appliance.procedure.session import restore
from appliance.procedure.words import Procedure

STAY = "Leave the charger on and the plug in."
STOP = (
    "leave the control unit as it is, it still answers; do not replace it yet, do not program other control units, do "
    "not try other tools at random; keep report, journal and recordings of this run and ask who knows this unit"
)


class LadderSpent(CarError):
    """Every rung was tried; the control unit is left talking in its bootloader."""


def campaigns_of(trusted: Trusted) -> tuple[Campaign, ...]:
    """Everything of the cache that may have a stuck control unit's software."""
    return (*trusted.recoveries, trusted.campaign)


def to_recover(trusted: Trusted, vehicle: Vehicle) -> int | None:
    """The control unit START recovers before anything else; None: the campaign goes its way.

    That is a stuck one the campaign does not program: because it is another one, or because the vehicle has the
    campaign's target already.  A stuck one of the campaign itself is programmed by the campaign.
    """
    stuck = [unit.address for unit in vehicle.units if condition_of(unit).stuck]
    campaign = trusted.campaign
    programs = (one for one in chosen(campaign, trusted.catalogue) if one.datablocks or one in campaign.units)
    ours = {unit.address for unit in programs}
    others = [address for address in stuck if address not in ours and sources_of(trusted.recoveries, address)]
    if others:
        return others[0]
    mine = [address for address in stuck if address in ours]
    done = bool(mine) and isinstance(judge(trusted.campaign, vehicle, trusted.open_list), AlreadyAtTarget)
    return mine[0] if done else None


def run_of(workshop: Workshop, run: Run) -> CampaignRun:
    """An unfinished run, as what it was begun.

    Raises:
        JournalError: its measures plan cannot be read.
    """
    unfinished = CampaignRun(workshop, run)
    return RecoveryRun(workshop, run) if unfinished.frozen().plan.recovers else unfinished


class RecoveryRun(CampaignRun):
    """One run; `address` is the control unit, None for a run that is resumed."""

    def __init__(self, workshop: Workshop, run: Run, address: int | None = None) -> None:
        super().__init__(workshop, run)
        self._address = address
        self._rung = Rung.AS_FOUND

    # -- the ways in

    def first(self) -> Ending:
        """From START, or from `kl30 recover`.

        Raises:
            RefusedError: the unit is not stuck, no software fits, or the supply speaks against it; nothing was written.
            JournalError, LinkError: our own side failed.
        """
        address = self._address
        assert address is not None
        what = f"Control unit {address_text(address)} is being read. Nothing is changed yet."
        self._tell(PhaseEntered(Phase.CHECKING, what, "every control unit's answer"))
        vehicle = self._looks.observed(BEFORE, [address])
        source, condition = self._recognised(vehicle, address)
        plan = recovery_plan(source, vehicle, condition)
        self._explain(source, vehicle, condition)
        named = plan.vin != UNKNOWN_VIN
        earlier = self._journal.touched_before(plan.vin, _about(address)) if named else None
        return self._begun(Frozen(source.campaign, plan, self._catalogue_of(source)), vehicle, earlier)

    def _catalogue_of(self, source: Source) -> Catalogue | None:
        """The catalogue the software comes from; None: it is the campaign's own."""
        own = source.campaign.unit(source.unit.address) is not None
        return None if own else self._shop.trusted.catalogue

    def _recognised(self, vehicle: Vehicle, address: int) -> tuple[Source, Condition]:
        seen = vehicle.unit(address)
        condition = condition_of(seen) if seen else Condition(State.UNKNOWN)
        at, trusted = f"control unit {address_text(address)}", self._shop.trusted
        if condition.state is State.UNKNOWN:
            raise RefusedError(
                "it does not answer, or tells too little to be judged",
                where=at,
                do="ignition on, charger connected; check its fuse and its plug, then try again",
            )
        vin = vehicle.vin.text if vehicle.vin else UNKNOWN_VIN
        known = known_svk(self._journal, vin, address)
        if condition.stuck:
            return recovery_source(campaigns_of(trusted), vehicle, address, known, trusted.catalogue), condition
        sources = sources_of(campaigns_of(trusted), address, trusted.catalogue)
        judged = [condition_of(seen or UnitSeen(address), one.unit.target_software) for one in sources]
        if sources and all(one.stuck for one in judged):
            source = first_fit(sources, vehicle, known)
            return source, judged[sources.index(source)]
        raise RefusedError(
            "it is not stuck: its own check passed, and it names its software",
            where=at,
            do="there is nothing to recover; to bring it to newer software, use its campaign",
        )

    def _explain(self, source: Source, vehicle: Vehicle, condition: Condition) -> None:
        unit = source.unit
        name = f"{unit.name} {address_text(unit.address)}"
        self._tell(Noted(f"{name} is {condition.words}", attention=True))
        what = f"{name} is {condition.state.value}. It alone is programmed again, with {source.campaign.title}."
        self._tell(PhaseEntered(Phase.CHECKING, what, "", STAY))
        if vehicle.vin is None:
            words = "no control unit names the VIN: nothing that belongs to a vehicle is written"
            self._tell(Noted(words, attention=True))
        if vehicle.order is None:
            words = "the vehicle order cannot be read: hardware, bootloader and software names prove that it fits"
            self._tell(Noted(words, attention=True))

    def _require_its_car(self, vehicle: Vehicle) -> None:
        """The VIN where one is known; else the control unit itself must still fit its software (decision 0020)."""
        if self._run.vin != UNKNOWN_VIN:
            super()._require_its_car(vehicle)
            return
        frozen = self.frozen()
        (planned,) = frozen.plan.units
        sources = sources_of((frozen.campaign,), planned.address, frozen.catalogue)
        meant = [one for one in sources if tuple(s.psdz for s in one.unit.target_software) == planned.software_target]
        try:
            first_fit(meant, vehicle, None)
        except RefusedError as refusal:
            what = f"an unfinished recovery waits for its control unit: {refusal.what}"
            raise WrongCar(what, do=refusal.do) from refusal

    def _freeze(self, frozen: Frozen, earlier: Run | None) -> None:
        (unit,) = frozen.plan.units
        continues = earlier.id if earlier else ""
        self._write_frozen(frozen, continues, _about(unit.address))

    def _jobs(self, plan: Plan, vehicle: Vehicle) -> dict[int, Job]:
        jobs = super()._jobs(plan, vehicle)
        return {address: replace(job, in_bootloader=True) for address, job in jobs.items()}

    # -- the ladder

    def _programmed(self, unit: PlanUnit, job: Job, later_s: float) -> Lane:
        self._rung = self._found_rung(unit.address)
        while True:
            stopped = self._helped(unit)
            if stopped:
                return _ended(unit, stopped)
            lane = super()._programmed(unit, job, later_s)
            failure, stronger = lane.failure, next_rung(self._rung)
            if failure is None or lane.cancelled or not climbs(failure, self._history(), unit.address):
                return lane
            self._tell(Noted(f"{unit.name}: {self._rung.value} did not help: {failure.what}", attention=True))
            if stronger is None:
                lane.failure = _spent(unit, failure)
                return lane
            self._tell(Retried(unit.address, stronger.value, failure.what))
            self._begin(unit.address, stronger)

    def _procedure(self, job: Job) -> Procedure[None]:
        return recover(job, self._rung, self._history())

    def _found_rung(self, address: int) -> Rung:
        """Where an earlier life, or an interrupted run before this one, has come to."""
        mine = rung_of(self._journal.facts(self._run.id), address)
        if mine is not None:
            return mine
        *_, before = (None, *self._journal.lineage(self._run)[:-1])
        left = rung_of(self._journal.facts(before.id), address) if before and before.verdict == "interrupted" else None
        rung = left or Rung.AS_FOUND
        self._begin(address, rung)
        return rung

    def _begin(self, address: int, rung: Rung) -> None:
        drive_one(self._shop.runner, "recovery", begin_rung(address, rung))
        self._rung = rung

    def _helped(self, unit: PlanUnit) -> str:
        """Have a person do what this rung asks for; why it stops here, or empty: it is done."""
        if not person_due(self._rung, self._history(), unit.address):
            return ""
        shop = self._shop
        # It may take an hour: the other control units are given back, and nobody is kept in a session.
        drive_one(shop.runner, "restore", restore((), (unit.address,)), in_session=True)
        about = f"{unit.name} {address_text(unit.address)} could not be programmed yet: {self._rung.value} is next."
        match ask_person(GUIDES[self._rung], about, shop.clock, shop.runner, shop.narrator):
            case Answered.CANCELLED:
                return f"cancelled by the technician before {self._rung.value}"
            case Answered.NOBODY:
                return f"nobody confirmed {self._rung.value}"
            case Answered.DONE:
                pass
        drive_one(shop.runner, "recovery", confirm_step(unit.address, self._rung))
        await_awake(shop.runner, self._tell)
        what = f"{unit.name} is being programmed again."
        self._tell(PhaseEntered(Phase.PROGRAMMING, what, "", STAY))
        self._tell(UnitChanged(unit.address, UnitState.PROGRAMMING))
        return ""

    # -- the end

    def _judged(self, frozen: Frozen, failure: Kl30Error | None, troubles: Sequence[str], *, cancelled: bool) -> Ending:
        ending = super()._judged(frozen, failure, tuple(troubles), cancelled=cancelled)
        (unit,) = frozen.plan.units
        if isinstance(failure, LadderSpent):
            return replace(ending, refusing=unit.address)
        if ending.verdict is not Verdict.PROGRAMMED:
            return ending
        was = frozen.plan.why.removeprefix("it is ")
        reason = (
            f"{unit.name} {address_text(unit.address)} was {was}; it was programmed again"
            f"{_helped_by(self._rung)}; now it names {', '.join(unit.software_target)}, and its own check passed; "
            "no other control unit and no integration level was touched"
            f"{NOT_CODED_ANEW if NOT_CODED_ANEW in unit.why else ''}"
        )
        after = self._journal.observed(self._run.id, AFTER)
        mine = tuple(fact for fact in self._facts() if getattr(fact, "address", None) == unit.address)
        coding = coding_words(unit, mine, after.unit(unit.address) if after else None)
        reason = f"{reason}; {coding}" if coding else reason
        return replace(ending, reason=reason)


def _helped_by(rung: Rung) -> str:
    return "" if rung is Rung.AS_FOUND else f", and what helped was {rung.value}"


def _about(address: int) -> str:
    """What a recovery is filed under in the journal: a control unit, not a bulletin."""
    return f"recovery of {address_text(address)}"


def _ended(unit: PlanUnit, why: str) -> Lane:
    """A lane that never went: it waited for a person."""
    lane = Lane(unit.name, _nothing(), unit.address)
    lane.gave_up = why
    lane.end(cancelled=True)
    return lane


def _nothing() -> Procedure[None]:
    yield from ()


def _spent(unit: PlanUnit, failure: Kl30Error) -> LadderSpent:
    tried = ", ".join(rung.value for rung in Rung)
    return LadderSpent(
        f"nothing helped ({tried}); last: {failure.what}", where=f"{unit.name} {address_text(unit.address)}", do=STOP
    )
