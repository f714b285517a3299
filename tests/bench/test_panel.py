"""The simulated panel is pressed from outside and looked at from outside."""

from __future__ import annotations

import pytest

from appliance.bench.panel import BenchPanel
from appliance.board.leds import leds_for
from appliance.clock import VirtualClock
from appliance.engine.ports import Command
from appliance.events import Phase
from appliance.status import Status


def test_presses_are_told_once_and_in_order() -> None:
    panel = BenchPanel(VirtualClock())
    panel.press("start")
    panel.press("cancel")
    assert list(panel.commands()) == [Command.START, Command.CANCEL]
    assert list(panel.commands()) == []


def test_a_button_that_there_is_not_cannot_be_pressed() -> None:
    with pytest.raises(ValueError, match="reboot"):
        BenchPanel(VirtualClock()).press("reboot")


def test_the_leds_follow_the_status() -> None:
    clock = VirtualClock()
    panel = BenchPanel(clock)
    status = Status(phase=Phase.FAILED)
    panel.show(status)
    assert panel.leds() == leds_for(status, clock.now_s())
