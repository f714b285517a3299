"""Inputs that are nearly good: a good one, and a few things done to it that hands, cables and cards do.

Random bytes rarely get past a header.  What is done here knows a little of the form: bytes with lengths in them, lines
of text, or a tree of JSON.  Driven by any `random.Random`, so that hypothesis can shrink what it finds.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from enum import Enum
from random import Random
from typing import Any

LARGEST = 200_000  # bytes of one input; the really large ones are in test_bounds.py
_BYTES = (0x00, 0x01, 0x0F, 0x10, 0x7F, 0x80, 0xFE, 0xFF)
_WORDS = (
    *(
        "nan",
        "inf",
        "-inf",
        "1e999",
        "-0",
        "0x",
        "0x" + "F" * 5000,
        "1" + "0" * 400,
        "1_0",
        "01",
        "true",
        "null",
        "{}",
        "[]",
        "[[",
    ),
    *(
        "]]",
        '"""',
        "'''",
        "'",
        '"',
        "\\",
        "\\u0000",
        "\\ud800",
        " ",
        "",
        "#",
        "=",
        ".",
        "..",
        ",",
        ":",
        ";",
        "/",
        "../..",
    ),
    *(
        "%s",
        "{0}",
        "\u00b2",
        "\u0660",
        "\u212a",
        "\udcff",
        "\ufeff",
        "\u202e",
        "\x00",
        "\x1b[31m",
        "\r",
        "\r\n",
        "-",
        "_",
    ),
    *("+", "1.0.0", "2017-02-30", "99999-01-01", "25:61:61", "F056-17-03-502", "<script>", "''''", '""""'),
)
_PLAIN: tuple[Any, ...] = (
    *(None, True, False, 0, -1, 1, 255, 256, 2**31, 2**63, 2**64, -(2**63), 10**400),
    *(0.0, -0.0, 0.5, 1e-300, 1e300, float("nan"), float("inf"), float("-inf")),
    *("", " ", "x", "nan", "00", "zz", "\ud800", "\x00", "\x1b[2J", "<b>", "2017-02-30", "9" * 500, "é" * 50),
    *([], {}, [[]], [None], {"": None}, {"phase": "READY"}, [[[[[[[[[[]]]]]]]]]]),
)


class Form(Enum):
    """What an input is made of."""

    BYTES = "bytes"
    TEXT = "text"
    JSON = "json"


def mutated(random: Random, seeds: Sequence[bytes], form: Form) -> bytes:
    """One seed with one to a few things done to it; rarely the seed itself, or noise."""
    data = random.choice(seeds)
    chance = random.random()
    if chance < 0.02:
        return bytes(random.getrandbits(8) for _ in range(random.randrange(80)))
    if form is Form.JSON and chance < 0.7:
        data = _json(random, data)
    ways = _TEXT_WAYS if form is not Form.BYTES else _BYTE_WAYS
    for _ in range(random.randrange(2 if form is Form.JSON else 5)):
        data = random.choice(ways)(random, data, seeds)
    return data[:LARGEST]


Way = Callable[[Random, bytes, Sequence[bytes]], bytes]


def _place(random: Random, data: bytes) -> tuple[int, int]:
    begin = random.randrange(len(data) + 1)
    return begin, min(len(data), begin + random.choice((1, 1, 2, 4, 8, 17, 100)))


def _flip(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    if not data:
        return data
    at = random.randrange(len(data))
    return data[:at] + bytes([data[at] ^ 1 << random.randrange(8)]) + data[at + 1 :]


def _set(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    begin, end = _place(random, data)
    return data[:begin] + bytes(random.choice(_BYTES) for _ in range(end - begin)) + data[end:]


def _delete(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    begin, end = _place(random, data)
    return data[:begin] + data[end:]


def _insert(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return data[:at] + bytes(random.getrandbits(8) for _ in range(random.randrange(1, 9))) + data[at:]


def _repeat(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    begin, end = _place(random, data)
    return data[:begin] + data[begin:end] * random.choice((2, 3, 50, 1000)) + data[end:]


def _truncate(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    return data[: random.randrange(len(data) + 1)]


def _splice(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    other = random.choice(seeds)
    return data[: random.randrange(len(data) + 1)] + other[random.randrange(len(other) + 1) :]


def _word(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    begin, end = _place(random, data)
    word = random.choice(_WORDS).encode("utf-8", "surrogatepass")
    return data[:begin] + word + data[random.choice((begin, end)) :]


def _nest(random: Random, data: bytes, _: Sequence[bytes]) -> bytes:
    at = random.randrange(len(data) + 1)
    return (
        data[:at]
        + random.choice((b"[", b"{", b'{"a":', b"a.", b"9", b"'", b"(")) * random.choice((3, 300, 900, 3000))
        + data[at:]
    )


def _lines(random: Random, data: bytes, seeds: Sequence[bytes]) -> bytes:
    lines = data.split(b"\n")
    at = random.randrange(len(lines))
    match random.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(random.randrange(len(lines) + 1), lines[at])
        case 2:
            other = random.choice(seeds).split(b"\n")
            lines.insert(at, random.choice(other))
        case _:
            lines[at] = _value(random, lines[at])
    return b"\n".join(lines)


def _value(random: Random, line: bytes) -> bytes:
    """Another value behind the last sign that introduces one."""
    for sign in (b"=", b"#", b" "):
        head, found, _ = line.rpartition(sign)
        if found:
            return head + found + random.choice(_WORDS).encode("utf-8", "surrogatepass")
    return line


_BYTE_WAYS: tuple[Way, ...] = (_flip, _flip, _set, _set, _delete, _insert, _repeat, _truncate, _splice)
_TEXT_WAYS: tuple[Way, ...] = (*_BYTE_WAYS, _word, _word, _word, _lines, _lines, _lines, _nest)


def _json(random: Random, data: bytes) -> bytes:
    """The tree with one to three of its places changed; what is no JSON stays."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return data
    for _ in range(random.randrange(1, 4)):
        tree = _changed(random, tree)
    text = json.dumps(tree, ensure_ascii=random.random() < 0.5, separators=(",", ":"))
    return text.encode("utf-8", "surrogatepass")


def _changed(random: Random, tree: Any) -> Any:
    deeper = random.random() < 0.8
    if isinstance(tree, dict) and tree and deeper:
        key = random.choice(sorted(tree))
        match random.randrange(8):
            case 0:
                return {name: value for name, value in tree.items() if name != key}
            case 1:
                return {**tree, random.choice(_WORDS): random.choice(_PLAIN)}
            case _:
                return {**tree, key: _changed(random, tree[key])}
    if isinstance(tree, list) and tree and deeper:
        at = random.randrange(len(tree))
        match random.randrange(6):
            case 0:
                return tree[:at] + tree[at + 1 :]
            case 1:
                return tree[:at] + [tree[at]] * random.choice((2, 40)) + tree[at:]
            case _:
                return [*tree[:at], _changed(random, tree[at]), *tree[at + 1 :]]
    return random.choice(_PLAIN)
