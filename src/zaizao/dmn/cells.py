"""Cells of constants: the unary tests that most table cells are, read without the FEEL compiler (DMN 8.2.8, 10.3.1.2).

``-``, literals, comparisons and intervals of one type, lists of them, ``not(...)`` around them. A cell that is anything
else (names, functions, ``?``, mixed types) reads as ``None`` and is left to FEEL. The index and the verification of
tables both work on what is read here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any

from zaizao.feel import Date, parse_date

Constant = Decimal | str | bool | Date

_LITERAL = r'"[^"\\]*"|-?(?:\d+(?:\.\d+)?|\.\d+)|true|false|null|@"[-0-9]+"|date\(\s*"[-0-9]+"\s*\)'
_TEST = re.compile(
    rf"\s*(?:(?P<operator><=|>=|<|>)?\s*(?P<value>{_LITERAL})"
    rf"|(?P<open>[\[(\]])\s*(?P<low>{_LITERAL})\s*\.\.\s*(?P<high>{_LITERAL})\s*(?P<close>[\])\[]))"
    r"\s*(?P<end>,|\Z)",
    re.ASCII,
)
_LITERAL_TEXT = re.compile(_LITERAL, re.ASCII)
_NOT = re.compile(r"\s*not\s*\((?P<inner>.*)\)\s*\Z", re.DOTALL)
_WORDS: dict[str, bool] = {"true": True, "false": False}
_LETTERS = "tfn"
_DIGITS = 34
_LONGEST = 2_000


@dataclass(frozen=True, slots=True)
class Span:
    """The values from ``low`` to ``high``; ``None`` is no bound on that side."""

    low: Constant | None
    high: Constant | None
    low_included: bool = True
    high_included: bool = True

    @property
    def is_point(self) -> bool:
        """Whether exactly one value lies in it."""
        return self.low is not None and self.low == self.high and self.low_included and self.high_included

    @property
    def is_empty(self) -> bool:
        """Whether no value lies in it; FEEL calls such an interval null."""
        if self.low is None or self.high is None:
            return False
        if self.low == self.high:
            return not (self.low_included and self.high_included)
        return bool(self.low > self.high)  # type: ignore[operator]

    def holds(self, value: Any) -> bool:
        """Whether ``value``, of the span's own type, lies in it."""
        if self.low is not None and (value < self.low or (value == self.low and not self.low_included)):
            return False
        return self.high is None or not (value > self.high or (value == self.high and not self.high_included))


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of constants of type ``kind``: the value lies in one of ``spans``, or in none when ``negated``.

    ``kind`` is ``None`` for the cell that every value satisfies, and for a cell that lists nothing but ``null``.
    """

    kind: type[Constant] | None
    spans: tuple[Span, ...]
    negated: bool = False

    @property
    def is_any(self) -> bool:
        """Whether the cell is ``-``."""
        return self.kind is None and self.negated

    def holds(self, value: Constant) -> bool:
        """Whether ``value``, of type ``kind``, satisfies the cell."""
        return self.negated is not any(span.holds(value) for span in self.spans)


ANY = Cell(None, (), negated=True)


@lru_cache(maxsize=16384)
def read_cell(text: str) -> Cell | None:
    """The cell that ``text`` spells; ``None`` when it takes FEEL to say."""
    if len(text) > _LONGEST:
        return None
    stripped = text.strip()
    if stripped in ("", "-"):
        return ANY
    negation = _NOT.match(stripped)
    if negation is None:
        return _positive(stripped)
    inner = _positive(negation["inner"])
    if inner is None or inner.kind is None or any(span.is_empty for span in inner.spans):
        return None
    return Cell(inner.kind, inner.spans, negated=True)


def _positive(text: str) -> Cell | None:
    spans: list[Span] = []
    kind: type[Constant] | None = None
    at = 0
    while True:
        test = _TEST.match(text, at)
        if test is None:
            return None
        at = test.end()
        if test["value"] == "null" and not test["operator"]:
            if test["end"]:
                continue
            return Cell(kind, tuple(spans))
        span = _span(test)
        if span is None:
            return None
        found = type(span.low if span.low is not None else span.high)
        if found is type(None) or (kind is not None and kind is not found):
            return None
        kind = found  # type: ignore[assignment]
        spans.append(span)
        if not test["end"]:
            return Cell(kind, tuple(spans))


def _span(test: re.Match[str]) -> Span | None:
    """The span of one test; ``None`` where FEEL has to say what it means."""
    if test["value"] is not None:
        value = _literal(test["value"])
        operator = test["operator"]
        if value is None or (operator and isinstance(value, bool)):
            return None
        if not operator:
            return Span(value, value)
        included = len(operator) == 2
        if operator[0] == "<":
            return Span(None, value, high_included=included)
        return Span(value, None, low_included=included)
    low, high = _literal(test["low"]), _literal(test["high"])
    if low is None or type(low) is not type(high) or isinstance(low, bool):
        return None
    low_included, high_included = test["open"] == "[", test["close"] == "]"
    return Span(low, high, low_included, high_included)


def constant(text: str) -> Constant | None:
    """The value of a literal; ``None`` for ``null``, for numbers that need rounding and for text that is no literal."""
    text = text.strip()
    return _literal(text) if _LITERAL_TEXT.fullmatch(text) else None


def _literal(text: str) -> Constant | None:
    """The value of what the literal's pattern matched."""
    if text[0] == '"':
        return text[1:-1]
    if text[0] in _LETTERS:
        return _WORDS.get(text)
    if text[0] in "@d":
        return parse_date(text.split('"')[1])
    return Decimal(text) if len(text) <= _DIGITS else None
