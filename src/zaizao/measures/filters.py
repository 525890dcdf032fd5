"""Filters of measures: a subset of FEEL that means the same in FEEL, in generated Python and in SQL.

Grammar: comparisons (``= != < <= > >=``), ``between … and …``, ``in [a, b]``, ``in [1..9]`` (round brackets: without the
end), ``and``, ``or``, ``not(…)``, names of fields, whole numbers, texts, ``true``, ``false``, ``null``.

Rule kept: three-valued logic as FEEL has it. Each node is written twice, as the condition under which it is true and as
the one under which it is false; under neither it is null. An order with null is null, an equality never is. A filter
holds where it is true.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from zaizao.measures.errors import MeasureError, unmeasurable


class FieldType(StrEnum):
    """What a field of an event holds; money is whole fen, time is µs UTC."""

    TEXT = "text"
    INTEGER = "integer"
    MONEY = "money"
    TIME = "time"
    BOOLEAN = "boolean"

    @property
    def numeric(self) -> bool:
        """Whether values are whole numbers that can be summed and ordered."""
        return self in (FieldType.INTEGER, FieldType.MONEY, FieldType.TIME)


Literal = int | str | bool | None
LARGEST = 2**62
_TOKEN = re.compile(r'\s*(?:(-?\d+)(?!\w|\.\d)|("(?:[^"\\]|\\.)*")|([^\W\d]\w*)|(\.\.|!=|<=|>=|[=<>()\[\],]))')
_FLIPPED = {"=": "!=", "!=": "=", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_PYTHON = {"=": "==", "!=": "!="}
_SQL = {"=": "IS NOT DISTINCT FROM", "!=": "IS DISTINCT FROM"}
_WORDS = {"and", "or", "not", "in", "between", "true", "false", "null"}
_NESTED = 50


@dataclass(frozen=True, slots=True)
class Field:
    """A field's value."""

    name: str


@dataclass(frozen=True, slots=True)
class Value:
    """A literal."""

    value: Literal


@dataclass(frozen=True, slots=True)
class Compare:
    """Two operands and how they are compared."""

    operator: str
    left: Field | Value
    right: Field | Value


@dataclass(frozen=True, slots=True)
class Flag:
    """A boolean field by itself: null where it is null."""

    name: str


@dataclass(frozen=True, slots=True)
class Both:
    """Conjunction (``and``) or disjunction."""

    conjunction: bool
    left: Node
    right: Node


@dataclass(frozen=True, slots=True)
class Not:
    """Negation."""

    inner: Node


Node = Compare | Flag | Both | Not


@dataclass(frozen=True, slots=True)
class Spelling:
    """How a target language spells what a filter needs; ``fields`` are the names of values there."""

    fields: Mapping[str, str]
    comparisons: Mapping[str, str]
    conjunction: str
    disjunction: str
    known: str
    sql: bool

    def operand(self, node: Field | Value) -> str:
        if isinstance(node, Field):
            return self.fields[node.name]
        if not self.sql:
            return repr(node.value)
        if node.value is None:
            return "NULL"
        if isinstance(node.value, str):
            return "'" + node.value.replace("'", "''") + "'"
        return str(node.value).upper()


def python_filter(node: Node, fields: Mapping[str, str]) -> str:
    """The Python expression that is true where the filter holds; ``fields`` names the variables."""
    return _written(node, True, Spelling(fields, _PYTHON, " and ", " or ", "is not None", False))


def sql_filter(node: Node, fields: Mapping[str, str]) -> str:
    """The SQL condition that is true where the filter holds, false elsewhere; ``fields`` names the columns."""
    return _written(node, True, Spelling(fields, _SQL, " AND ", " OR ", "IS NOT NULL", True))


def _written(node: Node, truth: bool, to: Spelling) -> str:
    """The condition under which ``node`` is true (or, without ``truth``, false)."""
    if isinstance(node, Not):
        return _written(node.inner, not truth, to)
    if isinstance(node, Both):
        joint = to.conjunction if node.conjunction is truth else to.disjunction
        return f"({_written(node.left, truth, to)}{joint}{_written(node.right, truth, to)})"
    if isinstance(node, Flag):
        return f"({to.fields[node.name]} {'IS' if to.sql else 'is'} {str(truth).upper() if to.sql else truth})"
    operator = node.operator if truth else _FLIPPED[node.operator]
    left, right = to.operand(node.left), to.operand(node.right)
    test = f"{left} {to.comparisons.get(operator, operator)} {right}"
    if operator in ("=", "!="):
        return f"({test})"
    known = [f"{text} {to.known}" for text, side in ((left, node.left), (right, node.right)) if isinstance(side, Field)]
    return f"({to.conjunction.join([*known, test])})"


def parse_filter(text: str, fields: Mapping[str, FieldType], where: str) -> Node:
    """The filter as a tree. Raises ``MeasureError`` that names ``where`` for what the subset does not have."""
    reader = _Reader(text, fields, where)
    node = reader.either(0)
    if reader.at < len(reader.tokens):
        raise reader.fault(f"{reader.tokens[reader.at][1]!r}")
    return node


class _Reader:
    def __init__(self, text: str, fields: Mapping[str, FieldType], where: str) -> None:
        self.text, self.fields, self.where = text, fields, where
        self.at = 0
        self.tokens: list[tuple[str, str]] = []
        place = 0
        stripped = text.rstrip()
        while place < len(stripped):
            found = _TOKEN.match(stripped, place)
            if found is None or len(self.tokens) > 2000:
                raise self.fault(f"{stripped[place : place + 20]!r}")
            kind = ("number", "text", "name", "sign")[found.lastindex - 1] if found.lastindex else "sign"
            self.tokens.append((kind, found.group(found.lastindex or 0)))
            place = found.end()

    def fault(self, what: str) -> MeasureError:
        return unmeasurable(
            self.where,
            "measure.filter",
            (f"筛选条件 {self.text!r:.80} 不能用：{what}", f"the filter {self.text!r:.80} cannot be used: {what}"),
            (
                "请只用字段、整数、文字、比较、in、between、and、or、not()",
                "use fields, whole numbers, texts, comparisons, in, between, and, or, not() only",
            ),
        )

    def peek(self) -> str:
        return self.tokens[self.at][1] if self.at < len(self.tokens) else ""

    def take(self, wanted: str = "") -> tuple[str, str]:
        if self.at >= len(self.tokens) or (wanted and self.peek() != wanted):
            raise self.fault(f"{wanted or '…'} ≠ {self.peek()!r}")
        self.at += 1
        return self.tokens[self.at - 1]

    def either(self, depth: int) -> Node:
        node = self.both(depth)
        while self.peek() == "or":
            self.take()
            node = Both(False, node, self.both(depth))
        return node

    def both(self, depth: int) -> Node:
        node = self.one(depth)
        while self.peek() == "and":
            self.take()
            node = Both(True, node, self.one(depth))
        return node

    def one(self, depth: int) -> Node:
        if depth > _NESTED:
            raise self.fault("…")
        if self.peek() == "not":
            self.take()
            self.take("(")
            inner = self.either(depth + 1)
            self.take(")")
            return Not(inner)
        if self.peek() == "(":
            self.take()
            inner = self.either(depth + 1)
            self.take(")")
            return inner
        return self.comparison()

    def comparison(self) -> Node:
        left = self.operand()
        sign = self.peek()
        if sign in _FLIPPED:
            self.take()
            return self.compared(sign, left, self.operand())
        if sign == "between":
            self.take()
            low = self.operand()
            self.take("and")
            return Both(True, self.compared(">=", left, low), self.compared("<=", left, self.operand()))
        if sign == "in":
            self.take()
            return self.membership(left)
        if isinstance(left, Field) and self.fields[left.name] is FieldType.BOOLEAN:
            return Flag(left.name)
        raise self.fault(f"{sign!r}")

    def membership(self, left: Field | Value) -> Node:
        opening = self.take()[1]
        first = self.operand()
        if self.peek() == "..":
            self.take()
            last = self.operand()
            closing = self.take()[1]
            if opening not in "[(" or closing not in "])":
                raise self.fault(f"{opening}..{closing}")
            low = self.compared(">=" if opening == "[" else ">", left, first)
            return Both(True, low, self.compared("<=" if closing == "]" else "<", left, last))
        node: Node = self.compared("=", left, first)
        while self.peek() == ",":
            self.take()
            node = Both(False, node, self.compared("=", left, self.operand()))
        if opening not in "[(" or self.take()[1] != {"[": "]", "(": ")"}[opening]:
            raise self.fault(f"{opening}")
        return node

    def operand(self) -> Field | Value:
        kind, text = self.take()
        if kind == "number":
            if abs(int(text)) > LARGEST:
                raise self.fault(text)
            return Value(int(text))
        if kind == "text":
            try:
                return Value(str(json.loads(text)))
            except ValueError:
                raise self.fault(text) from None
        if text in ("true", "false", "null"):
            return Value({"true": True, "false": False, "null": None}[text])
        if kind != "name" or text in _WORDS or text not in self.fields:
            raise self.fault(f"{text!r}")
        return Field(text)

    def compared(self, operator: str, left: Field | Value, right: Field | Value) -> Compare:
        """A comparison of like with like; only numbers have an order."""
        kinds = {self.kind(side) for side in (left, right)} - {"null"}
        ordered = operator not in ("=", "!=")
        if len(kinds) > 1 or (ordered and kinds != {"number"}) or (ordered and self.is_null(left, right)):
            raise self.fault(f"{operator}")
        return Compare(operator, left, right)

    @staticmethod
    def is_null(*sides: Field | Value) -> bool:
        return any(isinstance(side, Value) and side.value is None for side in sides)

    def kind(self, side: Field | Value) -> str:
        if isinstance(side, Field):
            declared = self.fields[side.name]
            return "number" if declared.numeric else str(declared)
        if side.value is None:
            return "null"
        return "boolean" if isinstance(side.value, bool) else "number" if isinstance(side.value, int) else "text"
