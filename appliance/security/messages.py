"""What is said between the appliance and the owner's key program, in either direction one JSON object.  Pure.

    {"version": 1, "control_unit": "0x12", "name": "DME", "level": "0x11", "vin": "WMW…", "variant": "", "seed": "0a…"}
    {"key": "ffffffff…"}

Seed and key are hexadecimal: everything that followed `67 <level>`, and everything that is to follow
`27 <level + 1>`.  `vin` and `variant` are empty where there is none.  Other entries of an answer are not looked at.

Nothing of an answer is ever repeated in a message for people: it is, or may hold, the key.

Sources: RFC 8259 (JSON); ISO 14229-1, 9.4; docs/security-access.md.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from appliance.procedure.key import LONGEST_KEY_BYTES, Challenge
from appliance.values import parse_json

VERSION = 1
LONGEST_ANSWER_BYTES = 16 * 1024  # the longest key takes half of it
_DO = "make the program answer as docs/security-access.md says, then press START again"


class NoAnswer(Exception):
    """The key program, or who stands for it, gave nothing that can be sent.

    Args:
        why: A clause, without anything the program said.
        do: The next thing to do.
    """

    def __init__(self, why: str, do: str) -> None:
        super().__init__(why)
        self.why = why
        self.do = do


def request_of(challenge: Challenge) -> bytes:
    """The question, with its line feed."""
    plain = {
        "version": VERSION,
        "control_unit": f"0x{challenge.address:02X}",
        "name": challenge.name,
        "level": f"0x{challenge.level:02X}",
        "vin": challenge.vin,
        "variant": challenge.variant,
        "seed": challenge.seed.hex(),
    }
    return json.dumps(plain).encode("ascii") + b"\n"


def key_of(answer: bytes, lengths: Collection[int]) -> bytes:
    """The key in an answer.

    Args:
        lengths: What it may have, bytes; empty: what can be sent.

    Raises:
        NoAnswer: there is none in it.
    """
    if not answer.strip():
        raise NoAnswer("the answer is empty", _DO)
    plain = _parsed(answer)
    if plain is None:
        raise NoAnswer("the answer is no JSON", _DO)
    text = plain.get("key") if isinstance(plain, dict) else None
    if not isinstance(text, str):
        raise NoAnswer('the answer is no object with a text "key"', _DO)
    key = _bytes(text)
    if key is None:
        raise NoAnswer("the key in the answer is not hexadecimal", _DO)
    if len(key) not in (lengths or range(1, LONGEST_KEY_BYTES + 1)):
        wanted = " or ".join(map(str, sorted(lengths))) or f"1 to {LONGEST_KEY_BYTES}"
        raise NoAnswer(f"the key in the answer has {len(key)} bytes instead of {wanted}", _DO)
    return key


def add(answer: bytearray, more: bytes) -> None:
    """Take in another piece of an answer.

    Raises:
        NoAnswer: it is longer than any answer.
    """
    answer += more
    if len(answer) > LONGEST_ANSWER_BYTES:
        raise NoAnswer(f"the answer is longer than {LONGEST_ANSWER_BYTES} bytes", _DO)


# Python's own errors quote what they could not read, so none of them is even the context of ours.


def _parsed(answer: bytes) -> object:
    """What the JSON says; None: it is none, or says null."""
    try:
        return parse_json(answer.decode("utf-8"))
    except ValueError:
        return None


def _bytes(text: str) -> bytes | None:
    """None: it is not hexadecimal."""
    try:
        return bytes.fromhex(text)
    except ValueError:
        return None
