"""Which test calls which function: only those can notice a change in it.

A pytest plugin (`-p mutants.generic.calls`): it traces calls, not lines, and writes one JSON file at the end, named by
the environment variable `CALLS_FILE`.  What a fixture of a whole module calls belongs to every test of that module.
A test that fails is left out: it proves nothing.
"""

from __future__ import annotations

import json
import os
import sys
from collections import defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import pytest

VARIABLE = "CALLS_FILE"


@dataclass(frozen=True, slots=True)
class Calls:
    """Test functions by the function they call (`appliance/power/gate.py:judge`), and how long each of them takes."""

    tests: dict[str, tuple[str, ...]]
    took_s: dict[str, float]

    def of(self, file: str, function: str, within_s: float) -> tuple[str, ...]:
        """Tests that call this function, quickest first, as many as fit into `within_s`; empty: none is known to."""
        chosen: list[str] = []
        for test in sorted(self.tests.get(f"{file}:{function}", ()), key=lambda test: self.took_s[test]):
            within_s -= self.took_s[test]
            if within_s < 0 and chosen:
                break
            chosen.append(test)
        return tuple(chosen)


def merged(files: Iterable[Path]) -> Calls:
    """What some runs of this plugin wrote."""
    tests: dict[str, set[str]] = defaultdict(set)
    took_s: dict[str, float] = {}
    for file in files:
        for test, (seconds, functions) in json.loads(file.read_text(encoding="utf-8")).items():
            took_s[test] = seconds
            for function in functions:
                tests[function].add(test)
    return Calls({function: tuple(sorted(names)) for function, names in tests.items()}, took_s)


class _Tracer:
    """Notes the functions of the appliance that are called."""

    def __init__(self) -> None:
        self._root = str(Path.cwd()) + os.sep
        self.codes: set[CodeType] = set()

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:  # noqa: ARG002 – sys.settrace's own
        self.codes.add(frame.f_code)

    def functions(self) -> set[str]:
        inside = (code for code in self.codes if code.co_filename.startswith(f"{self._root}appliance"))
        return {f"{code.co_filename.removeprefix(self._root)}:{_plain(code.co_qualname)}" for code in inside}


class _Plugin:
    def __init__(self, target: Path) -> None:
        self._target = target
        self._functions: dict[str, set[str]] = defaultdict(set)
        self._of_module: dict[str, set[str]] = defaultdict(set)
        self._took_s: dict[str, float] = defaultdict(float)
        self._failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        tracer = _Tracer()
        sys.settrace(tracer)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self._functions[_name(item.nodeid)] |= tracer.functions()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        outer = sys.gettrace()
        if fixturedef.scope == "function" or not isinstance(outer, _Tracer):
            return (yield)
        tracer = _Tracer()
        sys.settrace(tracer)
        try:
            return (yield)
        finally:
            sys.settrace(outer)
            self._of_module[request.node.nodeid.partition("::")[0]] |= tracer.functions()

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self._took_s[_name(report.nodeid)] += report.duration
        if report.failed:
            self._failed.add(_name(report.nodeid))

    def pytest_sessionfinish(self) -> None:
        whole = {
            test: (round(self._took_s[test], 3), sorted(functions | self._of_module[test.partition("::")[0]]))
            for test, functions in self._functions.items()
            if test not in self._failed
        }
        self._target.write_text(json.dumps(whole), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Pytest's way to begin."""
    config.pluginmanager.register(_Plugin(Path(os.environ[VARIABLE])), "calls-of-tests")


def _name(nodeid: str) -> str:
    return nodeid.partition("[")[0]


def _plain(qualname: str) -> str:
    """As `mutator.Change.function` names it; what has no name of its own belongs to what is around it."""
    parts = qualname.split(".")
    return ".".join(part for part in parts if not part.startswith("<"))
