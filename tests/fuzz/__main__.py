"""`make fuzz`: the table of targets for minutes instead of seconds.

With atheris (a package of its own: it has wheels for x86-64 alone, and 35 MB) inputs are guided by the coverage of
`appliance`; without it they come from `mutate.py` alone.  Both are bounded:

    KL30_FUZZ          inputs for each target without atheris (20000)
    KL30_FUZZ_SECONDS  for all targets together (600)

What falls over is written to build/fuzz/ and told at the end; the exit code says whether something did.
"""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from random import Random

from tests.fuzz.mutate import mutated
from tests.fuzz.targets import TARGETS, Target, holds, target_named

INPUTS = int(os.environ.get("KL30_FUZZ", "20000"))
SECONDS = int(os.environ.get("KL30_FUZZ_SECONDS", "600"))
FOUND = Path("build/fuzz")
SLOW_S = 5.0  # of CPU, for one input of at most `mutate.LARGEST` bytes; the worst ones take some tenths
_DONE = re.compile(rb"Done (\d+) runs")
_COVERED = re.compile(rb"cov: (\d+)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one target; `fell` is empty when it stood."""

    inputs: int
    seconds: float
    remark: str
    fell: str = ""


def main() -> int:
    """Drive every target, or those named; print a line for each."""
    names = sys.argv[1:] or [target.name for target in TARGETS]
    guided = importlib.util.find_spec("atheris") is not None
    FOUND.mkdir(parents=True, exist_ok=True)
    _say("guided by coverage (atheris)" if guided else "without coverage guidance: atheris is not installed")
    fell = 0
    for name in names:
        outcome = (_guided if guided else _unguided)(target_named(name), SECONDS / len(names))
        _say(f"{name:20} {outcome.inputs:>9} inputs {outcome.seconds:6.1f} s   {outcome.remark}")
        if outcome.fell:
            fell += 1
            _say(outcome.fell)
    _say(f"{fell} of {len(names)} targets fell over; see {FOUND}/" if fell else "every target stood")
    return 1 if fell else 0


def _unguided(target: Target, budget_s: float) -> Outcome:
    begun_s, random, refused, slowest_s = time.monotonic(), Random(target.name), 0, 0.0
    for number in range(INPUTS):
        if time.monotonic() - begun_s > budget_s:
            break
        data = mutated(random, target.seeds, target.form)
        cpu_s = time.process_time()
        try:
            refused += not holds(target, data)
        except BaseException as error:  # noqa: BLE001 – this is what is looked for
            path = FOUND / f"{target.name.replace(' ', '-').replace(':', '')}.bin"
            path.write_bytes(data)
            return Outcome(number + 1, time.monotonic() - begun_s, "FELL OVER", f"{path}: {error!r}")
        slowest_s = max(slowest_s, time.process_time() - cpu_s)
    else:
        number = INPUTS
    lasted_s = time.monotonic() - begun_s
    remark = f"{refused} refused, slowest {slowest_s * 1000:.0f} ms"
    return Outcome(number, lasted_s, remark, f"one input took {slowest_s:.1f} s" if slowest_s > SLOW_S else "")


def _guided(target: Target, budget_s: float) -> Outcome:
    """In a process of its own: libFuzzer ends it."""
    begun_s = time.monotonic()
    seeds = FOUND / "seeds" / target.name.replace(" ", "-").replace(":", "")
    seeds.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(target.seeds):
        (seeds / f"seed-{number}").write_bytes(seed)
    ended = subprocess.run(
        [sys.executable, "-m", "tests.fuzz.guided", target.name, str(int(budget_s)), str(seeds), f"{FOUND}/"],
        capture_output=True,
        check=False,
        timeout=budget_s * 3 + 120,
    )
    done, covered = _DONE.findall(ended.stderr), _COVERED.findall(ended.stderr)
    remark = f"coverage {covered[0].decode()} → {covered[-1].decode()}" if covered else ""
    fell = "" if ended.returncode == 0 and done else ended.stderr[-3000:].decode("utf-8", "replace")
    return Outcome(int(done[-1]) if done else 0, time.monotonic() - begun_s, remark, fell)


def _say(words: str) -> None:
    sys.stdout.write(words + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
