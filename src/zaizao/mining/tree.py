"""Process trees: block-structured processes, sound by construction.

Rule kept: a tree's language is given by its operators (van der Aalst, Process Mining, 2016, ch. 3.2.8): sequence,
choice, parallel (interleaving), and loop, whose first child is done once and then, any number of times, one of the
others followed by the first again. ``simplified`` never changes the language.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum


class Operator(StrEnum):
    """What a node does with its children; a LEAF is an activity, or silent where it has no label."""

    LEAF = "leaf"
    SEQUENCE = "sequence"
    CHOICE = "choice"
    PARALLEL = "parallel"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Tree:
    """One node of a process tree."""

    operator: Operator
    children: tuple[Tree, ...] = ()
    label: str | None = None

    @property
    def silent(self) -> bool:
        """Does this node do nothing?"""
        return self.operator == Operator.LEAF and self.label is None

    def labels(self) -> Iterator[str]:
        """The activities of the tree, left to right."""
        if self.label is not None:
            yield self.label
        for child in self.children:
            yield from child.labels()

    def __str__(self) -> str:
        if self.operator == Operator.LEAF:
            return "τ" if self.label is None else self.label
        sign = {"sequence": "→", "choice": "×", "parallel": "∧", "loop": "↺"}[self.operator]
        return f"{sign}({', '.join(str(child) for child in self.children)})"


SILENT = Tree(Operator.LEAF)


def leaf(label: str) -> Tree:
    """One activity."""
    return Tree(Operator.LEAF, label=label)


def node(operator: Operator, *children: Tree) -> Tree:
    """An inner node."""
    return Tree(operator, children)


def skippable(tree: Tree) -> bool:
    """May the tree do nothing at all?"""
    if tree.operator == Operator.LEAF:
        return tree.silent
    if tree.operator == Operator.CHOICE:
        return any(skippable(child) for child in tree.children)
    if tree.operator == Operator.LOOP:
        return skippable(tree.children[0])
    return all(skippable(child) for child in tree.children)


def simplified(tree: Tree) -> Tree:
    """The same language with fewer nodes: flat operators, no silent steps that nobody would notice."""
    simpler = _simpler(tree)
    while simpler != tree:
        tree, simpler = simpler, _simpler(simpler)
    return simpler


def _simpler(tree: Tree) -> Tree:
    if tree.operator == Operator.LEAF:
        return tree
    children = tuple(_simpler(child) for child in tree.children)
    if tree.operator == Operator.LOOP:
        return _loop(children)
    flat: list[Tree] = []
    for child in children:
        flat.extend(child.children if child.operator == tree.operator else (child,))
    if tree.operator == Operator.CHOICE:
        return _choice(flat)
    flat = [child for child in flat if not child.silent]
    if not flat:
        return SILENT
    return flat[0] if len(flat) == 1 else Tree(tree.operator, tuple(flat))


def _choice(children: list[Tree]) -> Tree:
    busy = [child for child in children if not child.silent]
    if not busy:
        return SILENT
    if len(busy) == len(children):
        return busy[0] if len(busy) == 1 else Tree(Operator.CHOICE, tuple(busy))
    if any(skippable(child) for child in busy):
        return busy[0] if len(busy) == 1 else Tree(Operator.CHOICE, tuple(busy))
    repeated = busy[0]
    if len(busy) == 1 and repeated.operator == Operator.LOOP and repeated.children[1].silent:
        return _loop((SILENT, repeated.children[0], *repeated.children[2:]))
    return Tree(Operator.CHOICE, (*busy, SILENT))


def _loop(children: tuple[Tree, ...]) -> Tree:
    """``loop(do, redo…)`` with choices among redos flattened and silent-only loops folded."""
    do = children[0]
    redos: list[Tree] = []
    for redo in children[1:]:
        redos.extend(redo.children if redo.operator == Operator.CHOICE else (redo,))
    silent = [redo for redo in redos if redo.silent]
    redos = [redo for redo in redos if not redo.silent]
    if do.silent and not redos:
        return SILENT
    if silent and skippable(do) and do.operator == Operator.CHOICE:
        return _loop((SILENT, *[child for child in do.children if not child.silent], *redos))
    if silent and do.operator == Operator.LOOP and do.children[0].silent:
        return _loop((SILENT, *do.children[1:], *redos))
    if do.silent:
        redos = [inner for redo in redos for inner in _unrolled(redo)]
        return Tree(Operator.LOOP, (SILENT, *redos))
    return Tree(Operator.LOOP, (do, *([SILENT] if silent else []), *redos))


def _unrolled(redo: Tree) -> tuple[Tree, ...]:
    """Within a loop over nothing, repeating a repeat is one repeat: (x+)* = x*."""
    if redo.operator == Operator.LOOP and redo.children[1].silent and len(redo.children) == 2:
        return (redo.children[0],)
    if redo.operator == Operator.LOOP and redo.children[0].silent:
        return redo.children[1:]
    return (redo,)
