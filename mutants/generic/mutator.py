"""Every small change to one module's syntax tree that might be a bug, as replacements of source text.

    comparison   `<` to `<=` and `>=`, `==` to `!=`, `is` to `is not`, `in` to `not in`, and back
    boolean      `and` to `or` and back; `not` taken away; the condition of an `if` or `while` turned around
    constant     a number one more and one less; True to False and back
    return       a value to None
    statement    a call, an assignment to an attribute, a `raise`, a `yield` whose value nobody takes: dropped

Text, annotations, docstrings, decorators and defaults of parameters are left alone; so are `Enum` members and module
constants that are no numbers.  The change is made in the text, so that it can be shown as it is.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

_COMPARISONS: dict[type[ast.cmpop], tuple[str, ...]] = {
    ast.Lt: ("<", "<=", ">="),
    ast.LtE: ("<=", "<", ">"),
    ast.Gt: (">", ">=", "<="),
    ast.GtE: (">=", ">", "<"),
    ast.Eq: ("==", "!="),
    ast.NotEq: ("!=", "=="),
    ast.Is: ("is", "is not"),
    ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not in"),
    ast.NotIn: ("not in", "in"),
}
_DROPPED = (ast.Call, ast.YieldFrom, ast.Yield)


@dataclass(frozen=True, slots=True)
class Change:
    """One change of one module.

    Attributes:
        function: Where: `Runner._advance`; empty at module level.
        line: Of its beginning, in the unchanged text.
        before / after: The lines it changes, as one line.
        text: The whole module, changed.
    """

    function: str
    line: int
    before: str
    after: str
    text: str

    @property
    def mutation(self) -> str:
        """`before → after`: with file and function, what a change is known by from one version to the next."""
        return f"{self.before} → {self.after}"


def changes(source: str) -> Iterator[Change]:
    """Every change, in order of the text."""
    yield from _Finder(source).found()


class _Finder:
    """Walks one module."""

    def __init__(self, source: str) -> None:
        self._bytes = source.encode("utf-8")  # the syntax tree counts columns in bytes
        self._starts = [0, *(match.end() for match in re.finditer(b"\n", self._bytes))]
        self._tree = ast.parse(source)

    def found(self) -> Iterator[Change]:
        yield from self._inside(self._tree, "")

    def _inside(self, node: ast.AST, function: str) -> Iterator[Change]:
        for child in _looked_into(node):
            inner = function
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                inner = f"{function}.{child.name}".lstrip(".")
            yield from self._of(child, function)
            yield from self._inside(child, inner)

    def _of(self, node: ast.AST, function: str) -> Iterator[Change]:
        match node:
            case ast.Compare(left=left, ops=operators, comparators=[*rights]):
                yield from self._comparison([left, *rights], operators, function)
            case ast.BoolOp(op=operator, values=values):
                old, new = ("and", "or") if isinstance(operator, ast.And) else ("or", "and")
                for one, other in pairwise(values):
                    yield from self._between(one, other, old, new, function)
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._change(node, f"({self._text(operand)})", function)
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                if not isinstance(test, ast.Compare | ast.UnaryOp | ast.NamedExpr):
                    yield self._change(test, f"(not ({self._text(test)}))", function)
            case ast.Constant(value=bool() as value):
                yield self._change(node, str(not value), function)
            case ast.Constant(value=int() | float() as value):
                for number in (value + 1, value - 1):
                    yield self._change(node, f"({number!r})" if number < 0 else repr(number), function)
            case ast.Return(value=ast.expr() as value) if not _is_none(value):
                yield self._change(node, "return None", function)
            case ast.Expr(value=value) if isinstance(value, _DROPPED):
                yield self._change(node, "pass", function)
            case ast.Assign(targets=[ast.Attribute()]) | ast.AugAssign() | ast.Raise():
                yield self._change(node, "pass", function)
            case _:
                pass

    def _comparison(self, sides: list[ast.expr], operators: list[ast.cmpop], function: str) -> Iterator[Change]:
        for (one, other), operator in zip(pairwise(sides), operators, strict=True):
            old, *others = _COMPARISONS[type(operator)]
            for new in others:
                yield from self._between(one, other, old, new, function)

    def _between(self, one: ast.expr, other: ast.expr, old: str, new: str, function: str) -> Iterator[Change]:
        start, end = self._span(one)[1], self._span(other)[0]
        gap = self._bytes[start:end].decode("utf-8")
        found = list(re.finditer(r"\s+".join(map(re.escape, old.split())), gap))
        if len(found) == 1:
            at = found[0]
            yield self._edited(start + at.start(), start + at.end(), new, function)

    def _change(self, node: ast.AST, new: str, function: str) -> Change:
        start, end = self._span(node)
        return self._edited(start, end, new, function)

    def _edited(self, start: int, end: int, new: str, function: str) -> Change:
        changed = self._bytes[:start] + new.encode("utf-8") + self._bytes[end:]
        first, last = self._line_of(start), self._line_of(end)
        grown = len(changed) - len(self._bytes)
        before = self._bytes[first[0] : last[1]]
        after = changed[first[0] : last[1] + grown]
        line = self._bytes.count(b"\n", 0, start) + 1
        return Change(function, line, _one_line(before), _one_line(after), changed.decode("utf-8"))

    def _line_of(self, at: int) -> tuple[int, int]:
        start = self._bytes.rfind(b"\n", 0, at) + 1
        end = self._bytes.find(b"\n", at)
        return start, len(self._bytes) if end < 0 else end

    def _span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        start = self._starts[node.lineno - 1] + node.col_offset
        return start, self._starts[node.end_lineno - 1] + node.end_col_offset

    def _text(self, node: ast.AST) -> str:
        start, end = self._span(node)
        return self._bytes[start:end].decode("utf-8")


def _looked_into(node: ast.AST) -> Iterator[ast.AST]:
    """The children that behaviour depends on."""
    match node:
        case ast.FunctionDef():
            yield from node.body
        case ast.ClassDef():
            if not any(isinstance(base, ast.Name) and base.id.endswith("Enum") for base in node.bases):
                yield from node.body
        case ast.AnnAssign():
            if node.value is not None:
                yield node.value
        case ast.JoinedStr():
            return  # words for people
        case _:
            yield from ast.iter_child_nodes(node)


def _is_none(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and value.value is None


def _one_line(text: bytes) -> str:
    return " ".join(text.decode("utf-8").split())
