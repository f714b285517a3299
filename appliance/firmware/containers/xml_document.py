"""XML from strangers as a tree, with nothing in it that can grow.

Rules.  No document type: with it go all entities, and every bomb and file reference made of them.  Elements,
attributes and nesting are counted while they are read; the parser stops at the first one too many.  Long text is ASCII
(hexadecimal digits), because one other character would make Python keep four bytes for each.

expat (of the standard library) reads; it fetches nothing from anywhere by itself.
Sources: XML 1.0 fifth edition §2.8, §4; OWASP, XML External Entity Prevention (what to switch off).
"""

from __future__ import annotations

from typing import Any, NoReturn
from xml.etree.ElementTree import Element, TreeBuilder
from xml.parsers import expat

from appliance.firmware.containers.errors import ContainerError
from appliance.firmware.containers.limits import Limits

_ENCODINGS = frozenset({"utf-8", "us-ascii", "ascii", "iso-8859-1", "iso-8859-15", "windows-1252"})
_LONG_TEXT = 64 * 1024  # characters; names and descriptions are shorter
_DO = "get the document again from where it came from"


def parse_xml(data: bytes, name: str, limits: Limits) -> Element:
    """The root element, names as `{namespace}name`.

    Raises:
        ContainerError: it is no well-formed XML, or breaks one of the rules above; line and reason.
    """
    builder = TreeBuilder()
    careful = _Careful(name, limits, builder)
    parser = careful.parser
    try:
        parser.Parse(data, True)
    except expat.ExpatError as cause:
        raise careful.trouble(f"no well-formed XML: {expat.ErrorString(cause.code)}", cause.lineno) from cause
    except (ValueError, LookupError) as cause:  # an encoding that Python does not know, or bytes outside of it
        raise careful.trouble(f"its encoding cannot be read: {cause}") from cause
    return builder.close()


def first_tags(data: bytes, name: str) -> tuple[str, ...]:
    """Name of the root element and of the first one in it, where they can be found; data may end anywhere behind.

    Raises:
        ContainerError: not even the root can be read, or there is a document type.
    """
    found: list[str] = []
    parser = _parser(name)

    def start(tag: str, _: list[str]) -> None:
        found.append(_braced(tag))
        if len(found) == 2:
            raise _Enough

    parser.StartElementHandler = start
    try:
        parser.Parse(data, False)
    except _Enough:
        return tuple(found)
    except expat.ExpatError as cause:
        if not found:
            what = f"it looks like XML and is none: {expat.ErrorString(cause.code)}"
            raise ContainerError(what, where=f"{name}:{cause.lineno}", do=_DO) from cause
    except (ValueError, LookupError) as cause:
        raise ContainerError(f"its encoding cannot be read: {cause}", where=name, do=_DO) from cause
    if not found:
        raise ContainerError("it looks like XML and has no element", where=name, do=_DO)
    return tuple(found)


class _Enough(Exception):
    """Both tags are known."""


class _Careful:
    """Counts what comes, and builds the tree."""

    def __init__(self, name: str, limits: Limits, builder: TreeBuilder) -> None:
        self.parser = _parser(name)
        self._name, self._limits, self._builder = name, limits, builder
        self._elements = self._depth = self._text = 0
        self._wide = False
        self.parser.ordered_attributes = True
        self.parser.buffer_text = True
        self.parser.buffer_size = _LONG_TEXT
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def trouble(self, what: str, line: int | None = None) -> ContainerError:
        """The error for what is wrong at the line that is being read, or at `line`."""
        return ContainerError(what, where=f"{self._name}:{line or self.parser.CurrentLineNumber}", do=_DO)

    def _start(self, tag: str, attributes: list[str]) -> None:
        self._elements += 1 + len(attributes) // 2
        self._depth += 1
        self._text, self._wide = 0, False
        if self._elements > self._limits.elements:
            raise self.trouble(f"more than {self._limits.elements} elements and attributes")
        if self._depth > self._limits.depth:
            raise self.trouble(f"elements nested more than {self._limits.depth} deep")
        names, values = attributes[::2], attributes[1::2]
        self._builder.start(_braced(tag), {_braced(key): value for key, value in zip(names, values, strict=True)})

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._text, self._wide = 0, False
        self._builder.end(_braced(tag))

    def _characters(self, text: str) -> None:
        self._text += len(text)
        self._wide = self._wide or not text.isascii()
        if self._wide and self._text > _LONG_TEXT:
            raise self.trouble(f"a text of more than {_LONG_TEXT} characters that are not all ASCII")
        self._builder.data(text)


def _parser(name: str) -> Any:
    """expat with namespaces, that stops at a document type and at an encoding nobody uses."""
    parser = expat.ParserCreate(namespace_separator="}")

    def refuse_document_type(*_: object) -> NoReturn:
        raise ContainerError(
            "it has a document type (<!DOCTYPE): no container needs one, and entities are refused with it",
            where=f"{name}:{parser.CurrentLineNumber}",
            do="get the document without it",
        )

    def check_encoding(_: str, encoding: str | None, __: int) -> None:
        if (encoding or "utf-8").lower() not in _ENCODINGS:
            what = f"it is declared as {encoding[:40] if encoding else ''}; read are {', '.join(sorted(_ENCODINGS))}"
            raise ContainerError(what, where=f"{name}:1", do="save it as UTF-8")

    parser.StartDoctypeDeclHandler = refuse_document_type
    parser.XmlDeclHandler = check_encoding
    return parser


def _braced(name: str) -> str:
    return "{" + name if "}" in name else name
