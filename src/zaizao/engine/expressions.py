"""Expressions of a model: FEEL, compiled once a deployment.

Rule kept: this is the one place where the engine meets FEEL. Variables are JSON with exact numbers on both sides; an
expression sees only the names that it uses. Literals and plain names do not go through the evaluator. An expression
that does not compile is reported at deployment; one that yields null where a value is needed becomes an incident.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from datetime import tzinfo
from decimal import Decimal
from typing import Any

from zaizao.engine.errors import EngineError, problem
from zaizao.engine.state import Case
from zaizao.engine.timers import moment_of
from zaizao.feel import BUILT_INS, DateTime, FeelError, compile as compile_feel, evaluation, from_feel, to_feel
from zaizao.problems import Problem

_STRING = re.compile(r'"([^"\\]*)"')
_INTEGER = re.compile(r"-?\d{1,15}")
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)
_CALLED = re.compile(r"([A-Za-z_]\w*)\s*\(", re.ASCII)
_PATH = re.compile(r"([A-Za-z_]\w*)(?:\.[A-Za-z_]\w*)*", re.ASCII)
_RESERVED = frozenset({"true", "false", "null", "if", "for", "some", "every", "function", "not", "in", "and", "or"})


class ExpressionFailed(Exception):
    """An expression gave no usable value; becomes an incident."""


class Expression:
    """One compiled expression of the model."""

    __slots__ = ("constant", "name", "names", "program", "root", "text", "timely", "value")

    def __init__(self, text: str) -> None:
        self.text = text.strip()
        self.constant = False
        self.value: Any = None
        self.name = ""
        self.program: Any = None
        path = _PATH.fullmatch(self.text)
        self.root = path[1] if path else ""
        self.names: tuple[str, ...] = ()
        self.timely = "now(" in self.text or "today(" in self.text
        if match := _STRING.fullmatch(self.text):
            self.constant, self.value = True, match[1]
        elif _INTEGER.fullmatch(self.text):
            self.constant, self.value = True, int(self.text)
        elif self.text in ("true", "false", "null"):
            self.constant, self.value = True, {"true": True, "false": False, "null": None}[self.text]
        elif _NAME.fullmatch(self.text) and self.text not in _RESERVED:
            self.name = self.text
        else:
            self.program = compile_feel(self.text, names=_shadowing(self.text))
            self.names = tuple(sorted(self.program.names))

    def evaluate(self, case: Case, element: int, extra: Mapping[str, Any] | None = None) -> Any:
        """The JSON value as ``element`` of ``case`` sees it; ``extra`` goes before its variables."""
        if self.constant:
            return self.value
        if self.name:
            return lookup(case, element, self.name, extra)
        return exact(from_feel(self.program.evaluate(self._context(case, element, extra))))

    def _context(self, case: Case, element: int, extra: Mapping[str, Any] | None) -> dict[str, Any]:
        """The values of the names that the expression uses, as far as they are there."""
        context = {}
        for name in self.names:
            value = lookup(case, element, name, extra, _ABSENT)
            if value is not _ABSENT:
                context[name] = to_feel(value)
        return context

    def truth(self, case: Case, element: int, extra: Mapping[str, Any] | None = None) -> bool:
        """The truth of a condition; anything but true or false is an ``ExpressionFailed`` that says why."""
        value = self.evaluate(case, element, extra)
        if value is True or value is False:
            return bool(value)
        reasons: list[Problem] = []
        if self.program is not None:
            self.program.evaluate(self._context(case, element, extra), reasons=reasons)
        why = f": {reasons[0].what.en}" if reasons else ""
        raise ExpressionFailed(f"condition {self.text!r} gave {value!r:.40}, neither true nor false{why}")


def _shadowing(text: str) -> tuple[str, ...]:
    """Names of built-in functions that ``text`` uses as plain names: there they are variables (``sum``, ``date``)."""
    called = {match[1] for match in _CALLED.finditer(text)}
    return tuple(sorted({match[0] for match in _NAME.finditer(text)} & BUILT_INS.keys() - called))


_ABSENT: Any = object()


def lookup(case: Case, element: int, name: str, extra: Mapping[str, Any] | None = None, absent: Any = None) -> Any:
    """The variable ``name`` as ``element`` sees it: its own, then its scopes', inner first."""
    if extra is not None and name in extra:
        return extra[name]
    elements = case.elements
    while element >= 0:
        here = elements[element]
        if here.variables is not None and name in here.variables:
            return here.variables[name]
        element = here.scope
    return absent


def clock_at(at: int, zone: tzinfo) -> Callable[[], DateTime]:
    """FEEL's clock, standing at ``at`` µs."""
    moment = to_feel(moment_of(at, zone))
    assert isinstance(moment, DateTime)
    return lambda: moment


def at_time(at: int, zone: tzinfo) -> AbstractContextManager[None]:
    """Within, ``now()`` and ``today()`` answer ``at`` µs."""
    return evaluation(clock=clock_at(at, zone))


def compiled(text: str, where: str) -> Expression:
    """Compile ``text``; a syntax error is an ``EngineError`` that names the place."""
    try:
        return Expression(text)
    except FeelError as error:
        raise EngineError(
            problem(where, f"表达式 {text!r} 有错：{error}", f"bad expression {text!r}: {error}", "feel")
        ) from error


def put(variables: dict[str, Any], target: str, value: Any) -> None:
    """Set ``target``, a name or a dotted path into a context."""
    first, _, rest = target.partition(".")
    if not rest:
        variables[first] = value
        return
    inner = variables.get(first)
    inner = dict(inner) if isinstance(inner, dict) else {}
    put(inner, rest, value)
    variables[first] = inner


def exact(value: Any) -> Any:
    """``value`` as JSON with exact numbers, copied: floats become decimals, tuples lists; else ``EngineError``."""
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:
        return value
    if kind is dict:
        return {str(name): exact(item) for name, item in value.items()}
    if kind in (list, tuple):
        return [exact(item) for item in value]
    if kind is float:
        value = Decimal(repr(value))
    if isinstance(value, Decimal):
        if not value.is_finite():
            raise _not_json(value)
        return int(value) if value.as_tuple().exponent == 0 else value
    raise _not_json(value)


def _not_json(value: object) -> EngineError:
    words = f"{type(value).__name__} {value!r:.60} is not JSON"
    return EngineError(problem("variables", f"变量值不是 JSON：{value!r:.60}", words, "not-json"))
