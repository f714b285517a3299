"""The link as the runner watches it: what has changed is told, and a start over a bad link is refused.

begin      from here on it counts: the car is read for the first time, or an interrupted job goes on
look       in each turn of the loop; an event when there is a new kind of trouble, or another tester comes or goes
require    before anything is changed (`link_judge`)
occupied   whether another tester is on the bus, or was a moment ago; then no datablock is begun (`safe_point`)
"""

from __future__ import annotations

from appliance.clock import Clock
from appliance.config import LinkConfig
from appliance.engine.link_health import COUNTS, QUIET, BusHealth, LinkHealth
from appliance.engine.link_judge import LinkJudgement, judge_link, trouble_in
from appliance.engine.narrator import Narrator
from appliance.engine.ports import Link
from appliance.errors import RefusedError
from appliance.events import LinkJudged, LinkSeen

NEVER_S = float("-inf")


class LinkWatch:
    """One link.

    Args:
        limits: How good it must be.
    """

    def __init__(self, clock: Clock, link: Link, limits: LinkConfig, narrator: Narrator) -> None:
        self._clock = clock
        self._link = link
        self._limits = limits
        self._tell = narrator.tell
        self._begun = LinkHealth()
        self._bus = QUIET
        self._foreign_s = NEVER_S  # when another tester was heard last
        self._told: tuple[object, ...] = _kinds(QUIET, occupied=False)
        self._told_bus = QUIET

    @property
    def occupied(self) -> str:
        """Why the bus is not ours alone, a clause; empty: it is."""
        since_s = self._clock.now_s() - self._foreign_s
        if since_s >= self._limits.quiet_s:
            return ""
        return f"another tester is on the bus: it was heard {since_s:.1f} s ago"

    @property
    def free_when(self) -> str:
        """What is waited for while it is occupied."""
        return f"{self._limits.quiet_s:g} s without another tester"

    def begin(self) -> None:
        """From here on it counts; another tester who was heard just before is there all the same."""
        self.look()
        self._begun = self._link.health
        self._told_bus = self._begun.bus
        self._told = _kinds(QUIET, occupied=False)

    def look(self) -> None:
        """See what has changed on the bus."""
        bus = self._link.health.bus
        if bus is not self._bus:
            if bus.foreign > self._bus.foreign:
                self._foreign_s = self._clock.now_s()
            self._bus = bus
        elif self._foreign_s == NEVER_S:
            return
        occupied = bool(self.occupied)
        kinds = _kinds(bus.since(self._begun.bus), occupied=occupied)
        if kinds != self._told:
            self._told = kinds
            self._tell_seen(occupied=occupied)
        if not occupied:
            self._foreign_s = NEVER_S

    def require(self) -> None:
        """Return when a job may begin over this link.

        Raises:
            RefusedError: it may not; nothing was changed.
        """
        self.look()
        judgement = self._judged()
        if judgement.refusal:
            self._tell_judged(judgement)
            raise RefusedError(
                f"the link to the car is not fit for programming: {judgement.refusal}",
                do=f"{judgement.do}, then press START",
            )

    def admit(self) -> None:
        """As `require`, and tell what it was like; the last word before the first write.

        Raises:
            RefusedError: as `require`.
        """
        self.require()
        self._tell_judged(self._judged())

    def sum_up(self) -> None:
        """Tell the counts as they are at the end, if they have grown since they were told."""
        self.look()
        if self._bus is not self._told_bus:
            self._tell_seen(occupied=bool(self.occupied))

    def _judged(self) -> LinkJudgement:
        return judge_link(self._begun, self._link.health, self._limits, self.occupied)

    def _tell_judged(self, judgement: LinkJudgement) -> None:
        p95_s = None if judgement.p95_s is None else round(judgement.p95_s, 4)
        fit = not judgement.refusal
        self._tell(LinkJudged(fit, judgement.words, judgement.round_trips, p95_s, judgement.lost))

    def _tell_seen(self, *, occupied: bool) -> None:
        bus = self._bus.since(self._begun.bus)
        self._told_bus = self._bus
        counts = tuple((name, count) for name in COUNTS if (count := getattr(bus, name)))
        self._tell(LinkSeen(bus.state.value, trouble_in(bus) or self.occupied, occupied, counts))


def _kinds(bus: BusHealth, *, occupied: bool) -> tuple[object, ...]:
    """What makes a difference worth an event: of what there is none becomes some, another tester, the state."""
    some = frozenset(name for name in COUNTS if getattr(bus, name) and name != "lost_arbitration")
    return some, occupied, bus.state
