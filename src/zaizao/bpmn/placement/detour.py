"""A line from one point to another around boxes: for message flows and associations, which no channel is kept for.

Rule kept: level and upright stretches only, never through a box, few bends, short. Dijkstra's search over the lines along
the boxes' borders; where there is no way (a point enclosed) the straight line stands.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from heapq import heappop, heappush
from itertools import pairwise

from zaizao.bpmn.model import Bounds, Point

MARGIN = 10.0
BEND = 60.0


def detour(start: Point, end: Point, obstacles: Sequence[Bounds], *, anywhere: bool = False) -> tuple[Point, ...]:
    """Points from ``start`` to ``end``, upright at both ends where that is free.

    With ``anywhere`` the line may end at any place of the height of ``end``: a pool's border.
    """
    xs = _lines([start.x, end.x], [(box.x, box.width) for box in obstacles])
    ys = _lines([start.y, end.y], [(box.y, box.height) for box in obstacles])
    closed = _closed(xs, ys, obstacles)
    first = (bisect_left(xs, start.x), bisect_left(ys, start.y))
    last = (bisect_left(xs, end.x), bisect_left(ys, end.y))
    came = _search(xs, ys, closed, first, last, anywhere)
    if came is None:
        return (start, end)
    points = [Point(xs[column], ys[row]) for column, row in came]
    result = [points[0]]
    for before, point, after in zip(points, points[1:], points[2:], strict=False):
        if (before.x == point.x) != (point.x == after.x):
            result.append(point)
    return (*result, points[-1])


def _lines(ends: Sequence[float], spans: Sequence[tuple[float, float]]) -> list[float]:
    """Lines beside the boxes to run on, through their middles to be stopped at, and half-way between wide ones."""
    beside = {*ends, *(line for at, size in spans for line in (at - MARGIN, at + size / 2, at + size + MARGIN))}
    ordered = sorted(beside)
    return sorted({*beside, *((one + other) / 2 for one, other in pairwise(ordered) if other - one > 3 * MARGIN)})


def _closed(xs: Sequence[float], ys: Sequence[float], obstacles: Sequence[Bounds]) -> set[tuple[int, int]]:
    """Crossings of lines that lie inside a box."""
    inside: set[tuple[int, int]] = set()
    for box in obstacles:
        columns = range(bisect_left(xs, box.x + 0.1), bisect_left(xs, box.x + box.width - 0.1))
        rows = range(bisect_left(ys, box.y + 0.1), bisect_left(ys, box.y + box.height - 0.1))
        inside.update((column, row) for column in columns for row in rows)
    return inside


def _search(
    xs: Sequence[float],
    ys: Sequence[float],
    closed: set[tuple[int, int]],
    first: tuple[int, int],
    last: tuple[int, int],
    anywhere: bool,
) -> list[tuple[int, int]] | None:
    """The crossings of the cheapest way; a state is a crossing and the way it was entered (level or upright)."""
    begin = (first, True)
    cost = {begin: 0.0}
    before: dict[tuple[tuple[int, int], bool], tuple[tuple[int, int], bool]] = {}
    queue = [(0.0, begin)]
    while queue:
        spent, state = heappop(queue)
        if spent > cost[state]:
            continue
        (column, row), vertical = state
        if (column, row) == last or (anywhere and row == last[1]):
            way = [(column, row)]
            while state in before:
                state = before[state]
                way.append(state[0])
            return way[::-1]
        for across, down in ((1, 0), (-1, 0), (0, 1), (0, -1)):
            cell = (column + across, row + down)
            if not (0 <= cell[0] < len(xs) and 0 <= cell[1] < len(ys)) or (cell in closed and cell != last):
                continue
            length = abs(xs[cell[0]] - xs[column]) + abs(ys[cell[1]] - ys[row])
            turned = BEND * (bool(down) != vertical) + BEND * (cell == last and not down)
            following = (cell, bool(down))
            total = spent + length + turned
            if total < cost.get(following, float("inf")):
                cost[following] = total
                before[following] = state
                heappush(queue, (total, following))
    return None
