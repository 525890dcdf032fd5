"""Random process trees and words of their language."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from zaizao.mining.tree import SILENT, Operator, Tree, leaf, simplified


def trees(most: int = 7) -> st.SearchStrategy[Tree]:
    """Process trees over distinct letters, at most ``most`` of them, in normal form."""
    return st.integers(2, most).flatmap(lambda size: st.randoms(use_true_random=False).map(lambda r: grown(r, size)))


def grown(draw: random.Random, size: int) -> Tree:
    """A tree over the first ``size`` letters."""
    return simplified(_grown(draw, list("abcdefghij"[:size])))


def _grown(draw: random.Random, letters: list[str]) -> Tree:
    if len(letters) == 1:
        one = leaf(letters[0])
        kind = draw.random()
        if kind < 0.15:
            return Tree(Operator.CHOICE, (one, SILENT))
        return Tree(Operator.LOOP, (one, SILENT)) if kind < 0.25 else one
    cut = draw.randint(1, len(letters) - 1)
    operator = draw.choice([Operator.SEQUENCE, Operator.SEQUENCE, Operator.CHOICE, Operator.PARALLEL, Operator.LOOP])
    children = (_grown(draw, letters[:cut]), _grown(draw, letters[cut:]))
    made = Tree(operator, children)
    return Tree(Operator.CHOICE, (made, SILENT)) if draw.random() < 0.1 else made


def word(draw: random.Random, tree: Tree) -> str:
    """One word of the language of ``tree``."""
    match tree.operator:
        case Operator.LEAF:
            return tree.label or ""
        case Operator.SEQUENCE:
            return "".join(word(draw, child) for child in tree.children)
        case Operator.CHOICE:
            return word(draw, draw.choice(tree.children))
        case Operator.PARALLEL:
            parts = [list(word(draw, child)) for child in tree.children]
            mixed = ""
            while any(parts):
                mixed += draw.choice([part for part in parts if part]).pop(0)
            return mixed
        case Operator.LOOP:
            made = word(draw, tree.children[0])
            while draw.random() < 0.4:
                made += word(draw, draw.choice(tree.children[1:])) + word(draw, tree.children[0])
            return made
