"""``layered``: boxes and arrows placed left to right, with orthogonal routes (layered drawing after Sugiyama).

Rule kept: the same input gives the same picture; boxes never overlap, lines never pass through a box. Used for process
models and for process maps. A graph of 60 boxes and 300 edges takes a fraction of a second.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from zaizao.bpmn.model import Point
from zaizao.bpmn.placement.grid import Box, grid
from zaizao.bpmn.placement.routes import Line, Router
from zaizao.bpmn.placement.rows import rows

LOOP_HEIGHT = 18.0


@dataclass(frozen=True, slots=True)
class Placement:
    """Upper left corners of the boxes, routes of the edges from source to target, and the size of the whole.

    ``bands`` are top and bottom of each band; ``width`` and ``height`` hold everything, from (0, 0).
    """

    positions: tuple[Point, ...]
    routes: tuple[tuple[Point, ...], ...]
    width: float
    height: float
    bands: tuple[tuple[float, float], ...]


def layered(
    boxes: Sequence[Box],
    edges: Sequence[tuple[int, int]],
    *,
    weights: Sequence[float] | None = None,
    room: Mapping[int, float] | None = None,
    south: Mapping[int, float] | None = None,
    spread: bool = False,
    gap: float = 40.0,
    line_gap: float = 16.0,
    channel: float = 50.0,
    track: float = 12.0,
    bands: int = 1,
    band_padding: float = 24.0,
) -> Placement:
    """Place boxes left to right along the edges (pairs of box numbers).

    ``weights`` say which edges should rather run forward (heavy ones; without them a search from the boxes that
    nothing enters decides). ``room`` is the width of a label near an edge's start, ``south`` the distance from a box's
    left border at which an edge leaves through the bottom, both by edge number. ``spread`` lets lines meet boxes at
    different heights. ``bands`` is the least number of bands. ``gap`` is kept between boxes, ``line_gap`` between lines, ``channel`` between columns.
    """
    loops = {source for source, target in edges if source == target}
    padded = [box._replace(above=box.above + LOOP_HEIGHT) if index in loops else box for index, box in enumerate(boxes)]
    south = south or {}
    columns = grid(padded, edges, weights=weights, south=south)
    heights = rows(columns, gap=gap, line_gap=line_gap, bands=bands, band_padding=band_padding)
    router = Router(columns, heights.centre, channel=channel, track=track, room=room or {}, south=south, spread=spread)
    routed = router.route()
    positions = [Point(routed.left[index], heights.centre[index] - box.height / 2) for index, box in enumerate(boxes)]
    lines = [
        _self_loop(positions[source], boxes[source]) if source == target
        else routed.lines[index][::-1] if columns.backward[index] else routed.lines[index]
        for index, (source, target) in enumerate(edges)
    ]  # fmt: skip
    return _framed(padded, positions, lines, heights.bands)


def _self_loop(corner: Point, box: Box) -> Line:
    middle, half = corner.x + box.width / 2, min(14.0, box.width / 4)
    top = corner.y - LOOP_HEIGHT + 4
    return [(middle + half, corner.y), (middle + half, top), (middle - half, top), (middle - half, corner.y)]


def _framed(
    boxes: Sequence[Box], positions: list[Point], lines: list[Line], bands: Sequence[tuple[float, float]]
) -> Placement:
    """Everything moved so that it begins at (0, 0); rounded to half pixels for crisp lines."""
    xs = [x for line in lines for x, _ in line] + [p.x for p in positions]
    ys = [y for line in lines for _, y in line] + [p.y - b.above for p, b in zip(positions, boxes, strict=True)]
    ys += [top for top, _ in bands]
    dx, dy = -min(xs, default=0.0), -min(ys, default=0.0)
    right = [p.x + b.width for p, b in zip(positions, boxes, strict=True)] + [x for line in lines for x, _ in line]
    low = [p.y + b.height + b.below for p, b in zip(positions, boxes, strict=True)]
    low += [y for line in lines for _, y in line] + [bottom for _, bottom in bands]
    return Placement(
        tuple(_moved(point, dx, dy) for point in positions),
        tuple(tuple(_moved(Point(*point), dx, dy) for point in line) for line in lines),
        max(right, default=0.0) + dx,
        max(low, default=0.0) + dy,
        tuple((top + dy, bottom + dy) for top, bottom in bands),
    )


def _moved(point: Point, dx: float, dy: float) -> Point:
    return Point(round((point.x + dx) * 2) / 2, round((point.y + dy) * 2) / 2)
