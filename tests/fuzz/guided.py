"""One target under atheris: `python -m tests.fuzz.guided NAME SECONDS SEEDS FOUND`. Started by `tests.fuzz`.

Half of the inputs are made by `mutate.py`, half by libFuzzer; what reaches new code is kept and mutated further.
"""

from __future__ import annotations

import importlib
import sys
from random import Random
from typing import Any


def main() -> None:
    """Does not return: libFuzzer ends the process."""
    name, seconds, seeds, found = sys.argv[1:]
    atheris: Any = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["appliance"]):
        from tests.fuzz.mutate import LARGEST, mutated  # noqa: PLC0415 – instrumented as it is imported
        from tests.fuzz.targets import holds, target_named  # noqa: PLC0415
    target = target_named(name)

    def one(data: bytes) -> None:
        holds(target, data)

    def mutator(data: bytes, max_size: int, seed: int) -> bytes:
        random = Random(seed)
        if random.random() < 0.5:
            return bytes(atheris.Mutate(data, max_size))
        return mutated(random, (data, *target.seeds), target.form)[:max_size]

    options = [f"-max_total_time={seconds}", f"-max_len={LARGEST}", "-timeout=20", "-rss_limit_mb=2048"]
    atheris.Setup([sys.argv[0], *options, f"-artifact_prefix={found}", seeds], one, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
