"""The key to a seed: what a SecurityAccess provider is asked, and how a procedure waits for its answer.

Rules.  A provider is asked once for a seed, and what it gives is sent once (law 5).  While it computes the procedure
waits in slices, at safe points, so that sessions are kept and the watchdog is pulsed.  The wait is bounded twice: by
the provider's own limit, and by `LIMIT_S` here, whatever the provider does.  A procedure that is cancelled closes what
is pending.  Seed and key stand in no message, and not in the `repr` of a value that could come into one.

Sources: ISO 14229-1, 9.4 (SecurityAccess): a seed has no lifetime of its own; it ends with its session, which
TesterPresent keeps.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias, runtime_checkable

from appliance.procedure.failures import NoKey
from appliance.procedure.words import Procedure, Wait

POLL_S = 0.1  # a key that is there is sent after at most this; ours
LIMIT_S = 150.0  # beyond the longest `security.timeout_s`; for a provider that has no limit, and forgets its own
LONGEST_KEY_BYTES = 4093  # ISO-TP's 4095 bytes without `27 <level + 1>` (facts.md §1)


@dataclass(frozen=True, slots=True)
class Challenge:
    """One seed of one control unit.

    Attributes:
        address / name: The control unit.
        level: Odd, of its requestSeed; the key goes with `level + 1`.
        seed: Everything that followed `67 <level>`.
        vin: Of the car; empty: no control unit named one.
        variant: What the campaign says behind the provider's name, as in `external:variant`; empty: nothing.
    """

    address: int
    name: str
    level: int
    seed: bytes = field(repr=False)
    vin: str = ""
    variant: str = ""


class Pending(Protocol):
    """A key being computed."""

    def poll(self) -> bytes | None:
        """Everything that follows `27 <level + 1>`; None: not yet. Returns at once.

        Raises:
            NoKey: there will be none.
        """

    def close(self) -> None:
        """Give it up if it is still at work; may be called again."""


@runtime_checkable
class KeyService(Protocol):
    """A provider that takes its time."""

    def trouble(self) -> str:
        """Why it could give no key now, a sentence without a full stop; empty: nothing is known against it."""

    def begin(self, challenge: Challenge) -> Pending:
        """Have the key to this challenge computed. Returns at once; never called twice for one seed.

        Raises:
            NoKey: there will be none.
        """


KeyFunction: TypeAlias = Callable[[int, bytes], bytes]
"""(level, seed) → everything that follows `27 <level + 1>`, at once. Never called twice for one seed."""


def key_for(provider: KeyFunction | KeyService, challenge: Challenge, purpose: str = "") -> Procedure[bytes]:
    """The key to a challenge.

    Raises:
        NoKey: the provider gave none, none in time, or none that can be sent.
    """
    if isinstance(provider, KeyService):
        key = yield from _awaited(provider, challenge, purpose)
    else:
        key = provider(challenge.level, challenge.seed)
    if not 1 <= len(key) <= LONGEST_KEY_BYTES:
        raise _none(challenge, f"what the provider gave has {len(key)} bytes, 1 to {LONGEST_KEY_BYTES} can be sent")
    return key


def _awaited(service: KeyService, challenge: Challenge, purpose: str) -> Procedure[bytes]:
    with closing(service.begin(challenge)) as pending:
        for _ in range(round(LIMIT_S / POLL_S)):
            key = pending.poll()
            if key is not None:
                return key
            yield Wait(POLL_S, f"the key{purpose} is computed")
    raise _none(challenge, f"the provider gave none within {LIMIT_S:g} s")


def _none(challenge: Challenge, why: str) -> NoKey:
    return NoKey(why, challenge.name, challenge.address)
