"""Compiled expressions: positional functions and the names they take, and how texts become them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from zaizao.dmn.item_types import ItemTypes
from zaizao.dmn.reasons import null
from zaizao.feel import FeelError, Function, Value, compile, compile_unary, scope
from zaizao.problems import Problem, Severity, Text

Call = Callable[..., Value]


@dataclass(frozen=True, slots=True)
class Code:
    """A compiled expression: ``call`` takes the values of ``names``, in that order.

    ``is_name`` when it is just that name, ``is_broken`` when its text did not compile and it only answers null,
    ``is_light`` when it runs no FEEL, so that nothing has to be set up for it.
    """

    names: tuple[str, ...]
    call: Call
    is_name: bool = False
    is_broken: bool = False
    is_light: bool = False


def constant(value: Value) -> Code:
    """Code that always answers ``value``."""
    return Code((), lambda: value, is_light=True)


def nothing(code: str, zh: str, en: str) -> Code:
    """Code that always answers null, and says why."""
    return Code((), lambda: null(code, zh, en))


class Scope:
    """What an expression may see: variable names, names of entries, types. ``where`` names the place in problems;
    ``functions`` are the names whose value is a function known beforehand, ``declared`` the types of names."""

    __slots__ = ("_feel", "declared", "functions", "members", "names", "problems", "types", "where")

    def __init__(
        self,
        names: Iterable[str],
        types: ItemTypes,
        where: str,
        problems: list[Problem] | None = None,
        members: Iterable[str] = (),
        functions: Mapping[str, Function] | None = None,
        declared: Mapping[str, str | None] | None = None,
    ) -> None:
        self.names = frozenset(names)
        self.types = types
        self.where = where
        self.problems: list[Problem] = [] if problems is None else problems
        self.members = frozenset(members)
        self.declared: Mapping[str, str | None] = declared or {}
        self.functions: Mapping[str, Function] = functions or {}
        self._feel = scope(self.names, members=self.members, types=types.feel)

    def inner(self, names: Iterable[str], where: str = "", declared: Mapping[str, str | None] | None = None) -> Scope:
        """A scope that also sees ``names``, which may hide functions."""
        hidden = frozenset(names)
        functions = {name: function for name, function in self.functions.items() if name not in hidden}
        types = {name: type_name for name, type_name in self.declared.items() if name not in hidden}
        types.update(declared or {})
        place = where or self.where
        return Scope(self.names | hidden, self.types, place, self.problems, self.members, functions, types)

    def expression(self, text: str) -> Code:
        """A FEEL expression; null where it does not parse, with the problem kept."""
        if text.strip() in self.names:
            return Code((text.strip(),), lambda value: value, is_name=True, is_light=True)
        try:
            made = compile(text, names=self._feel)
        except FeelError as error:
            return self.refused(error)
        names = self._used(text, made.names)
        return Code(names, made.function(names))

    def tests(self, text: str) -> Code:
        """FEEL unary tests; the tested value comes first, then ``names``."""
        try:
            made = compile_unary(text, names=self._feel)
        except FeelError as error:
            answer = self.refused(error).call
            return Code((), lambda _value: answer())
        names = self._used(text, made.names)
        return Code(names, made.function(names))

    def _used(self, text: str, free: frozenset[str]) -> tuple[str, ...]:
        """The names that a text takes from this scope; a name from nowhere is a warning.

        The free names of a text with a filter may be entries of the filtered items, so there nothing is said.
        """
        if not free <= self.names and "[" not in text:
            self.problems.extend(self._unknown(name) for name in sorted(free - self.names))
        return tuple(sorted(self.names & free))

    def _unknown(self, name: str) -> Problem:
        return Problem(
            self.where,
            Text(f"名称 {name} 没有定义，取值为空", f"the name {name} is not known here: its value is null"),
            Text("请添加需求关系或修正名称", "add a requirement or correct the name"),
            "dmn.name.unknown",
            Severity.WARNING,
        )

    def refused(self, error: FeelError) -> Code:
        """Null for what did not compile; keeps the problems, placed."""
        self.problems.extend(
            Problem(f"{self.where}: {problem.where}", problem.what, problem.remedy, problem.code, problem.severity)
            for problem in error.problems
        )
        answer = nothing("text", "表达式无法解析", "the expression does not parse").call
        return Code((), answer, is_broken=True)


def united(codes: Iterable[Code]) -> tuple[str, ...]:
    """All names that some codes take, sorted."""
    return tuple(sorted({name for code in codes for name in code.names}))
