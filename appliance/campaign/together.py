"""What several open campaigns mean to each other: who contradicts, what one programming carries out, who is first.

Rules.

1. Two contradict each other that bring one control unit of this vehicle to different software, but where the higher
   level's is the lower one's or higher, unit for unit.  So do two levels of which the higher one would be written over
   a control unit that the lower one programs and the higher one does not know: the lower campaign would look done.
   Whoever contradicts, all of them are refused, by name, before anything is written.
2. A campaign is *carried out* by another one's programming if its control units carry its software then, or higher, and
   the level is not below its own.  Two of one level that bring different control units are carried out together: one
   measures plan for both.  A campaign that raises no level is never joined to another.
3. The level is not written over a campaign that is for this vehicle and stays undone (law 9); but where a level
   catalogue has judged every control unit, its word counts.
4. First comes what an earlier run has begun and not finished, and nobody is asked; then who raises the level; the
   highest level; who carries out most of the others; the order of ids.

Pure.  Sources: decisions 0013, 0026, 0028; the service bulletins' "or higher".
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from appliance.campaign.check import problems
from appliance.campaign.disagreement import require_agreeing
from appliance.campaign.eligibility import Affected
from appliance.campaign.joined import joined
from appliance.campaign.level_plan import measures_plan
from appliance.campaign.model import Campaign
from appliance.campaign.plan import Plan
from appliance.campaign.reach import below, covers, label, units_of
from appliance.campaign.selection import Judged, Offer, Standing
from appliance.car.vehicle import Vehicle
from appliance.errors import CampaignError, RefusedError, UsageError

NOTHING_OPEN = (Standing.REFUSED, Standing.CANNOT_DECIDE, Standing.ALREADY_AT_TARGET, Standing.NOT_AFFECTED)


@dataclass(frozen=True, slots=True)
class Beside:
    """A campaign beside the one a run is for.

    Attributes:
        fulfilled: The run's measures plan carries it out as well.
        why: What it is to the vehicle and to the run, a sentence without a full stop.
    """

    campaign: Campaign
    standing: Standing
    why: str
    fulfilled: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """What one run may be for.

    Attributes:
        offer: With the control units of those it carries out together with its own.
        plan: None where there is nothing to carry out.
    """

    offer: Offer
    plan: Plan | None
    beside: tuple[Beside, ...]

    @property
    def campaign(self) -> Campaign:
        """The one whose labour operation pays."""
        return self.offer.campaign


def choices(judged: Sequence[Judged], vehicle: Vehicle, begun: str = "") -> tuple[Choice, ...]:
    """What a run may be for, the default first; where nothing is open, the one campaign that says most about it.

    Args:
        judged: Every campaign, at least one.
        begun: The campaign that an earlier run of this vehicle has begun and not finished; empty: there is none.

    Raises:
        RefusedError: campaigns that contradict each other, or cannot be carried out together.
    """
    mine = next((one for one in judged if one.campaign.id == begun), None)
    due = [one for one in judged if one.open]
    if mine is not None and not mine.open:
        return (_alone(mine, judged),)
    if not due:
        return (_alone(_telling(judged), judged),)
    try:
        require_agreeing(due, vehicle)
        made = [_choice(one, judged, vehicle) for one in sorted(due, key=lambda one: one.campaign.id)]
    except RefusedError:
        if mine is None:
            raise
        return (_alone(mine, judged),)  # what was begun is finished whatever has been imported since
    # Stable: each sort keeps the order of the one before where it does not decide.
    made.sort(key=lambda one: sum(other.fulfilled for other in one.beside), reverse=True)
    levels = {one.campaign.id: one for one in due}
    made.sort(key=lambda one: _rank(levels[one.campaign.id], due), reverse=True)
    made.sort(key=lambda one: one.campaign.id != begun)
    return tuple(made)


def chosen(made: Sequence[Choice], judged: Sequence[Judged], wanted: str, begun: str = "") -> Choice:
    """The choice for the campaign with this id; one that is not open is a run for it alone.

    Args:
        made: From `choices`, for the same `begun`.

    Raises:
        UsageError: there is no such campaign.
        RefusedError: what was begun has to be finished before.
    """
    named = [one for one in judged if one.campaign.id == wanted]
    if not named:
        known = ", ".join(one.campaign.id for one in judged)
        raise UsageError(f"the firmware cache holds no campaign {wanted!r}", do=f"choose one of: {known}")
    found = [one for one in made if one.campaign.id == wanted]
    if not found and begun and named[0].open:
        raise RefusedError(
            f"an earlier run has begun {begun} on this vehicle, and it is not finished",
            do=f"finish it first, with START or --campaign {begun}; nothing was changed",
        )
    return found[0] if found else _alone(named[0], judged)


def _alone(one: Judged, judged: Sequence[Judged]) -> Choice:
    """A run for this campaign and nothing else."""
    beside = tuple(_beside(one, other, ()) for other in judged if other is not one)
    return Choice(one.offer, _kept_back(one, one.offer, one.plan, judged, ()), beside)


def _telling(judged: Sequence[Judged]) -> Judged:
    return min(judged, key=lambda one: (NOTHING_OPEN.index(one.standing), one.campaign.id))


def _rank(one: Judged, due: Sequence[Judged]) -> tuple[bool, int]:
    """Who raises the level before who does not; the higher level is the target of fewer above it."""
    return one.campaign.raises_level, -sum(below(one, other) for other in due)


def _choice(one: Judged, judged: Sequence[Judged], vehicle: Vehicle) -> Choice:
    others = [other for other in judged if other is not one and other.open]
    covered = [other for other in others if not _after(one, other) and covers(one, other, vehicle)]
    more = [other for other in others if other not in covered and _joins(one, other)]
    offer, plan = _made(one, more, vehicle) if more else (one.offer, one.plan)
    fulfilled = (*covered, *more)
    beside = tuple(_beside(one, other, fulfilled) for other in judged if other is not one)
    return Choice(offer, _kept_back(one, offer, plan, judged, fulfilled), beside)


def _after(one: Judged, other: Judged) -> bool:
    """Whether the other has to be carried out by itself, whatever this one programs."""
    return below(one, other) or (other.campaign.raises_level and not one.campaign.raises_level)


def _joins(one: Judged, other: Judged) -> bool:
    return one.campaign.raises_level and other.campaign.raises_level and one.target == other.target


def _made(one: Judged, more: Sequence[Judged], vehicle: Vehicle) -> tuple[Offer, Plan]:
    """The campaign with what others of its level bring, and the one measures plan for all.

    Raises:
        RefusedError: they cannot be carried out together.
    """
    names = ", ".join(other.campaign.id for other in more)
    try:
        offer = joined(one.offer, [other.offer for other in more])
        wrong = [what for _, what in problems(offer.campaign)]
        if not wrong and one.target is not None and vehicle.vin is not None:
            affected = Affected(one.why, one.target)
            plan = measures_plan(offer.campaign, offer.catalogue, affected, vehicle, vin=vehicle.vin.text)
            together = replace(one, offer=offer, plan=plan)
            wrong = [_undone(other) for other in more if not covers(together, other, vehicle)]
            if not wrong:
                return offer, plan
    except (CampaignError, RefusedError) as refusal:
        wrong = [str(refusal).rstrip(".")]
    raise RefusedError(
        f"{one.campaign.id} and {names} cannot be carried out together: {'; '.join(wrong)}",
        do="ask your publisher to withdraw or correct one of them; nothing was changed",
    )


def _undone(other: Judged) -> str:
    return f"what {other.campaign.id} asks for {', '.join(map(label, units_of(other)))} would not be done"


def _kept_back(
    one: Judged, offer: Offer, plan: Plan | None, judged: Sequence[Judged], fulfilled: Sequence[Judged]
) -> Plan | None:
    """The plan, with who else it carries out; without the level where that would speak for what stays undone."""
    if plan is None:
        return None
    plan = replace(plan, fulfils=tuple(sorted(other.campaign.id for other in fulfilled)))
    undone = [
        other
        for other in judged
        if other is not one and _wants_level(one, other) and not (other in fulfilled and _raises(other))
    ]
    if not plan.raises_level or not undone or (offer.catalogue is not None and not any(one.open for one in undone)):
        return plan
    names = "; ".join(f"{other.campaign.id} is for this vehicle, too: {_hindered(other)}" for other in undone)
    return replace(plan, target="", level_why=f"{plan.target} is not written, because {names}")


def _wants_level(one: Judged, other: Judged) -> bool:
    due = other.standing in (Standing.OPEN, Standing.REFUSED) and other.campaign.raises_level
    return due and other.target is not None and not below(one, other)


def _raises(other: Judged) -> bool:
    return other.plan is not None and other.plan.raises_level


def _hindered(other: Judged) -> str:
    return other.plan.level_why if other.open and other.plan else other.why


def _beside(one: Judged, other: Judged, fulfilled: Iterable[Judged]) -> Beside:
    if any(other is found for found in fulfilled):
        why = f"{other.why}; the programming for {one.campaign.id} carries it out as well"
        return Beside(other.campaign, other.standing, why, fulfilled=True)
    if other.open:
        reason = f"its target {other.target} is higher" if below(one, other) else "it is carried out by itself"
        return _left(other, f"{other.why}; it stays open: {reason}, with a START of its own")
    return _left(other, other.why)


def _left(other: Judged, why: str) -> Beside:
    return Beside(other.campaign, other.standing, why)
