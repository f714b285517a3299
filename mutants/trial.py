"""Run tests in a workplace: did one of them fail?

First the tests that are likely to notice the bug, then, if they do not, the whole fast suite, so that "survived" always
means all of it.  Fast are all tests but those against the real clock, a browser or the kernel's ISO-TP; the tests of
this machinery are left out too, because they would notice that a line is not what the catalogue says.

A run that takes longer than its limit has noticed: an endless loop is a bug found.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from mutants.workplace import Workplace

FAST_SUITE = ("tests", "--ignore=tests/mutants", "-m", "not realtime and not browser and not kernel_isotp")
LIKELY_LIMIT_S = 600.0  # of whole runs: an endless loop is ended by the limit of its test, long before
SUITE_LIMIT_S = 1800.0
TEST_LIMIT_S = 40  # of one test; the slowest takes a few seconds
_OPTIONS = (
    "-x",
    "-q",
    "-n",
    "0",
    "-p",
    "no:cacheprovider",
    "--tb=no",
    "--hypothesis-seed=0",
    f"--timeout={TEST_LIMIT_S}",
)
_NOTICED = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)
_USED_WRONGLY, _NONE_COLLECTED = 4, 5  # exit codes of pytest; 4 is also a conftest that cannot be imported


class Unsound(Exception):
    """The tests cannot tell anything: they fail without a bug, or pass whatever is done."""


class Fate(Enum):
    """What became of a mutant."""

    KILLED = "killed"
    TIMED_OUT = "killed (timeout)"
    SURVIVED = "SURVIVED"


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run of tests ended; `by`: the test that noticed, or how long was waited; empty: none did."""

    fate: Fate
    by: str = ""


def try_tests(place: Workplace, likely: Sequence[str], suite: Sequence[str] = FAST_SUITE) -> Outcome:
    """What the tests say of the workplace as it is now: first the likely ones, then the suite, if any."""
    outcome = run_tests(place, likely, LIKELY_LIMIT_S)
    if outcome.fate is not Fate.SURVIVED or not suite:
        return outcome
    return run_tests(place, suite, SUITE_LIMIT_S)


def run_tests(
    place: Workplace, selection: Sequence[str], limit_s: float, variables: Mapping[str, str] | None = None
) -> Outcome:
    """One run of pytest.

    Args:
        variables: Of its environment, beside ours; None: no others.

    Raises:
        Unsound: pytest could not run these tests at all.
    """
    command = [sys.executable, "-m", "pytest", *_OPTIONS, *selection]
    try:
        done = subprocess.run(
            command,
            cwd=place.folder,
            env=environment(place) | dict(variables or {}),
            capture_output=True,
            text=True,
            timeout=limit_s,
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Outcome(Fate.TIMED_OUT, f"nothing within {limit_s:.0f} s")
    if done.returncode == 0:
        return Outcome(Fate.SURVIVED)
    if done.returncode in (_USED_WRONGLY, _NONE_COLLECTED) and "conftest" not in done.stderr:
        raise Unsound(f"pytest ended with {done.returncode}:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    if noticed := _NOTICED.search(done.stdout):
        return Outcome(Fate.KILLED, noticed[1])
    if "Timeout" in done.stdout + done.stderr:
        return Outcome(Fate.TIMED_OUT, f"a test longer than {TEST_LIMIT_S} s")
    return Outcome(Fate.KILLED, f"the tests could not even run (exit {done.returncode})")


def environment(place: Workplace) -> dict[str, str]:
    """Ours, with the copy first on Python's path, and no demand to run what is left out here."""
    kept = {key: value for key, value in os.environ.items() if key != "KL30_MUST_RUN"}
    return kept | {"PYTHONPATH": str(place.folder), "PYTHONHASHSEED": "0"}


def require_sound(place: Workplace) -> None:
    """Prove that this copy is what the tests import, that they pass without a bug, and fail with one.

    Raises:
        Unsound: one of these is not so.
    """
    where = subprocess.run(
        [sys.executable, "-c", "import appliance; print(appliance.__file__)"],
        cwd=place.folder, env=environment(place), capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    if where != str(place.folder / "appliance" / "__init__.py"):
        raise Unsound(f"the tests would import {where} instead of the copy in {place.folder}")
    plain = run_tests(place, ("tests/test_uds.py",), LIKELY_LIMIT_S)
    if plain.fate is not Fate.SURVIVED:
        raise Unsound(f"without any bug {plain.by} fails")
    broken = "raise ImportError('sabotage')\n"
    with place.changed("appliance/uds.py", broken):
        sabotaged = run_tests(place, ("tests/test_uds.py",), LIKELY_LIMIT_S)
    if sabotaged.fate is not Fate.KILLED:
        raise Unsound("a module that cannot be imported was not noticed: the copy is not what is tested")
    if run_tests(place, ("tests/test_uds.py",), LIKELY_LIMIT_S).fate is not Fate.SURVIVED:
        raise Unsound("the copy is not as it was after a bug was taken out again")
