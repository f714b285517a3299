"""How a command ends: what it did as an exit code, an error as one line (appliance/errors.py)."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from appliance.errors import EXIT_FAILED, EXIT_RESUMABLE, Kl30Error


def outcome(work: Callable[[], int]) -> int:
    """The exit code of `work`; an error is told on standard error."""
    try:
        return work()
    except Kl30Error as error:
        sys.stderr.write(f"kl30: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("kl30: interrupted; the same command goes on where it stopped\n")
        return EXIT_RESUMABLE
    except BrokenPipeError:
        # The reader of our output left; Python would complain again while closing it.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return EXIT_FAILED
