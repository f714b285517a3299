"""The technician beside the simulated car: does what the appliance asks, a few seconds after it asks.

Sees the status as the LEDs do, in each of the appliance's slices of waiting.  What is switched is a consumer of its own
name, so that a story that has the low beam on already gets another ten amperes, too.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from appliance.bench.loads import LOW_BEAM, Consumer
from appliance.clock import Clock
from appliance.engine.charger_check import OFF, ON
from appliance.engine.person import BATTERY, POWER_CYCLE
from appliance.engine.vehicle_test import OFF as IGNITION
from appliance.events import Phase
from appliance.status import Status

REACTS_S = 3.0
ASKED_FOR = Consumer("low beam, as asked for", LOW_BEAM.amps)


class Manner(StrEnum):
    """How the technician is about being asked."""

    WILLING = "willing"  # does it
    HURRIED = "hurried"  # presses START to skip it
    ABSENT = "absent"  # is not there


class Switched(Protocol):
    """Where consumers are switched: the car's 12 V."""

    def switch(self, consumer: Consumer, on: bool) -> None:
        """Switch it on or off; twice is once."""


class Hands(Protocol):
    """What else there is to do at the car."""

    def power_cycle(self) -> None:
        """Take the power from the stuck control unit, and give it back."""

    def cycle_ignition(self) -> None:
        """Switch it off, and after ten seconds on again."""

    def disconnect_battery(self) -> None:
        """Take the power from the whole car, the appliance included, and give it back."""


class Buttons(Protocol):
    """The appliance's buttons."""

    def press(self, command: str) -> None:
        """Press `start` or `cancel`."""


class Technician:
    """Watches what is asked.

    Args:
        clock: Of the reaction time.
        supply: The car's.
        buttons: For who is in a hurry.
        manner: How this one is.
        hands: For what is done to the car's power; None: nobody asks for it.
    """

    def __init__(
        self,
        clock: Clock,
        supply: Switched,
        buttons: Buttons,
        manner: Manner = Manner.WILLING,
        hands: Hands | None = None,
    ) -> None:
        self._clock = clock
        self._supply = supply
        self._buttons = buttons
        self._manner = manner
        self._hands = hands
        self._disconnected = False
        self._asked = ""
        self._asked_s = 0.0
        self._done = True
        self._on = False

    def sees(self, status: Status) -> None:
        """A status, new or not."""
        now_s = self._clock.now_s()
        if status.asks != self._asked:
            self._asked, self._asked_s, self._done = status.asks, now_s, False
        if not self._done and now_s - self._asked_s >= REACTS_S:
            self._done = True
            self._reacts()
        if self._on and status.phase is not Phase.CHECKING:
            self._switch(on=False)  # nobody leaves it on when the test is over, whatever ended it

    def _reacts(self) -> None:
        if self._manner is Manner.HURRIED and self._asked:
            self._buttons.press("start")
        if self._manner is Manner.WILLING and self._asked in (ON, OFF):
            self._switch(on=self._asked == ON)
        if self._manner is Manner.WILLING and self._hands is not None:
            self._help(self._hands)

    def _help(self, hands: Hands) -> None:
        """Do what was asked; the battery once, because with it the appliance goes, and asks anew."""
        if self._asked == IGNITION:
            hands.cycle_ignition()
        elif self._asked == POWER_CYCLE:
            hands.power_cycle()
            self._buttons.press("start")
        elif self._asked == BATTERY and not self._disconnected:
            self._disconnected = True
            hands.disconnect_battery()
        elif self._asked == BATTERY:
            self._buttons.press("start")

    def _switch(self, *, on: bool) -> None:
        self._on = on
        self._supply.switch(ASKED_FOR, on)
