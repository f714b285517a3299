"""`kl30 security relay`: keys from a server, for a flasher that can open no IP socket (docs/security-access.md)."""

from __future__ import annotations

import signal
from pathlib import Path

from appliance.errors import EXIT_OK
from appliance.security.relay import Relay, upstream


def relay(url: str, path: Path) -> int:
    """Hand questions on until asked to stop.

    Raises:
        Kl30Error: the URL is not allowed, or the socket cannot be made.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # before there is a socket to take away again
    server = Relay(path, upstream(url))
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        return EXIT_OK
    finally:
        server.server_close()
        path.unlink(missing_ok=True)
    return EXIT_OK
