"""The picture of docs/survival.md: every durable state a dot, and how often a cut leads from one stage to another.

A column is a stage, named after the newest fact; its dots are its states, coloured by what a restart finds in the
control unit.  An arc above goes on in the job, one below goes back; the more cuts, the wider.  States differ within a
stage by datablock and by how often each was cut off, so a line for each cut would be a grey block.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape

from tests.survival.workers import Row, Swept

STAGES = (
    "no job",
    "no fact",
    "IndividualSaved",
    "CodingSaved",
    "DatablockBegun",
    "DatablockFailed",
    "DatablockProgrammed",
    "Dependencies",
    "UnitProgrammed",
    "IndividualRestored",
    "CodingBegun",
    "CodingRestored",
    "LevelBegun",
    "LevelWritten",
    "FaultsCleared",
)
COLOURS = {"untouched": "#4c78a8", "in its bootloader": "#e45756", "new software": "#54a24b"}
_FOUND = {"new software": "new software in the control unit"}
ACROSS, DOT, GAP, COLUMN = 10, 3.2, 8.0, 138  # dots in a row of a column; their radius and distance; columns apart
TOP, LEFT, KEY = 210, 60, 40


def nodes_of(graph: Swept) -> dict[str, Row]:
    """Every durable state by its name."""
    return {row["state"]: row for row in graph.rows if "words" in row}


@dataclass(frozen=True, slots=True)
class WaysBack:
    """How many durable states there are, the lives of the longest way back from one, and how many have none."""

    states: int
    longest: int
    lost: int


def ways_back(graph: Swept) -> WaysBack:
    """From every durable state to programmed."""
    nodes = nodes_of(graph)
    lives = {row["state"]: row["lives"] for row in graph.outcomes if row["state"]}
    return WaysBack(len(nodes), max(lives.values(), default=0), sum(node not in lives for node in nodes))


def picture(graph: Swept) -> str:
    """The graph as SVG."""
    nodes = nodes_of(graph)
    columns: dict[str, list[Row]] = defaultdict(list)
    for node in nodes.values():
        columns[stage_of(node)].append(node)
    stages = [stage for stage in STAGES if stage in columns]
    places = {stage: LEFT + COLUMN * (number + 0.5) for number, stage in enumerate(stages)}
    tall = GAP * math.ceil(max(map(len, columns.values()), default=0) / ACROSS)
    width, height = 2 * LEFT + COLUMN * len(stages), TOP + tall + TOP + KEY
    cuts = Counter((stage_of(nodes[a]), stage_of(nodes[b])) for a, b in graph.edges if a in nodes and b in nodes)
    body = (
        _title(ways_back(graph)),
        *(_arc(places[a], places[b], count, TOP - 34, TOP + tall + 12) for (a, b), count in cuts.items() if a != b),
        *(line for stage in stages for line in _column(places[stage], stage, columns[stage])),
        *_key(height - KEY / 2),
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" font-family="sans-serif" '
        'font-size="12"><rect width="100%" height="100%" fill="white"/>\n' + "\n".join(body) + "\n</svg>\n"
    )


def stage_of(node: Row) -> str:
    """Where the job stands in a durable state."""
    words: str = node["words"]
    return next((stage for stage in STAGES if stage in words), "no fact")


def _column(x: float, stage: str, nodes: Iterable[Row]) -> Iterator[str]:
    ordered = sorted(nodes, key=lambda node: (list(COLOURS).index(node["found"]), node["words"], node["state"]))
    yield f'<text x="{x:.0f}" y="{TOP - 22}" text-anchor="middle" font-weight="bold">{escape(stage)}</text>'
    states = "1 state" if len(ordered) == 1 else f"{len(ordered)} states"
    yield f'<text x="{x:.0f}" y="{TOP - 8}" text-anchor="middle" fill="#555">{states}</text>'
    wide = min(len(ordered), ACROSS)
    for number, node in enumerate(ordered):
        row, place = divmod(number, ACROSS)
        yield _dot(x + GAP * (place - (wide - 1) / 2), TOP + 4 + GAP * row, node)


def _dot(x: float, y: float, node: Row) -> str:
    title = escape(f"{node['words']} ({node['found']})")
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{DOT}" fill="{COLOURS[node["found"]]}"><title>{title}</title></circle>'
    )


def _arc(start: float, end: float, count: int, above: float, below: float) -> str:
    """Onward above, back below."""
    onward = end > start
    y = above if onward else below
    bend = y + (-1 if onward else 1) * min(250.0, 24 + abs(end - start) / 3.2)
    wide = 0.5 + math.log10(count) * 1.6
    return (
        f'<path d="M{start:.0f} {y:.0f}Q{(start + end) / 2:.0f} {bend:.0f} {end:.0f} {y:.0f}" fill="none" '
        f'stroke="{"#888" if onward else "#c80"}" stroke-width="{wide:.1f}" stroke-opacity="0.45">'
        f"<title>{count} cuts</title></path>"
    )


def _key(y: float) -> Iterator[str]:
    x = LEFT
    for found, colour in COLOURS.items():
        yield f'<circle cx="{x}" cy="{y - 4:.0f}" r="5" fill="{colour}"/>'
        words = _FOUND.get(found, f"the control unit {found}")
        yield f'<text x="{x + 10}" y="{y:.0f}">the restart finds {words}</text>'
        x += 300
    yield f'<text x="{x}" y="{y:.0f}" fill="#555">arcs: cuts; above onward, below back</text>'


def _title(ways: WaysBack) -> str:
    words = (
        f"{ways.states} durable states; the longest way back to programmed takes {ways.longest} lives; "
        f"{ways.lost or 'none'} without a way back"
    )
    return f'<text x="{LEFT}" y="24" font-size="16" font-weight="bold">{words}</text>'
