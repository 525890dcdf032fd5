"""From a graph to columns: which edges run backwards, which column each box stands in, who is above whom.

Rule kept: edges become chains of vertices in neighbouring columns (bends are vertices without size), so that everything
after this file looks at one pair of columns at a time. After Sugiyama, Tagawa and Toda (1981); sweeps by barycentre.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple


class Box(NamedTuple):
    """Something to place, in pixels. ``above`` and ``below`` are kept free for labels; ``band`` is its lane from the
    top; edges may leave and enter at the top and bottom ``corners`` (of a gateway)."""

    width: float
    height: float
    above: float = 0.0
    below: float = 0.0
    band: int = 0
    corners: bool = False


BEND = Box(0.0, 0.0)


@dataclass(slots=True)
class Grid:
    """Columns of vertices. ``chains`` run left to right; two vertices of one column in a row attach vertically."""

    boxes: list[Box]
    real: int
    column: list[int]
    columns: list[list[int]] = field(default_factory=list)
    chains: list[list[int]] = field(default_factory=list)
    backward: list[bool] = field(default_factory=list)
    hung: dict[int, int] = field(default_factory=dict)  # bends that hang right below their box, with the box

    def bend(self, column: int, band: int) -> int:
        """A new vertex without size in ``column``; it is not yet in the column's order."""
        self.boxes.append(BEND._replace(band=band))
        self.column.append(column)
        return len(self.boxes) - 1

    def is_bend(self, vertex: int) -> bool:
        """Whether the vertex is no box of the caller's."""
        return vertex >= self.real


def grid(
    boxes: Sequence[Box],
    edges: Sequence[tuple[int, int]],
    *,
    weights: Sequence[float] | None,
    south: Mapping[int, float],
) -> Grid:
    """The boxes in ordered columns and the edges as chains; self-loops have empty chains."""
    backward = _backward_edges(len(boxes), edges, weights)
    forward = [(v, u) if back else (u, v) for (u, v), back in zip(edges, backward, strict=True)]
    result = Grid(list(boxes), len(boxes), _columns(len(boxes), forward), backward=backward)
    for low, high in forward:
        between = range(result.column[low] + 1, result.column[high])
        bends = [result.bend(column, result.boxes[low].band) for column in between]
        result.chains.append([] if low == high else [low, *bends, high])
    _hang(result, south)
    _order(result)
    _attach(result, edges, south)
    return result


def _backward_edges(count: int, edges: Sequence[tuple[int, int]], weights: Sequence[float] | None) -> list[bool]:
    if weights is None:
        return _backward_by_search(count, edges)
    accepted: list[list[int]] = [[] for _ in range(count)]
    backward = [False] * len(edges)
    for index in sorted(range(len(edges)), key=lambda index: -weights[index]):
        source, target = edges[index]
        if source != target and _reaches(accepted, target, source):
            backward[index] = True
        elif source != target:
            accepted[source].append(target)
    return backward


def _reaches(successors: list[list[int]], start: int, goal: int) -> bool:
    seen, stack = {start}, [start]
    while stack:
        vertex = stack.pop()
        if vertex == goal:
            return True
        fresh = [other for other in successors[vertex] if other not in seen]
        seen.update(fresh)
        stack.extend(fresh)
    return False


def _backward_by_search(count: int, edges: Sequence[tuple[int, int]]) -> list[bool]:
    outgoing: list[list[int]] = [[] for _ in range(count)]
    entered = [False] * count
    for index, (source, target) in enumerate(edges):
        outgoing[source].append(index)
        entered[target] = entered[target] or source != target
    backward = [False] * len(edges)
    state = [0] * count  # 0 new, 1 on the path, 2 done
    for root in sorted(range(count), key=lambda vertex: entered[vertex]):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(outgoing[root]))]
        while stack:
            vertex, rest = stack[-1]
            index = next(rest, -1)
            if index < 0:
                state[vertex] = 2
                stack.pop()
                continue
            target = edges[index][1]
            if state[target] == 0:
                state[target] = 1
                stack.append((target, iter(outgoing[target])))
            elif state[target] == 1 and target != vertex:
                backward[index] = True
    return backward


def _columns(count: int, edges: Sequence[tuple[int, int]]) -> list[int]:
    """Longest paths from the left; then what feeds more than it is fed moves right, next to what it feeds."""
    after: list[list[int]] = [[] for _ in range(count)]
    before: list[list[int]] = [[] for _ in range(count)]
    for low, high in edges:
        if low != high:
            after[low].append(high)
            before[high].append(low)
    waiting = [len(before[vertex]) for vertex in range(count)]
    ready = [vertex for vertex in range(count) if not waiting[vertex]]
    column = [0] * count
    sequence = []
    while ready:
        vertex = ready.pop()
        sequence.append(vertex)
        for other in after[vertex]:
            column[other] = max(column[other], column[vertex] + 1)
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    for vertex in reversed(sequence):
        if len(after[vertex]) > len(before[vertex]):
            column[vertex] = max(column[vertex], min(column[other] for other in after[vertex]) - 1)
    least = min(column, default=0)
    return [value - least for value in column]


# --- order within columns -----------------------------------------------------------------------------------------


def _order(result: Grid, sweeps: int = 24) -> None:
    count = max(result.column, default=-1) + 1
    left: list[list[int]] = [[] for _ in result.boxes]
    right: list[list[int]] = [[] for _ in result.boxes]
    for chain in result.chains:
        for low, high in pairwise(chain):
            if result.column[low] != result.column[high]:
                right[low].append(high)
                left[high].append(low)
    columns = _first_order(result, right, count)
    best, fewest = [list(column) for column in columns], _crossings(columns, right)
    quiet = 0
    for sweep in range(sweeps):
        if fewest == 0 or quiet > 6:
            break
        towards_right = sweep % 2 == 0
        neighbours = left if towards_right else right
        for index in range(1, count) if towards_right else range(count - 2, -1, -1):
            fixed = columns[index - 1 if towards_right else index + 1]
            _sort_by_barycentre(columns[index], fixed, neighbours, result)
        crossings = _crossings(columns, right)
        quiet = quiet + 1 if crossings >= fewest else 0
        if crossings < fewest:
            best, fewest = [list(column) for column in columns], crossings
    if len(result.boxes) < 400:
        _swap_neighbours(best, left, right, result)
    result.columns = [_glued(column, result.hung) for column in best]


def _first_order(result: Grid, right: list[list[int]], count: int) -> list[list[int]]:
    """In the order of a search from the left, bands first: what belongs together starts together."""
    columns: list[list[int]] = [[] for _ in range(count)]
    seen = [False] * len(result.boxes)
    for root in sorted(range(len(result.boxes)), key=lambda vertex: result.column[vertex]):
        stack = [root]
        while stack:
            vertex = stack.pop()
            if seen[vertex]:
                continue
            seen[vertex] = True
            columns[result.column[vertex]].append(vertex)
            stack.extend(bend for bend, host in result.hung.items() if host == vertex)
            stack.extend(reversed(right[vertex]))
    for column in columns:
        column.sort(key=lambda vertex: result.boxes[vertex].band)
    return [_glued(column, result.hung) for column in columns]


def _sort_by_barycentre(column: list[int], fixed: list[int], neighbours: list[list[int]], grid: Grid) -> None:
    place = {vertex: position for position, vertex in enumerate(fixed)}
    scale = len(fixed) / max(len(column), 1)

    def wish(position: int, vertex: int) -> float:
        near = [place[other] for other in neighbours[vertex]]
        return sum(near) / len(near) if near else position * scale

    wishes = {vertex: (grid.boxes[vertex].band, wish(position, vertex)) for position, vertex in enumerate(column)}
    column.sort(key=wishes.__getitem__)
    column[:] = _glued(column, grid.hung)


def _glued(column: list[int], hung: dict[int, int]) -> list[int]:
    """The column with every hanging bend right below its box."""
    below: dict[int, list[int]] = {}
    for vertex in column:
        if vertex in hung:
            below.setdefault(hung[vertex], []).append(vertex)
    return [item for vertex in column if vertex not in hung for item in (vertex, *below.get(vertex, ()))]


def _crossings(columns: list[list[int]], right: list[list[int]]) -> int:
    total = 0
    for column, following in pairwise(columns):
        place = {vertex: position for position, vertex in enumerate(following)}
        seen: list[int] = []
        for vertex in column:
            ends = sorted(place[other] for other in right[vertex])
            total += sum(len(seen) - bisect_right(seen, end) for end in ends)
            for end in ends:
                insort(seen, end)
    return total


def _swap_neighbours(columns: list[list[int]], left: list[list[int]], right: list[list[int]], grid: Grid) -> None:
    """Swap neighbours while that removes crossings: what sweeps by averages leave over."""
    place = {vertex: position for column in columns for position, vertex in enumerate(column)}

    def crossed(upper: int, lower: int) -> int:
        total = 0
        for side in (left, right):
            below = sorted(place[other] for other in side[lower])
            total += sum(_less(below, place[other]) for other in side[upper])
        return total

    fast = set(grid.hung) | set(grid.hung.values())
    for _ in range(8):
        better = False
        for column in columns:
            for position in range(len(column) - 1):
                upper, lower = column[position], column[position + 1]
                if fast & {upper, lower} or grid.boxes[upper].band != grid.boxes[lower].band:
                    continue
                if crossed(upper, lower) > crossed(lower, upper):
                    column[position], column[position + 1] = lower, upper
                    place[upper], place[lower] = position + 1, position
                    better = True
        if not better:
            return


def _less(ordered: list[int], value: int) -> int:
    return sum(1 for other in ordered if other < value)


# --- vertical attachments -----------------------------------------------------------------------------------------


def _hang(result: Grid, south: Mapping[int, float]) -> None:
    """Edges that leave at the bottom and run forward get a bend right below their box, the rightmost first."""
    for index in sorted(south, key=lambda index: -south[index]):
        chain = result.chains[index]
        if chain and not result.backward[index]:
            bend = result.bend(result.column[chain[0]], result.boxes[chain[0]].band)
            result.hung[bend] = chain[0]
            result.chains[index] = [chain[0], bend, *chain[1:]]


def _attach(result: Grid, edges: Sequence[tuple[int, int]], south: Mapping[int, float]) -> None:
    """Give loops (and edges that leave at the bottom) a bend beside their box, so that they attach vertically."""
    place = {vertex: position for column in result.columns for position, vertex in enumerate(column)}
    additions: dict[int, tuple[list[int], list[int]]] = {}

    def beside(vertex: int, below: bool) -> int:
        bend = result.bend(result.column[vertex], result.boxes[vertex].band)
        additions.setdefault(vertex, ([], []))[1 if below else 0].append(bend)
        return bend

    order = sorted(range(len(edges)), key=lambda index: (-south.get(index, 0.0), len(result.chains[index])))
    for index in order:
        chain = result.chains[index]
        if not chain or not result.backward[index]:
            continue
        source = edges[index][0]
        below_low = below_high = True
        if len(chain) > 2:
            below_low = _is_below(result, place, chain[0], chain[1], index)
            below_high = _is_below(result, place, chain[-1], chain[-2], index)
        if index in south:
            below_low, below_high = below_low or chain[0] == source, below_high or chain[-1] == source
        first, last = beside(chain[0], below_low), beside(chain[-1], below_high)
        result.chains[index] = [chain[0], first, *chain[1:-1], last, chain[-1]]
    for vertex, (above, below) in additions.items():
        column = result.columns[result.column[vertex]]
        position = column.index(vertex)
        column[position : position + 1] = [*reversed(above), vertex, *below]


def _is_below(result: Grid, place: dict[int, int], vertex: int, bend: int, edge: int) -> bool:
    """Whether the bend lies below the box's other neighbours in the bend's column."""
    others = [
        place[chain[1] if chain[0] == vertex else chain[-2]]
        for index, chain in enumerate(result.chains)
        if index != edge
        and len(chain) > 1
        and vertex in (chain[0], chain[-1])
        and result.column[chain[1] if chain[0] == vertex else chain[-2]] == result.column[bend]
    ]
    return not others or place[bend] >= sum(others) / len(others)
