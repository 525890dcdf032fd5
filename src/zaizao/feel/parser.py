"""FEEL text to a syntax tree: recursive descent with operator precedence (DMN 1.5, 10.3.1.2).

The rule: names are matched longest first against what is in scope, so ``Pre-bureau risk category`` is one name where
it is known and a subtraction where it is not. Words that follow each other without an operator are one name, known or
not: nothing else could be meant. A minus sign binds tighter than ``**``.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Final, TypeVar

from zaizao.problems import Problem, Text

from . import iso
from .decimal128 import number
from .errors import FeelError
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
from .scope import Names
from .tokens import NAME_SIGNS, is_word, text_of, tokens
from .type_parser import TypeReader
from .types import FeelType

LONGEST: Final = 1_000_000
DEEPEST: Final = 100
MOST_OPERATORS: Final = 500

_Read = TypeVar("_Read")

_POWER: Final = {
    "or": 1,
    "and": 2,
    "=": 3,
    "!=": 3,
    "<": 3,
    "<=": 3,
    ">": 3,
    ">=": 3,
    "between": 3,
    "in": 3,
    "+": 4,
    "-": 4,
    "*": 5,
    "/": 5,
    "**": 6,
    "instance": 7,
}
_COMPARISONS: Final = frozenset({"=", "!=", "<", "<=", ">", ">="})
_BOUNDS: Final = _COMPARISONS
_CONSTANTS: Final = {"true": True, "false": False, "null": None}
#: Words that end an operand: they cannot follow inside an unknown name.
_STOPS: Final = frozenset(
    {"or", "and", "between", "in", "instance", "then", "else", "return", "satisfies", "of", "external"}
)
_STARTS: Final = frozenset({"if", "for", "some", "every", "function"})


@dataclass(slots=True)
class Parser(TypeReader):
    """One parse of one text. ``pairs`` are its tokens, ``i`` the next one."""

    depth: int = 0
    ends: int = 0

    def expression(self) -> Node:
        """A whole expression."""
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.problem("deep", f"嵌套超过 {DEEPEST} 层", f"it is nested more than {DEEPEST} deep")
        node = self.operators(self.operand(), 0)
        self.depth -= 1
        return node

    def operators(self, left: Node, floor: int) -> Node:
        """What follows ``left`` with operators that bind tighter than ``floor``."""
        count = 0
        while True:
            operator = self.pairs[self.i][1]
            power = _POWER.get(operator)
            if power is None or power <= floor:
                return left
            count += 1
            if count > MOST_OPERATORS:
                raise self.problem("long", f"运算符超过 {MOST_OPERATORS} 个", f"more than {MOST_OPERATORS} operators")
            self.i += 1
            if power <= 2:
                left = self._logic(operator, power, left)
            elif operator == "between":
                low = self._tighter(3)
                self.expect("and")
                left = Between(left, low, self._tighter(3))
            elif operator == "in":
                left = In(left, self._in_tests())
            elif operator == "instance":
                self.expect("of")
                left = InstanceOf(left, self.type())
            else:
                left = Binary(operator, left, self._tighter(power))

    def _tighter(self, floor: int) -> Node:
        operand = self.operand()
        power = _POWER.get(self.pairs[self.i][1])
        return operand if power is None or power <= floor else self.operators(operand, floor)

    def _logic(self, operator: str, power: int, left: Node) -> Node:
        operands = [left, self._tighter(power)]
        while self.pairs[self.i][1] == operator:
            self.i += 1
            operands.append(self._tighter(power))
        return Logic(operator, tuple(operands))

    def operand(self) -> Node:
        """A signed operand with its paths, filters and calls."""
        piece = self.pairs[self.i][1]
        if piece == "-":
            return self._negation()
        node = self._primary(piece)
        following = self.pairs[self.i][1]
        if following == "." or following == "[" or following == "(":  # noqa: PLR1714  (hot: no tuple, no hash)
            return self._postfix(node)
        return node

    def _negation(self) -> Node:
        self.i += 1
        self.depth += 1
        if self.depth > DEEPEST:
            raise self.problem("deep", f"嵌套超过 {DEEPEST} 层", f"it is nested more than {DEEPEST} deep")
        digits = self.pairs[self.i][1][:1]
        plain = digits.isdigit() or digits == "."
        node = self.operand()
        self.depth -= 1
        if plain and isinstance(node, Literal):
            return Literal(-node.value if node.value else node.value)
        return Negation(node)

    def _primary(self, piece: str) -> Node:
        first = piece[:1]
        if first.isdigit() or (first == "." and len(piece) > 1 and piece != ".."):
            self.i += 1
            return Literal(self._number(piece))
        if first == '"' and len(piece) > 1:
            self.i += 1
            return Literal(text_of(piece))
        if is_word(piece) or piece == "?":
            return self._word(piece)
        opening = _OPENINGS.get(piece)
        if opening is None:
            raise self.unexpected()
        return opening(self)

    def _number(self, piece: str) -> object:
        value = number(piece)
        if value is None:
            raise self.problem("number", f"数字“{piece}”超出范围", f"the number {piece} is out of range", self.i - 1)
        return value

    def _word(self, piece: str) -> Node:
        at = self.i
        known = self.names.longest(self.pairs, at)
        if known == 0:
            if piece in _CONSTANTS:
                self.i += 1
                return Literal(_CONSTANTS[piece])
            if piece in _STARTS:
                return _KEYWORDS[piece](self)
            elif piece in _STOPS:
                raise self.unexpected()
            known = 1
        return Name(self._name(known), at)

    def _name(self, known: int) -> str:
        """The name that starts here with ``known`` tokens, and the words that follow it without an operator."""
        end = self.i + known
        pairs = self.pairs
        while (word := pairs[end][1]) not in _POWER and word not in _STOPS and is_word(word) and pairs[end][0]:
            end += 1
        name = pairs[self.i][1] if end == self.i + 1 else self.joined(self.i, end)
        self.i = end
        return name

    def _postfix(self, node: Node) -> Node:
        count = 0
        while True:
            at, piece = self.i, self.pairs[self.i][1]
            if piece == ".":
                self.i += 1
                known = self.names.longest_member(self.pairs, self.i)
                if not known and not is_word(self.pairs[self.i][1]):
                    raise self.unexpected()
                node = Path(node, self._name(known or 1), at)
            elif piece == "[" and not (self.ends and self._closes()):
                self.i += 1
                outer, self.names = self.names, self.names.in_filter()
                node = Filter(node, self._inside())
                self.names = outer
                self.expect("]")
            elif piece == "(":
                node = self._call(node)
            else:
                return node
            count += 1
            if count > DEEPEST:
                raise self.problem("deep", f"嵌套超过 {DEEPEST} 层", f"it is nested more than {DEEPEST} deep")

    def _inside(self) -> Node:
        """An expression inside brackets of its own: an interval around the brackets does not end in it."""
        ends, self.ends = self.ends, 0
        node = self.expression()
        self.ends = ends
        return node

    def _closes(self) -> bool:
        """Whether the ``[`` here ends an interval ``[a..b[`` rather than filter its end point."""
        level = 0
        for place in range(self.i, len(self.pairs)):
            piece = self.pairs[place][1]
            if piece == "[":
                level += 1
            elif piece == "]":
                level -= 1
                if level == 0:
                    return self.pairs[place + 1][1] not in ("]", ")", "[")
        return True

    def _call(self, function: Node) -> Node:
        at = self.i
        self.i += 1
        if self.pairs[self.i][1] == ")":
            self.i += 1
            return Call(function, (), at)
        if self._argument_name():
            named: list[tuple[str, Node]] = []
            while True:
                end = self._argument_name()
                if not end:
                    raise self.unexpected()
                name = self.joined(self.i, end)
                self.i = end + 1
                named.append((name, self._inside()))
                if not self.accept(","):
                    break
            self.expect(")")
            return NamedCall(function, tuple(named), at)
        arguments = [self._inside()]
        while self.accept(","):
            arguments.append(self._inside())
        self.expect(")")
        return Call(function, tuple(arguments), at)

    def _argument_name(self) -> int:
        """The place of the colon if a named argument starts here, else 0."""
        place = self.i
        if not is_word(self.pairs[place][1]):
            return 0
        for place in range(self.i + 1, min(self.i + 40, len(self.pairs))):
            piece = self.pairs[place][1]
            if piece == ":":
                return place
            if not is_word(piece) and piece not in NAME_SIGNS and not piece[:1].isdigit():
                return 0
        return 0

    def _parenthesis(self) -> Node:
        self.i += 1
        operator = self.pairs[self.i][1]
        if operator in _BOUNDS:
            self.i += 1
            bound = Bound(operator, self._inside())
            self.expect(")")
            return bound
        return self._interval_or("(", False)

    def _reversed(self) -> Node:
        self.i += 1
        return self._interval_or("]", False)

    def _list(self) -> Node:
        self.i += 1
        if self.accept("]"):
            return ListOf(())
        return self._interval_or("[", True)

    def _interval_or(self, opening: str, included: bool) -> Node:
        """After the opening bracket: an interval, or what else the bracket means."""
        first = self._inside() if opening != "]" else self._end_point()
        if self.accept(".."):
            return Interval(first, self._end_point(), included, self._closing())
        if opening == "(":
            self.expect(")")
            return first
        if opening == "]":
            raise self.unexpected()
        items = [first]
        while self.accept(","):
            items.append(self._list_item())
        self.expect("]")
        return ListOf(tuple(items))

    def _list_item(self) -> Node:
        return self._inside()

    def _end_point(self) -> Node:
        self.ends, ends = 1, self.ends
        node = self.expression()
        self.ends = ends
        return node

    def _closing(self) -> bool:
        piece = self.pairs[self.i][1]
        if piece not in ("]", ")", "["):
            raise self.unexpected()
        self.i += 1
        return piece == "]"

    def _context(self) -> Node:
        self.i += 1
        entries: list[tuple[str, Node]] = []
        outer = self.names
        if not self.accept("}"):
            while True:
                key = self._key()
                self.expect(":")
                entries.append((key, self._inside()))
                self.names = self.names.with_names((key,)).with_members((key,))
                if not self.accept(","):
                    break
            self.expect("}")
        self.names = outer.with_members(key for key, _ in entries)
        return ContextOf(tuple(entries))

    def _key(self) -> str:
        piece = self.pairs[self.i][1]
        if piece[:1] == '"' and len(piece) > 1:
            self.i += 1
            return text_of(piece)
        return self._new_name((":",))

    def _new_name(self, before: Collection[str]) -> str:
        """A name that is being introduced: all up to one of ``before``."""
        place = self.i
        while self.pairs[place][1] not in before:
            piece = self.pairs[place][1]
            if not (
                is_word(piece) or (place > self.i and (piece in NAME_SIGNS or piece[:1].isdigit() or piece == "**"))
            ):
                raise self.unexpected(place)
            place += 1
        if place == self.i:
            raise self.unexpected()
        name = self.joined(self.i, place)
        self.i = place
        return name

    def _temporal(self) -> Node:
        self.i += 1
        piece = self.pairs[self.i][1]
        if piece[:1] != '"' or len(piece) < 2:
            raise self.unexpected()
        self.i += 1
        return Literal(iso.parse_literal(text_of(piece)))

    def _if(self) -> Node:
        self.i += 1
        condition = self._inside()
        self.expect("then")
        yes = self._inside()
        self.expect("else")
        return If(condition, yes, self.expression())

    def _iterators(self, ending: str) -> tuple[Iterator, ...]:
        found: list[Iterator] = []
        while True:
            name = self._new_name(("in",))
            self.i += 1
            domain = self._inside()
            end = self._inside() if self.accept("..") else None
            found.append(Iterator(name, domain, end))
            self.names = self.names.with_names((name,))
            if not self.accept(","):
                break
        self.expect(ending)
        return tuple(found)

    def _for(self) -> Node:
        self.i += 1
        outer = self.names
        iterators = self._iterators("return")
        node = For(iterators, self.expression())
        self.names = outer
        return node

    def _quantified(self) -> Node:
        quantifier = self.pairs[self.i][1]
        self.i += 1
        outer = self.names
        iterators = self._iterators("satisfies")
        node = Quantified(quantifier, iterators, self.expression())
        self.names = outer
        return node

    def _function(self) -> Node:
        self.i += 1
        self.expect("(")
        parameters: list[tuple[str, FeelType | None]] = []
        if not self.accept(")"):
            while True:
                name = self._new_name((":", ",", ")"))
                parameters.append((name, self.type() if self.accept(":") else None))
                if not self.accept(","):
                    break
            self.expect(")")
        external = self.pairs[self.i][1] == "external"
        if external:
            self.i += 1
        outer = self.names
        self.names = outer.with_names(name for name, _ in parameters)
        body = self.expression()
        self.names = outer
        return Definition(tuple(parameters), body, external)

    def _in_tests(self) -> tuple[Node, ...]:
        """After ``in``: a test, or tests in parentheses."""
        if not self.accept("("):
            return (self._in_test(),)
        first = self._cell_test(self._inside)
        if self.accept(".."):
            first = Interval(first, self._end_point(), False, self._closing())
        else:
            found = [first]
            while self.accept(","):
                found.append(self._cell_test(self._inside))
            self.expect(")")
            if len(found) > 1 or isinstance(first, Bound):
                return tuple(found)
        return (self.operators(self._postfix(first), 3),)

    def _in_test(self) -> Node:
        operator = self.pairs[self.i][1]
        if operator in _BOUNDS:
            self.i += 1
            return Bound(operator, self._tighter(3))
        return self._tighter(3)

    def unary_tests(self) -> Node:
        """The text of an input entry or of allowed values (rule 17)."""
        piece = self.pairs[self.i][1]
        if piece == "-" and self.pairs[self.i + 1][1] == "":
            self.i += 1
            return Anything()
        if piece == "not" and self.pairs[self.i + 1][1] == "(":
            start = self.i
            self.i += 2
            negated = self._tests()
            if self.accept(")") and self.pairs[self.i][1] == "":
                return Tests(negated, True)
            self.i = start
        return Tests(self._tests())

    def _tests(self) -> tuple[Node, ...]:
        found = [self._cell_test(self.expression)]
        while self.accept(","):
            found.append(self._cell_test(self.expression))
        return tuple(found)

    def _cell_test(self, read: Callable[[], Node]) -> Node:
        operator = self.pairs[self.i][1]
        if operator in _BOUNDS:
            self.i += 1
            return Bound(operator, read())
        return read()


_OPENINGS: Final = {
    "(": Parser._parenthesis,
    "[": Parser._list,
    "]": Parser._reversed,
    "{": Parser._context,
    "@": Parser._temporal,
}
_KEYWORDS: Final = {
    "if": Parser._if,
    "for": Parser._for,
    "some": Parser._quantified,
    "every": Parser._quantified,
    "function": Parser._function,
}


def _read(text: str, names: Names, rule: Callable[[Parser], _Read]) -> _Read:
    """The whole text by one rule of the grammar."""
    if len(text) > LONGEST:
        shown = Text(f"文本超过 {LONGEST} 个字符", f"the text is longer than {LONGEST} characters")
        raise FeelError(Problem("FEEL", shown, Text("拆分表达式", "split the expression"), "feel.text-length"))
    parser = Parser(text, tokens(text), names)
    try:
        found = rule(parser)
    except RecursionError:
        raise parser.problem("deep", f"嵌套超过 {DEEPEST} 层", f"it is nested more than {DEEPEST} deep") from None
    if parser.pairs[parser.i][1]:
        raise parser.unexpected()
    return found


def parse(text: str, names: Names) -> Node:
    """The tree of an expression. Raises ``FeelError`` with the place if it is none."""
    return _read(text, names, Parser.expression)


def parse_tests(text: str, names: Names) -> Node:
    """The tree of unary tests. Raises ``FeelError`` with the place if they are none."""
    return _read(text, names, Parser.unary_tests)


def parse_type(text: str, names: Names) -> FeelType:
    """The type that ``text`` spells. Raises ``FeelError``."""
    return _read(text, names, Parser.type)
