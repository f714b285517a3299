"""Who stands beside the simulated car does what is asked, some seconds later."""

from __future__ import annotations

import pytest

from appliance.bench.electrics import Electrics
from appliance.bench.loads import LOW_BEAM
from appliance.bench.panel import BenchPanel
from appliance.bench.supply import SOURCE_OHM, SimulatedSupply
from appliance.bench.technician import REACTS_S, Manner, Technician
from appliance.bench.workshop import creeping_charger, steady
from appliance.clock import VirtualClock
from appliance.engine.charger_check import OFF, ON
from appliance.engine.ports import Command
from appliance.events import Phase
from appliance.status import Status


class Beside:
    """A technician beside a supply, shown what is asked in slices of a quarter of a second."""

    def __init__(self, supply: SimulatedSupply | Electrics, clock: VirtualClock, manner: Manner) -> None:
        self._clock = clock
        self.panel = BenchPanel(clock)
        self.panel.on_show = Technician(clock, supply, self.panel, manner).sees

    def asked(self, what: str, for_s: float, phase: Phase = Phase.CHECKING) -> None:
        for _ in range(round(for_s * 4)):
            self.panel.show(Status(phase=phase, asks=what))
            self._clock.sleep_until(self._clock.now_s() + 0.25)


def beside(manner: Manner = Manner.WILLING) -> tuple[Beside, SimulatedSupply]:
    clock = VirtualClock()
    supply = SimulatedSupply(clock, 13.8, noise_v=0.0)
    return Beside(supply, clock, manner), supply


def test_the_low_beam_is_switched_on_a_few_seconds_after_it_is_asked_for() -> None:
    technician, supply = beside()
    technician.asked(ON, REACTS_S - 0.5)
    assert supply.volts() == 13.8
    technician.asked(ON, 1.0)
    assert supply.volts() == pytest.approx(13.8 - SOURCE_OHM * LOW_BEAM.amps)


def test_it_is_switched_off_when_that_is_asked_for() -> None:
    technician, supply = beside()
    technician.asked(ON, 5.0)
    technician.asked("", 30.0)
    assert supply.volts() < 13.8
    technician.asked(OFF, 5.0)
    assert supply.volts() == 13.8


def test_it_does_not_stay_on_when_the_test_has_ended_in_another_way() -> None:
    technician, supply = beside()
    technician.asked(ON, 5.0)
    technician.asked("", 0.5, Phase.REFUSED)
    assert supply.volts() == 13.8


def test_who_is_in_a_hurry_presses_start_once() -> None:
    technician, supply = beside(Manner.HURRIED)
    technician.asked(ON, 10.0)
    assert (list(technician.panel.commands()), supply.volts()) == ([Command.START], 13.8)


def test_who_is_not_there_does_nothing() -> None:
    technician, supply = beside(Manner.ABSENT)
    technician.asked(ON, 60.0)
    assert (list(technician.panel.commands()), supply.volts()) == ([], 13.8)


@pytest.mark.parametrize("story", [steady, creeping_charger])
def test_it_takes_ten_amperes_more_whatever_was_on_before(story: object) -> None:
    assert callable(story)
    clock = VirtualClock()
    electrics = story(clock)
    technician = Beside(electrics, clock, Manner.WILLING)
    before_a = electrics.look().load_a
    technician.asked(ON, 5.0)
    assert electrics.look().load_a - before_a == pytest.approx(LOW_BEAM.amps)
