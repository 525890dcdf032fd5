"""Expressions and unary tests, compiled when they are first needed (DMN 1.5, 10.3).

The rule: compiling checks the syntax at once and makes code at the first use; evaluation never raises. What goes
wrong inside gives null, and a reason to whoever asked for reasons.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import Final

from zaizao.problems import Problem

from . import comparison
from .compiler import Compiler
from .nodes import Anything, Bound, Call, Interval, Literal, Node, Tests
from .parser import parse, parse_tests, parse_type
from .scope import Names
from .session import STEPS, evaluation
from .types import FeelType
from .values import DateTime, Range, Value

Clock = Callable[[], DateTime]

_EMPTY: Final[Mapping[str, Value]] = {}


class _Compiled:
    """What expressions and unary tests share: the tree, and code made once on demand."""

    def __init__(self, text: str, tree: Node, names: Names) -> None:
        self.text = text
        self.tree = tree
        self._names = names

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.text!r})"

    @cached_property
    def _run(self) -> Callable[[Mapping[str, Value]], Value]:
        return Compiler(self._names.declared).from_context(self.tree)

    @cached_property
    def names(self) -> frozenset[str]:
        """The free names: what the expression asks its context for. In a filter, entries of its items too."""
        compiler = Compiler(self._names.declared)
        compiler.code(self.tree)
        return frozenset(compiler.variables) - compiler.defaults.keys() - {"?"}

    def _constant(self, node: Node) -> tuple[Value] | None:
        return (node.value,) if isinstance(node, Literal) else Compiler(self._names.declared).constant(node)

    def _positional(self, names: Sequence[str]) -> Callable[..., Value]:
        return Compiler(self._names.declared).positional(self.tree, names)


class Expression(_Compiled):
    """A FEEL expression, ready to be evaluated any number of times, by any number of threads."""

    @cached_property
    def constant(self) -> tuple[Value] | None:
        """The value in a tuple, if the expression is a literal or a call of a built-in on literals; else None."""
        return self._constant(self.tree)

    def evaluate(
        self,
        context: Mapping[str, Value] = _EMPTY,
        *,
        clock: Clock | None = None,
        reasons: list[Problem] | None = None,
        steps: int | None = None,
    ) -> Value:
        """The value in a context. Never raises: what has no value is null, and ``reasons`` tells why.

        ``clock`` answers ``now()`` and ``today()``; ``steps`` bounds loops and calls.
        """
        if clock is None and reasons is None and steps is None:
            return self._run(context)
        with evaluation(clock=clock, reasons=reasons, steps=STEPS if steps is None else steps):
            return self._run(context)

    def function(self, names: Sequence[str]) -> Callable[..., Value]:
        """The same as a Python function of the values of ``names``, in that order: the fastest way to evaluate.

        Free names that are not among them are null.
        """
        return self._positional(names)


class UnaryTests(_Compiled):
    """Unary tests: the cell of a decision table or the allowed values of a type."""

    @cached_property
    def constants(self) -> tuple[Value, ...] | None:
        """What is tested for, when only constants are: values and ``Range`` objects, any of which may match. None if
        something must be evaluated, and for the dash. ``negated`` tells whether the match counts as a miss."""
        if not isinstance(self.tree, Tests):
            return None
        found: list[Value] = []
        for test in self.tree.tests:
            known = self._known(test)
            if known is None:
                return None
            found.append(known[0])
        return tuple(found)

    def _known(self, test: Node) -> tuple[Value] | None:
        if isinstance(test, Bound):
            bound = self._constant(test.value)
            return None if bound is None else (comparison.comparison_range(test.operator, bound[0]),)
        if isinstance(test, Interval):
            start, end = self._constant(test.start), self._constant(test.end)
            if start is None or end is None:
                return None
            found = comparison.interval(start[0], end[0], test.start_included, test.end_included)
            return None if found is None else (found,)
        return self._constant(test)

    @property
    def negated(self) -> bool:
        """Whether the tests stand in ``not(…)``."""
        return isinstance(self.tree, Tests) and self.tree.negated

    @property
    def anything(self) -> bool:
        """Whether this is the dash, which everything satisfies."""
        return isinstance(self.tree, Anything)

    def matches(self, input: Value, context: Mapping[str, Value] = _EMPTY) -> bool | None:
        """Whether the input satisfies the tests; null when that cannot be told. Never raises."""
        found = self._run({**context, "?": input})
        return found if isinstance(found, bool) else None

    def function(self, names: Sequence[str] = ()) -> Callable[..., Value]:
        """The same as a Python function of the input and the values of ``names``."""
        return self._positional(["?", *names])


@lru_cache(maxsize=256)
def _scope(names: frozenset[str]) -> Names:
    return Names.of(names)


def scope(
    names: Collection[str] = (), *, members: Collection[str] = (), types: Mapping[str, FeelType] | None = None
) -> Names:
    """What a text may refer to, made once for many texts: variables, entries that types do not tell, named types."""
    return Names.of(names, members, types)


def _names(names: Collection[str] | Names) -> Names:
    return names if isinstance(names, Names) else _scope(frozenset(names))


def compile(text: str, *, names: Collection[str] | Names = ()) -> Expression:
    """A FEEL expression. ``names`` are the variables in scope: they let names hold blanks and signs, and they hide
    built-in functions. Raises ``FeelError`` with the place if the text is no expression."""
    scope = _names(names)
    return Expression(text, parse(text, scope), scope)


def compile_unary(text: str, *, names: Collection[str] | Names = ()) -> UnaryTests:
    """Unary tests, as they stand in an input cell. Raises ``FeelError`` with the place if the text is none."""
    scope = _names(names)
    return UnaryTests(text, parse_tests(text, scope), scope)


def read_type(text: str, *, types: Mapping[str, FeelType] | None = None) -> FeelType:
    """The type that a text such as ``list<number>`` spells. Raises ``FeelError``."""
    return parse_type(text, Names.of((), (), types))


def constant_range(text: str) -> Range | None:
    """The range that a text spells with literal ends; None if it spells none."""
    from .errors import FeelError

    try:
        tree = parse(text, _scope(frozenset()))
    except FeelError:
        return None
    if not isinstance(tree, Interval):
        return None
    if not all(isinstance(end, Literal) or _constructor(end) for end in (tree.start, tree.end)):
        return None
    compiler = Compiler()
    start, end = compiler.constant(tree.start), compiler.constant(tree.end)
    if start is None or end is None:
        return None
    return comparison.interval(start[0], end[0], tree.start_included, tree.end_included)


def _constructor(node: Node) -> bool:
    """Whether the node is a built-in applied to literals, as a date literal is."""
    return isinstance(node, Call) and all(isinstance(argument, Literal) for argument in node.arguments)
