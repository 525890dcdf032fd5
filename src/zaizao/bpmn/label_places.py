"""Where the words of flows stand: on a level stretch of their line, near its start, on nothing else.

Rule kept: of all free places the first is taken; where none is free the first stretch is taken all the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from zaizao.bpmn.labels import block
from zaizao.bpmn.model import Bounds, Edge, Point, Shape

SIZE = 11.0
WIDTH = 92.0


def place_flow_labels(shapes: Mapping[str, Shape], edges: dict[str, Edge], names: Mapping[str, str]) -> None:
    """Give every named edge its label's bounds (changes ``edges``)."""
    taken = [_grown(shape.bounds, -1) for shape in shapes.values() if shape.expanded is not True]
    taken += [shape.label for shape in shapes.values() if shape.label]
    lines = [(key, _flat(one, other)) for key, edge in edges.items() for one, other in pairwise(edge.points)]
    for key, edge in edges.items():
        name = names.get(key, "")
        if not name or len(edge.points) < 2:
            continue
        width, height = block(name, WIDTH, SIZE, 2)
        places = list(_places(edge.points, width, height))
        free = (
            place
            for place in places
            if not any(_meet(place, other) for other in taken)
            and not any(_meet(place, line) for owner, line in lines if owner != key)
        )
        chosen = next(free, places[0] if places else None)
        if chosen is not None:
            taken.append(chosen)
            edges[key] = replace(edge, label=chosen)


def first_free(places: Sequence[Bounds], taken: Sequence[Bounds], edges: Mapping[str, Edge]) -> Bounds:
    """The first place where neither a box nor a line is in the way; else the first of all."""
    lines = [_flat(one, other) for edge in edges.values() for one, other in pairwise(edge.points)]
    free = (place for place in places if not any(_meet(place, other) for other in (*taken, *lines)))
    return next(free, places[0])


def _places(points: tuple[Point, ...], width: float, height: float) -> Iterator[Bounds]:
    """Places along the line: above, then below its level stretches; then right of its upright ones."""
    stretches = list(pairwise(points))
    if len(stretches) > 1 and abs(points[0].y - points[1].y) < 0.5:
        stretches = [*stretches[1:], stretches[0]]  # the first may be shared with other lines of the same node
    for one, other in stretches:
        if abs(one.y - other.y) > 0.5 or abs(one.x - other.x) < width + 8:
            continue
        way = 1 if other.x > one.x else -1
        step = 0.0
        while step <= abs(one.x - other.x) - width - 8:
            x = one.x + 5 + step if way > 0 else one.x - 5 - step - width
            yield Bounds(x, one.y - height - 2, width, height)
            yield Bounds(x, one.y + 3, width, height)
            step += 12
    for one, other in pairwise(points):
        if abs(one.x - other.x) < 0.5 and abs(one.y - other.y) > height + 4:
            middle = (one.y + other.y) / 2 - height / 2
            for y in (middle, min(one.y, other.y) + 3, max(one.y, other.y) - height - 3):
                yield Bounds(one.x + 4, y, width, height)
                yield Bounds(one.x - 4 - width, y, width, height)


def _flat(one: Point, other: Point) -> Bounds:
    return Bounds(min(one.x, other.x), min(one.y, other.y), abs(one.x - other.x), abs(one.y - other.y))


def _grown(bounds: Bounds, by: float) -> Bounds:
    return Bounds(bounds.x - by, bounds.y - by, bounds.width + 2 * by, bounds.height + 2 * by)


def _meet(one: Bounds, other: Bounds) -> bool:
    across = one.x < other.x + other.width + 1 and other.x < one.x + one.width + 1
    return across and one.y < other.y + other.height + 1 and other.y < one.y + one.height + 1
