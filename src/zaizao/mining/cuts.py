"""The four cuts of the inductive miner, found on directly-follows relations.

Rule kept: a cut is a partition of the activities into at least two parts; the definitions are those of Leemans, Fahland
and van der Aalst (2013) with the strict sequence cut of Leemans' thesis (2017), which keeps activities that are skipped
together in one part.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial

import numpy as np

from zaizao.mining.spread import Bool, Int32
from zaizao.mining.sublog import Relations
from zaizao.mining.tree import Operator


@dataclass(frozen=True, slots=True, eq=False)
class Cut:
    """An operator and the parts it combines, as activity codes; in order for sequences, body first for loops."""

    operator: Operator
    parts: tuple[Int32, ...]


def find_cut(found: Relations, balance: float = 0.0, overlapping: Bool | None = None) -> Cut | None:
    """The first cut that holds: choice, sequence, parallel, loop.

    Two activities run in parallel when both orders are seen, the rarer at least ``balance`` times as often as the
    other, or at all where they are known to overlap in time (``overlapping``, by activity code).
    """
    if len(found.codes) < 2:
        return None
    for operator, search in (
        (Operator.CHOICE, _choice),
        (Operator.SEQUENCE, _sequence),
        (Operator.PARALLEL, partial(_parallel, balance=balance, overlapping=overlapping)),
        (Operator.LOOP, _loop),
    ):
        parts = search(found)
        if len(parts) > 1:
            return Cut(operator, tuple(found.codes[np.array(part, dtype=np.int64)] for part in parts))
    return None


def components(linked: Bool) -> list[list[int]]:
    """Connected components of a symmetric relation, by smallest member."""
    seen = np.zeros(len(linked), dtype=np.bool_)
    result = []
    for root in range(len(linked)):
        if seen[root]:
            continue
        members = np.zeros(len(linked), dtype=np.bool_)
        members[root] = True
        front = members
        while front.any():
            front = linked[front].any(axis=0) & ~members
            members = members | front
        seen |= members
        result.append(np.flatnonzero(members).tolist())
    return result


def reachability(edges: Bool) -> Bool:
    """Transitive closure: row reaches column along at least one edge."""
    closure = edges.copy()
    for middle in range(len(edges)):
        closure[closure[:, middle]] |= closure[middle]
    return closure


def _choice(found: Relations) -> list[list[int]]:
    linked = found.follows > 0
    return components(linked | linked.T)


def _sequence(found: Relations) -> list[list[int]]:
    closure = reachability(found.follows > 0)
    groups = components(closure == closure.T)
    if len(groups) < 2:
        return groups
    # Parts are totally ordered: the more activities a part's members reach outside it, the earlier it stands.
    heads = [group[0] for group in groups]
    ahead = closure[np.ix_(heads, heads)]
    groups = [groups[k] for k in np.argsort(-ahead.sum(axis=1) + np.diag(ahead), kind="stable")]
    return _strict(found, groups)


def _strict(found: Relations, groups: list[list[int]]) -> list[list[int]]:
    """Join a skippable part with the neighbours that are skipped only together with it."""
    size = len(groups)
    place = np.empty(len(found.codes), dtype=np.int64)
    for number, group in enumerate(groups):
        place[group] = number
    between = np.zeros((size, size), dtype=np.bool_)
    source, target = np.nonzero(found.follows)
    between[place[source], place[target]] = True
    np.fill_diagonal(between, False)
    begins = np.array([bool(found.starts[group].any()) for group in groups])
    finishes = np.array([bool(found.ends[group].any()) for group in groups])
    origin = [-1 if begins[k] else int(np.flatnonzero(between[:, k]).min(initial=size)) for k in range(size)]
    reach = [size if finishes[k] else int(np.flatnonzero(between[k]).max(initial=-1)) for k in range(size)]
    joined: list[list[int]] = [list(group) for group in groups]
    for k in range(size):
        skipped = between[:k, k + 1 :].any() or begins[k + 1 :].any() or finishes[:k].any()
        if not skipped:
            continue
        before = k - 1
        while before >= 0 and reach[before] <= k:
            joined[k] += joined[before]
            joined[before] = []
            before -= 1
        after = k + 1
        while after < size and origin[after] >= k:
            joined[k] += joined[after]
            joined[after] = []
            after += 1
    return [sorted(group) for group in joined if group]


def _parallel(found: Relations, balance: float, overlapping: Bool | None) -> list[list[int]]:
    weaker = np.minimum(found.follows, found.follows.T)
    balanced = weaker >= balance * np.maximum(found.follows, found.follows.T)
    if overlapping is not None:
        balanced |= overlapping[np.ix_(found.codes, found.codes)]
    both = (weaker > 0) & balanced
    apart = ~both
    np.fill_diagonal(apart, True)
    groups = components(apart)
    if len(groups) < 2:
        return groups
    whole = [group for group in groups if found.starts[group].any() and found.ends[group].any()]
    broken = [member for group in groups if group not in whole for member in group]
    if not whole:
        return []
    if broken:
        smallest = min(range(len(whole)), key=lambda k: len(whole[k]))
        whole[smallest] = sorted(whole[smallest] + broken)
    return sorted(whole)


def _loop(found: Relations) -> list[list[int]]:
    edges = found.follows > 0
    start, end = found.starts > 0, found.ends > 0
    border = start | end
    rest = np.flatnonzero(~border)
    inner = edges[np.ix_(rest, rest)]
    body = np.flatnonzero(border).tolist()
    redos = []
    for group in components(inner | inner.T):
        members = rest[group]
        entered = edges[:, members].any(axis=1) & border
        left = edges[members].any(axis=0) & border
        from_ends = edges[np.ix_(np.flatnonzero(end), members)]
        to_starts = edges[np.ix_(members, np.flatnonzero(start))]
        proper = (
            not (entered & ~end).any()
            and not (left & ~start).any()
            and bool((from_ends.all(axis=0) | ~from_ends.any(axis=0)).all())
            and bool((to_starts.all(axis=1) | ~to_starts.any(axis=1)).all())
            and entered.any()
            and left.any()
        )
        if proper:
            redos.append(members.tolist())
        else:
            body += members.tolist()
    if not redos:
        return []
    return [sorted(body), *redos]
