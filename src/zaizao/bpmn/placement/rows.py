"""Heights: where each vertex of a column stands, so that chains are straight and boxes keep their distance.

Rule kept: the order within columns is given; bends of one chain stand on one line. After Brandes and Köpf, "Fast and
simple horizontal coordinate assignment" (2001), with the block-graph compaction and per-box extents; columns lie left
to right here, so "horizontal" there is vertical here. Bands (lanes) are placed one below the other.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from zaizao.bpmn.placement.grid import Grid

EMPTY_BAND = 80.0
PASSES = 12
JOG = 24.0  # a step in a line that is lower than this looks like a mistake
Separation = Callable[[int, int], float]


@dataclass(frozen=True, slots=True)
class Rows:
    """The centre height of each vertex, and top and bottom of each band."""

    centre: list[float]
    bands: tuple[tuple[float, float], ...]


def rows(grid: Grid, *, gap: float, line_gap: float, bands: int, band_padding: float) -> Rows:
    """Heights of all vertices, smallest extent at 0."""
    centre = [0.0] * len(grid.boxes)
    count = max(bands, max((box.band for box in grid.boxes), default=0) + 1)
    extents = []
    top = 0.0
    for band in range(count):
        columns = [[vertex for vertex in column if grid.boxes[vertex].band == band] for column in grid.columns]
        placed = _place(grid, columns, gap, line_gap)
        upper = min((placed[v] - _up(grid, v) for v in placed), default=0.0)
        lower = max((placed[v] + _down(grid, v) for v in placed), default=0.0)
        offset = top - upper + (band_padding if count > 1 else 0.0)
        for vertex, value in placed.items():
            centre[vertex] = value + offset
        bottom = lower + offset + (band_padding if count > 1 else 0.0)
        if not placed:
            bottom = top + EMPTY_BAND
        extents.append((top, bottom))
        top = bottom
    return Rows(centre, tuple(extents))


def _up(grid: Grid, vertex: int) -> float:
    box = grid.boxes[vertex]
    return box.height / 2 + box.above


def _down(grid: Grid, vertex: int) -> float:
    box = grid.boxes[vertex]
    return box.height / 2 + box.below


def _place(grid: Grid, columns: list[list[int]], gap: float, line_gap: float) -> dict[int, float]:
    members = {vertex for column in columns for vertex in column}
    left: dict[int, list[int]] = {vertex: [] for vertex in members}
    right: dict[int, list[int]] = {vertex: [] for vertex in members}
    for chain in grid.chains:
        for low, high in pairwise(chain):
            if low in members and high in members and grid.column[low] != grid.column[high]:
                right[low].append(high)
                left[high].append(low)

    def apart(upper: int, lower: int) -> float:
        bends = grid.is_bend(upper) + grid.is_bend(lower)
        between = (gap, gap, line_gap)[bends]
        return _down(grid, upper) + between + _up(grid, lower)

    def mirrored(upper: int, lower: int) -> float:
        return apart(lower, upper)

    conflicts = _conflicts(grid, columns, left)
    layouts = []
    for from_left in (True, False):
        ordered = columns if from_left else columns[::-1]
        for from_top in (True, False):
            turned = ordered if from_top else [column[::-1] for column in ordered]
            root = _align(turned, left if from_left else right, conflicts)
            placed = _compact(turned, root, apart if from_top else mirrored)
            layouts.append(placed if from_top else {vertex: -value for vertex, value in placed.items()})
    placed = _balance(layouts, members)
    _straighten(columns, right, placed, apart)
    _draw_in(grid, columns, placed, apart)
    return placed


def _draw_in(grid: Grid, columns: list[list[int]], placed: dict[int, float], apart: Separation) -> None:
    """Bring the level lines that pass by closer to what they connect, as far as there is room."""
    above = {lower: upper for column in columns for upper, lower in pairwise(column)}
    below = {upper: lower for lower, upper in above.items()}
    for _ in range(2):
        for chain in grid.chains:
            bends = [vertex for vertex in chain[1:-1] if vertex in placed]
            if not bends or chain[0] not in placed or chain[-1] not in placed:
                continue
            level = placed[bends[0]]
            if any(abs(placed[bend] - level) > 0.5 for bend in bends):
                continue
            ends = sorted((placed[chain[0]], placed[chain[-1]]))
            wish = min(max(level, ends[0]), ends[1])
            lowest = max((placed[above[v]] + apart(above[v], v) for v in bends if v in above), default=wish)
            highest = min((placed[below[v]] - apart(v, below[v]) for v in bends if v in below), default=wish)
            if (wish - level) * (min(max(wish, lowest), highest) - level) > 0 and lowest <= highest:
                for bend in bends:
                    placed[bend] = min(max(wish, lowest), highest)


def _straighten(
    columns: list[list[int]], right: dict[int, list[int]], placed: dict[int, float], apart: Separation
) -> None:
    """Move level stretches a little where that makes a jog level as well and room allows."""
    segments = [(low, high) for low, others in right.items() for high in others]
    above = {lower: upper for column in columns for upper, lower in pairwise(column)}
    below = {upper: lower for lower, upper in above.items()}
    for _ in range(PASSES):
        block = _blocks(placed, segments)
        jogs = [(a, b) for a, b in segments if block[a] is not block[b] and abs(placed[a] - placed[b]) <= JOG]
        touched: set[int] = set()
        for a, b in jogs:
            ends = {id(block[a]), id(block[b])}
            if not ends & touched and _level(a, b, block, placed, above, below, apart):
                touched |= ends
        if not touched:
            return


def _blocks(placed: dict[int, float], segments: list[tuple[int, int]]) -> dict[int, set[int]]:
    """The level stretch that each vertex belongs to."""
    block = {vertex: {vertex} for vertex in placed}
    for a, b in segments:
        if abs(placed[a] - placed[b]) < 0.5 and block[a] is not block[b]:
            small, large = sorted((block[a], block[b]), key=len)
            large |= small
            for vertex in small:
                block[vertex] = large
    return block


def _level(
    a: int,
    b: int,
    block: dict[int, set[int]],
    placed: dict[int, float],
    above: dict[int, int],
    below: dict[int, int],
    apart: Separation,
) -> bool:
    """Bring one end of a jog to the height of the other, its stretch with it; whether that was possible."""
    for one, other in sorted(((a, b), (b, a)), key=lambda pair: len(block[pair[0]])):
        moved, shift = block[one], placed[other] - placed[one]
        free = all(
            (above.get(v) in moved or v not in above or placed[v] + shift - placed[above[v]] >= apart(above[v], v))
            and (below.get(v) in moved or v not in below or placed[below[v]] - placed[v] - shift >= apart(v, below[v]))
            for v in moved
        )
        if free:
            for vertex in moved:
                placed[vertex] += shift
            return True
    return False


def _conflicts(grid: Grid, columns: list[list[int]], left: dict[int, list[int]]) -> set[tuple[int, int]]:
    """Segments that cross the straight middle part of a chain: those give way."""
    found: set[tuple[int, int]] = set()
    for before, column in pairwise(columns):
        place = {vertex: position for position, vertex in enumerate(before)}
        start, scanned = 0, 0
        for position, vertex in enumerate(column):
            inner = next((o for o in left[vertex] if grid.is_bend(o)), None) if grid.is_bend(vertex) else None
            if inner is None and position < len(column) - 1:
                continue
            end = place[inner] if inner is not None else len(before)
            for other in column[scanned : position + 1]:
                for source in left[other]:
                    straight = grid.is_bend(source) and grid.is_bend(other)
                    if not straight and not start <= place[source] <= end:
                        found.add((source, other))
            scanned, start = position + 1, end if inner is not None else start
    return found


def _align(
    columns: Sequence[Sequence[int]], neighbours: dict[int, list[int]], conflicts: set[tuple[int, int]]
) -> dict[int, int]:
    """Blocks of vertices on one line: each vertex joins its median neighbour where nothing is in the way."""
    root = {vertex: vertex for column in columns for vertex in column}
    align = dict(root)
    for before, column in pairwise(columns):
        place = {vertex: position for position, vertex in enumerate(before)}
        reached = -1
        for vertex in column:
            near = sorted(neighbours[vertex], key=place.__getitem__)
            if not near:
                continue
            middle = (len(near) - 1) / 2
            for other in near[int(middle) : int(middle + 0.5) + 1]:
                if align[vertex] != vertex:
                    break
                clear = (other, vertex) not in conflicts and (vertex, other) not in conflicts
                if clear and reached < place[other]:
                    align[other] = vertex
                    root[vertex] = root[other]
                    align[vertex] = root[vertex]
                    reached = place[other]
    return root


def _compact(columns: Sequence[Sequence[int]], root: dict[int, int], apart: Separation) -> dict[int, float]:
    """Blocks as close as their distances allow, then pulled back towards what lies below them."""
    below: dict[int, dict[int, float]] = {block: {} for block in root.values()}
    above: dict[int, dict[int, float]] = {block: {} for block in root.values()}
    for column in columns:
        for upper, lower in pairwise(column):
            one, other = root[upper], root[lower]
            distance = max(apart(upper, lower), below[one].get(other, 0.0))
            below[one][other] = distance
            above[other][one] = distance
    sequence = _topological(below, above)
    place: dict[int, float] = {}
    for block in sequence:
        place[block] = max((place[other] + distance for other, distance in above[block].items()), default=0.0)
    for block in reversed(sequence):
        if below[block]:
            room = min(place[other] - distance for other, distance in below[block].items())
            place[block] = max(place[block], room)
    return {vertex: place[block] for vertex, block in root.items()}


def _topological(below: dict[int, dict[int, float]], above: dict[int, dict[int, float]]) -> list[int]:
    waiting = {block: len(others) for block, others in above.items()}
    ready = [block for block, number in waiting.items() if not number]
    sequence = []
    while ready:
        block = ready.pop()
        sequence.append(block)
        for other in below[block]:
            waiting[other] -= 1
            if not waiting[other]:
                ready.append(other)
    return sequence


def _balance(layouts: list[dict[int, float]], members: set[int]) -> dict[int, float]:
    """The mean of the two middle values of the four layouts, moved onto the narrowest of them."""
    if not members:
        return {}
    spans = [(min(layout.values()), max(layout.values())) for layout in layouts]
    narrow = min(range(4), key=lambda index: spans[index][1] - spans[index][0])
    for index, layout in enumerate(layouts):
        end = index % 2
        shift = spans[narrow][end] - spans[index][end]
        for vertex in layout:
            layout[vertex] += shift
    result = {}
    for vertex in members:
        values = sorted(layout[vertex] for layout in layouts)
        result[vertex] = (values[1] + values[2]) / 2
    return result
