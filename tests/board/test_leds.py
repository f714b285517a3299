"""The LEDs tell every phase apart, also to somebody who cannot tell the colours apart."""

from __future__ import annotations

from dataclasses import astuple, replace
from itertools import combinations

import pytest

from appliance.board import leds
from appliance.board.leds import CARDS, Leds, beeps, leds_for
from appliance.board.panel import TICK_S
from appliance.events import Phase
from appliance.status import Status


def shown(phase: Phase, for_s: float = 8.0) -> list[Leds]:
    """What the panel shows, tick by tick."""
    status = replace(Status(), phase=phase)
    return [leds_for(status, tick * TICK_S) for tick in range(round(for_s / TICK_S))]


def rhythms(phase: Phase) -> list[tuple[bool, ...]]:
    """The rhythm of each lit LED, in an order that does not say which LED it is."""
    return sorted(over_time for over_time in zip(*map(astuple, shown(phase)), strict=True) if any(over_time))


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_lights_something(phase: Phase) -> None:
    assert rhythms(phase)


@pytest.mark.parametrize(("one", "other"), list(combinations(Phase, 2)))
def test_no_two_phases_share_a_rhythm(one: Phase, other: Phase) -> None:
    assert rhythms(one) != rhythms(other)


@pytest.mark.parametrize("phase", Phase)
def test_red_is_for_failed_alone(phase: Phase) -> None:
    assert any(lit.fault for lit in shown(phase)) == (phase is Phase.FAILED)


@pytest.mark.parametrize("phase", [p for p in Phase if p is not Phase.READY])
def test_power_is_steady_once_there_is_something_to_do(phase: Phase) -> None:
    assert all(lit.power for lit in shown(phase))


def test_held_flashes_twice_a_second_in_a_row() -> None:
    attention = [lit.attention for lit in shown(Phase.HELD, for_s=1.0)]

    assert sum(now and not before for before, now in zip([False, *attention], attention, strict=False)) == 2


@pytest.mark.parametrize("rhythm", [r for r in vars(leds).values() if isinstance(r, leds.Rhythm)])
def test_a_flash_lasts_long_enough_for_the_tick_of_the_panel(rhythm: leds.Rhythm) -> None:
    assert all(off_s - on_s >= 2 * TICK_S for on_s, off_s in rhythm.lit)


@pytest.mark.parametrize("phase", [Phase.HELD, Phase.REFUSED, Phase.FAILED, Phase.DONE])
def test_the_buzzer_calls_once_when_somebody_should_look(phase: Phase) -> None:
    assert beeps(phase, 0.0)
    assert not any(beeps(phase, 2.0 + tick * TICK_S) for tick in range(1000))


@pytest.mark.parametrize("phase", [Phase.READY, Phase.CHECKING, Phase.PROGRAMMING, Phase.RESUMING])
def test_the_buzzer_is_silent_while_all_goes_well(phase: Phase) -> None:
    assert not any(beeps(phase, tick * TICK_S) for tick in range(200))


def test_every_phase_has_its_line_on_the_card() -> None:
    assert set(CARDS) == set(Phase)
