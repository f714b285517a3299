"""Small changes to a module: each is a program, different from the one before, and known by its text."""

from __future__ import annotations

import ast

import pytest

from mutants.generic.mutator import changes
from mutants.workplace import ROOT

GATE = (ROOT / "appliance" / "power" / "gate.py").read_text(encoding="utf-8")


def mutations(source: str) -> list[str]:
    return [change.after for change in changes(source)]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("a < b", ["a <= b", "a >= b"]),
        ("0 <= a", ["0 < a", "0 > a", "1 <= a", "(-1) <= a"]),
        ("a is not None", ["a is None"]),
        ("a not in b", ["a in b"]),
        ("a and b or c", ["a and b and c", "a or b or c"]),
        ("not a", ["(a)"]),
        ("True", ["False"]),
        ("if a:\n    b()", ["if (not (a)):", "pass"]),
        ("a.b = c", ["pass"]),
        ("a += c", ["pass"]),
        ("raise a", ["pass"]),
        ("def f():\n    return a", ["return None"]),
        ("def f():\n    yield from a", ["pass"]),
    ],
)
def test_what_is_changed(source: str, expected: list[str]) -> None:
    assert mutations(source) == expected


@pytest.mark.parametrize(
    "source",
    [
        '"""Words 1 < 2."""',
        "def f(a: int = 1) -> None: ...",
        "class A(Enum):\n    B = 1",
        'f"{a:.2f} V"',
        "def f():\n    return None",
        "import a",
    ],
)
def test_what_is_left_alone(source: str) -> None:
    assert mutations(source) == []


def test_a_change_is_known_by_its_function_and_its_text() -> None:
    (change, *_) = changes("class A:\n    def b(self, c):\n        if c < 3:  # µ\n            self.d()\n")
    assert (change.function, change.line) == ("A.b", 3)
    assert change.mutation == "if c < 3: # µ → if c <= 3: # µ"


def test_every_change_of_a_real_module_is_another_program() -> None:
    unchanged = ast.dump(ast.parse(GATE))
    found = list(changes(GATE))
    assert len(found) > 100
    assert all(ast.dump(ast.parse(change.text)) != unchanged for change in found)
