"""Python syntax trees in few words. Every node carries the same place, for nobody reads the generated code by line.

The rule: identifiers come from the compiler's own counters, never from FEEL text; FEEL text occurs in constants only.
"""

from __future__ import annotations

import ast
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

_PLACE: Final[dict[str, Any]] = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
_LOAD: Final = ast.Load()
_STORE: Final = ast.Store()

COMPARISONS: Final[dict[str, ast.cmpop]] = {
    "=": ast.Eq(),
    "!=": ast.NotEq(),
    "<": ast.Lt(),
    "<=": ast.LtE(),
    ">": ast.Gt(),
    ">=": ast.GtE(),
    "is": ast.Is(),
    "is not": ast.IsNot(),
    "in": ast.In(),
}
OPERATORS: Final[dict[str, ast.operator]] = {"+": ast.Add(), "-": ast.Sub(), "*": ast.Mult(), "/": ast.Div()}
_AND: Final = ast.And()
_OR: Final = ast.Or()


@lru_cache(maxsize=4096)
def name(identifier: str) -> ast.expr:
    """``identifier``; one node serves all places, for trees are only read."""
    return ast.Name(identifier, _LOAD, **_PLACE)


def constant(value: str | bool | int | None) -> ast.expr:
    """A constant."""
    return ast.Constant(value, **_PLACE)


def call(function: str, *arguments: ast.expr) -> ast.expr:
    """``function(arguments)``"""
    return ast.Call(name(function), list(arguments), [], **_PLACE)


def get(mapping: ast.expr, key: str) -> ast.expr:
    """``mapping.get(key)``"""
    return ast.Call(attribute(mapping, "get"), [constant(key)], [], **_PLACE)


def item(mapping: ast.expr, key: str) -> ast.expr:
    """``mapping[key]``"""
    return ast.Subscript(mapping, constant(key), _LOAD, **_PLACE)


def choose(test: ast.expr, yes: ast.expr, no: ast.expr) -> ast.expr:
    """``yes if test else no``"""
    return ast.IfExp(test, yes, no, **_PLACE)


def compare(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    """``left operator right``"""
    return ast.Compare(left, [COMPARISONS[operator]], [right], **_PLACE)


def is_kind(value: ast.expr, kind: str) -> ast.expr:
    """``type(value) is kind``"""
    return compare(call("type", value), "is", name(kind))


def within(low: ast.expr, first: str, value: ast.expr, second: str, high: ast.expr) -> ast.expr:
    """``low first value second high``"""
    return ast.Compare(low, [COMPARISONS[first], COMPARISONS[second]], [value, high], **_PLACE)


def arithmetic(left: ast.expr, operator: str, right: ast.expr) -> ast.expr:
    """``left operator right``"""
    return ast.BinOp(left, OPERATORS[operator], right, **_PLACE)


def minus(operand: ast.expr) -> ast.expr:
    """``-operand``"""
    return ast.UnaryOp(ast.USub(), operand, **_PLACE)


def negated(operand: ast.expr) -> ast.expr:
    """``not operand``"""
    return ast.UnaryOp(ast.Not(), operand, **_PLACE)


def all_of(tests: Sequence[ast.expr]) -> ast.expr:
    """``a and b``"""
    return tests[0] if len(tests) == 1 else ast.BoolOp(_AND, list(tests), **_PLACE)


def one_of(tests: Sequence[ast.expr]) -> ast.expr:
    """``a or b``"""
    return tests[0] if len(tests) == 1 else ast.BoolOp(_OR, list(tests), **_PLACE)


def keep(identifier: str, value: ast.expr) -> ast.expr:
    """``(identifier := value)``"""
    return ast.NamedExpr(ast.Name(identifier, _STORE, **_PLACE), value, **_PLACE)


def sequence(items: Sequence[ast.expr]) -> ast.expr:
    """``[a, b]``"""
    return ast.List(list(items), _LOAD, **_PLACE)


def pair(items: Sequence[ast.expr]) -> ast.expr:
    """``(a, b)``"""
    return ast.Tuple(list(items), _LOAD, **_PLACE)


def mapping(entries: Sequence[tuple[str, ast.expr]]) -> ast.expr:
    """``{key: value}``"""
    return ast.Dict([constant(key) for key, _ in entries], [value for _, value in entries], **_PLACE)


def each(result: ast.expr, variable: str, items: ast.expr) -> ast.expr:
    """``[result for variable in items]``"""
    return ast.ListComp(result, [ast.comprehension(ast.Name(variable, _STORE, **_PLACE), items, [], 0)], **_PLACE)


def _arguments(names: Sequence[str]) -> ast.arguments:
    return ast.arguments([], [ast.arg(one, **_PLACE) for one in names], None, [], [], None, [])


def function(names: Sequence[str], body: ast.expr) -> ast.expr:
    """``lambda names: body``"""
    return ast.Lambda(_arguments(names), body, **_PLACE)


def give(value: ast.expr) -> ast.stmt:
    """``return value``"""
    return ast.Return(value, **_PLACE)


def assign(identifier: str, value: ast.expr) -> ast.stmt:
    """``identifier = value``"""
    return ast.Assign([ast.Name(identifier, _STORE, **_PLACE)], value, **_PLACE)


def attribute(value: ast.expr, field: str) -> ast.expr:
    """``value.field``"""
    return ast.Attribute(value, field, _LOAD, **_PLACE)


def do(value: ast.expr) -> ast.stmt:
    """``value`` as a statement."""
    return ast.Expr(value, **_PLACE)


def at_last(body: Sequence[ast.stmt], last: Sequence[ast.stmt]) -> ast.stmt:
    """``try: body`` / ``finally: last``"""
    return ast.Try(list(body), [], [], list(last), **_PLACE)


def when(test: ast.expr, body: Sequence[ast.stmt]) -> ast.stmt:
    """``if test: body``"""
    return ast.If(test, list(body), [], **_PLACE)


def attempt(body: Sequence[ast.stmt], error: str, otherwise: Sequence[ast.stmt], caught: str | None = None) -> ast.stmt:
    """``try: body`` / ``except error: otherwise``"""
    handler = ast.ExceptHandler(name(error), caught, list(otherwise), **_PLACE)
    return ast.Try(list(body), [handler], [], [], **_PLACE)


def define(identifier: str, names: Sequence[str], body: Sequence[ast.stmt]) -> ast.Module:
    """A module with ``def identifier(names): body``."""
    definition = ast.FunctionDef(identifier, _arguments(names), list(body), [], None, **_PLACE)
    return ast.Module([definition], [])
