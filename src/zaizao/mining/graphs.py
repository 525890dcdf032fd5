"""Dependency graphs: the split miner's, the heuristics miner's, and the plain directly-follows graph.

Rule kept: each method decides two things from directly-follows counts, which steps to keep and which pairs run side by
side; every activity stays on a way from start to end.
  split        (Augusto et al., 2019) pairs seen in both orders in balance run side by side, unbalanced ones keep their
               heavier direction; for each activity the strongest way in and out is kept, and steps above a percentile;
  heuristic    (Weijters and Ribeiro, 2011) steps by dependency, all activities connected; successors run side by side
               where they are often seen next to each other;
  directly-follows   steps as they are seen, nothing side by side.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass

import numpy as np

from zaizao.mining.gateways import END, START, Edge, Graph
from zaizao.mining.spread import Bool, Float64, Int64
from zaizao.mining.sublog import Relations, Sublog, relations

_DEPENDENCY = 0.9
_BESIDE = 0.1
_SURE = 1_000


@dataclass(frozen=True, slots=True, eq=False)
class _Counts:
    """Directly-follows counts with the start as row ``n`` and the end as column ``n``; codes of the activities."""

    codes: list[int]
    between: Int64

    @property
    def size(self) -> int:
        return len(self.codes)

    def edge(self, source: int, target: int) -> Edge:
        return (
            START if source == self.size else self.codes[source],
            END if target == self.size else self.codes[target],
        )


def split(log: Sublog, noise: float, overlapping: Bool | None = None, denied: frozenset[Edge] = frozenset()) -> Graph:
    """The split miner's graph; ``noise`` is both the balance needed to run side by side and the percentile to drop.

    Pairs in ``denied`` do not run side by side whatever the counts say.
    """
    counts, found = _counts(log)
    follows = found.follows
    repeats = np.diag(follows) > 0
    two = _two_loops(log, found)
    both = (follows > 0) & (follows.T > 0) & ~two
    balance = np.abs(follows - follows.T) / np.maximum(follows + follows.T, 1)
    beside = both & (balance < max(1.0 - 2 * noise, 0.3))
    if overlapping is not None:
        beside |= both & overlapping[np.ix_(found.codes, found.codes)]
    np.fill_diagonal(beside, False)
    beside &= ~_marked(found, denied)
    kept = follows.copy()
    np.fill_diagonal(kept, 0)
    kept[both & (follows < follows.T)] = 0
    between = _weighed(counts, kept)
    between[: counts.size, : counts.size][beside] = 0
    strongest = np.concatenate((between.max(axis=1), between.max(axis=0)))
    threshold = np.quantile(strongest[strongest > 0], noise)
    chosen = _widest(between) | (between >= max(threshold, _SURE))
    return _graph(counts, chosen, beside, repeats)


def heuristic(
    log: Sublog, noise: float, overlapping: Bool | None = None, denied: frozenset[Edge] = frozenset()
) -> Graph:
    """The heuristics miner's graph; steps rarer than ``noise`` of their activity's strongest step are dropped.

    Pairs in ``denied`` do not run side by side whatever the counts say.
    """
    counts, found = _counts(log)
    follows = found.follows.astype(np.float64)
    dependency = (follows - follows.T) / (follows + follows.T + 1)
    inner = found.follows
    two = _two_loops(log, found)
    strong = (dependency >= _DEPENDENCY) | (two & (follows > 0))
    np.fill_diagonal(strong, False)
    relative = np.maximum(noise * inner.max(axis=1, initial=0)[:, None], 1)
    directed = np.where((dependency >= 0) | two, inner, 0)
    between = _weighed(counts, directed)
    chosen = _widest(between)
    chosen[: counts.size, : counts.size] |= strong & (inner >= relative)
    starts, ends = counts.between[counts.size], counts.between[:, counts.size]
    chosen[counts.size] |= starts >= max(noise * starts.max(), 1)
    chosen[:, counts.size] |= ends >= np.maximum(noise * counts.between.max(axis=1), 1)
    beside = _side_by_side(follows, between // _SURE, counts.size) & ~two
    if overlapping is not None:
        beside |= overlapping[np.ix_(found.codes, found.codes)] & (follows > 0) & (follows.T > 0)
    beside &= ~_marked(found, denied)
    diagonal = np.diag(follows)
    return _graph(counts, chosen, beside, diagonal / (diagonal + 1) >= _DEPENDENCY)


def directly_followed(log: Sublog, noise: float) -> Graph:
    """Steps at least ``noise`` as frequent as the strongest leaving the same activity, and what connects the rest."""
    counts, found = _counts(log)
    between = counts.between.copy()
    repeats = np.diag(found.follows) > 0
    inner = between[: counts.size, : counts.size]
    np.fill_diagonal(inner, 0)
    chosen = _widest(between) | (between > 0) & (between >= noise * between.max(axis=1, initial=0)[:, None])
    return _graph(counts, chosen, np.zeros((counts.size, counts.size), dtype=np.bool_), repeats)


def _counts(log: Sublog) -> tuple[_Counts, Relations]:
    found = relations(log)
    size = len(found.codes)
    between = np.zeros((size + 1, size + 1), dtype=np.int64)
    between[:size, :size] = found.follows
    between[size, :size] = found.starts
    between[:size, size] = found.ends
    return _Counts(found.codes.tolist(), between), found


def _marked(found: Relations, pairs: frozenset[Edge]) -> Bool:
    place = {code: k for k, code in enumerate(found.codes.tolist())}
    marks = np.zeros((len(place), len(place)), dtype=np.bool_)
    for a, b in pairs:
        marks[place[a], place[b]] = marks[place[b], place[a]] = True
    return marks


def _weighed(counts: _Counts, preferred: Int64) -> Int64:
    """Counts of the preferred steps (times ``_SURE``); other steps count one, for activities nothing else connects."""
    between = counts.between * _SURE
    inner = np.where(preferred > 0, preferred * _SURE, np.minimum(counts.between[: counts.size, : counts.size], 1))
    np.fill_diagonal(inner, 0)
    between[: counts.size, : counts.size] = inner
    return between


def _two_loops(log: Sublog, found: Relations) -> Bool:
    """Pairs seen as a, b, a: a loop of two, unless one of them repeats anyway."""
    local = np.searchsorted(found.codes, log.steps)
    size = len(found.codes)
    inner = np.ones(max(len(local) - 2, 0), dtype=np.bool_)
    for back in (1, 2):
        last = log.offsets[1:-1] - back
        inner[last[(last >= 0) & (last < len(inner))]] = False
    triple = inner & (local[:-2] == local[2:]) & (local[:-2] != local[1:-1])
    places = np.flatnonzero(triple)
    seen = np.zeros((size, size), dtype=np.int64)
    np.add.at(seen, (local[places], local[places + 1]), 1)
    repeats = np.diag(found.follows) > 0
    result: Bool = (seen + seen.T > 0) & ~repeats[:, None] & ~repeats[None, :]
    return result


def _side_by_side(follows: Float64, between: Int64, size: int) -> Bool:
    """Pairs with a common predecessor after which both come, next to each other in both orders."""
    near = follows + follows.T
    result = np.zeros((size, size), dtype=np.bool_)
    for source in range(size + 1):
        out = between[source, :size].astype(np.float64)
        both = near / (out[:, None] + out[None, :] + 1)
        result |= (both >= _BESIDE) & (out[:, None] > 0) & (out[None, :] > 0)
    result &= (follows > 0) & (follows.T > 0) & (np.minimum(follows, follows.T) >= 0.1 * np.maximum(follows, follows.T))
    np.fill_diagonal(result, False)
    return result


def _widest(between: Int64) -> Bool:
    """For every activity the way from the start, and the way to the end, whose weakest step is strongest."""
    size = len(between) - 1
    chosen = np.zeros(between.shape, dtype=np.bool_)
    for forward in (True, False):
        table = between if forward else between.T
        before = np.full(size, -1, dtype=np.int64)
        width = np.zeros(size + 1, dtype=np.int64)
        width[size] = np.iinfo(np.int64).max
        queue = [(-int(width[size]), size)]
        while queue:
            bound, here = heapq.heappop(queue)
            if -bound < width[here]:
                continue
            for there in np.flatnonzero(table[here, :size]).tolist():
                wider = min(-bound, int(table[here, there]))
                if wider > width[there]:
                    width[there] = wider
                    before[there] = here
                    heapq.heappush(queue, (-wider, there))
        for there in np.flatnonzero(before >= 0).tolist():
            chosen[(before[there], there) if forward else (there, before[there])] = True
    return chosen


def _graph(counts: _Counts, chosen: Bool, beside: Bool, repeats: Bool) -> Graph:
    chosen[: counts.size, : counts.size] &= ~beside
    edges = {counts.edge(a, b) for a, b in np.argwhere(chosen).tolist()}
    pairs = {(counts.codes[a], counts.codes[b]) for a, b in np.argwhere(beside).tolist()}
    return Graph(
        frozenset(edges),
        frozenset(pairs | {(b, a) for a, b in pairs}),
        frozenset(counts.codes[k] for k in np.flatnonzero(repeats).tolist()),
    )
