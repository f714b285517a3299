"""Key programs of the tests: real ones, started as the owner's would be; and what asks them."""

from __future__ import annotations

import sys
from pathlib import Path

from appliance.clock import Clock, RealClock
from appliance.config import SecurityConfig
from appliance.procedure.key import Challenge, Pending
from appliance.security.external import External

VIN = "WMWXM5C54G3A12345"
SEED = bytes.fromhex("0102030405060708")
CHALLENGE = Challenge(0x12, "DME", 0x11, SEED, VIN, "edc17")

BACKWARDS = """
import json, sys
question = json.load(sys.stdin)
seed = bytes.fromhex(question["seed"])
print(json.dumps({"key": "ffffffff" + seed[::-1].hex()}))
"""
BACKWARDS_KEY = b"\xff\xff\xff\xff" + SEED[::-1]
SILENT = "import signal; signal.pause()"


def argv(folder: Path, script: str) -> tuple[str, ...]:
    """How this Python script is started; isolated, and without site packages, so that it starts quickly."""
    path = folder / "key_program.py"
    path.write_text(script, encoding="utf-8")
    return (sys.executable, "-I", "-S", str(path))


def external(folder: Path, script: str, clock: Clock | None = None, key_bytes: tuple[int, ...] = ()) -> External:
    return External(SecurityConfig(program=argv(folder, script), key_bytes=key_bytes), clock or RealClock())


def answer_of(pending: Pending) -> bytes:
    """Poll until it is there; bounded by the provider's own limit."""
    try:
        while (key := pending.poll()) is None:
            pass
        return key
    finally:
        pending.close()
