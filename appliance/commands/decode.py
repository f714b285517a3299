"""`kl30 decode`: what do these bytes say?"""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from appliance.car.explain import explain, parse_hex
from appliance.errors import EXIT_OK


def decode(words: Sequence[str]) -> int:
    """Explain a UDS request or response in a table; its exit code."""
    explanation = explain(parse_hex(" ".join(words)))
    table = Table("field", "value", "meaning", title=explanation.title, title_justify="left")
    for row in explanation.rows:
        table.add_row(row.field, row.value, row.meaning)
    Console(markup=False, emoji=False).print(table)  # a car may say "[/x]"
    return EXIT_OK
