"""A seeded population: good chargers in a workshop full of consumers, and chargers that fail in many ways.

Levels, sizes and times are assumed, from what workshops tell (facts.md §6); none was measured in a car.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from benchmarks.power_supplies import SPARE_S, Datablock, Happening, Supply

CONNECTS_S = 120  # until a charger that was just connected has reached its level
LOWEST_GOOD_V = 13.3  # of a good charger with every consumer on
HIGHEST_GOOD_V = 14.75


@dataclass(frozen=True, slots=True)
class _Job:
    """What a kind may draw from: chance, how long there is, a moment in the plan, a creep of 5 to 60 mV/min."""

    chance: random.Random
    lasts_s: float
    when_s: float
    creep_v_per_s: float

    def between(self, low: float, high: float) -> float:
        return self.chance.uniform(low, high)

    def creep(self) -> Happening:
        return Happening(-1, ramp_v_per_s=self.creep_v_per_s)


@dataclass(frozen=True, slots=True)
class _Shape:
    start_v: float
    happenings: tuple[Happening, ...] = ()
    overload_v_per_s: float = 0.0


def _consumers(job: _Job) -> tuple[Happening, ...]:
    """Up to four consumers of 50 to 300 mV, for seconds or minutes, some with a tail of up to half a minute."""
    found = []
    for _ in range(job.chance.randint(1, 4)):
        size_v, now_s, is_on = job.between(0.05, 0.3), 0.0, job.chance.random() < 0.5
        tail, tail_s = job.chance.choice((0.0, 0.0, job.between(0, 0.4))), job.between(5, 30)
        on_s = job.chance.choice((job.between(4, 20), job.between(20, 120), job.between(60, 600)))
        off_s = job.chance.choice((job.between(10, 60), job.between(60, 600)))
        found += [Happening(-1, -size_v)] if is_on else []
        while now_s < job.lasts_s:
            now_s += 2 + job.chance.expovariate(1 / (on_s if is_on else off_s))
            step_v = size_v if is_on else -size_v
            found.append(Happening(now_s, step_v * (1 - tail), step_v * tail, tail_s))
            is_on = not is_on
    return tuple(found)


def _cycle(job: _Job) -> tuple[Happening, ...]:
    """A fan or a heater that switches itself, every 12 to 120 s."""
    size_v, period_s, share_on = job.between(0.03, 0.12), job.between(12, 120), job.between(0.2, 0.8)
    first_s = job.between(0, period_s)
    starts = [first_s + n * period_s for n in range(int(job.lasts_s / period_s))]
    return tuple(
        one for at_s in starts for one in (Happening(at_s, -size_v), Happening(at_s + share_on * period_s, size_v))
    )


def _dips(job: _Job) -> tuple[Happening, ...]:
    found = []
    for _ in range(job.chance.randint(1, 6)):
        at_s, size_v = job.between(0, job.lasts_s), job.between(0.05, 0.3)
        found += [Happening(at_s, -size_v), Happening(at_s + job.between(1, 4), size_v)]
    return tuple(found)


def _stairs(job: _Job) -> tuple[Happening, ...]:
    at_s, size_v, every_s = job.between(0, 60), job.between(0.03, 0.12), job.between(20, 240)
    found = []
    while at_s < job.lasts_s:
        found.append(Happening(at_s, -size_v))
        at_s += every_s * job.between(0.8, 1.2)
    return tuple(found)


def _with_consumers(job: _Job) -> _Shape:
    return _Shape(job.between(13.3, 14.4), _consumers(job))


def _recovering(job: _Job) -> _Shape:
    return _Shape(job.between(13.3, 13.8), (Happening(0, 0, job.between(0.1, 0.6), job.between(60, 600)),))


def _connected(job: _Job) -> _Shape:
    from_v, to_v, sharp = job.between(12.2, 12.9), job.between(13.45, 14.4), job.between(0.3, 0.8)
    step_v, tail_v = (to_v - from_v) * sharp, (to_v - from_v) * (1 - sharp)
    return _Shape(from_v, (Happening(job.between(0, 15), step_v, tail_v, job.between(5, 60)),))


def _stepping_down(job: _Job, low_v: float, high_v: float) -> _Shape:
    from_v, sharp = job.between(14.1, 14.6), job.between(0, 1)
    down_v = job.between(low_v, high_v) - from_v
    return _Shape(from_v, (Happening(job.when_s, down_v * sharp, down_v * (1 - sharp), job.between(3, 60)),))


def _weak_with_consumers(job: _Job) -> _Shape:
    return _Shape(job.between(13.3, 14.4), (job.creep(), *_consumers(job)))


def _bent(job: _Job) -> _Shape:
    ramp = replace(job.creep(), bend_per_s=job.between(-0.0002, 0.0015), ramp_ends_s=2000)
    return _Shape(job.between(13.2, 14.2), (ramp,))


def _weak_connected(job: _Job) -> _Shape:
    up_v = job.between(0.2, 1.0)
    rise = Happening(0, 0, up_v, job.between(5, 40))
    return _Shape(job.between(13.4, 14.2) - up_v, (rise, replace(job.creep(), at_s=job.between(-1, 60))))


def _overloaded(job: _Job) -> _Shape:
    happening = Happening(job.when_s, -job.between(0.03, 0.4), ramp_v_per_s=1.5 * job.creep_v_per_s)
    return _Shape(job.between(13.3, 14.4), (happening,))


def _gone(job: _Job) -> _Shape:
    from_v, sharp = job.between(13.3, 14.4), job.between(0, 0.4)
    down_v = job.between(12.3, 12.8) - from_v
    return _Shape(from_v, (Happening(job.when_s, down_v * sharp, down_v * (1 - sharp), job.between(20, 250)),))


GOOD: dict[str, Callable[[_Job], _Shape]] = {
    "steady": lambda job: _Shape(job.between(13.3, 14.4)),
    "consumers switched": _with_consumers,
    "a consumer that cycles": lambda job: _Shape(job.between(13.3, 14.4), _cycle(job)),
    "short dips": lambda job: _Shape(job.between(13.3, 14.4), _dips(job)),
    "battery recovering": _recovering,
    "just connected": _connected,
    "float mode, good level": lambda job: _stepping_down(job, 13.3, 13.7),
}
FAILING: dict[str, Callable[[_Job], _Shape]] = {
    "weak: creeps": lambda job: _Shape(job.between(13.2, 14.2), (job.creep(),)),
    "weak, consumers switched": _weak_with_consumers,
    "weak, ever faster": _bent,
    "weak, just connected": _weak_connected,
    "overloaded by a consumer": _overloaded,
    "overloaded by programming": lambda job: _Shape(job.between(13.3, 14.4), (), 1.5 * job.creep_v_per_s),
    "charger gone": _gone,
    "float mode, too low": lambda job: _stepping_down(job, 12.7, 12.98),
    "steps down again and again": lambda job: _Shape(job.between(13.3, 14.4), _stairs(job)),
}


def population(seed: int, count: int) -> Iterator[Supply]:
    """As many supplies; half of them good, every kind equally likely in its half."""
    return (draw(kind, own_seed) for kind, own_seed in lots(seed, count))


def lots(seed: int, count: int) -> Iterator[tuple[str, str]]:
    """Kind and seed of each supply of a population, to be drawn by whoever wants it."""
    chance = random.Random(f"population {seed}")
    for number in range(count):
        kinds = GOOD if chance.random() < 0.5 else FAILING
        yield chance.choice(sorted(kinds)), f"{seed}/{number}"


def draw(kind: str, seed: str) -> Supply:
    """One supply of a kind; the same seed, the same supply."""
    chance = random.Random(f"{kind} {seed}")
    plan = tuple(_datablock(chance) for _ in range(chance.choice((chance.randint(1, 5), chance.randint(4, 11)))))
    plan_s = sum(block.actual_s for block in plan)
    job = _Job(chance, plan_s + SPARE_S, chance.uniform(0, plan_s + 160), -chance.uniform(0.005, 0.060) / 60)
    shape = (GOOD | FAILING)[kind](job)
    supply = Supply(
        kind=kind,
        good=kind in GOOD,
        start_v=shape.start_v,
        happenings=shape.happenings,
        noise_v=chance.choice((chance.uniform(0.001, 0.006), chance.uniform(0.004, 0.012), chance.uniform(0.01, 0.02))),
        wander_v=chance.uniform(0, 0.006),
        wander_s=chance.uniform(10, 90),
        ripple_v=chance.choice((chance.uniform(0, 0.02), chance.uniform(0, 0.09))),
        load_v=chance.uniform(0.005, 0.05),
        overload_v_per_s=shape.overload_v_per_s,
        identified_s=chance.uniform(10, 40),
        plan=plan,
        seed=chance.randrange(2**31),
    )
    return _lifted(supply, chance) if supply.good else supply


def _datablock(chance: random.Random) -> Datablock:
    """A boot loader's seconds, a data part's minutes, or a program's many minutes."""
    estimated_s = chance.choice((chance.uniform(15, 60), chance.uniform(40, 200), chance.uniform(120, 420)))
    return Datablock(estimated_s, estimated_s * chance.uniform(0.85, 1.2))


def _lifted(supply: Supply, chance: random.Random) -> Supply:
    """A good charger holds a good level with everything on, and does not cook the battery."""
    settled_v = supply.curve()[CONNECTS_S if supply.kind == "just connected" else 0 :]
    missing_v = LOWEST_GOOD_V - min(settled_v)
    if missing_v <= 0:
        return supply
    lift_v = min(missing_v + chance.uniform(0, 0.3), HIGHEST_GOOD_V - max(settled_v))
    return replace(supply, start_v=supply.start_v + lift_v)
