"""The LEDs tell every phase apart, also to somebody who cannot tell the colours apart."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import astuple, replace
from itertools import combinations, pairwise

import pytest

from appliance.board import leds
from appliance.board.leds import CARDS, Leds, beeps, leds_for
from appliance.board.panel import TICK_S
from appliance.engine.alarm import AlarmLevel
from appliance.events import HeldBegan, Phase, PhaseEntered
from appliance.status import Status, apply

LIMIT_S = 1800.0
HELD_FOR_S = {AlarmLevel.NOTICE: 0.0, AlarmLevel.WARNING: 61.0, AlarmLevel.URGENT: 1400.0}


def held() -> Status:
    """A hold that began at time 0."""
    status = apply(Status(), 0.0, HeldBegan("erase", "low", 12.9, 13.0, 0.1, LIMIT_S))
    return apply(status, 0.0, PhaseEntered(Phase.HELD, "held"))


def shown_held(level: AlarmLevel, for_s: float = 8.0) -> list[Leds]:
    """What the panel shows of a hold at that level, tick by tick."""
    return [leds_for(held(), HELD_FOR_S[level] + tick * TICK_S) for tick in range(round(for_s / TICK_S))]


def lines() -> Iterator[tuple[str, list[Leds]]]:
    """Every line of the card, and what the panel shows then."""
    yield from ((phase.value, shown(phase)) for phase in Phase if phase is not Phase.HELD)
    yield from ((level.value, shown_held(level)) for level in AlarmLevel)
    yield "asked", shown(Phase.CHECKING, asks="Switch the low beam on.")


def shown(phase: Phase, for_s: float = 8.0, asks: str = "") -> list[Leds]:
    """What the panel shows, tick by tick."""
    status = replace(Status(), phase=phase, asks=asks)
    return [leds_for(status, tick * TICK_S) for tick in range(round(for_s / TICK_S))]


def rhythms(over_time: list[Leds]) -> list[tuple[bool, ...]]:
    """The rhythm of each lit LED, in an order that does not say which LED it is."""
    return sorted(one for one in zip(*map(astuple, over_time), strict=True) if any(one))


@pytest.mark.parametrize("phase", Phase)
def test_every_phase_lights_something(phase: Phase) -> None:
    assert rhythms(shown(phase))


@pytest.mark.parametrize(("one", "other"), list(combinations(lines(), 2)), ids=lambda line: line[0])
def test_no_two_lines_of_the_card_share_a_rhythm(one: tuple[str, list[Leds]], other: tuple[str, list[Leds]]) -> None:
    assert rhythms(one[1]) != rhythms(other[1])


@pytest.mark.parametrize(("name", "over_time"), list(lines()), ids=lambda one: one if isinstance(one, str) else "")
def test_red_is_for_failed_and_for_a_hold_about_to_be_given_up(name: str, over_time: list[Leds]) -> None:
    assert any(lit.fault for lit in over_time) == (name in ("FAILED", "urgent"))


def test_attention_flashes_faster_with_each_level_of_a_hold() -> None:
    flashes = []
    for level in AlarmLevel:
        lit = [False, *(one.attention for one in shown_held(level))]
        flashes.append(sum(now and not before for before, now in pairwise(lit)))
    assert flashes == sorted(set(flashes))


def test_a_hold_of_an_old_status_has_the_rhythm_of_a_new_hold() -> None:
    assert rhythms(shown(Phase.HELD)) == rhythms(shown_held(AlarmLevel.NOTICE))


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
    status = replace(Status(), phase=phase)
    assert beeps(status, 0.0, 0.0)
    assert not any(beeps(status, 2.0 + tick * TICK_S, 2.0 + tick * TICK_S) for tick in range(1000))


def test_the_buzzer_calls_once_when_something_is_asked() -> None:
    status = replace(Status(), phase=Phase.CHECKING, asks="Switch the low beam on.")
    sounds = [beeps(status, tick * TICK_S, tick * TICK_S) for tick in range(1000)]
    assert sum(now and not before for before, now in pairwise([False, *sounds])) == 2
    assert not any(sounds[100:])


@pytest.mark.parametrize("phase", [Phase.READY, Phase.CHECKING, Phase.PROGRAMMING, Phase.RESUMING])
def test_the_buzzer_is_silent_while_all_goes_well(phase: Phase) -> None:
    status = replace(Status(), phase=phase)
    assert not any(beeps(status, tick * TICK_S, tick * TICK_S) for tick in range(200))


def calls(from_s: float, to_s: float) -> list[float]:
    """When the buzzer begins to sound in a hold, to a tenth of a second."""
    ticks = [tick / 10 for tick in range(round(from_s * 10), round(to_s * 10))]
    sounds = [beeps(held(), at_s, at_s) for at_s in ticks]
    return [at_s for at_s, before, now in zip(ticks, [False, *sounds], sounds, strict=False) if now and not before]


def test_a_hold_calls_three_times_and_then_every_half_minute() -> None:
    starts = calls(0.0, 125.0)
    assert len(starts) == 3 * 4
    assert starts[::3] == [0.0, 60.0, 90.0, 120.0]


def test_a_hold_about_to_be_given_up_calls_every_five_seconds() -> None:
    assert calls(1700.0, 1720.0)[::3] == [1700.0, 1705.0, 1710.0, 1715.0]


def test_every_phase_has_its_line_on_the_card() -> None:
    assert set(CARDS) == set(Phase)
