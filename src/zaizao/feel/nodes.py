"""The syntax tree of FEEL (DMN 1.5, 10.3.1.2). Literals hold values; names are resolved by the compiler.

``at`` is the place in the text, as a token count, where a problem would be shown; it does not make trees unequal.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TypeAlias

from .types import FeelType
from .values import Value


@dataclass(slots=True)
class Literal:
    """A number, string, boolean, null, or ``@"…"``."""

    value: Value


@dataclass(slots=True)
class Name:
    """A variable or function by name; ``?`` and ``item`` too."""

    name: str
    at: int = field(default=0, compare=False)


@dataclass(slots=True)
class ListOf:
    """``[a, b]``."""

    items: tuple[Node, ...]


@dataclass(slots=True)
class ContextOf:
    """``{key: value}``; later entries see earlier ones."""

    entries: tuple[tuple[str, Node], ...]


@dataclass(slots=True)
class Interval:
    """``[a..b]`` with any brackets."""

    start: Node
    end: Node
    start_included: bool
    end_included: bool


@dataclass(slots=True)
class Bound:
    """``(< a)`` as a value, ``< a`` as a unary test."""

    operator: str
    value: Node


@dataclass(slots=True)
class Negation:
    """``-a``."""

    operand: Node


@dataclass(slots=True)
class Binary:
    """``a + b`` and the other arithmetic and comparison operators."""

    operator: str
    left: Node
    right: Node


@dataclass(slots=True)
class Logic:
    """``a and b and c`` or ``a or b or c``."""

    operator: str
    operands: tuple[Node, ...]


@dataclass(slots=True)
class Between:
    """``a between b and c``."""

    value: Node
    low: Node
    high: Node


@dataclass(slots=True)
class In:
    """``a in test`` or ``a in (tests)``."""

    value: Node
    tests: tuple[Node, ...]


@dataclass(slots=True)
class If:
    """``if a then b else c``."""

    condition: Node
    yes: Node
    no: Node


@dataclass(slots=True)
class Iterator:
    """``name in domain`` or ``name in start..end``."""

    name: str
    domain: Node
    end: Node | None = None


@dataclass(slots=True)
class For:
    """``for … return result``."""

    iterators: tuple[Iterator, ...]
    result: Node


@dataclass(slots=True)
class Quantified:
    """``some|every … satisfies condition``."""

    quantifier: str
    iterators: tuple[Iterator, ...]
    condition: Node


@dataclass(slots=True)
class Filter:
    """``a[b]``."""

    value: Node
    condition: Node


@dataclass(slots=True)
class Path:
    """``a.name``."""

    value: Node
    name: str
    at: int = field(default=0, compare=False)


@dataclass(slots=True)
class Call:
    """``f(a, b)``."""

    function: Node
    arguments: tuple[Node, ...]
    at: int = field(default=0, compare=False)


@dataclass(slots=True)
class NamedCall:
    """``f(name: a)``."""

    function: Node
    arguments: tuple[tuple[str, Node], ...]
    at: int = field(default=0, compare=False)


@dataclass(slots=True)
class Definition:
    """``function(parameters) body``; ``external`` when the body is a mapping to another language."""

    parameters: tuple[tuple[str, FeelType | None], ...]
    body: Node
    external: bool = False


@dataclass(slots=True)
class InstanceOf:
    """``a instance of type``."""

    value: Node
    type: FeelType


@dataclass(slots=True)
class Anything:
    """``-`` as a unary test."""


@dataclass(slots=True)
class Tests:
    """Unary tests: any of them, or none when negated."""

    tests: tuple[Node, ...]
    negated: bool = False


Node: TypeAlias = (
    Literal
    | Name
    | ListOf
    | ContextOf
    | Interval
    | Bound
    | Negation
    | Binary
    | Logic
    | Between
    | In
    | If
    | For
    | Quantified
    | Filter
    | Path
    | Call
    | NamedCall
    | Definition
    | InstanceOf
    | Anything
    | Tests
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right under ``node``."""
    found: list[Node] = []
    for part in getattr(type(node), "__slots__", ()):
        _gather(getattr(node, part), found)
    return tuple(found)


def _gather(part: object, into: list[Node]) -> None:
    if isinstance(part, Iterator):
        _gather(part.domain, into)
        _gather(part.end, into)
    elif isinstance(part, tuple):
        for inner in part:
            _gather(inner, into)
    elif type(part) in _NODES:
        into.append(part)  # type: ignore[arg-type]


_NODES = frozenset(Node.__args__)


def walk(node: Node) -> list[Node]:
    """``node`` and everything under it."""
    found = [node]
    for one in found:
        found.extend(children(one))
    return found
