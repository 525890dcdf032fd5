"""Syntax trees back to FEEL text. The rule: what is written parses to the same tree (``parse ∘ write`` is identity)."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any, Final

from . import decimal128, iso
from .nodes import (
    Anything,
    Between,
    Binary,
    Bound,
    Call,
    ContextOf,
    Definition,
    Filter,
    For,
    If,
    In,
    InstanceOf,
    Interval,
    Iterator,
    ListOf,
    Literal,
    Logic,
    Name,
    NamedCall,
    Negation,
    Node,
    Path,
    Quantified,
    Tests,
)
from .tokens import quoted
from .types import FeelType, spell
from .values import Date, DateTime, DaysTime, Time, Value, YearsMonths

#: How tightly a node holds together; a part that holds less tightly is put in parentheses.
_LOOSE: Final = 0
_LEVELS: Final = {"or": 1, "and": 2, "+": 4, "-": 4, "*": 5, "/": 5, "**": 6}
_COMPARED: Final = 3
_INSTANCE: Final = 7
_SIGNED: Final = 8
_TIGHT: Final = 9


def write(node: Node) -> str:
    """The text of an expression or of unary tests."""
    return _WRITERS[type(node)](node)


def _level(node: Node) -> int:
    if isinstance(node, Binary):
        return _LEVELS.get(node.operator, _COMPARED)
    if isinstance(node, Logic):
        return _LEVELS[node.operator]
    if isinstance(node, Between | In):
        return _COMPARED
    if isinstance(node, InstanceOf):
        return _INSTANCE
    if isinstance(node, Negation) or (isinstance(node, Literal) and isinstance(node.value, Decimal) and node.value < 0):
        return _SIGNED
    return _LOOSE if isinstance(node, If | For | Quantified | Definition) else _TIGHT


def _part(node: Node, level: int) -> str:
    text = write(node)
    return text if _level(node) >= level else f"({text})"


def _literal(node: Literal) -> str:
    return _VALUES[type(node.value)](node.value)


def _number(value: Decimal) -> str:
    exponent = value.as_tuple().exponent
    plain = isinstance(exponent, int) and -40 < exponent <= 0
    return decimal128.text(value) if plain else str(value)


def _at(spelled: Callable[[Any], str]) -> Callable[[Value], str]:
    return lambda value: f'@"{spelled(value)}"'


_VALUES: Final[dict[type, Callable[[Any], str]]] = {
    type(None): lambda _: "null",
    bool: lambda value: "true" if value else "false",
    Decimal: _number,
    str: quoted,
    Date: _at(iso.date_text),
    Time: _at(iso.time_text),
    DateTime: _at(iso.date_time_text),
    DaysTime: _at(iso.days_time_text),
    YearsMonths: _at(iso.years_months_text),
}


def _negation(node: Negation) -> str:
    # A number after the sign would be read as one literal, another sign would look like a typing error.
    bare = isinstance(node.operand, Literal | Negation)
    return f"-({write(node.operand)})" if bare else f"-{_part(node.operand, _TIGHT)}"


def _binary(node: Binary) -> str:
    """Operators in a row lean left and may be many: written without recursion on the left."""
    chain: list[Binary] = []
    left: Node = node
    while isinstance(left, Binary) and (not chain or _level(left) >= _level(chain[-1])):
        chain.append(left)
        left = left.left
    text = _part(left, _level(chain[-1]))
    for one in reversed(chain):
        text = f"{text} {one.operator} {_part(one.right, _level(one) + 1)}"
    return text


def _logic(node: Logic) -> str:
    return f" {node.operator} ".join(_part(operand, _LEVELS[node.operator] + 1) for operand in node.operands)


def _between(node: Between) -> str:
    value, low, high = _part(node.value, _COMPARED), _part(node.low, 4), _part(node.high, 4)
    return f"{value} between {low} and {high}"


def _in(node: In) -> str:
    tests = [_test(test) for test in node.tests]
    many = len(tests) > 1 or isinstance(node.tests[0], Bound)
    return f"{_part(node.value, _COMPARED)} in " + (f"({', '.join(tests)})" if many else _part(node.tests[0], 4))


def _test(node: Node) -> str:
    return f"{node.operator} {write(node.value)}" if isinstance(node, Bound) else write(node)


def _iterators(iterators: tuple[Iterator, ...]) -> str:
    return ", ".join(
        f"{one.name} in {write(one.domain)}" + ("" if one.end is None else f"..{write(one.end)}") for one in iterators
    )


def _interval(node: Interval) -> str:
    opening, closing = "[" if node.start_included else "(", "]" if node.end_included else ")"
    # A bracket inside the end point would look like the end of the interval.
    end = write(node.end) if isinstance(node.end, Literal | Name) else f"({write(node.end)})"
    return f"{opening}{write(node.start)}..{end}{closing}"


def _declared(name: str, type: FeelType | None) -> str:
    return name if type is None else f"{name}: {spell(type)}"


def _definition(node: Definition) -> str:
    parameters = ", ".join(_declared(name, type) for name, type in node.parameters)
    return f"function({parameters}) {'external ' if node.external else ''}{write(node.body)}"


def _tests(node: Tests) -> str:
    tests = ", ".join(_test(test) for test in node.tests)
    return f"not({tests})" if node.negated else tests


_WRITERS: Final[dict[type, Callable[[Any], str]]] = {
    Literal: _literal,
    Name: lambda node: node.name,
    ListOf: lambda node: f"[{', '.join(map(write, node.items))}]",
    ContextOf: lambda node: f"{{{', '.join(f'{quoted(key)}: {write(entry)}' for key, entry in node.entries)}}}",
    Interval: _interval,
    Bound: lambda node: f"({node.operator} {write(node.value)})",
    Negation: _negation,
    Binary: _binary,
    Logic: _logic,
    Between: _between,
    In: _in,
    If: lambda node: f"if {write(node.condition)} then {write(node.yes)} else {write(node.no)}",
    For: lambda node: f"for {_iterators(node.iterators)} return {write(node.result)}",
    Quantified: lambda n: f"{n.quantifier} {_iterators(n.iterators)} satisfies {write(n.condition)}",
    Filter: lambda node: f"{_part(node.value, _TIGHT)}[{write(node.condition)}]",
    Path: lambda node: f"{_part(node.value, _TIGHT)}.{node.name}",
    Call: lambda node: f"{_part(node.function, _TIGHT)}({', '.join(map(write, node.arguments))})",
    NamedCall: lambda node: (
        f"{_part(node.function, _TIGHT)}({', '.join(f'{name}: {write(value)}' for name, value in node.arguments)})"
    ),
    Definition: _definition,
    InstanceOf: lambda node: f"{_part(node.value, _INSTANCE)} instance of {spell(node.type)}",
    Anything: lambda _: "-",
    Tests: _tests,
}
