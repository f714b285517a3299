"""The seed's case, replayed: a 55 A maintainer, a voltage that creeps down, an erase that is not finished.

The curve is ours: the report tells of a slow creep while every look showed a fair voltage, and gives no numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from benchmarks.power_play import LIMITS, Forecast, Outcome, ThresholdOnly, play
from benchmarks.power_supplies import Datablock, Happening, Supply

SEED_CASE = Supply(
    kind="seed",
    good=False,
    start_v=13.62,
    happenings=(
        Happening(-1, ramp_v_per_s=-0.032 / 60),
        Happening(130, -0.08),
        Happening(155, 0.08),
        Happening(520, -0.06),
        Happening(560, 0.06),
    ),
    noise_v=0.008,
    wander_v=0.003,
    wander_s=40,
    ripple_v=0.03,
    load_v=0.03,
    overload_v_per_s=0.0,
    identified_s=15,
    plan=(Datablock(60, 62), Datablock(240, 255), Datablock(420, 440), Datablock(420, 430), Datablock(180, 190)),
    seed=12,
)
WIDTH, HEIGHT, LEFT, TOP, RIGHT, BOTTOM = 860, 420, 60, 40, 20, 50
LAST_S, LOWEST_V, HIGHEST_V = 1560, 12.7, 13.7


@dataclass(frozen=True, slots=True)
class _Replayed:
    """The seed's case under one policy."""

    outcome: Outcome
    seen: list[tuple[float, float]]


def figure() -> tuple[str, str]:
    """The figure as SVG, and what it shows in words."""
    threshold, forecast = ThresholdOnly(), Forecast()
    curve, disturbance = SEED_CASE.curve(), SEED_CASE.disturbance()
    alone = play(SEED_CASE, threshold, curve, disturbance)
    guarded = play(SEED_CASE, forecast, curve, disturbance)
    story = (
        f"Threshold only: datablocks begun: {len(alone.begun)}; after {alone.at_s / 60:.0f} min: {alone.end.value}, "
        f"{LIMITS.hold_v:.2f} V. "
        f"Forecast: datablocks begun: {len(guarded.begun)}; {guarded.end.value}; its words: “{_words(guarded)}”."
    )
    return _svg(alone, guarded, [v + off_v for v, off_v in zip(curve, disturbance, strict=True)]), story


def _words(outcome: Outcome) -> str:
    return outcome.last.reason if outcome.last else ""


def _svg(alone: Outcome, guarded: Outcome, volts: list[float]) -> str:
    return "\n".join(
        (
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" '
                'font-size="13">'
            ),
            f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
            (
                f'<text x="{LEFT}" y="22" font-size="16" font-weight="bold">'
                "A 55 A maintainer, creeping down 32 mV a minute</text>"
            ),
            *_bands(alone),
            *_axes(),
            _line(enumerate(volts[: alone.at_s + 1]), "#1f4e8c"),
            *_outlook(guarded, volts),
            _mark(alone),
            "</svg>\n",
        )
    )


def _bands(alone: Outcome) -> Iterable[str]:
    """The datablocks that the thresholds alone begin; the one that is left erased in red."""
    for number, begun in enumerate(alone.begun, 1):
        lost = number == len(alone.begun)
        words = f"thresholds only, datablock {number}" if lost else str(number)
        left, right = _x(begun.at_s), _x(min(begun.until_s, LAST_S))
        yield (
            f'<rect x="{left:.1f}" y="{TOP}" width="{right - left:.1f}" height="{HEIGHT - TOP - BOTTOM}" '
            f'fill="{"#f6c7c3" if lost else "#e6efe3"}"/>'
        )
        yield f'<text x="{left + 4:.1f}" y="{TOP + 16}" fill="#555">{words}</text>'


def _axes() -> Iterable[str]:
    for tenth in range(round(LOWEST_V * 10), round(HIGHEST_V * 10) + 1, 2):
        y = _y(tenth / 10)
        yield f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="#ccc" stroke-width="0.5"/>'
        yield f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{tenth / 10:.1f} V</text>'
    for minute in range(0, LAST_S // 60 + 1, 5):
        yield f'<text x="{_x(minute * 60):.1f}" y="{HEIGHT - BOTTOM + 18}" text-anchor="middle">{minute} min</text>'
    for volts, words, colour in (
        (LIMITS.start_v, "start limit", "#777"),
        (LIMITS.hold_v, "hold limit: BMW's 13.0 V", "#b3261e"),
    ):
        y = _y(volts)
        yield (
            f'<line x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}" stroke="{colour}" '
            'stroke-dasharray="6 3"/>'
        )
        yield f'<text x="{WIDTH - RIGHT - 4}" y="{y - 5:.1f}" text-anchor="end" fill="{colour}">{words}</text>'


def _outlook(guarded: Outcome, volts: list[float]) -> Iterable[str]:
    """The last decision of the forecast: from its moment to its predicted end."""
    if guarded.last is None or guarded.last.predicted_v is None:
        return
    at_s = guarded.at_s
    level_v = sum(volts[at_s - 9 : at_s + 1]) / 10
    rest_s = sum(block.estimated_s for block in SEED_CASE.plan[len(guarded.begun) :])
    yield _line([(at_s, level_v), (at_s + rest_s, guarded.last.predicted_v)], "#e07b00", "4 3")
    yield f'<circle cx="{_x(at_s):.1f}" cy="{_y(level_v):.1f}" r="4" fill="#e07b00"/>'
    y = HEIGHT - BOTTOM - 22
    for begun in guarded.begun:
        width = _x(begun.until_s) - _x(begun.at_s)
        yield f'<rect x="{_x(begun.at_s):.1f}" y="{y}" width="{width:.1f}" height="18" fill="#7fb069"/>'
    words = f"forecast: {len(guarded.begun)} begun, {guarded.end.value}; dashed: its last estimate for the plan"
    yield f'<text x="{LEFT + 8}" y="{y - 6}" fill="#b35f00">{words}</text>'


def _mark(alone: Outcome) -> str:
    x, y = _x(alone.at_s), _y(LIMITS.hold_v)
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#b3261e"/>'
        f'<text x="{x + 8:.1f}" y="{y + 18:.1f}" fill="#b3261e">left erased</text>'
    )


def _line(points: Iterable[tuple[float, float]], colour: str, dashes: str = "") -> str:
    drawn = " ".join(f"{_x(at_s):.1f},{_y(max(volts, LOWEST_V)):.1f}" for at_s, volts in points)
    dashed = f' stroke-dasharray="{dashes}"' if dashes else ""
    return f'<polyline points="{drawn}" fill="none" stroke="{colour}" stroke-width="1.5"{dashed}/>'


def _x(at_s: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * min(at_s, LAST_S) / LAST_S


def _y(volts: float) -> float:
    return TOP + (HEIGHT - TOP - BOTTOM) * (HIGHEST_V - volts) / (HIGHEST_V - LOWEST_V)
