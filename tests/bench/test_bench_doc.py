"""What docs/bench.md says of the bench is what the bench is."""

from __future__ import annotations

import re
from pathlib import Path

from appliance.bench.referee.referee import RULES
from appliance.bench.referee.rule import Rule
from appliance.bench.referee.truth import ReportTrue
from appliance.bench.scenarios import SCENARIOS, Scenario

DOC = Path(__file__).parents[2] / "docs" / "bench.md"
HEAD = "| `--scenario` | What happens | Verdict | Labour operation |\n|---|---|---|---|\n"


def row(scenario: Scenario) -> str:
    return f"| `{scenario.name}` | {scenario.title} | `{scenario.verdict}` | {scenario.labour or 'none'} |\n"


def test_the_table_of_scenarios_is_the_scenarios() -> None:
    """When it is not: paste what is expected here between the two comments."""
    table = DOC.read_text(encoding="utf-8").split("<!-- scenarios -->\n")[1].split("<!-- /scenarios -->")[0]
    assert table == HEAD + "".join(row(scenario) for scenario in SCENARIOS.values())


def test_the_rules_of_the_referee_stand_beside_their_laws() -> None:
    laws = (DOC.parent / "architecture.md").read_text(encoding="utf-8").split("## The laws\n")[1].split("\n## ")[0]
    listed = {
        (law, name) for law, names in re.findall(r"^\| (\d+) \|.*\|(.*)\|$", laws, re.M) for name in _names(names)
    }
    rules: tuple[type[Rule], ...] = (*RULES, ReportTrue)
    assert listed == {(rule.law, rule.__name__) for rule in rules}


def _names(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)
