"""What the charger test assumes of the consumer, and asks of the charger."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ChargerTestRules:
    """What is assumed of the consumer and asked of the charger; chosen with `benchmarks/charger_test.py`.

    Attributes:
        consumer: What is switched on, for people.
        consumer_a: Its current.  Low beam: 2 × 55 W of halogen at 13 V and tail lights (from memory; LED takes 3 to
            5 A).
        programming_a: What a car takes while it is programmed (facts.md §6: about 20 A seen).
        awake_a: What it takes before, ignition on: 8 to 15 A (from memory).
        surface_c_per_v: Charge a starter battery gives for the first volt: 1800 to 3600 A·s (from memory).
        smallest_v: A smaller step is not taken for the consumer.
        sigmas: And it must be so many standard deviations.
        level_s: Seconds in a level; the median of them.
        settles_s: Not looked at after the step: battery and cables find their new balance.
        least_s: On for at least this, when all is clear.
        doubted_s: On for at least this, to be refused.
        most_s: On for no longer.
        fall_v_per_min_a: A faster fall, for each ampere of the consumer, is a charger that gives in.
        drop_ohm: A larger drop than this resistance makes, and half that fall, is one too.
        clear: A fall under this share of what is bearable passes before `most_s`.
        lasts_s: A fall that reaches the limit sooner is refused.
        margin_v: Kept above the limit.
        near_v: So near the level before counts as back.
    """

    consumer: str = "low beam"
    consumer_a: float = 10.0
    programming_a: float = 20.0
    awake_a: float = 12.0
    surface_c_per_v: float = 3600.0
    smallest_v: float = 0.025
    sigmas: float = 4.0
    level_s: int = 5
    settles_s: float = 8.0
    least_s: float = 20.0
    doubted_s: float = 40.0
    most_s: float = 60.0
    fall_v_per_min_a: float = 0.0045
    drop_ohm: float = 0.015
    clear: float = 0.7
    lasts_s: float = 480.0
    margin_v: float = 0.03
    near_v: float = 0.03

    @property
    def fall_v_per_s(self) -> float:
        """How fast it may fall with this consumer."""
        return self.fall_v_per_min_a * self.consumer_a / 60


RULES = ChargerTestRules()
