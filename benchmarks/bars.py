"""A bar chart of shares, as SVG."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

WIDTH, LEFT, RIGHT, TOP, ROW, BAR = 760, 250, 70, 50, 30, 18
ONE = "#1f4e8c"


@dataclass(frozen=True, slots=True)
class Bar:
    """One share: what it is, and 0 to 1."""

    label: str
    share: float


def chart(title: str, bars: Sequence[Bar]) -> str:
    """Bars from 0 to 100 %, each with its figure at its end."""
    height = TOP + ROW * len(bars) + 20
    return "\n".join(
        (
            (
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
                'font-family="sans-serif" font-size="13">'
            ),
            f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
            f'<text x="12" y="26" font-size="16" font-weight="bold">{title}</text>',
            *_grid(height),
            *(line for number, bar in enumerate(bars) for line in _row(TOP + ROW * number, bar)),
            "</svg>\n",
        )
    )


def _x(share: float) -> float:
    return LEFT + share * (WIDTH - LEFT - RIGHT)


def _grid(height: int) -> Iterator[str]:
    for share in (0.0, 0.25, 0.5, 0.75, 1.0):
        x = _x(share)
        yield f'<line x1="{x:.1f}" y1="{TOP - 6}" x2="{x:.1f}" y2="{height - 14}" stroke="#ddd"/>'
        yield f'<text x="{x:.1f}" y="{height - 2}" text-anchor="middle" fill="#666" font-size="11">{share:.0%}</text>'


def _row(y: int, bar: Bar) -> Iterator[str]:
    x = _x(bar.share)
    yield f'<text x="{LEFT - 10}" y="{y + 14}" text-anchor="end">{bar.label}</text>'
    yield f'<rect x="{LEFT}" y="{y}" width="{x - LEFT:.1f}" height="{BAR}" fill="{ONE}"/>'
    yield f'<text x="{x + 6:.1f}" y="{y + 14}">{bar.share:.1%}</text>'
