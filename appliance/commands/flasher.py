"""`kl30 run` as the service starts it: `python -I -u -m appliance.commands.flasher --config FILE`.

The same work, without what only a person at a terminal needs: the command line's library is an eighth of the time to
READY.  `tests/image/test_start.py` holds what may be loaded by then.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from appliance.commands.outcome import outcome
from appliance.commands.service import run_flasher
from appliance.wiring import security_providers, settings


def main(arguments: Sequence[str] | None = None) -> int:
    """Be the flasher until switched off; its exit code.

    Args:
        arguments: None: those of the process.
    """
    parser = ArgumentParser("kl30-flasher", description="The flasher service: buttons, LEDs, CAN.", allow_abbrev=False)
    parser.add_argument("--config", type=Path, help="settings, a TOML file")
    path: Path | None = parser.parse_args(arguments).config

    def run() -> int:
        chosen = settings(path)
        return run_flasher(chosen, security_providers(chosen))

    return outcome(run)


if __name__ == "__main__":
    sys.exit(main())
