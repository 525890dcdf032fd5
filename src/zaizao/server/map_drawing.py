"""Where everything of a process map stands: boxes, lines and their labels, as numbers for the console to draw.

Rule kept: the layout is the house's own (``bpmn.layered``), left to right; where there are few lines a label is placed
like a box in a gap of its own line, so no line crosses it; beyond that labels stand at the middle of their lines.
Pixels; box 0 is the start, the last the end.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from zaizao.bpmn import Box, Placement, Point, layered
from zaizao.mining import BORDER, MapEdge, MapNode, ProcessMap
from zaizao.server.api.plain import plain

LABELLED = 90
"""Lines up to which each label has a place of its own."""
_CIRCLE = 26.0
_LABEL = (58.0, 28.0)
_ROW = 15
_WIDE = 7.4
_HAN = 13.5


def drawn(shown: ProcessMap) -> dict[str, Any]:
    """Nodes with their corners and sizes, edges with their lines and label places, and the size of the whole."""
    last = len(shown.nodes) + 1
    own_places = len(shown.edges) <= LABELLED
    boxes = [Box(_CIRCLE, _CIRCLE), *(_box(node, shown) for node in shown.nodes), Box(_CIRCLE, _CIRCLE)]
    links: list[tuple[int, int]] = []
    weights: list[float] = []
    trunk = set(_trunk(shown, last))
    pieces: list[tuple[int, int | None]] = []
    for number, edge in enumerate(shown.edges):
        source, target = _ends(edge, last)
        weight = edge.count + (1e12 if number in trunk or target == last else 0.0)
        if source == target or not own_places:
            pieces.append((len(links), None))
            links.append((source, target))
            weights.append(weight)
            continue
        boxes.append(Box(*_LABEL))
        pieces.append((len(links), len(boxes) - 1))
        links += [(source, len(boxes) - 1), (len(boxes) - 1, target)]
        weights += [weight, weight]
    placed = layered(boxes, links, weights=weights, gap=20.0, line_gap=12.0, channel=26.0, track=8.0, spread=True)
    return {
        "width": placed.width,
        "height": placed.height,
        "start": _point(placed.positions[0], _CIRCLE / 2),
        "end": _point(placed.positions[last], _CIRCLE / 2),
        "nodes": [
            {**plain(node), "x": at.x, "y": at.y, "width": box.width, "height": box.height, "rows": _broken(node.name)}
            for node, at, box in zip(shown.nodes, placed.positions[1:last], boxes[1:last], strict=True)
        ],
        "edges": [_edge(edge, *piece, placed, boxes) for edge, piece in zip(shown.edges, pieces, strict=True)],
        "cases": shown.cases,
        "activityShare": shown.activity_share,
        "pathShare": shown.path_share,
    }


def _edge(edge: MapEdge, link: int, label: int | None, placed: Placement, boxes: list[Box]) -> dict[str, Any]:
    lines = [placed.routes[link]] if label is None else [placed.routes[link], placed.routes[link + 1]]
    if label is not None:
        corner = placed.positions[label]
        at = _point(corner, boxes[label].width / 2, boxes[label].height / 2)
    else:
        at = _middle(lines[0])
    return {**plain(edge), "lines": [[_point(point) for point in line] for line in lines], "label": at,
            "placed": label is not None}  # fmt: skip


def _middle(line: tuple[Point, ...]) -> list[float]:
    """The middle of the longest stretch."""
    longest = max(range(len(line) - 1), key=lambda k: abs(line[k].x - line[k + 1].x) + abs(line[k].y - line[k + 1].y))
    one, other = line[longest], line[longest + 1]
    return [round((one.x + other.x) / 2, 1), round((one.y + other.y) / 2, 1)]


def _point(point: Point, right: float = 0.0, down: float | None = None) -> list[float]:
    return [round(point.x + right, 1), round(point.y + (right if down is None else down), 1)]


def _ends(edge: MapEdge, last: int) -> tuple[int, int]:
    return (0 if edge.source == BORDER else edge.source + 1, last if edge.target == BORDER else edge.target + 1)


def _trunk(shown: ProcessMap, last: int) -> Iterator[int]:
    """The edges that reach every box from the start, each time the most frequent first; they run forward."""
    order = sorted(range(len(shown.edges)), key=lambda k: -shown.edges[k].count)
    ends = [_ends(edge, last) for edge in shown.edges]
    reached = {0}
    while True:
        for k in order:
            source, target = ends[k]
            if source in reached and target not in reached and target != last:
                reached.add(target)
                yield k
                break
        else:
            return


def _box(node: MapNode, shown: ProcessMap) -> Box:
    rows = _broken(node.name)
    wide = max(88.0, *(_width(row) for row in rows)) + 22
    loop = any(edge.source == edge.target and shown.nodes[edge.source] is node for edge in shown.edges)
    return Box(wide, 28.0 + _ROW * len(rows) + 8, above=14.0 if loop else 0.0)


def _width(text: str) -> float:
    return sum(_HAN if letter > "\u2e7f" else _WIDE for letter in text)


def _broken(name: str, most: float = 150.0) -> list[str]:
    """The name in at most two rows."""
    if _width(name) <= most:
        return [name]
    rows = [""]
    for letter in name:
        if _width(rows[-1] + letter) > most:
            space = rows[-1].rfind(" ")
            if len(rows) == 2:
                rows[-1] = rows[-1][:-1] + "…"
                break
            carried = rows[-1][space + 1 :] if space > 0 else ""
            rows[-1] = rows[-1][:space] if space > 0 else rows[-1]
            rows.append(carried)
        rows[-1] += letter
    return rows
