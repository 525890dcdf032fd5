"""Checks before anything runs: does a text parse, does it know its names.

The rule: a check returns problems, it never raises.
"""

from __future__ import annotations

from collections.abc import Collection

from zaizao.problems import Problem, Severity, Text

from .errors import FeelError
from .expression import Expression, UnaryTests, compile, compile_unary
from .scope import Names


def check(text: str, *, names: Collection[str] | Names | None = None) -> list[Problem]:
    """The problems of an expression. With ``names`` given, free names that are not among them are problems too."""
    try:
        compiled = compile(text, names=names if names is not None else ())
        return [] if names is None else _unknown(compiled, names)
    except FeelError as error:
        return list(error.problems)


def check_unary(text: str, *, names: Collection[str] | Names | None = None) -> list[Problem]:
    """The problems of unary tests."""
    try:
        compiled = compile_unary(text, names=names if names is not None else ())
        return [] if names is None else _unknown(compiled, names)
    except FeelError as error:
        return list(error.problems)


def _unknown(compiled: Expression | UnaryTests, names: Collection[str] | Names) -> list[Problem]:
    known = names.declared if isinstance(names, Names) else frozenset(names)
    return [
        Problem(
            f"FEEL “{compiled.text[:60]}”",
            Text(f"未知名称“{name}”", f"the name '{name}' is not known here"),
            Text("改正名称，或在作用域中声明它", "correct the name, or declare it in scope"),
            "feel.unknown-name",
            Severity.WARNING,
        )
        for name in sorted(compiled.names - known)
    ]
