"""The chain over the events of a run: each carries a hash over the one before it and its own text.

    beginning = SHA-256 of ["kl30 run", run, plan hash]
    link      = SHA-256 of [link before, seconds, boot, wall, kind, body]

Both hash the UTF-8 of a JSON array of strings without spaces, which is its canonical form (RFC 8785) as well, so that
anybody can compute it with a few lines of any language.  Seconds are written with six decimals.  A changed, added,
moved or missing event fits nothing behind it; that nothing is missing at the end is for who signs the newest link.

An event that was not committed never happened: the chain is computed in the transaction that writes the events.

Pure.  Sources: docs/decisions/0025; FIPS 180-4; RFC 8785.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_TITLE = "kl30 run"  # no link begins with it: a beginning is never taken for one
_encoded = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Told:
    """One event as it is chained.

    Attributes:
        at_s: Monotonic seconds, comparable within one boot.
        boot: Which boot of the machine they belong to.
        wall: The appliance's idea of date and time, ISO 8601.
        kind: The event's class.
        body: The event as JSON, exactly as the journal holds it.
        link: 64 hexadecimal digits.
    """

    at_s: float
    boot: str
    wall: str
    kind: str
    body: str
    link: str


def beginning(run: str, plan_hash: str) -> str:
    """What the first event of a run is linked to.

    Args:
        plan_hash: Of the frozen measures plan; empty when none was frozen.
    """
    return _hash(_TITLE, run, plan_hash)


def link(before: str, at_s: float, boot: str, wall: str, kind: str, body: str) -> str:
    """The link of one event, behind another's or the beginning."""
    return _hash(before, f"{at_s:.6f}", boot, wall, kind, body)


def first_break(begins: str, events: Iterable[Told]) -> int | None:
    """The place, from 0, of the first event whose link does not fit what stands before it; None: all fit."""
    before = begins
    for place, told in enumerate(events):
        if told.link != link(before, told.at_s, told.boot, told.wall, told.kind, told.body):
            return place
        before = told.link
    return None


def relinked(begins: str, events: Iterable[Told]) -> tuple[Told, ...]:
    """The same events in a chain of their own."""
    chained: list[Told] = []
    before = begins
    for told in events:
        before = link(before, told.at_s, told.boot, told.wall, told.kind, told.body)
        chained.append(Told(told.at_s, told.boot, told.wall, told.kind, told.body, before))
    return tuple(chained)


def head(begins: str, events: Sequence[Told]) -> str:
    """The newest link; the beginning when there is no event."""
    return events[-1].link if events else begins


def samples_digest(samples: Iterable[tuple[float, float | None]]) -> str:
    """One hash over all supply samples (seconds, volts) of a run; volts None: there was no believable reading.

    SHA-256 of one line for each: seconds with three decimals, a space, volts with six decimals or `none`, a line feed.
    """
    digest = hashlib.sha256()
    for at_s, volts in samples:
        reading = "none" if volts is None else f"{volts:.6f}"
        digest.update(f"{at_s:.3f} {reading}\n".encode("ascii"))
    return digest.hexdigest()


def _hash(*parts: str) -> str:
    # What is no text (half a character) is in no journal; here it only must not stop who finds out.
    return hashlib.sha256(_encoded(parts).encode("utf-8", "backslashreplace")).hexdigest()
