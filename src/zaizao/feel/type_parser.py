"""Reading tokens, and type expressions (DMN 1.5, 10.3.1.2 rule 54 and 10.3.2.9)."""

from __future__ import annotations

from dataclasses import dataclass

from zaizao.problems import Problem, Text

from .errors import FeelError
from .scope import Names, longest_type
from .tokens import is_word
from .types import BUILT_IN_TYPES, ContextType, FeelType, FunctionType, ListType, RangeType


@dataclass(slots=True)
class TypeReader:
    """A place in a text, with what every grammar rule needs; and the rules of type expressions."""

    text: str
    pairs: list[tuple[str, str]]
    names: Names
    i: int = 0

    def accept(self, token: str) -> bool:
        """Step over ``token`` if it is next."""
        if self.pairs[self.i][1] == token:
            self.i += 1
            return True
        return False

    def expect(self, token: str) -> None:
        """Step over ``token``; a problem if something else is next."""
        if self.pairs[self.i][1] != token:
            raise self.unexpected(wanted=token)
        self.i += 1

    def joined(self, start: int, end: int) -> str:
        """The name that the tokens spell: gaps become one blank."""
        return "".join(
            (" " if gap and place else "") + token for place, (gap, token) in enumerate(self.pairs[start:end])
        )

    def place(self, at: int | None = None) -> int:
        """The offset in the text of the token ``at``, by default the next."""
        end = self.i if at is None else at
        return sum(len(gap) + len(token) for gap, token in self.pairs[:end]) + len(self.pairs[end][0])

    def unexpected(self, at: int | None = None, wanted: str = "") -> FeelError:
        """The problem that a token stands where it cannot."""
        token = self.pairs[self.i if at is None else at][1]
        found_zh, found_en = (
            (f"不应出现“{token[:40]}”", f"'{token[:40]}' cannot stand here")
            if token
            else (
                "表达式不完整",
                "the expression is not complete",
            )
        )
        if wanted:
            found_zh, found_en = f"{found_zh}，应为“{wanted}”", f"{found_en}; '{wanted}' was expected"
        return self.problem("syntax", found_zh, found_en, at)

    def problem(self, code: str, zh: str, en: str, at: int | None = None) -> FeelError:
        """A problem at a token."""
        shown = self.text if len(self.text) <= 60 else self.text[:57] + "..."
        return FeelError(
            Problem(
                f"FEEL “{shown}”, {self.place(at) + 1}",
                Text(zh, en),
                Text("按位置修改表达式", "correct the expression at that character"),
                f"feel.{code}",
            )
        )

    def type(self, depth: int = 0) -> FeelType:
        """A type expression."""
        if depth > 50:
            raise self.problem("deep", "类型嵌套过深", "the type is nested too deeply")
        word = self.pairs[self.i][1]
        generic = self.pairs[self.i + 1][1] == "<" if word else False
        if generic and word in ("list", "range"):
            self.i += 2
            element = self.type(depth + 1)
            self.expect(">")
            return ListType(element) if word == "list" else RangeType(element)
        if generic and word == "context":
            return self._context_type(depth)
        if generic and word == "function":
            return self._function_type(depth)
        return self._named_type()

    def _context_type(self, depth: int) -> ContextType:
        self.i += 2
        entries: list[tuple[str, FeelType]] = []
        while not self.accept(">"):
            if entries:
                self.expect(",")
            start = self.i
            while self.pairs[self.i][1] not in (":", ""):
                self.i += 1
            name = self.joined(start, self.i)
            self.expect(":")
            entries.append((name, self.type(depth + 1)))
        return ContextType(tuple(entries))

    def _function_type(self, depth: int) -> FunctionType:
        self.i += 2
        parameters: list[FeelType] = []
        while not self.accept(">"):
            if parameters:
                self.expect(",")
            parameters.append(self.type(depth + 1))
        self.expect("->")
        return FunctionType(tuple(parameters), self.type(depth + 1))

    def _named_type(self) -> FeelType:
        start = self.i
        known = longest_type(self.pairs, start)
        if known:
            self.i += known
            return BUILT_IN_TYPES[self.joined(start, self.i)]
        for name in sorted(self.names.types, key=len, reverse=True):
            end = self._spelled(name)
            if end:
                self.i = end
                return self.names.types[name]
        if not is_word(self.pairs[start][1]):
            raise self.unexpected()
        self.i += 1
        while self.pairs[self.i][1] == "." and is_word(self.pairs[self.i + 1][1]):
            self.i += 2
        name = self.joined(start, self.i)
        found = BUILT_IN_TYPES.get(name)
        if found is None:
            raise self.problem("unknown-type", f"未知类型“{name}”", f"the type '{name}' is not known", start)
        return found

    def _spelled(self, name: str) -> int:
        """The place after ``name`` if it starts here, else 0."""
        end = self.i + 1
        while end < len(self.pairs) and len(self.joined(self.i, end)) < len(name):
            end += 1
        return end if self.joined(self.i, end) == name else 0
