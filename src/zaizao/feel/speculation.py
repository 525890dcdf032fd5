"""Guessing the kinds of variables from how an expression uses them: ``a * b`` wants numbers, ``c = "x"`` a string.

The rule: a guess is never trusted. It only chooses which code is tried first; the code guards it before use.
"""

from __future__ import annotations

from collections.abc import Collection
from decimal import Decimal
from typing import Final, TypeAlias

from .functions import BUILT_INS
from .nodes import Between, Binary, Bound, If, In, Interval, Literal, Logic, Name, Negation, Node, Path

#: A variable, or an entry on a path from one: ``("loan", "amount")``.
Atom: TypeAlias = tuple[str, ...]

_KINDS: Final[dict[type, str]] = {Decimal: "number", str: "string", bool: "boolean"}
_RECKONING: Final = frozenset("-*/")
_ORDERS: Final = frozenset({"<", "<=", ">", ">="})
_EQUALITIES: Final = frozenset({"=", "!="})


def atom_of(node: Node) -> Atom | None:
    """The variable or path that the node is, if it is one."""
    if isinstance(node, Name):
        return (node.name,)
    keys: list[str] = []
    while isinstance(node, Path):
        keys.append(node.name)
        node = node.value
    return (node.name, *reversed(keys)) if keys and isinstance(node, Name) else None


class _Guesses:
    def __init__(self, declared: Collection[str]) -> None:
        self.declared = declared
        self.kinds: dict[Atom, str] = {}
        self.refused: set[Atom] = set()

    def want(self, node: Node, kind: str | None) -> None:
        """``node`` is used where a value of ``kind`` is wanted."""
        atom = atom_of(node)
        if kind is None or atom is None or atom in self.refused:
            return
        if atom[0] == "?" or (atom[0] in BUILT_INS and atom[0] not in self.declared):
            return
        if self.kinds.setdefault(atom, kind) != kind:
            self.refused.add(atom)
            del self.kinds[atom]

    def kind(self, node: Node) -> str | None:
        """What the node would be, if the guesses hold."""
        if isinstance(node, Literal):
            return _KINDS.get(type(node.value))
        if isinstance(node, Binary):
            if node.operator in _RECKONING:
                return "number"
            return self.sum_kind(node) if node.operator == "+" else "boolean"
        if isinstance(node, Negation):
            return "number"
        if isinstance(node, Logic | Between | In):
            return "boolean"
        if isinstance(node, If):
            return self.kind(node.yes)
        atom = atom_of(node)
        return None if atom is None else self.kinds.get(atom)

    def sum_kind(self, node: Binary) -> str:
        """``+`` joins strings if one side is a string, else it adds numbers."""
        while isinstance(node.left, Binary) and node.left.operator == "+":
            if self.kind(node.right) == "string":
                return "string"
            node = node.left
        return "string" if "string" in (self.kind(node.left), self.kind(node.right)) else "number"

    def look(self, node: Node) -> list[Node]:
        """Learn from one node; returns the nodes to look at next."""
        if isinstance(node, Binary):
            self.operator(node)
            return [node.left, node.right]
        if isinstance(node, Negation):
            self.want(node.operand, "number")
            return [node.operand]
        if isinstance(node, Logic):
            for operand in node.operands:
                self.want(operand, "boolean")
            return list(node.operands)
        if isinstance(node, Between):
            kind = self.kind(node.low) or self.kind(node.high) or self.kind(node.value)
            for part in (node.value, node.low, node.high):
                self.want(part, kind)
            return [node.value, node.low, node.high]
        if isinstance(node, If):
            self.want(node.condition, "boolean")
            return [node.condition, node.yes, node.no]
        if isinstance(node, In):
            for test in node.tests:
                part = test.start if isinstance(test, Interval) else test.value if isinstance(test, Bound) else test
                self.want(node.value, self.kind(part))
            return [node.value]
        return []

    def operator(self, node: Binary) -> None:
        """Learn from an arithmetic or comparison operator."""
        if node.operator in _RECKONING:
            kind: str | None = "number"
        elif node.operator == "+":
            kind = self.sum_kind(node)
        elif node.operator in _ORDERS | _EQUALITIES:
            kind = self.kind(node.left) or self.kind(node.right)
            if kind == "boolean" and node.operator in _ORDERS:
                kind = None
        else:
            return
        self.want(node.left, kind)
        self.want(node.right, kind)


def assumed(node: Node, declared: Collection[str]) -> dict[Atom, str]:
    """The kinds that the variables of an expression seem to have. Loops, filters and functions are not looked into."""
    guesses = _Guesses(declared)
    for _ in range(2):
        pending = [node]
        while pending:
            pending.extend(guesses.look(pending.pop()))
    return guesses.kinds
