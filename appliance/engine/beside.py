"""What the runner asks beside its lanes: who is awake, and what control units say of their own supply.

Read-only and unguarded, one question at a time, by the same loop as everything else.

    roll call        before each erase, and whenever a control unit falls silent: is it that one, or the whole car?
                     to everybody at once; one by one, without those at work, while one of them is busy for long
    second opinion   while the voltage monitor gives nothing inside an erased datablock: may it be carried to its end?

A car whose units never answer a roll call is not thought asleep: then a roll call proves nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from appliance.car.own_voltage import Opinion, OwnVoltage
from appliance.clock import Clock
from appliance.engine.lane import Lane
from appliance.power.limits import Limits
from appliance.power.opinions import carrying
from appliance.procedure.ask_around import own_voltages, roll_call, roll_call_by_name

FRESH_S = 5.0  # a car falls asleep in seconds (field.md §B: door opened, terminal 15 timer)
AGAIN_S = 2.0
BUSY_S = 0.5  # a request open for longer is a long one: an erase lasts minutes (P2 server is 0.3 s at most)
NEVER_S = float("-inf")


@dataclass(frozen=True, slots=True)
class Roll:
    """Who answered a roll call, of all that ever did in this run.

    `at_s` is when it ended; minus infinity: there was none yet.  `left_out` was at work and not asked.
    """

    answered: frozenset[int] = frozenset()
    known: frozenset[int] = frozenset()
    at_s: float = NEVER_S
    left_out: frozenset[int] = frozenset()

    @property
    def asked(self) -> frozenset[int]:
        """Of whom an answer could be expected."""
        return self.known - self.left_out

    @property
    def nobody(self) -> bool:
        """Nobody answers any more, though some did."""
        return bool(self.asked) and not self.answered

    @property
    def asleep(self) -> bool:
        """Less than half of them answer: the car is going to sleep, or is asleep."""
        return 2 * len(self.answered) < len(self.asked)

    @property
    def words(self) -> str:
        """Who answers, a sentence without a full stop."""
        if not self.asked:
            return "no control unit answers a roll call"
        if self.nobody:
            return (
                "no control unit answers any more: the ignition (terminal 15) was switched off, the car fell asleep, "
                "or the plug has lost the bus"
            )
        lost = self.asked - self.answered
        if not lost:
            return f"all {len(self.asked)} control units answer"
        names = ", ".join(f"0x{address:02X}" for address in sorted(lost))
        falling = ": the car is falling asleep" if self.asleep else ""
        return f"{len(lost)} of {len(self.asked)} control units have fallen silent ({names}){falling}"


class Beside:
    """Asks, and keeps the newest answers.

    Attributes:
        sources: Control units that can be asked for their own supply; empty: there is no second opinion.
        lane: The question that is being asked; None: none is.
        roll: The newest roll call.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.sources: tuple[OwnVoltage, ...] = ()
        self.lane: Lane | None = None
        self.roll = Roll()
        self._left_out: frozenset[int] = frozenset()
        self._opinions: tuple[Opinion, ...] = ()
        self._opinions_at_s = NEVER_S

    def another_car(self, sources: tuple[OwnVoltage, ...]) -> None:
        """Another run: nobody is known, and these can be asked for their own supply."""
        self.forget()
        self.sources, self.roll = sources, Roll()

    def forget(self) -> None:
        """Another drive: who is known stays known, but who is awake has to be asked anew."""
        self.lane, self.roll = None, Roll(known=self.roll.known)
        self._opinions, self._opinions_at_s = (), NEVER_S

    def heard(self, answered: frozenset[int], left_out: frozenset[int] = frozenset()) -> Roll:
        """Keep what a roll call has brought."""
        self.roll = Roll(answered, self.roll.known | answered, self._clock.now_s(), left_out)
        return self.roll

    def called_since(self, at_s: float) -> bool:
        """Whether a roll call has ended after this; else one is begun."""
        if self.roll.at_s >= at_s:
            return True
        if self.lane is None:
            self.lane, self._left_out = Lane("roll call", roll_call(), guarded=False, aside=True), frozenset()
        return False

    def carries(self, limits: Limits, busy: frozenset[int]) -> str:
        """Who says, just now, that the supply is fit, as a clause; empty: nobody does. Asks when due.

        Args:
            busy: Control units that are being programmed and cannot be asked.
        """
        now_s = self._clock.now_s()
        sources = tuple(one for one in self.sources if one.address not in busy)
        if sources and self.lane is None and now_s - self._opinions_at_s >= AGAIN_S:
            self.lane = Lane("second opinion", own_voltages(sources), guarded=False, aside=True)
        if now_s - self._opinions_at_s > FRESH_S or not carrying(self._opinions, limits):
            return ""
        told = (f"0x{one.address:02X} says {one.volts:.2f} V" for one in self._opinions if one.volts is not None)
        return f"Control unit {', '.join(told)}"

    def collect(self, lanes: Iterable[Lane] = ()) -> None:
        """Keep what a finished question brought; ask everybody by name when one of these is busy for long."""
        lane, now_s = self.lane, self._clock.now_s()
        if lane is None:
            return
        if not lane.ended:
            self._ask_by_name(lane, [other for other in lanes if not other.ended])
            return
        self.lane = None
        if lane.name == "second opinion":
            self._opinions, self._opinions_at_s = lane.result or (), now_s
        else:
            self.heard(lane.result or frozenset(), self._left_out)

    def _ask_by_name(self, lane: Lane, lanes: Sequence[Lane]) -> None:
        waits = lane.asking is not None and lane.asking.functional and not lane.open
        if not waits or not any(other.open and self._clock.now_s() - other.asked_s > BUSY_S for other in lanes):
            return
        lane.end()
        self._left_out = frozenset(other.address for other in lanes)
        asked = sorted(self.roll.known - self._left_out)
        self.lane = Lane("roll call", roll_call_by_name(asked), guarded=False, aside=True)
