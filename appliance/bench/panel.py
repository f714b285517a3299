"""The simulated panel: buttons pressed by a page, a terminal or a test; LEDs that can be looked at."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence

from appliance.board.leds import Leds, leds_for
from appliance.clock import Clock
from appliance.engine.ports import Command
from appliance.status import Status


class BenchPanel:
    """Implements `engine.ports.Panel`; pressed from any thread (a deque's append and popleft are atomic).

    Attributes:
        on_show: Called with each status shown: who stands beside the car looks at it.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._pressed: deque[Command] = deque()
        self._status = Status()
        self.on_show: Callable[[Status], None] = _nobody

    def press(self, command: str) -> None:
        """Press for `start`, `choose`, `cancel`, `shutdown` or `release`, as long as that takes."""
        self._pressed.append(Command(command))

    def commands(self) -> Sequence[Command]:
        """What was pressed since the last call."""
        commands = []
        while self._pressed:
            commands.append(self._pressed.popleft())
        return commands

    def show(self, status: Status) -> None:
        """The LEDs follow this status."""
        self._status = status
        self.on_show(status)

    def leds(self) -> Leds:
        """Which LEDs are lit now."""
        return leds_for(self._status, self._clock.now_s())


def _nobody(status: Status) -> None:
    """Nobody stands beside the car."""
