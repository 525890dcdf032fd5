"""Laws of discovery: a model mined without noise allows every trace; splits lose nothing they should keep."""

from __future__ import annotations

from collections import Counter

import numpy as np
from hypothesis import given, settings, strategies as st

from mining.drawn import traces
from zaizao.mining import variants
from zaizao.mining.inductive import inductive
from zaizao.mining.sublog import Sublog, from_variants, split_choice, split_loop, split_parallel, split_sequence
from zaizao.mining.tree import Operator, Tree, simplified

words = st.lists(st.text("abcde", min_size=1, max_size=7), min_size=1, max_size=12)


def ends(tree: Tree, word: str, begin: int) -> set[int]:
    """Where ``tree`` may stop after starting at ``begin`` of ``word`` (parallel excluded)."""
    match tree.operator:
        case Operator.LEAF:
            if tree.label is None:
                return {begin}
            return {begin + 1} if word[begin : begin + 1] == tree.label else set()
        case Operator.SEQUENCE:
            places = {begin}
            for child in tree.children:
                places = {stop for place in places for stop in ends(child, word, place)}
            return places
        case Operator.CHOICE:
            return {stop for child in tree.children for stop in ends(child, word, begin)}
        case Operator.PARALLEL:
            raise AssertionError("handled by accepts")
        case Operator.LOOP:
            done = ends(tree.children[0], word, begin)
            new = done
            while new:
                again = {p for place in new for redo in tree.children[1:] for p in ends(redo, word, place)}
                new = {p for place in again for p in ends(tree.children[0], word, place)} - done
                done = done | new
            return done


def accepts(tree: Tree, word: str) -> bool:
    """Does the language of ``tree`` contain ``word``? Labels are unique, so a parallel's parts are projections."""
    if tree.operator == Operator.PARALLEL:
        parts = [set(child.labels()) for child in tree.children]
        return all(c in set().union(*parts) for c in word) and all(
            accepts(child, "".join(c for c in word if c in part))
            for child, part in zip(tree.children, parts, strict=True)
        )
    if any(child.operator == Operator.PARALLEL or _inside(child) for child in tree.children):
        return _by_pieces(tree, word)
    return len(word) in ends(tree, word, 0)


def _inside(tree: Tree) -> bool:
    return any(child.operator == Operator.PARALLEL or _inside(child) for child in tree.children)


def _by_pieces(tree: Tree, word: str) -> bool:
    match tree.operator:
        case Operator.CHOICE:
            return any(accepts(child, word) for child in tree.children)
        case Operator.SEQUENCE:
            head, rest = tree.children[0], tree.children[1:]
            tail = rest[0] if len(rest) == 1 else Tree(Operator.SEQUENCE, rest)
            return any(accepts(head, word[:cut]) and accepts(tail, word[cut:]) for cut in range(len(word) + 1))
        case _:
            return _loops(tree, word, frozenset())


def _loops(tree: Tree, word: str, seen: frozenset[str]) -> bool:
    if word in seen:
        return False
    if accepts(tree.children[0], word):
        return True
    for first in range(len(word) + 1):
        if not accepts(tree.children[0], word[:first]):
            continue
        for second in range(first, len(word) + 1):
            again = second > 0 and any(accepts(redo, word[first:second]) for redo in tree.children[1:])
            if again and _loops(tree, word[second:], seen | {word}):
                return True
    return False


@settings(deadline=None)
@given(words)
def test_without_noise_every_trace_fits(lines: list[str]) -> None:
    log = traces(*lines)
    tree = inductive(from_variants(variants(log)), log.activity_names, 0.0)
    assert simplified(tree) == tree
    assert all(accepts(tree, line) for line in set(lines)), str(tree)


def spelled(log: Sublog, names: tuple[str, ...]) -> Counter[str]:
    found = Counter({"": log.empty} if log.empty else {})
    for k, count in enumerate(log.count.tolist()):
        found["".join(names[s] for s in log.steps[log.offsets[k] : log.offsets[k + 1]])] += count
    return found


@settings(deadline=None)
@given(words, st.sets(st.sampled_from("abcde"), min_size=1, max_size=4))
def test_splits_equal_their_definitions(lines: list[str], first: set[str]) -> None:
    log = traces(*lines)
    names = log.activity_names
    one = [k for k, name in enumerate(names) if name in first]
    two = [k for k, name in enumerate(names) if name not in first]
    if not one or not two:
        return
    parts = [np.array(one, dtype=np.int32), np.array(two, dtype=np.int32)]
    sublog = from_variants(variants(log))
    inside = Counter("".join(c for c in line if c in first) for line in lines)
    assert spelled(split_parallel(sublog, parts)[0], names) == inside
    bodies, redos = split_loop(sublog, parts)
    assert spelled(bodies, names) == sum((loop_runs(line, first)[0] for line in lines), Counter())
    assert spelled(redos, names) == sum((loop_runs(line, first)[1] for line in lines), Counter())
    left, right = split_sequence(sublog, parts)
    assert left.total == right.total == len(lines)
    kept = sum(len(w) * n for part in (left, right) for w, n in spelled(part, names).items())
    assert kept == sum(best_cut(line, first) for line in lines)
    chosen = split_choice(sublog, parts)
    assert sum(part.total for part in chosen) == len(lines)


def loop_runs(line: str, body: set[str]) -> tuple[Counter[str], Counter[str]]:
    bodies, redos, run, inside = [], [], "", True
    for c in line:
        if (c in body) != inside:
            (bodies if inside else redos).append(run)
            run, inside = "", not inside
        run += c
    (bodies if inside else redos).append(run)
    if not inside:
        bodies.append("")
    return Counter(bodies), Counter(redos)


def best_cut(line: str, first: set[str]) -> int:
    """Most steps that can be kept when ``line`` is cut once."""
    return max(sum(c in first for c in line[:k]) + sum(c not in first for c in line[k:]) for k in range(len(line) + 1))
