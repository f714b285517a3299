"""Control units that answer otherwise than they should, and are in real cars all the same.

A tester must go on without such a control unit, must not take its word for anything, and must leave it as it was.
Clauses are those of ISO 14229-1:2013.
"""

from __future__ import annotations

from enum import StrEnum

from appliance.bench.unit.reaction import NEGATIVE, Reaction, refuse

DEFAULT_SESSION = b"\x10\x01"
TESTER_PRESENT, READ, WRITE = 0x3E, 0x22, 0x2E
CONDITIONS_NOT_CORRECT = 0x22  # annex A; to a functional request it is said aloud, unlike "I do not know that" (7.5)
SVK = b"\xf1\x01"
ENTRIES = slice(5, 7)  # of the answer to `22 F1 01`: how many entries follow (facts.md §3.1, confirmed)


class Manner(StrEnum):
    """How a control unit answers."""

    USUAL = "usual"
    REFUSES = "refuses"  # everything but TesterPresent and the default session, which the standard lets nobody refuse
    WRONG = "wrong"  # its SVK announces an entry that is not there; other data come with another service's echo


def refused(manner: Manner, request: bytes) -> Reaction | None:
    """The refusal of a request that anybody else would carry out; None: it is carried out."""
    if manner is not Manner.REFUSES or request[0] == TESTER_PRESENT or request[:2] == DEFAULT_SESSION:
        return None
    return refuse(request[0], CONDITIONS_NOT_CORRECT)


def said(manner: Manner, request: bytes, answer: bytes) -> bytes:
    """What is said instead of the answer that would be right."""
    if manner is not Manner.WRONG or request[0] != READ or answer[0] == NEGATIVE:
        return answer
    if request[1:3] != SVK:
        return bytes((WRITE + 0x40,)) + answer[1:]
    entries = int.from_bytes(answer[ENTRIES], "big") + 1
    return answer[: ENTRIES.start] + entries.to_bytes(2, "big") + answer[ENTRIES.stop :]
