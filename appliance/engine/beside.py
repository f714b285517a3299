"""What the runner asks beside its lanes: who is awake, and what control units say of their own supply.

Read-only and unguarded, one question at a time, by the same loop as everything else.

    roll call        before each erase, and whenever a control unit falls silent: is it that one, or the whole car?
    second opinion   while the voltage monitor gives nothing inside an erased datablock: may it be carried to its end?

A car whose units never answer a roll call is not thought asleep: then a roll call proves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from appliance.car.own_voltage import Opinion, OwnVoltage
from appliance.clock import Clock
from appliance.engine.lane import Lane
from appliance.power.limits import Limits
from appliance.power.opinions import carrying
from appliance.procedure.ask_around import own_voltages, roll_call

FRESH_S = 5.0  # a car falls asleep in seconds (field.md §B: door opened, terminal 15 timer)
AGAIN_S = 2.0
NEVER_S = float("-inf")


@dataclass(frozen=True, slots=True)
class Roll:
    """Who answered a roll call, of all that ever did in this run.

    `at_s` is when it ended; minus infinity: there was none yet.
    """

    answered: frozenset[int] = frozenset()
    known: frozenset[int] = frozenset()
    at_s: float = NEVER_S

    @property
    def nobody(self) -> bool:
        """Nobody answers any more, though some did."""
        return bool(self.known) and not self.answered

    @property
    def asleep(self) -> bool:
        """Less than half of them answer: the car is going to sleep, or is asleep."""
        return 2 * len(self.answered) < len(self.known)

    @property
    def words(self) -> str:
        """Who answers, a sentence without a full stop."""
        if not self.known:
            return "no control unit answers a roll call"
        if self.nobody:
            return (
                "no control unit answers any more: the ignition (terminal 15) was switched off, the car fell asleep, "
                "or the plug has lost the bus"
            )
        lost = self.known - self.answered
        if not lost:
            return f"all {len(self.known)} control units answer"
        names = ", ".join(f"0x{address:02X}" for address in sorted(lost))
        falling = ": the car is falling asleep" if self.asleep else ""
        return f"{len(lost)} of {len(self.known)} control units have fallen silent ({names}){falling}"


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

    def heard(self, answered: frozenset[int]) -> Roll:
        """Keep what a roll call has brought."""
        self.roll = Roll(answered, self.roll.known | answered, self._clock.now_s())
        return self.roll

    def called_since(self, at_s: float) -> bool:
        """Whether a roll call has ended after this; else one is begun."""
        if self.roll.at_s >= at_s:
            return True
        if self.lane is None:
            self.lane = Lane("roll call", roll_call(), guarded=False, aside=True)
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

    def collect(self) -> None:
        """Keep what a finished question brought."""
        lane, now_s = self.lane, self._clock.now_s()
        if lane is None or not lane.ended:
            return
        self.lane = None
        if lane.name == "second opinion":
            self._opinions, self._opinions_at_s = lane.result or (), now_s
        else:
            self.heard(lane.result or frozenset())
