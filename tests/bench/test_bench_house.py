"""The bench's control units judge the procedures, so they must not share a mistake with them."""

from __future__ import annotations

import ast
from pathlib import Path

import appliance.bench

HOUSE = Path(appliance.bench.__file__).parent


def test_no_file_of_the_bench_imports_a_procedure() -> None:
    found = {
        f"{path.relative_to(HOUSE)}: {node.module}"
        for path in HOUSE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("appliance.procedure")
    }
    assert found == set()
