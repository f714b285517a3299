"""A TOML file as frozen dataclasses, or one error that names file, line, key and what was expected.

Rules.  The dataclass is the schema: a field without default is required, a key that is no field is an error, and a
field may narrow its type with `Annotated[int, Rule(...)]`.  A key that is a word of Python's (`with`) is a field
with an underscore behind it (PEP 8).  Nothing is converted silently: `true` is no number and `"12"` is text.  The first
problem found is the one reported.

`tomllib` says what is in a file but not where, so a small scanner over the text it has accepted finds the line of
every key.  Source: the TOML 1.0.0 specification.
"""

from __future__ import annotations

import difflib
import re
import tomllib
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import MISSING, dataclass, fields, is_dataclass
from datetime import date
from enum import Enum
from itertools import islice
from pathlib import Path
from types import NoneType, UnionType
from typing import Annotated, Any, Generic, TypeAlias, TypeVar, Union, cast, get_args, get_origin, get_type_hints

from appliance.errors import Kl30Error, UsageError

T = TypeVar("T")
KeyPath: TypeAlias = tuple[str | int, ...]  # ("units", 0, "length") is units[0].length
Parsers: TypeAlias = Mapping[type, Callable[[str], object]]  # how a class is read from its text

_AT_LINE = re.compile(r" ?\(at line (\d+), column \d+\)$| ?\(at end of document\)$")
_KEY = re.compile(r"""[A-Za-z0-9_-]+|"(?:[^"\\]|\\.)*"|'[^']*'""")
_TEXT = re.compile(
    r"""  "{3}(?:[^\\]|\\.)*?"{3,5}(?!")  |  '{3}.*?'{3,5}(?!')  |  "(?:[^"\\]|\\.)*"  |  '[^']*'  """, re.X | re.S
)
# tomllib's time grows with the square of the parts of one key; a key of ours has five.
_ENDLESS_KEY = re.compile(r"""(?<![A-Za-z0-9_-])(?:(?:[A-Za-z0-9_-]+|"[^"\n]*"|'[^'\n]*')[ \t]*\.[ \t]*){50}""")
_BARE = re.compile(r"[^,\]}#\n]*")
_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_LARGEST_FILE_BYTES = 64 * 1024 * 1024  # a list of every car ever built would be larger; nothing else comes near
_PIECE_BYTES = 64 * 1024
_LARGEST_TOML = 256 * 1024  # characters; a campaign has some thousands
_SHOWN_CHARACTERS = 200  # of a value that is not what was expected
_INTEGER_BITS = 63  # without the sign (TOML 1.0.0, Integer)
_PLAIN: Mapping[object, str] = {
    bool: "true or false",
    int: "a whole number",
    float: "a number",
    str: "text in quotes",
    date: "a date as YYYY-MM-DD, without quotes",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """What a value must be beyond its type: `expected` in words, `holds` as a test."""

    expected: str
    holds: Callable[[Any], bool]


@dataclass(frozen=True, slots=True)
class Document(Generic[T]):
    """A file's content, and where in the text each key stands."""

    name: str
    value: T
    lines: Mapping[KeyPath, int]
    error: type[UsageError]

    def problem(self, at: KeyPath, what: str, do: str = "") -> UsageError:
        """The error to raise about the key `at`."""
        return self.error(f"{key_text(at)}: {what}" if at else what, where=f"{self.name}:{self._line(at)}", do=do)

    def _line(self, at: KeyPath) -> int:
        while at and at not in self.lines:  # a key that is missing is missed in its table
            at = at[:-1]
        return self.lines.get(at, 1)


def read_text(path: Path, error: type[UsageError]) -> str:
    """The text of a file.

    Raises:
        error: it is not there, cannot be read, is not UTF-8, or larger than any file of ours.
    """
    try:
        with path.open("rb") as file:
            # In pieces: asked for all at once, Python would reserve the largest size for the smallest file.
            raw = b"".join(islice(iter(lambda: file.read(_PIECE_BYTES), b""), _LARGEST_FILE_BYTES // _PIECE_BYTES + 1))
    except FileNotFoundError as cause:
        raise error("there is no such file", where=str(path), do="check the path") from cause
    except OSError as cause:
        raise error(f"the file cannot be read: {cause.strerror}", where=str(path)) from cause
    if len(raw) > _LARGEST_FILE_BYTES:
        raise error(f"the file is larger than {_LARGEST_FILE_BYTES // 2**20} MB", where=str(path), do="check the path")
    try:
        return raw.decode("utf-8-sig")  # some editors write a byte order mark
    except UnicodeDecodeError as cause:
        line = raw.count(b"\n", 0, cause.start) + 1
        raise error("the file is not UTF-8", where=f"{path}:{line}", do="save it as UTF-8") from cause


def read_toml(path: Path, kind: type[T], error: type[UsageError], parsers: Parsers | None = None) -> Document[T]:
    """Read the file at `path` as a dataclass of class `kind`.

    Raises:
        error: as `read_text` and `parse_toml`.
    """
    return parse_toml(read_text(path, error), str(path), kind, error, parsers)


def parse_toml(
    text: str, name: str, kind: type[T], error: type[UsageError], parsers: Parsers | None = None
) -> Document[T]:
    """Read TOML `text`, called `name` in messages, as a dataclass of class `kind`.

    Raises:
        error: the text is no TOML, or a key is unknown, missing or not what the dataclass expects.
    """
    if len(text) > _LARGEST_TOML:
        raise error(f"no usable TOML: it is longer than {_LARGEST_TOML} characters", where=name)
    if endless := _ENDLESS_KEY.search(text):
        where = f"{name}:{text.count(chr(10), 0, endless.start()) + 1}"
        raise error("no usable TOML: a key of more than fifty parts", where=where)
    text = text.replace("\r\n", "\n")
    try:
        plain = tomllib.loads(text)
        lines = locate(text)
    except ValueError as cause:
        found = _AT_LINE.search(str(cause))
        line = found[1] if found and found[1] else text.count("\n") + 1
        raise error(f"no valid TOML: {_AT_LINE.sub('', str(cause))}", where=f"{name}:{line}") from cause
    except RecursionError as cause:
        raise error("no usable TOML: it is nested too deeply", where=name) from cause
    document = Document(name, plain, lines, error)
    return Document(name, cast("T", _Reader(document, parsers or {}).read(kind, plain, ())), lines, error)


def locate(text: str) -> dict[KeyPath, int]:
    """The line, counted from 1, of every key and list element in text that tomllib accepts."""
    return _Scanner(text).scan()


def key_of(field: str) -> str:
    """The key that a field of this name is read from."""
    return field.removesuffix("_")


def key_text(at: KeyPath) -> str:
    """A key path as people write it: `units[0].datablocks[2].length`."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in at).removeprefix(".")


class _Reader:
    """Builds values of a type from what tomllib returned."""

    def __init__(self, document: Document[dict[str, Any]], parsers: Parsers) -> None:
        self._document = document
        self._parsers = parsers

    def read(self, kind: Any, found: object, at: KeyPath, rule: Rule | None = None) -> object:
        """The value of type `kind` that `found` stands for; `rule` narrows it, and words what is expected."""
        if type(found) is int and found.bit_length() > _INTEGER_BITS:  # Python would take it, and fail to print it
            raise self._document.problem(at, "the number is larger than TOML knows (64 bits)")
        origin, arguments = get_origin(kind), get_args(kind)
        if origin is Annotated:
            return self.read(arguments[0], found, at, arguments[1])
        if origin in (Union, UnionType):  # only `X | None`: TOML has no null, so a key that is there is an X
            return self.read(next(one for one in arguments if one is not NoneType), found, at, rule)
        if origin is tuple:
            value: object = self._tuple(arguments[0], found, at)
        elif is_dataclass(kind) and kind not in self._parsers:
            value = self._table(cast("type", kind), found, at)
        else:
            value = self._scalar(kind, found, at, rule)
        if rule and not rule.holds(value):
            raise self._expected(at, rule.expected, found)
        return value

    def _tuple(self, kind: Any, found: object, at: KeyPath) -> tuple[object, ...]:
        if not isinstance(found, list):
            raise self._expected(at, "a list in brackets", found)
        return tuple(self.read(kind, one, (*at, index)) for index, one in enumerate(found))

    def _table(self, kind: type, found: object, at: KeyPath) -> object:
        if not isinstance(found, dict):
            raise self._expected(at, "a table", found)
        known = {key_of(one.name): one for one in fields(kind)}
        for key in found:
            if key not in known:
                close = difflib.get_close_matches(key, known, n=1)
                do = f"did you mean {close[0]}?" if close else f"known keys: {', '.join(known)}"
                raise self._document.problem((*at, key), "unknown key", do)
        for key, one in known.items():
            if key not in found and one.default is MISSING and one.default_factory is MISSING:
                raise self._document.problem((*at, key), "this key is missing")
        hints = get_type_hints(kind, include_extras=True)
        names = {key: known[key].name for key in found}
        return kind(**{names[key]: self.read(hints[names[key]], value, (*at, key)) for key, value in found.items()})

    def _scalar(self, kind: Any, found: object, at: KeyPath, rule: Rule | None) -> object:
        if parse := self._parsers.get(kind):
            return self._parsed(parse, found, at)
        if issubclass(kind, Enum):
            words = {str(one.value): one for one in kind}
            if not isinstance(found, str) or found not in words:
                raise self._expected(at, f"one of {', '.join(words)}", found)
            return words[found]
        if kind is float and type(found) is int:
            return float(found)
        if type(found) is not kind:  # exactly: bool is an int to Python, datetime is a date
            raise self._expected(at, rule.expected if rule else _PLAIN[kind], found)
        return found

    def _parsed(self, parse: Callable[[str], object], found: object, at: KeyPath) -> object:
        if not isinstance(found, str):
            raise self._expected(at, _PLAIN[str], found)
        try:
            return parse(found)
        except Kl30Error as cause:
            raise self._document.problem(at, cause.what, cause.do) from cause
        except ValueError as cause:
            raise self._document.problem(at, str(cause)) from cause

    def _expected(self, at: KeyPath, expected: str, found: object) -> UsageError:
        match found:
            case dict() | list():
                shown = "a table" if isinstance(found, dict) else "a list"
            case date():
                shown = found.isoformat()
            case _:
                shown = repr(found).lower() if isinstance(found, bool) else repr(found)
        whole = len(shown) <= _SHOWN_CHARACTERS
        return self._document.problem(
            at, f"expected {expected}, found {shown if whole else shown[:_SHOWN_CHARACTERS] + '…'}"
        )


class _Scanner:
    """Finds the line of every key and list element in text that tomllib has accepted."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]
        self._lines: dict[KeyPath, int] = {}
        self._count: dict[KeyPath, int] = {}  # of [[headers]] seen so far

    def scan(self) -> dict[KeyPath, int]:
        """Key path to line number, counted from 1."""
        table: KeyPath = ()
        self._skip(_BLANK)
        while self._at < len(self._text):
            if self._text[self._at] == "[":
                table = self._header()
            else:
                self._pair(table)
            self._skip(_BLANK)
        return self._lines

    def _header(self) -> KeyPath:
        line, repeated = self._line(), self._text.startswith("[[", self._at)
        self._at += 2 if repeated else 1
        keys = self._dotted()
        self._at += 2 if repeated else 1
        path: KeyPath = ()
        for position, key in enumerate(keys):
            path = (*path, key)
            self._lines.setdefault(path, line)
            if repeated and position == len(keys) - 1:
                self._count[path] = self._count.get(path, 0) + 1
            if path in self._count:
                path = (*path, self._count[path] - 1)
        self._lines.setdefault(path, line)
        return path

    def _pair(self, table: KeyPath) -> None:
        line = self._line()
        for key in self._dotted():
            table = (*table, key)
            self._lines.setdefault(table, line)
        self._at += 1  # the equals sign
        self._value(table)

    def _value(self, path: KeyPath) -> None:
        self._skip(_BLANK)
        self._lines.setdefault(path, self._line())
        match self._text[self._at]:
            case "[":
                self._items("]", lambda index: self._value((*path, index)))
            case "{":
                self._items("}", lambda _: self._pair(path))
            case '"' | "'":
                self._skip(_TEXT)
            case _:
                self._skip(_BARE)

    def _items(self, end: str, item: Callable[[int], None]) -> None:
        self._at += 1
        index = 0
        self._skip(_BLANK)
        while self._text[self._at] != end:
            item(index)
            index += 1
            self._skip(_BLANK)
            if self._text[self._at] == ",":
                self._at += 1
                self._skip(_BLANK)
        self._at += 1

    def _dotted(self) -> list[str]:
        """Read `a."b c".d` and the blanks around it."""
        keys: list[str] = []
        while True:
            self._skip(_BLANK)
            raw = self._skip(_KEY)
            keys.append(tomllib.loads(f"key = {raw}")["key"] if raw[0] in "\"'" else raw)
            self._skip(_BLANK)
            if self._text[self._at] != ".":
                return keys
            self._at += 1

    def _skip(self, pattern: re.Pattern[str]) -> str:
        found = pattern.match(self._text, self._at)
        assert found, "tomllib accepted this text"
        self._at = found.end()
        return found[0]

    def _line(self) -> int:
        return bisect_left(self._breaks, self._at) + 1
