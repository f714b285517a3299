"""The panel on the Pi's header: two buttons, four LEDs, perhaps a buzzer.

gpiozero gives raw levels and takes raw outputs; every duration is ours (`presses`, `leds`).  A ticker looks at the
buttons and moves the LEDs every 20 ms, so a short press is seen while the engine waits and a rhythm stays even.  The
ticker only writes to a queue, the engine only takes from it; the status goes the other way as one reference.

The library behind gpiozero is chosen here, in this order: lgpio (every Pi, the only one that works on a Pi 5), then
RPi.GPIO (older systems).  gpiozero's own choice may end at one that does not work (its issues 1172 and 1229).
"""

from __future__ import annotations

import importlib
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from gpiozero import DigitalOutputDevice, InputDevice
from gpiozero.exc import GPIOZeroError

from appliance.board import pins
from appliance.board.leds import beeps, leds_for
from appliance.board.presses import Presses
from appliance.clock import Clock
from appliance.engine.ports import Command
from appliance.errors import BoardError
from appliance.events import Phase
from appliance.status import Status

TICK_S = 0.02

_FACTORIES = (
    ("lgpio", "gpiozero.pins.lgpio", "LGPIOFactory"),
    ("RPi.GPIO", "gpiozero.pins.rpigpio", "RPiGPIOFactory"),
)


@dataclass(frozen=True, slots=True)
class PinFactory:
    """A gpiozero pin factory and the name of the library behind it, for the self-test."""

    name: str
    factory: Any


def open_pin_factory(load: Callable[[str], ModuleType] = importlib.import_module) -> PinFactory:
    """The first pin library that works here.

    Raises:
        BoardError: none does; it tells the reason of each.
    """
    reasons = []
    for name, module, kind in _FACTORIES:
        try:
            return PinFactory(name, getattr(load(module), kind)())
        except Exception as error:  # noqa: BLE001 – each library fails in its own way; all of them are reported
            reasons.append(f"{name}: {error}")
    raise BoardError(
        f"no library for the pins works here ({'; '.join(reasons)})",
        where="panel",
        do="install python3-lgpio and let the service use group gpio",
    )


class GpioPanel:
    """The real twin of `engine.ports.Panel`.

    Args:
        factory: What reaches the pins.
        clock: Times presses and rhythms.
        buzzer: Whether there is one.

    Raises:
        BoardError: a pin cannot be used.
    """

    def __init__(self, factory: PinFactory, clock: Clock, buzzer: bool = False) -> None:
        self.pin_library = factory.name
        self._clock = clock
        self._presses = Presses()
        self._commands: deque[Command] = deque()  # append and popleft are atomic: one thread at each end
        self._status = Status()
        self._sounding = (_call(self._status), clock.now_s())
        try:
            self._start = InputDevice(pins.START.bcm, pull_up=True, pin_factory=factory.factory)
            self._cancel = InputDevice(pins.CANCEL.bcm, pull_up=True, pin_factory=factory.factory)
            self._power = DigitalOutputDevice(pins.POWER.bcm, pin_factory=factory.factory)
            self._busy = DigitalOutputDevice(pins.BUSY.bcm, pin_factory=factory.factory)
            self._attention = DigitalOutputDevice(pins.ATTENTION.bcm, pin_factory=factory.factory)
            self._fault = DigitalOutputDevice(pins.FAULT.bcm, pin_factory=factory.factory)
            self._buzzer = DigitalOutputDevice(pins.BUZZER.bcm, pin_factory=factory.factory) if buzzer else None
        except GPIOZeroError as error:
            raise BoardError(
                f"a pin cannot be used ({error})", where="panel", do="see the pin table in docs/hardware.md"
            ) from error
        self._ticker = clock.every(TICK_S, self._tick, "panel")

    def commands(self) -> Sequence[Command]:
        """What was asked for since the last call."""
        taken = []
        while self._commands:
            taken.append(self._commands.popleft())
        return taken

    def show(self, status: Status) -> None:
        """Make the LEDs tell this status, from the next tick on."""
        self._status = status

    def close(self) -> None:
        """Stop looking, switch everything off and give the pins back."""
        self._ticker.stop()
        for device in (self._start, self._cancel, self._power, self._busy, self._attention, self._fault, self._buzzer):
            if device is not None:
                device.close()

    def _tick(self) -> None:
        now_s = self._clock.now_s()
        self._commands.extend(self._presses.see(now_s, self._start.is_active, self._cancel.is_active))
        status = self._status
        lit = leds_for(status, now_s)
        self._power.value = lit.power
        self._busy.value = lit.busy
        self._attention.value = lit.attention
        self._fault.value = lit.fault
        if self._buzzer is not None:
            self._buzzer.value = self._beeps(status, now_s)

    def _beeps(self, status: Status, now_s: float) -> bool:
        call, since_s = self._sounding
        if _call(status) != call:
            _, since_s = self._sounding = (_call(status), now_s)
        return beeps(status, now_s - since_s, now_s)


def _call(status: Status) -> tuple[Phase, str]:
    """What somebody is called for; once for each."""
    return status.phase, status.asks
