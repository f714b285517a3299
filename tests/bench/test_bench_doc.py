"""What docs/bench.md says of the bench is what the bench is."""

from __future__ import annotations

from pathlib import Path

from appliance.bench.scenarios import SCENARIOS, Scenario

DOC = Path(__file__).parents[2] / "docs" / "bench.md"
HEAD = "| `--scenario` | What happens | Verdict | Labour operation |\n|---|---|---|---|\n"


def row(scenario: Scenario) -> str:
    return f"| `{scenario.name}` | {scenario.title} | `{scenario.verdict}` | {scenario.labour or 'none'} |\n"


def test_the_table_of_scenarios_is_the_scenarios() -> None:
    """When it is not: paste what is expected here between the two comments."""
    table = DOC.read_text(encoding="utf-8").split("<!-- scenarios -->\n")[1].split("<!-- /scenarios -->")[0]
    assert table == HEAD + "".join(row(scenario) for scenario in SCENARIOS.values())
