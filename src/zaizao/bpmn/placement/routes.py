"""Routes: orthogonal lines between placed boxes, in channels between columns, never through a box.

Rule kept: in a channel, lines that would lie upon each other get tracks of their own; lines of one source share a
trunk. The order of tracks is the one with the fewest crossings, pair by pair. Loops attach at the bottom or top.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from zaizao.bpmn.placement.grid import Grid

Line = list[tuple[float, float]]
SHORTEST = 12.0  # a turn nearer to a corner than this would squeeze the arrow's tip
NEAR = 5.0  # lines closer than this look like one


@dataclass(slots=True)
class _Step:
    """One edge in one channel: from height ``start`` at the left to ``end`` at the right."""

    edge: int
    start: float
    end: float
    group: int = 0


@dataclass(slots=True)
class _Group:
    """Steps that share one vertical trunk."""

    steps: list[_Step] = field(default_factory=list)
    track: int = 0

    @property
    def top(self) -> float:
        return min(min(step.start, step.end) for step in self.steps)

    @property
    def bottom(self) -> float:
        return max(max(step.start, step.end) for step in self.steps)


@dataclass(slots=True)
class Routes:
    """Lines by edge, left to right, and the left border of each box."""

    lines: list[Line]
    left: list[float]


class Router:
    """Routes the chains of a grid whose heights are known."""

    def __init__(
        self,
        grid: Grid,
        centre: Sequence[float],
        *,
        channel: float,
        track: float,
        room: Mapping[int, float],
        south: Mapping[int, float],
        spread: bool,
    ) -> None:
        self.grid = grid
        self.centre = centre
        self.channel = channel
        self.track = track
        self.room = room
        self.south = south
        self.spread = spread
        self.attached: dict[tuple[int, int], int] = {}  # (box, side) -> 1 out, -1 in, 0 loop
        self.corner: dict[tuple[int, int], bool] = {}  # (edge, end 0 left / 1 right)
        self.port: dict[tuple[int, int], float] = {}  # (edge, end) -> height where a line meets its box

    def route(self) -> Routes:
        """All lines and the horizontal places of the boxes."""
        self._claim_sides()
        self._choose_corners()
        self._spread_ports()
        steps: list[list[_Step]] = [[] for _ in self.grid.columns]
        for edge, chain in enumerate(self.grid.chains):
            for position, (low, high) in enumerate(pairwise(chain)):
                if self.grid.column[low] != self.grid.column[high]:
                    start, end = self._heights(edge, chain, position)
                    steps[self.grid.column[low]].append(_Step(edge, start, end))
        middle, left, verticals = self._columns(steps)
        lines = [self._line(edge, middle, left, verticals) for edge in range(len(self.grid.chains))]
        return Routes(lines, left)

    # --- where lines meet boxes ---

    def _claim_sides(self) -> None:
        for chain in self.grid.chains:
            for box, bend in ((chain[0], chain[1]), (chain[-1], chain[-2])) if len(chain) > 1 else ():
                if self.grid.column[box] == self.grid.column[bend]:
                    self.attached[box, 1 if self.centre[bend] > self.centre[box] else -1] = 0

    def _choose_corners(self) -> None:
        """Gateways let go and take in at their top and bottom corners, where nothing stands in the way."""
        for edge, chain in enumerate(self.grid.chains):
            if len(chain) < 2 or self.grid.column[chain[0]] == self.grid.column[chain[1]]:
                continue
            self.corner[edge, 0] = self._take_corner(chain[0], chain[1], 1)
            if self.grid.column[chain[-1]] != self.grid.column[chain[-2]]:
                reached = len(chain) == 2 and self.corner[edge, 0]
                self.corner[edge, 1] = not reached and self._take_corner(chain[-1], chain[-2], -1)

    def _take_corner(self, box: int, near: int, way: int) -> bool:
        here, height = self.centre[box], self.centre[near]
        spread = self.grid.boxes[near].height / 2 if self.spread else 0.0  # ports may stand that far from the middle
        if not self.grid.boxes[box].corners or abs(height - here) < self.grid.boxes[box].height / 2 + SHORTEST + spread:
            return False
        side = 1 if height > here else -1
        if self.attached.get((box, side), way) != way:
            return False
        for other in self.grid.columns[self.grid.column[box]]:
            if other == box:
                continue
            size = self.grid.boxes[other]
            top, bottom = self.centre[other] - size.height / 2, self.centre[other] + size.height / 2
            margin = NEAR if self.grid.is_bend(other) else NEAR + size.above + size.below
            between = min(here, height) < bottom + NEAR and max(here, height) > top - NEAR
            if top - margin < height < bottom + margin or (between and not self.grid.is_bend(other)):
                return False
        self.attached[box, side] = way
        return True

    def _spread_ports(self) -> None:
        """Where asked for, lines meet a box at different heights, in the order of where they go."""
        if not self.spread:
            return
        meeting: dict[tuple[int, int], list[tuple[float, int]]] = {}
        for edge, chain in enumerate(self.grid.chains):
            if len(chain) < 2:
                continue
            for end, box, near in ((0, chain[0], chain[1]), (1, chain[-1], chain[-2])):
                if self.grid.column[box] != self.grid.column[near] and not self.corner.get((edge, end)):
                    meeting.setdefault((box, end), []).append((self.centre[near], edge))
        for (box, end), lines in meeting.items():
            height = self.grid.boxes[box].height
            pitch = min(10.0, height * 0.8 / len(lines))
            for position, (_, edge) in enumerate(sorted(lines)):
                self.port[edge, end] = self.centre[box] + (position - (len(lines) - 1) / 2) * pitch

    def _heights(self, edge: int, chain: list[int], position: int) -> tuple[float, float]:
        """Heights at which the edge enters and leaves the channel between two of its vertices."""
        low, high = chain[position], chain[position + 1]
        start, end = self.centre[low], self.centre[high]
        if position == 0:
            start = end if self.corner.get((edge, 0)) else self.port.get((edge, 0), start)
        if position == len(chain) - 2:
            end = start if self.corner.get((edge, 1)) else self.port.get((edge, 1), end)
            if position == 0 and self.corner.get((edge, 0)):
                start = end
        return start, end

    # --- channels ---

    def _columns(self, steps: list[list[_Step]]) -> tuple[list[float], list[float], dict[tuple[int, int], float]]:
        """Middles of the columns, left borders of the vertices, and the trunk of each (edge, column)."""
        middle: list[float] = []
        left = [0.0] * len(self.grid.boxes)
        verticals: dict[tuple[int, int], float] = {}
        at = 0.0
        for index, column in enumerate(self.grid.columns):
            width = max((self.grid.boxes[vertex].width for vertex in column), default=0.0)
            middle.append(at + width / 2)
            for vertex in column:
                left[vertex] = middle[-1] - self.grid.boxes[vertex].width / 2
            at += width
            bent = [step for step in steps[index] if abs(step.start - step.end) > 0.5]
            tracks = self._tracks(bent, index)
            beginning = (step.edge for step in steps[index] if self._starts(step, index))
            labels = max((self.room.get(edge, 0.0) for edge in beginning), default=0.0)
            needed = (tracks - 1) * self.track + 2 * max(14.0, self.track)
            first = at + max(self.channel - (tracks - 1) * self.track, 2 * max(14.0, self.track)) / 2
            for step in bent:
                verticals[step.edge, index] = first + step.group * self.track
            at += max(self.channel, needed) + labels
        return middle, left, verticals

    def _starts(self, step: _Step, column: int) -> bool:
        chain = self.grid.chains[step.edge]
        start = chain[-1] if self.grid.backward[step.edge] else chain[0]
        return self.grid.column[start] == column

    def _tracks(self, steps: list[_Step], column: int) -> int:
        """Give every bent step a track (in ``step.group``); the number of tracks."""
        groups = self._trunks(steps, column)
        order = _least_crossings(groups)
        for position, group in enumerate(order):
            clashing = [
                other.track
                for other in order[:position]
                if group.top < other.bottom + NEAR and other.top < group.bottom + NEAR
            ]
            group.track = max(clashing, default=-1) + 1
            for step in group.steps:
                step.group = group.track
        return max((group.track + 1 for group in groups), default=0)

    def _trunks(self, steps: list[_Step], column: int) -> list[_Group]:
        """Steps from one box share a trunk, else steps into one box; bends keep to themselves."""
        leaving: dict[int, list[_Step]] = {}
        for step in steps:
            leaving.setdefault(self._vertex(step, column), []).append(step)
        groups: list[_Group] = []
        entering: dict[tuple[int, float], list[_Step]] = {}
        for vertex, together in leaving.items():
            shared = len({step.start for step in together}) == 1
            if len(together) > 1 and not self.grid.is_bend(vertex) and shared:
                groups.append(_Group(together))
                continue
            for step in together:
                target = self._vertex(step, column + 1)
                entering.setdefault((target, step.end if self.grid.boxes[target].width else step.edge), []).append(step)
        return groups + [_Group(together) for together in entering.values()]

    def _vertex(self, step: _Step, column: int) -> int:
        return next(vertex for vertex in self.grid.chains[step.edge] if self.grid.column[vertex] == column)

    # --- lines ---

    def _line(self, edge: int, middle: list[float], left: list[float], verticals: dict[tuple[int, int], float]) -> Line:
        chain = self.grid.chains[edge]
        if not chain:
            return []
        points: Line = []
        for position, (low, high) in enumerate(pairwise(chain)):
            if self.grid.column[low] == self.grid.column[high]:
                box, bend = (low, high) if position == 0 else (high, low)
                turn = self._attachment(edge, box, bend, left)
                points.extend(turn if position == 0 else turn[::-1])
                continue
            start, end = self._heights(edge, chain, position)
            column = self.grid.column[low]
            if position == 0:
                points.extend(self._foot(edge, 0, low, start, middle, left))
            trunk = verticals.get((edge, column))
            points.extend([(trunk, start), (trunk, end)] if trunk is not None else [])
            if position == len(chain) - 2:
                points.extend(self._foot(edge, 1, high, end, middle, left)[::-1])
        return _straightened(points)

    def _foot(self, edge: int, end: int, box: int, height: float, middle: list[float], left: list[float]) -> Line:
        """Where a line begins at a box: its side, or a corner and the turn beyond it."""
        size = self.grid.boxes[box]
        if self.corner.get((edge, end)):
            at = middle[self.grid.column[box]]
            side = 1 if height > self.centre[box] else -1
            return [(at, self.centre[box] + side * size.height / 2), (at, height)]
        return [(left[box] + (size.width if end == 0 else 0.0), height)]

    def _attachment(self, edge: int, box: int, bend: int, left: list[float]) -> Line:
        """From the bottom or top of a box to the bend beside it."""
        size = self.grid.boxes[box]
        side = 1 if self.centre[bend] > self.centre[box] else -1
        chain = self.grid.chains[edge]
        begins = box == (chain[-1] if self.grid.backward[edge] else chain[0])
        shift = 0.0 if size.corners or size.width < 60 else (size.width / 6 if begins else -size.width / 6)
        at = left[box] + (self.south[edge] if begins and edge in self.south else size.width / 2 + shift)
        return [(at, self.centre[box] + side * size.height / 2), (at, self.centre[bend])]


def _least_crossings(groups: list[_Group]) -> list[_Group]:
    """An order of trunks from left to right with few crossings: each pair's better order, then votes."""
    count = len(groups)
    if count > 150:
        return sorted(groups, key=lambda group: group.top + group.bottom)
    votes = [0.0] * count
    for one in range(count):
        for other in range(one + 1, count):
            cost = _cost(groups[one], groups[other]) - _cost(groups[other], groups[one])
            votes[one] += (cost > 0) - (cost < 0) + cost / 1000
            votes[other] -= (cost > 0) - (cost < 0) + cost / 1000
    order = sorted(range(count), key=lambda index: votes[index])
    for _ in range(count):
        moved = False
        for position in range(count - 1):
            left, right = groups[order[position]], groups[order[position + 1]]
            if _cost(left, right) > _cost(right, left):
                order[position], order[position + 1] = order[position + 1], order[position]
                moved = True
        if not moved:
            break
    return [groups[index] for index in order]


def _cost(left: _Group, right: _Group) -> float:
    """Crossings (and, dearer, overlaps) when ``left`` has the track to the left of ``right``."""
    total = 0.0
    for step in right.steps:
        total += left.top + 0.5 < step.start < left.bottom - 0.5
        total += 20 * any(abs(step.start - other.end) < NEAR for other in left.steps)
    for step in left.steps:
        total += right.top + 0.5 < step.end < right.bottom - 0.5
    return total


def _straightened(points: Line) -> Line:
    """Without points that repeat or lie on a straight line between their neighbours."""
    result: Line = []
    for point in points:
        if result and abs(point[0] - result[-1][0]) < 0.05 and abs(point[1] - result[-1][1]) < 0.05:
            continue
        while len(result) > 1 and _between(result[-2], result[-1], point):
            result.pop()
        result.append(point)
    return result


def _between(one: tuple[float, float], middle: tuple[float, float], other: tuple[float, float]) -> bool:
    same_x = abs(one[0] - middle[0]) < 0.05 and abs(middle[0] - other[0]) < 0.05
    same_y = abs(one[1] - middle[1]) < 0.05 and abs(middle[1] - other[1]) < 0.05
    return same_x or same_y
