"""The bench's stand-in for SecurityAccess.  It is no real algorithm, and no real control unit accepts its key.

Real seeds are signed by the manufacturer's server (facts.md §5.1 rows 8 and 9, §12); a real appliance gets its
provider by name from the campaign.
"""

from __future__ import annotations

import hashlib

BENCH_PROVIDER = "bench-stand-in"
_LABEL = b"KL30 bench stand-in, not a real key"


def bench_seed(address: int, level: int, now_s: float) -> bytes:
    """An eight-byte challenge, different at each moment."""
    return hashlib.sha256(_LABEL + bytes((address, level)) + repr(now_s).encode()).digest()[:8]


def bench_key(level: int, seed: bytes) -> bytes:
    """Everything that follows `27 <level + 1>` for this seed: four bytes of user id and a 64-byte 'signature'."""
    return b"\xff\xff\xff\xff" + hashlib.sha512(_LABEL + bytes((level,)) + seed).digest()
