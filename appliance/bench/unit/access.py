"""SecurityAccess (ISO 14229-1:2013, 9.4): one key for each seed, and a lock-out after too many wrong ones.

The keys are the bench's stand-in (`bench.security`).  Levels: 11 opens flash memory (facts.md §5.1 row 8), 01 coding.
"""

from __future__ import annotations

from appliance.bench.security import bench_key, bench_seed
from appliance.bench.unit.core import Core
from appliance.bench.unit.reaction import Reaction, Session, echo, refuse

ATTEMPTS = 3  # the standard leaves it to the manufacturer; from memory
LOCK_OUT_S = 10.0  # same
SESSION_OF = {0x11: Session.PROGRAMMING, 0x01: Session.CODING}


class SecurityAccess:
    """The service of one control unit. Wrong keys are counted through resets and loss of power."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._wrong_keys = 0
        self._locked_until_s = 0.0

    def access(self, request: bytes) -> Reaction:
        """`27`: an odd level asks for a seed, the even one behind it brings the key."""
        asks = request[1] % 2 == 1
        level = request[1] if asks else request[1] - 1
        if level not in SESSION_OF:
            return refuse(0x27, 0x12)
        if SESSION_OF[level] is not self._core.session:
            return refuse(0x27, 0x7E)
        return self._seed(request, level) if asks else self._key(request, level)

    def _seed(self, request: bytes, level: int) -> Reaction:
        core = self._core
        if core.now_s < self._locked_until_s:
            return refuse(0x27, 0x37)
        if core.during.unlocked == level:
            return Reaction(echo(request, 1, bytes(8)))  # all zero: open already
        core.during.seed = bench_seed(core.memory.address, level, core.now_s)
        return Reaction(echo(request, 1, core.during.seed))

    def _key(self, request: bytes, level: int) -> Reaction:
        during = self._core.during
        seed, during.seed = during.seed, None
        if seed is None:
            return refuse(0x27, 0x24)
        if request[2:] != bench_key(level, seed):
            return self._wrong_key()
        self._wrong_keys = 0
        during.unlocked = level
        return Reaction(echo(request, 1))

    def _wrong_key(self) -> Reaction:
        self._wrong_keys += 1
        if self._wrong_keys < ATTEMPTS:
            return refuse(0x27, 0x35)
        self._wrong_keys = 0
        self._locked_until_s = self._core.now_s + LOCK_OUT_S
        return refuse(0x27, 0x36)
