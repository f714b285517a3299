"""`python -m tests.vm`: make the guest if it is not there, run every check, say what came of it.

python -m tests.vm                        everything, in fifteen minutes at most
python -m tests.vm --only plug            one group; or a part of it: --only "plug/random 3"
python -m tests.vm --build                only make the guest
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.vm import bus_checks, plug_checks, service_checks, trouble_checks
from tests.vm.build import ROOT, Guest, build
from tests.vm.checks import Checks
from tests.vm.errors import MachineError, NotPossible
from tests.vm.page import PAGE, page

BUDGET_S = 15 * 60.0
LANES = 2 * (os.cpu_count() or 1)  # a machine mostly waits: for a supply to be watched, for a car that erases
PLACE = ROOT / "build" / "vm"
GROUPS: tuple[Callable[[Checks, Guest, Path], Iterator[Callable[[], None]]], ...] = (
    bus_checks.jobs,  # the longest first, for it is one machine's
    service_checks.jobs,
    trouble_checks.jobs,
    plug_checks.jobs,
)


def main() -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser("python -m tests.vm", description="The appliance on a real kernel.")
    parser.add_argument("--only", default="", metavar="GROUP[/NAME]", help="bus, services, trouble, plug")
    parser.add_argument("--build", action="store_true", help="only make the guest")
    parser.add_argument("--write", action="store_true", help=f"a whole run that passed: {PAGE.name}")
    parser.add_argument("--minutes", type=float, default=BUDGET_S / 60, help="when to stop")
    parser.add_argument("--lanes", type=int, default=LANES, help="machines at the same time")
    asked = parser.parse_args()
    try:
        guest = build(PLACE, _say)
    except (NotPossible, MachineError) as error:
        _say(f"tests.vm: {error}")
        return 2
    if asked.build:
        return 0
    checks = Checks(asked.minutes * 60, asked.only)
    with ThreadPoolExecutor(asked.lanes) as lanes:
        done = [lanes.submit(job) for group in GROUPS for job in group(checks, guest, PLACE / "runs")]
    for job in done:
        job.result()
    (PLACE / "results.xml").write_text(checks.junit(), encoding="utf-8")
    _say(checks.summary())
    if asked.write and not asked.only and not checks.failed:
        PAGE.write_text(page(checks.results, checks.took_s, guest.versions), encoding="utf-8")
    return 1 if checks.failed or not checks.results else 0


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
