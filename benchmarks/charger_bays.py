"""Cars on chargers, put to the charger test; `benchmarks.charger_test` counts what is said of them.

Seeded batteries, cables, cars and chargers of the bench's electrics.  Somebody switches the consumer on and off some
seconds after being asked, readings carry noise and the monitor's digits, and the test is asked each second, as
`engine.charger_check` asks it in each slice.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from statistics import median

from appliance.bench.battery import AGM, LEAD, Battery
from appliance.bench.charger import Charger
from appliance.bench.electrics import Electrics, Plug
from appliance.bench.loads import Consumer, Restless, Use
from appliance.bench.workshop import creeping_charger, good_with_steps, steady, weak_charger
from appliance.clock import VirtualClock
from appliance.config import PowerConfig
from appliance.power.charger_rules import ChargerTestRules
from appliance.power.charger_test import ChargerTest, ChargerVerdict, judge_load, unseen
from appliance.power.consumer import Load, back_after_s, load_since, off_since
from appliance.power.forecast import RULES, may_begin
from appliance.power.history import History
from appliance.power.limits import limits_from

LIMITS = limits_from(PowerConfig())
BEAM_A = 10.0
KNOWN_S = 10  # the car is being read meanwhile
SEE_S, BACK_S, PATIENCE_S = 120, 15, 120  # as `engine.charger_check` and `engine.supply_check` have it
DATABLOCK_S, PLAN_S = 120.0, 900.0
_DIGIT_V = 0.004  # the monitor's last digit (TI SBOS448G)
_MEDIAN, _SAMPLE_S, _SLICE_S = 5, 0.025, 0.25


@dataclass(frozen=True, slots=True)
class Bay:
    """One car on one charger, and who stands beside it.

    Attributes:
        beam_a: What is switched on, when it is asked for; 0: nobody is there.
        asked_a: What the configuration says it takes.
    """

    seed: int
    supply: Callable[[VirtualClock], Electrics]
    spare_a: float = 0.0
    beam_a: float = BEAM_A
    asked_a: float = BEAM_A


@dataclass(frozen=True, slots=True)
class Said:
    """What came of it.

    Attributes:
        test: None: the supply was unfit to begin with.
        on_s: For how long the consumer was on.
        begins_s: From the test's end to the forecast's yes; None: not within `PATIENCE_S`, or not asked.
    """

    bay: Bay
    test: ChargerTest | None
    on_s: float = 0.0
    begins_s: float | None = None

    @property
    def word(self) -> str:
        """The verdict."""
        return self.test.verdict.value if self.test else "unfit"


class _Watched:
    """One supply with its history, advanced by whole seconds."""

    def __init__(self, bay: Bay) -> None:
        self.chance = random.Random(bay.seed)
        self.clock = VirtualClock()
        self.electrics = bay.supply(self.clock)
        self.noise_v = self.chance.uniform(0.001, 0.006)
        self.history = History()
        self.beam = Consumer("asked for", bay.beam_a)
        self.second(KNOWN_S)

    @property
    def now_s(self) -> float:
        return self.clock.now_s()

    def second(self, count: int = 1) -> None:
        for _ in range(round(count / _SLICE_S)):
            self.clock.sleep_until(self.now_s + _SLICE_S - _MEDIAN * _SAMPLE_S)
            samples = []
            for _ in range(_MEDIAN):
                self.clock.sleep_until(self.now_s + _SAMPLE_S)
                volts = self.electrics.volts() + self.chance.gauss(0, self.noise_v)
                samples.append(round(volts / _DIGIT_V) * _DIGIT_V)
            self.history.add(self.now_s, median(samples))


def put_to_the_test(bay: Bay) -> Said:
    """One charger test, from the first look at the supply."""
    watched = _Watched(bay)
    rules = ChargerTestRules(consumer_a=bay.asked_a)
    if watched.history.newest_v < LIMITS.start_v:
        return Said(bay, None)
    asked_s, on_after_s = watched.now_s, watched.chance.randint(2, 15)
    load: Load | None = None
    test: ChargerTest | None = None
    while test is None:
        if bay.beam_a and watched.now_s - asked_s >= on_after_s:
            watched.electrics.switch(watched.beam, True)
        watched.second()
        load = load_since(watched.history, asked_s, rules)
        test = judge_load(load, LIMITS, rules) if load else None
        if load is None and watched.now_s - asked_s > SEE_S:
            test = unseen(rules)
    if load is None:
        return Said(bay, test)
    on_s = watched.now_s - asked_s - on_after_s
    recovery_s = _recovered(watched, load, rules)
    begins_s = _begins_s(watched) if test.verdict is ChargerVerdict.PASSED else None
    return Said(bay, replace(test, recovery_s=recovery_s), on_s, begins_s)


def _recovered(watched: _Watched, load: Load, rules: ChargerTestRules) -> float | None:
    asked_s, off_after_s = watched.now_s, watched.chance.randint(2, 8)
    for waited_s in range(off_after_s + BACK_S):
        if waited_s == off_after_s:
            watched.electrics.switch(watched.beam, False)
        watched.second()
        off_s = off_since(watched.history, asked_s, rules)
        back_s = back_after_s(watched.history, off_s, load.before_v, rules) if off_s is not None else None
        if back_s is not None and waited_s > off_after_s:
            return back_s
    return None


def _begins_s(watched: _Watched) -> float | None:
    rules = replace(RULES, observe_s=LIMITS.observe_s)
    for waited_s in range(PATIENCE_S):
        if may_begin(watched.history, watched.now_s, LIMITS, DATABLOCK_S, PLAN_S, rules).allowed:
            return waited_s
        watched.second()
    return None


# -- who is put to the test


def drawn(seed: int, *, weak: bool, restless: bool = False) -> Bay:
    """A car of 8 to 15 A and a charger: of 30 to 100 A, or one that cannot give car and consumer together."""
    chance = random.Random(seed)
    car_a = chance.uniform(8, 15)
    limit_a = chance.uniform(4, car_a + BEAM_A) if weak else chance.uniform(30, 100)
    battery = Battery(chance.choice([AGM, LEAD]), chance.uniform(45, 95), chance.uniform(0.004, 0.014))
    charger = Charger(
        chance.uniform(13.6, 14.6), limit_a, cable_ohm=chance.uniform(0.003, 0.012), ripple_v=chance.uniform(0, 0.08)
    )
    charge, plug = chance.uniform(0.8, 0.97), Plug(chance.uniform(0.001, 0.003))
    noise_v, on_charge_s = chance.uniform(0.002, 0.012), chance.uniform(20, 900)

    def supply(clock: VirtualClock) -> Electrics:
        settled = battery.held_at(charger.set_point_v - charger.cable_ohm * car_a, charge, charger.cable_ohm)
        somebody = Restless(seed=seed) if restless else None
        uses = (Use(Consumer("car", car_a)),)
        electrics = Electrics(clock, battery, settled, charger, uses, restless=somebody, plug=plug, noise_v=noise_v)
        clock.sleep_until(math.ceil(on_charge_s))
        return electrics

    return Bay(seed, supply, limit_a - car_a - BEAM_A)


def five_ampere(clock: VirtualClock) -> Electrics:
    """A 5 A charger that was on overnight."""
    battery = Battery(LEAD, 70.0, 0.007)
    uses = (Use(Consumer("car", 12.0)),)
    return Electrics(clock, battery, battery.held_at(13.9, 0.95), Charger(14.4, 5.0), uses)


def kinds(good: int, weak: int) -> dict[str, list[Bay]]:
    """Everybody, by kind."""
    few = range(max(1, weak // 3))
    return {
        "good: 30 to 100 A": [drawn(seed, weak=False) for seed in range(good)],
        "weak: not car and consumer": [drawn(1000 + seed, weak=True) for seed in range(weak)],
        "70 A, somebody plays with fans": [Bay(seed, partial(good_with_steps, seed=seed)) for seed in few],
        "the same, and nobody there": [Bay(seed, partial(good_with_steps, seed=seed), beam_a=0.0) for seed in few],
        "weak, somebody plays with fans": [drawn(1000 + seed, weak=True, restless=True) for seed in few],
        "good, LED of 4 A, configured": [replace(drawn(s, weak=False), beam_a=4.0, asked_a=4.0) for s in few],
        "good, LED of 4 A, taken for 10 A": [replace(drawn(s, weak=False), beam_a=4.0) for s in few],
        "weak, LED of 4 A, configured": [replace(drawn(1000 + s, weak=True), beam_a=4.0, asked_a=4.0) for s in few],
        "weak, LED of 4 A, taken for 10 A": [replace(drawn(1000 + s, weak=True), beam_a=4.0) for s in few],
        "the bench's steady 70 A": [Bay(seed, steady) for seed in range(10)],
        "the seed's 21.5 A": [Bay(seed, creeping_charger) for seed in range(10)],
        "a 6 A maintainer, tired battery": [Bay(seed, weak_charger) for seed in range(10)],
        "a 5 A charger, good battery": [Bay(seed, five_ampere) for seed in range(10)],
    }
