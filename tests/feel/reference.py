"""A tree-walking interpreter of FEEL, as plain as can be: the oracle for the law that compiled code means the same.

It shares the operators and built-ins with the room, for these have tests of their own, and nothing with the compiler.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from zaizao.feel import access, arithmetic, comparison, invocation, nodes, types
from zaizao.feel.functions import BUILT_INS
from zaizao.feel.values import Function, Parameter, Value

_OPERATIONS: dict[str, Callable[[Value, Value], Value]] = {
    "+": arithmetic.add,
    "-": arithmetic.subtract,
    "*": arithmetic.multiply,
    "/": arithmetic.divide,
    "**": arithmetic.power,
    **comparison.COMPARE,
}
_TRUTHS = (nodes.Logic, nodes.Between, nodes.In, nodes.Quantified, nodes.InstanceOf)


class Scope:
    """Variables, one layer around the other; a layer of an item looks into the item first."""

    def __init__(self, variables: Mapping[str, Value], outer: Scope | None = None, item: Any = None) -> None:
        self.variables, self.outer, self.item = variables, outer, item

    def look(self, name: str) -> Value:
        scope: Scope | None = self
        while scope is not None:
            if isinstance(scope.item, tuple):
                item = scope.item[0]
                if isinstance(item, dict) and name in item:
                    return item[name]
                if name == "item":
                    return item
            elif name in scope.variables:
                return scope.variables[name]
            scope = scope.outer
        return BUILT_INS.get(name)


def interpret(node: Any, scope: Scope) -> Value:
    """The value of a node."""
    return globals()[f"_{type(node).__name__}"](node, scope)


def _Literal(node: nodes.Literal, scope: Scope) -> Value:
    return node.value


def _Name(node: nodes.Name, scope: Scope) -> Value:
    return scope.look(node.name)


def _ListOf(node: nodes.ListOf, scope: Scope) -> Value:
    return [interpret(item, scope) for item in node.items]


def _ContextOf(node: nodes.ContextOf, scope: Scope) -> Value:
    if len({key for key, _ in node.entries}) < len(node.entries):
        return None
    made: dict[str, Value] = {}
    inner = Scope(made, scope)
    for key, entry in node.entries:
        made[key] = interpret(entry, inner)
    return made


def _Interval(node: nodes.Interval, scope: Scope) -> Value:
    ends = interpret(node.start, scope), interpret(node.end, scope)
    return comparison.interval(*ends, node.start_included, node.end_included)


def _Bound(node: nodes.Bound, scope: Scope) -> Value:
    return comparison.comparison_range(node.operator, interpret(node.value, scope))


def _Negation(node: nodes.Negation, scope: Scope) -> Value:
    return arithmetic.negate(interpret(node.operand, scope))


def _Binary(node: nodes.Binary, scope: Scope) -> Value:
    return _OPERATIONS[node.operator](interpret(node.left, scope), interpret(node.right, scope))


def _Logic(node: nodes.Logic, scope: Scope) -> Value:
    values = [interpret(operand, scope) for operand in node.operands]
    return comparison.conjunction(values) if node.operator == "and" else comparison.disjunction(values)


def _Between(node: nodes.Between, scope: Scope) -> Value:
    return comparison.between(*(interpret(part, scope) for part in (node.value, node.low, node.high)))


def _In(node: nodes.In, scope: Scope) -> Value:
    value = interpret(node.value, scope)
    return comparison.disjunction([_test(value, test, Scope({"?": value}, scope)) for test in node.tests])


def _test(value: Value, test: Any, scope: Scope) -> Value:
    if isinstance(test, nodes.Bound):
        return comparison.COMPARE[test.operator](value, interpret(test.value, scope))
    found = interpret(test, scope)
    asks = any(isinstance(part, nodes.Name) and part.name == "?" for part in nodes.walk(test))
    return found if asks and isinstance(found, bool) else comparison.member(value, found)


def _If(node: nodes.If, scope: Scope) -> Value:
    return interpret(node.yes if interpret(node.condition, scope) is True else node.no, scope)


def _rows(iterators: tuple[nodes.Iterator, ...], scope: Scope) -> list[Scope] | None:
    rows = [scope]
    for iterator in iterators:
        longer = []
        for row in rows:
            start = interpret(iterator.domain, row)
            items = access.domain(start) if iterator.end is None else access.steps(start, interpret(iterator.end, row))
            if items is None:
                return None
            longer += [Scope({iterator.name: item}, row) for item in items]
        rows = longer
    return rows


def _For(node: nodes.For, scope: Scope) -> Value:
    rows = _rows(node.iterators, scope)
    if rows is None:
        return None
    partial: list[Value] = []
    for row in rows:
        partial.append(interpret(node.result, Scope({"partial": partial.copy()}, row)))
    return partial


def _Quantified(node: nodes.Quantified, scope: Scope) -> Value:
    rows = _rows(node.iterators, scope)
    if rows is None:
        return None
    decisive = node.quantifier == "some"
    unknown = False
    for row in rows:
        verdict = interpret(node.condition, row)
        if verdict is decisive:
            return decisive
        if verdict is not None and not isinstance(verdict, bool):
            return None
        unknown = unknown or verdict is None
    return None if unknown else not decisive


def _Filter(node: nodes.Filter, scope: Scope) -> Value:
    items = access.as_list(interpret(node.value, scope))

    def verdict(item: Value) -> Value:
        return interpret(node.condition, Scope({}, scope, (item,)))

    condition = node.condition
    compares = isinstance(condition, nodes.Binary) and condition.operator in comparison.COMPARE
    if not compares and not isinstance(condition, _TRUTHS):
        first = verdict(items[0] if items else None)
        if isinstance(first, Decimal):
            return access.at(items, first)
    return access.select(items, verdict)


def _Path(node: nodes.Path, scope: Scope) -> Value:
    return access.path(interpret(node.value, scope), node.name)


def _Call(node: nodes.Call, scope: Scope) -> Value:
    return invocation.invoke(interpret(node.function, scope), [interpret(one, scope) for one in node.arguments])


def _NamedCall(node: nodes.NamedCall, scope: Scope) -> Value:
    names = [name for name, _ in node.arguments]
    if len(set(names)) < len(names):
        return None
    return invocation.invoke_named(
        interpret(node.function, scope), {name: interpret(one, scope) for name, one in node.arguments}
    )


def _Definition(node: nodes.Definition, scope: Scope) -> Value:
    names = [name for name, _ in node.parameters]
    return Function(
        tuple(itertools.starmap(Parameter, node.parameters)),
        lambda *values: interpret(node.body, Scope(dict(zip(names, values, strict=True)), scope)),
    )


def _InstanceOf(node: nodes.InstanceOf, scope: Scope) -> Value:
    return types.instance_of(interpret(node.value, scope), node.type)
