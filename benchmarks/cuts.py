"""How many power cuts a second the sweep makes, each with its resumed life.  `python -m benchmarks.cuts`"""

from __future__ import annotations

import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHARD = "0/8"  # of the single cuts


@dataclass(frozen=True, slots=True)
class Swept:
    """A part of the sweep.

    Attributes:
        made: Cuts, each of them a job that is cut, restarted and brought to its end.
        took_s: The start of the interpreter, and the job that is not cut, included.
    """

    made: int
    took_s: float

    @property
    def per_s(self) -> float:
        """Cuts a second, on one processor."""
        return self.made / self.took_s


def swept() -> Swept:
    """Sweep that part on one processor.

    Raises:
        RuntimeError: a cut ended wrongly, or nothing was made.
    """
    began_s = time.monotonic()
    command = (sys.executable, "-m", "tests.survival.sweep", "single", "--shard", SHARD, "--workers", "1")
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    took_s = time.monotonic() - began_s
    found = re.search(r"(\d+) made, 0 ended wrongly", done.stdout)
    if done.returncode or found is None or not int(found[1]):
        raise RuntimeError(f"the sweep failed: {done.stdout}{done.stderr}")
    return Swept(int(found[1]), took_s)


def main() -> int:
    """Measure, print."""
    run = swept()
    print(f"{run.made} cuts in {run.took_s:.1f} s: {run.per_s:.1f} a second")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
