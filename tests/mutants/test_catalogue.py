"""The deliberate bugs still fit the code; that the suite notices them is `make mutants`."""

from __future__ import annotations

import ast
from collections import Counter

import pytest

from mutants.catalogue import CATALOGUE
from mutants.document import DOCUMENT, document
from mutants.mutant import Law, Mutant, NoLongerApplies
from mutants.round import require_applicable
from mutants.workplace import ROOT


@pytest.mark.parametrize("mutant", CATALOGUE, ids=lambda mutant: mutant.name)
def test_a_bug_fits_its_line_and_leaves_a_program(mutant: Mutant) -> None:
    source = (ROOT / mutant.file).read_text(encoding="utf-8")
    changed = mutant.applied(source)
    assert ast.dump(ast.parse(changed)) != ast.dump(ast.parse(source)), "it changes nothing but the layout"


def test_the_tests_it_names_are_there() -> None:
    require_applicable(CATALOGUE)


def test_no_name_is_used_twice() -> None:
    assert [name for name, count in Counter(one.name for one in CATALOGUE).items() if count > 1] == []


def test_every_law_has_bugs_that_break_it() -> None:
    assert {one.law for one in CATALOGUE} == set(Law)


def test_every_bug_has_tests_that_should_notice_it_and_says_what_it_would_do() -> None:
    assert all(one.tests and one.harm.endswith(".") for one in CATALOGUE)


def test_a_bug_whose_line_is_gone_or_there_twice_does_not_apply() -> None:
    bug = Mutant("name", Law.TRUTH, "file.py", "a < b\n", "a > b\n", "Harm.", ("tests",))
    assert bug.applied("if a < b\n") == "if a > b\n"
    for source in ("if a <= b\n", "a < b\na < b\n"):
        with pytest.raises(NoLongerApplies, match="mutant name no longer applies"):
            bug.applied(source)


def test_the_document_is_what_the_catalogue_says() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == document(), "run: python -m mutants --write"
