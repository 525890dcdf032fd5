"""Checks before anything runs: does a text parse, does it know its names, is any part of it null whatever comes in.

The rule: a check returns problems, it never raises. What does not parse is an error; what parses and can only be null,
or names something unknown, is a warning, for it evaluates.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from decimal import Decimal

from zaizao.problems import Problem, Severity, Text

from . import iso, patterns
from .errors import FeelError
from .expression import Expression, UnaryTests, compile, compile_unary
from .functions import BUILT_INS
from .nodes import Binary, Call, ContextOf, Literal, Name, NamedCall, Node, walk
from .scope import Names
from .tokens import text_of, tokens

_PATTERNED = ("matches", "replace", "split")


def check(text: str, *, names: Collection[str] | Names | None = None) -> list[Problem]:
    """The problems of an expression. With ``names`` given, free names that are not among them are problems too."""
    return _checked(text, names, lambda scope: compile(text, names=scope))


def check_unary(text: str, *, names: Collection[str] | Names | None = None) -> list[Problem]:
    """The problems of unary tests."""
    return _checked(text, names, lambda scope: compile_unary(text, names=scope))


def _checked(
    text: str,
    names: Collection[str] | Names | None,
    read: Callable[[Collection[str] | Names], Expression | UnaryTests],
) -> list[Problem]:
    try:
        compiled = read(names if names is not None else ())
    except FeelError as error:
        return list(error.problems)
    declared = names.declared if isinstance(names, Names) else frozenset(names or ())
    nodes = walk(compiled.tree)
    found = [*_literals(text), *_nulls(text, nodes, declared)]
    return found if names is None else [*_unknown(text, nodes, compiled.names - declared), *found]


def _warning(text: str, at: int | None, code: str, zh: str, en: str, remedy_zh: str, remedy: str) -> Problem:
    shown = text if len(text) <= 60 else text[:57] + "..."
    place = "" if at is None else f", {_place(text, at)}"
    what, help = Text(zh, en), Text(remedy_zh, remedy)
    return Problem(f"FEEL “{shown}”{place}", what, help, f"feel.{code}", Severity.WARNING)


def _place(text: str, at: int) -> int:
    """The character, from 1, at which a token stands."""
    pairs = tokens(text)[: at + 1]
    return sum(len(gap) + len(token) for gap, token in pairs) - len(pairs[-1][1]) + 1


def _unknown(text: str, nodes: list[Node], names: Collection[str]) -> Iterator[Problem]:
    """Names that nothing in scope bears; each once, where it first stands."""
    places = {node.name: node.at for node in reversed(nodes) if isinstance(node, Name)}
    for name in sorted(names, key=lambda one: places.get(one, 0)):
        yield _warning(
            text,
            places.get(name),
            "unknown-name",
            f"未知名称“{name}”",
            f"the name '{name}' is not known here",
            "改正名称，或在作用域中声明它",
            "correct the name, or declare it in scope",
        )


def _literals(text: str) -> Iterator[Problem]:
    """``@"…"`` that is no date, time or duration."""
    pairs = tokens(text)
    for at, (_, sign) in enumerate(pairs[:-1]):
        following = pairs[at + 1][1]
        if sign == "@" and following[:1] == '"' and iso.parse_literal(text_of(following)) is None:
            yield _warning(
                text,
                at,
                "temporal-literal",
                f"@{following} 不是日期、时间或时长",
                f"@{following} is no date, time or duration",
                "按 ISO 8601 书写",
                "write it as ISO 8601 has it",
            )


def _nulls(text: str, nodes: list[Node], declared: Collection[str]) -> Iterator[Problem]:
    """Parts that are null whatever comes in."""
    for node in nodes:
        if isinstance(node, Binary):
            yield from _operands(text, node)
        elif isinstance(node, Call | NamedCall) and isinstance(node.function, Name):
            name = node.function.name
            if name in BUILT_INS and name not in declared:
                yield from _arguments(text, node, name)
        elif isinstance(node, ContextOf) and len({key for key, _ in node.entries}) < len(node.entries):
            yield _warning(
                text,
                None,
                "duplicate-key",
                "上下文的键重复，结果恒为空",
                "a key occurs twice in a context, so it is always null",
                "删除或改名其一",
                "rename or remove one of them",
            )


def _operands(text: str, node: Binary) -> Iterator[Problem]:
    if not (isinstance(node.left, Literal) and isinstance(node.right, Literal)):
        return
    if Expression(text, node, Names.of()).evaluate() is None:
        yield _warning(
            text,
            None,
            "always-null",
            f"“{node.operator}”两侧的常量没有结果，恒为空",
            f"the constants on both sides of '{node.operator}' have no result, so it is always null",
            "使两侧类型一致",
            "use operands of kinds that go together",
        )


def _arguments(text: str, node: Call | NamedCall, name: str) -> Iterator[Problem]:
    overloads = BUILT_INS[name].overloads
    if isinstance(node, Call):
        fits = any(overload.fits(len(node.arguments)) for overload in overloads)
    else:
        given = {key for key, _ in node.arguments}
        fits = any(given <= {taken.name for taken in overload.taken} for overload in overloads)
    signatures = " | ".join(overload.signature for overload in overloads)
    if not fits:
        yield _warning(
            text,
            node.at,
            "arguments",
            f"函数 {name} 不接受这些参数，结果恒为空",
            f"the function {name} does not take these arguments, so it is always null",
            f"按 {signatures} 调用",
            f"call it as {signatures}",
        )
    elif isinstance(node, Call):
        yield from _constant_arguments(text, node, name)


def _constant_arguments(text: str, node: Call, name: str) -> Iterator[Problem]:
    values = [argument.value for argument in node.arguments if isinstance(argument, Literal)]
    whole = len(values) == len(node.arguments) and BUILT_INS[name].constant and None not in values
    pattern = values[0] if len(values) == 1 and name in _PATTERNED else None
    bad = isinstance(pattern, str) and node.arguments[1] == Literal(pattern) and not patterns.valid(pattern)
    if bad or (whole and values and _plain(values) and Expression(text, node, Names.of()).evaluate() is None):
        yield _warning(
            text,
            node.at,
            "always-null",
            f"函数 {name} 对这些常量没有结果，恒为空",
            f"the function {name} has no result for these constants, so it is always null",
            "改正常量",
            "correct the constants",
        )


def _plain(values: list[object]) -> bool:
    return all(isinstance(value, str | Decimal | bool) for value in values)
