"""The command as a person has it: words in; what it prints, its exit code and the files it leaves out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from appliance.bench.memory import CarMemory, load_memory

KL30 = Path(sys.executable).with_name("kl30")
BULLETIN_TARGET = "F056-17-03-502"
OLD_SOFTWARE = ("swfl_00002cce-021_010_002", "swfl_000046db-021_010_003", "swfl_000046da-021_010_052")
NEW_SOFTWARE = ("swfl_00002cce-021_020_002", "swfl_000046db-021_020_003", "swfl_000046da-021_020_052")


@dataclass(frozen=True, slots=True)
class Said:
    """How a call of `kl30` ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output, which must be one JSON document and nothing else."""
        return json.loads(self.out)

    @property
    def complaint(self) -> str:
        """The one line of an error.

        Everything before it may only be the progress that `--json` moves to standard error.
        """
        assert "Traceback" not in self.err, self.err
        complaints = [line for line in self.err.splitlines() if line.startswith("kl30: ")]
        assert len(complaints) == 1, self.err
        assert self.err.splitlines()[-1] == complaints[0], self.err
        return complaints[0].removeprefix("kl30: ")


def environment() -> dict[str, str]:
    """Ours, without what would make the output depend on this terminal."""
    return {key: value for key, value in os.environ.items() if key not in {"COLUMNS", "LINES", "FORCE_COLOR"}}


def kl30(
    *words: str | Path, cwd: Path, limit_s: float = 100.0, file_blocks: int | None = None, only_line: bool = False
) -> Said:
    """Call the command without a terminal.

    Args:
        cwd: Where its relative paths count from.
        limit_s: Longer is a failure.
        file_blocks: No file may grow beyond this many blocks of 1024 bytes (bash's `ulimit -f`); None: no limit.
        only_line: Whoever reads the output leaves after its first line.
    """
    command = [str(KL30), *map(str, words)]
    if file_blocks is not None:
        # Python ignores SIGXFSZ, so a write beyond the limit fails as on a full disk.
        command = ["bash", "-c", f'ulimit -f {file_blocks}; exec "$@"', "kl30", *command]
    if only_line:
        command = ["bash", "-c", 'set -o pipefail; "$@" | head -n 1', "kl30", *command]
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=limit_s,
        check=False,
    )
    return Said(done.returncode, done.stdout, done.stderr)


def fast_bench(data: Path, *words: str | Path, scenario: str = "steady") -> Said:
    """A scenario in virtual time, its report as JSON on standard output."""
    return kl30(
        "bench", "--fast", "--auto", "--json", "--scenario", scenario, "--data", data, *words, cwd=data.parent
    )  # fmt: skip


def car_in(data: Path) -> CarMemory:
    """What the simulated car of a data folder remembers."""
    memory = load_memory(data / "car.json")
    assert memory is not None, f"there is no car in {data}"
    return memory


def unit(report: Any, address: str = "0x12") -> Any:
    """One control unit of a report."""
    return next(one for one in report["units"] if one["address"] == address)


def software(texts: Any) -> tuple[str, ...]:
    """The software units among what a control unit names, in its order."""
    return tuple(text for text in texts if text.startswith(("swfl", "unkn")))
