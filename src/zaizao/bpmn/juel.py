"""Expressions of other engines (``${amount > 5}``, the Unified Expression Language) as FEEL.

Rule kept: what is translated means the same; what has no counterpart is refused, never guessed. Indexes count from 0
there and from 1 in FEEL. Standard: Jakarta Expression Language 5.0 section 1; DMN 1.5 section 10.3 (FEEL).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from zaizao.bpmn.xml import literal

_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<text>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")"
    r"|(?P<name>[A-Za-z_\u4e00-\u9fff][\w\u4e00-\u9fff]*)|(?P<sign>==|!=|<=|>=|&&|\|\||[-+*/%<>!?:().,\[\]]))"
)
_WORDS = {"eq": "==", "ne": "!=", "lt": "<", "gt": ">", "le": "<=", "ge": ">=", "and": "&&", "or": "||"}
_WORDS |= {"not": "!", "div": "/", "mod": "%"}
_COMPARE = {"==": "=", "!=": "!=", "<": "<", ">": ">", "<=": "<=", ">=": ">="}
_RENAMED = {
    "nrOfInstances": "numberOfInstances",
    "nrOfActiveInstances": "numberOfActiveInstances",
    "nrOfCompletedInstances": "numberOfCompletedInstances",
}
_ENGINE_OBJECTS = frozenset({"execution", "task", "connector", "authenticatedUserId", "variableScope"})
_METHODS: Mapping[tuple[str, int], Callable[..., str]] = {
    ("equals", 1): lambda it, other: f"{it} = {other}",
    ("size", 0): lambda it: f"count({it})",
    ("length", 0): lambda it: f"string length({it})",
    ("isEmpty", 0): lambda it: _empty(it),
    ("toString", 0): lambda it: f"string({it})",
    ("startsWith", 1): lambda it, other: f"starts with({it}, {other})",
    ("endsWith", 1): lambda it, other: f"ends with({it}, {other})",
    ("toLowerCase", 0): lambda it: f"lower case({it})",
    ("toUpperCase", 0): lambda it: f"upper case({it})",
    ("intValue", 0): lambda it: it,
    ("doubleValue", 0): lambda it: it,
}
_DEPTH = 60


class Untranslatable(ValueError):
    """An expression that has no FEEL counterpart here; its text says which part."""


def is_juel(text: str) -> bool:
    """Whether the text holds an expression of the other language."""
    return "${" in text or "#{" in text


def to_feel(text: str) -> str:
    """The text as FEEL: one expression, or words and expressions joined; raises ``Untranslatable``."""
    parts: list[str] = []
    rest = text.strip()
    while rest:
        start = re.search(r"[$#]\{", rest)
        if start is None:
            parts.append(literal(rest))
            break
        if start.start():
            parts.append(literal(rest[: start.start()]))
        end = _closing(rest, start.end())
        translated = _Parser(rest[start.end() : end]).whole()
        rest = rest[end + 1 :]
        if not parts and not rest:
            return translated
        parts.append(f"string({translated})")
    return " + ".join(parts) if parts else '""'


def _closing(text: str, start: int) -> int:
    """Where the brace closes, texts in quotes skipped."""
    quote = ""
    for position in range(start, len(text)):
        character = text[position]
        if quote:
            quote = "" if character == quote and text[position - 1] != "\\" else quote
        elif character in "'\"":
            quote = character
        elif character == "}":
            return position
    raise Untranslatable(text)


def _empty(it: str) -> str:
    return f'({it} = null or {it} = "" or {it} = [])'


class _Parser:
    """Recursive descent over one expression; every method returns FEEL text."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text.rstrip()):
            found = _TOKEN.match(text, position)
            if found is None:
                raise Untranslatable(text)
            kind = found.lastgroup or ""
            value = found[kind]
            self.tokens.append(("sign", _WORDS[value]) if value in _WORDS and kind == "name" else (kind, value))
            position = found.end()
        self.at = 0
        self.depth = 0

    def whole(self) -> str:
        """The expression, all of it."""
        result = self.choice()
        if self.at < len(self.tokens):
            raise Untranslatable(self.text)
        return result

    def choice(self) -> str:
        """``a ? b : c``."""
        self.depth += 1
        if self.depth > _DEPTH:
            raise Untranslatable(self.text)
        condition = self.either()
        if self.take("?"):
            one = self.choice()
            self.need(":")
            condition = f"if {condition} then {one} else {self.choice()}"
        self.depth -= 1
        return condition

    def either(self) -> str:
        """``a || b``."""
        result = self.both()
        while self.take("||"):
            result = f"{result} or {self.both()}"
        return result

    def both(self) -> str:
        """``a && b``."""
        result = self.compared()
        while self.take("&&"):
            result = f"{result} and {self.compared()}"
        return result

    def compared(self) -> str:
        """``a == b`` and its kin."""
        result = self.sum()
        while (sign := self.peek()) in _COMPARE:
            self.at += 1
            result = f"{result} {_COMPARE[sign]} {self.sum()}"
        return result

    def sum(self) -> str:
        """``a + b``, ``a - b``."""
        result = self.product()
        while (sign := self.peek()) in ("+", "-"):
            self.at += 1
            result = f"{result} {sign} {self.product()}"
        return result

    def product(self) -> str:
        """``a * b``, ``a / b``, ``a % b``."""
        result = self.signed()
        while (sign := self.peek()) in ("*", "/", "%"):
            self.at += 1
            other = self.signed()
            result = f"modulo({result}, {other})" if sign == "%" else f"{result} {sign} {other}"
        return result

    def signed(self) -> str:
        """``!a``, ``-a``, ``empty a``."""
        if self.take("!"):
            return f"not({self.signed()})"
        if self.take("-"):
            return f"-{self.signed()}"
        if self.tokens[self.at : self.at + 1] == [("name", "empty")]:
            self.at += 1
            return _empty(self.signed())
        return self.reached()

    def reached(self) -> str:
        """A value with members, indexes and calls after it."""
        result = self.value()
        while True:
            if self.take("."):
                kind, name = self.next()
                if kind != "name":
                    raise Untranslatable(self.text)
                if self.take("("):
                    result = self.called(result, name)
                elif result in _ENGINE_OBJECTS:
                    raise Untranslatable(f"{result}.{name}")
                else:
                    result = f"{result}.{name}"
            elif self.take("["):
                kind, index = self.next()
                self.need("]")
                if kind == "number" and "." not in index:
                    result = f"{result}[{int(index) + 1}]"
                elif kind == "text":
                    result = f"get value({result}, {_text(index)})"
                else:
                    raise Untranslatable(self.text)
            else:
                return result

    def called(self, owner: str, method: str) -> str:
        """A call of a known method; engine objects only give variables."""
        arguments = []
        while not self.take(")"):
            arguments.append(self.choice())
            if self.peek() != ")":
                self.need(",")
        if owner == "execution" and method in ("getVariable", "getVariableLocal") and len(arguments) == 1:
            named = arguments[0].strip('"')
            if named.isidentifier():
                return named
        translate = _METHODS.get((method, len(arguments)))
        if translate is None or owner in _ENGINE_OBJECTS:
            raise Untranslatable(f"{owner}.{method}(…)")
        return translate(owner, *arguments)

    def value(self) -> str:
        """A number, a text, a name, or something in brackets."""
        kind, value = self.next()
        if kind == "number":
            return value
        if kind == "text":
            return _text(value)
        if kind == "name":
            if self.peek() == "(":
                if value == "now" and self.tokens[self.at + 1 : self.at + 2] == [("sign", ")")]:
                    self.at += 2
                    return "now()"
                raise Untranslatable(f"{value}(…)")
            if value in _ENGINE_OBJECTS and not (value == "execution" and self.peek() == "."):
                raise Untranslatable(value)
            return _RENAMED.get(value, value)
        if value == "(":
            inner = self.choice()
            self.need(")")
            return f"({inner})"
        raise Untranslatable(self.text)

    def peek(self) -> str:
        """The next sign, or an empty text."""
        kind, value = self.tokens[self.at] if self.at < len(self.tokens) else ("", "")
        return value if kind == "sign" else ""

    def next(self) -> tuple[str, str]:
        """The next token, taken."""
        if self.at >= len(self.tokens):
            raise Untranslatable(self.text)
        self.at += 1
        return self.tokens[self.at - 1]

    def take(self, sign: str) -> bool:
        """Take this sign if it comes next."""
        if self.peek() != sign:
            return False
        self.at += 1
        return True

    def need(self, sign: str) -> None:
        """This sign must come next."""
        if not self.take(sign):
            raise Untranslatable(self.text)


def _text(quoted: str) -> str:
    return literal(re.sub(r"\\(.)", r"\1", quoted[1:-1]))
