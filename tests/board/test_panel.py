"""The panel on (mock) pins."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from types import ModuleType

import pytest
from gpiozero.pins.mock import MockFactory

from appliance.board import pins
from appliance.board.panel import GpioPanel, PinFactory, open_pin_factory
from appliance.clock import VirtualClock
from appliance.engine.ports import Command
from appliance.errors import BoardError
from appliance.events import Phase
from appliance.status import Status


class Bench:
    """A panel whose buttons a test can press and whose LEDs it can see."""

    def __init__(self, buzzer: bool = False) -> None:
        self.clock = VirtualClock()
        self.mock = MockFactory()
        self.panel = GpioPanel(PinFactory("mock", self.mock), self.clock, buzzer)
        self.wait(0.1)

    def wait(self, seconds: float) -> None:
        self.clock.sleep_until(self.clock.now_s() + seconds)

    def press(self, pin: pins.Pin, seconds: float) -> None:
        self.mock.pin(pin.bcm).drive_low()
        self.wait(seconds)
        self.mock.pin(pin.bcm).drive_high()
        self.wait(0.1)

    def lit(self, pin: pins.Pin) -> bool:
        return bool(self.mock.pin(pin.bcm).state)

    def drives(self, pin: pins.Pin) -> bool:
        return bool(self.mock.pin(pin.bcm).function == "output")

    def show(self, phase: Phase, held_since_s: float | None = None) -> None:
        self.panel.show(replace(Status(), phase=phase, held_since_s=held_since_s, hold_limit_s=1800.0))
        self.wait(0.04)


@pytest.fixture
def bench() -> Iterator[Bench]:
    made = Bench()
    yield made
    made.panel.close()


def test_a_press_between_two_calls_is_not_lost(bench: Bench) -> None:
    bench.press(pins.START, 0.1)
    bench.wait(10)

    assert list(bench.panel.commands()) == [Command.START]


def test_a_command_is_told_once(bench: Bench) -> None:
    bench.press(pins.CANCEL, 3.2)
    bench.panel.commands()

    assert list(bench.panel.commands()) == []


def test_commands_come_in_the_order_of_the_presses(bench: Bench) -> None:
    bench.press(pins.CANCEL, 3.2)
    bench.press(pins.START, 5.2)

    assert list(bench.panel.commands()) == [Command.CANCEL, Command.SHUTDOWN]


def test_the_leds_follow_the_status(bench: Bench) -> None:
    bench.show(Phase.HELD)

    assert (bench.lit(pins.POWER), bench.lit(pins.BUSY), bench.lit(pins.FAULT)) == (True, True, False)


def test_the_leds_keep_their_rhythm_while_nobody_calls(bench: Bench) -> None:
    bench.show(Phase.CHECKING)
    seen = set()
    for _ in range(20):
        bench.wait(0.1)
        seen.add(bench.lit(pins.BUSY))

    assert seen == {True, False}


def test_closed_it_drives_no_pin_and_no_press_counts() -> None:
    bench = Bench()
    bench.show(Phase.HELD)
    bench.panel.close()
    bench.press(pins.START, 0.2)

    assert list(bench.panel.commands()) == []
    assert not any(bench.drives(pin) for pin in pins.PINS)


def test_without_a_buzzer_its_pin_is_left_alone(bench: Bench) -> None:
    bench.show(Phase.FAILED)

    assert bench.drives(pins.FAULT)
    assert not bench.drives(pins.BUZZER)


def test_the_buzzer_sounds_when_it_fails_and_then_stops() -> None:
    bench = Bench(buzzer=True)
    bench.show(Phase.FAILED)
    assert bench.lit(pins.BUZZER)

    bench.wait(5)

    assert not bench.lit(pins.BUZZER)


def test_the_buzzer_calls_again_when_a_hold_lasts() -> None:
    bench = Bench(buzzer=True)
    bench.show(Phase.HELD, bench.clock.now_s())
    bench.wait(30)
    assert not bench.lit(pins.BUZZER)

    bench.wait(30)

    assert bench.lit(pins.BUZZER)


def test_red_joins_when_a_hold_is_about_to_be_given_up() -> None:
    bench = Bench()
    bench.show(Phase.HELD, bench.clock.now_s() - 1500)
    seen = set()
    for _ in range(20):
        bench.wait(0.02)
        seen.add((bench.lit(pins.ATTENTION), bench.lit(pins.FAULT)))

    assert seen == {(True, False), (False, True)}
    bench.panel.close()


def test_a_pin_in_use_is_a_board_error() -> None:
    bench = Bench()

    with pytest.raises(BoardError, match="a pin cannot be used"):
        GpioPanel(PinFactory("mock", bench.mock), bench.clock)
    bench.panel.close()


def loader(**modules: ModuleType) -> Callable[[str], ModuleType]:
    """Imports only what is given, by the last part of its name."""

    def load(name: str) -> ModuleType:
        try:
            return modules[name.rpartition(".")[2]]
        except KeyError:
            raise ImportError(f"No module named {name}") from None

    return load


def library(kind: str, factory: Callable[[], object]) -> ModuleType:
    module = ModuleType(kind)
    setattr(module, kind, factory)
    return module


def broken() -> object:
    raise RuntimeError("can not open gpiochip")


LGPIO = library("LGPIOFactory", lambda: "lgpio pins")
RPI = library("RPiGPIOFactory", lambda: "RPi.GPIO pins")


def test_lgpio_comes_first() -> None:
    chosen = open_pin_factory(loader(lgpio=LGPIO, rpigpio=RPI))

    assert (chosen.name, chosen.factory) == ("lgpio", "lgpio pins")


def test_rpi_gpio_is_taken_where_lgpio_is_missing() -> None:
    assert open_pin_factory(loader(rpigpio=RPI)).name == "RPi.GPIO"


def test_rpi_gpio_is_taken_where_lgpio_does_not_work() -> None:
    assert open_pin_factory(loader(lgpio=library("LGPIOFactory", broken), rpigpio=RPI)).name == "RPi.GPIO"


def test_where_none_works_the_reason_of_each_is_told() -> None:
    with pytest.raises(BoardError) as refused:
        open_pin_factory(loader(lgpio=library("LGPIOFactory", broken)))

    assert "lgpio: can not open gpiochip" in refused.value.what
    assert "RPi.GPIO: No module named" in refused.value.what


def test_importing_the_panel_needs_no_pin_library() -> None:
    code = "import sys, appliance.board.panel; sys.exit('lgpio' in sys.modules or 'RPi' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_each_thing_that_is_asked_for_is_called_for() -> None:
    bench = Bench(buzzer=True)
    for asks in ("Switch the low beam on.", "", "Switch the low beam off again."):
        bench.panel.show(replace(Status(), phase=Phase.CHECKING, asks=asks))
        bench.wait(0.04)
        assert bench.lit(pins.BUZZER) == bool(asks)
        bench.wait(10.0)
        assert not bench.lit(pins.BUZZER)
