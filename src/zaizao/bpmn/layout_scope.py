"""Laying out one scope: the nodes and flows of a process or sub-process, with labels, boundary events and artifacts.

Rule kept: sub-processes are laid out before what holds them; parts of a scope that no flow connects stand one below
the other; everything that has words has room for them. Sizes are those of the usual modellers (task 100 by 80).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from lxml import etree

from zaizao.bpmn.label_places import first_free, place_flow_labels
from zaizao.bpmn.labels import block, text_width, widest_word, wrap
from zaizao.bpmn.model import (
    Activity,
    Association,
    Bounds,
    Edge,
    Event,
    FlowNode,
    Gateway,
    Point,
    SequenceFlow,
    Shape,
    SubProcess,
)
from zaizao.bpmn.placement import Box, detour, layered
from zaizao.bpmn.xml import BPMN, from_fragment, local, text_of, unprefixed

FONT = 12.0
SMALL = 11.0
LABEL_WIDTH = 92.0
TASK = (100.0, 80.0)
EVENT = 36.0
GATEWAY = 50.0
DATA = (36.0, 46.0)
PADDING = 24.0
HEADER = 28.0


@dataclass(slots=True)
class Drawing:
    """Shapes and edges of a scope with its own origin."""

    shapes: dict[str, Shape] = field(default_factory=dict)
    edges: dict[str, Edge] = field(default_factory=dict)
    width: float = 0.0
    height: float = 0.0
    bands: tuple[tuple[float, float], ...] = ()

    def add(self, other: Drawing, dx: float, dy: float) -> None:
        """Take over another drawing, moved."""
        for key, shape in other.shapes.items():
            label = _moved(shape.label, dx, dy) if shape.label else None
            self.shapes[key] = replace(shape, bounds=_moved(shape.bounds, dx, dy), label=label)
        for key, edge in other.edges.items():
            points = tuple(Point(point.x + dx, point.y + dy) for point in edge.points)
            self.edges[key] = replace(edge, points=points, label=_moved(edge.label, dx, dy) if edge.label else None)


@dataclass(frozen=True, slots=True)
class Artifact:
    """Something drawn beside a node: an annotation above it or data below it."""

    id: str
    width: float
    height: float
    above: bool
    links: tuple[tuple[str, str], ...]  # (edge id, node id)


def scope_drawing(
    nodes: Sequence[FlowNode],
    flows: Sequence[SequenceFlow],
    associations: Sequence[Association],
    artifacts: Sequence[str],
    bands: Mapping[str, int] | None = None,
    lanes: int = 1,
) -> Drawing:
    """The scope's drawing; ``bands`` are the lanes of nodes, numbered from the top, ``lanes`` their number."""
    return _Scope(nodes, flows, associations, artifacts, bands or {}, lanes if bands else 1).draw()


class _Scope:
    """One scope being laid out."""

    def __init__(
        self,
        nodes: Sequence[FlowNode],
        flows: Sequence[SequenceFlow],
        associations: Sequence[Association],
        artifacts: Sequence[str],
        bands: Mapping[str, int],
        lanes: int,
    ) -> None:
        self.nodes = {node.id: node for node in nodes if node.id}
        self.flows = [flow for flow in flows if flow.source in self.nodes and flow.target in self.nodes]
        self.associations = associations
        self.bands = bands
        self.lanes = lanes
        self.boundary: dict[str, list[Event]] = {}
        for node in self.nodes.values():
            if isinstance(node, Event) and isinstance(self.nodes.get(node.attached_to or ""), Activity):
                self.boundary.setdefault(node.attached_to or "", []).append(node)
        self.attached = {event.id: event.attached_to or "" for events in self.boundary.values() for event in events}
        self.artifacts = _artifacts(artifacts, associations, nodes, self.nodes, self.attached)
        self.inner = {
            node.id: scope_drawing(node.nodes, node.flows, node.associations, node.artifacts)
            for node in self.nodes.values()
            if isinstance(node, SubProcess) and node.nodes
        }

    def draw(self) -> Drawing:
        """Every part of the scope that hangs together, one below the other."""
        drawing = Drawing()
        placed = [node for node in self.nodes if node not in self.attached]
        parts = [placed] if self.bands else self._connected(placed)
        singles = [part[0] for part in parts if len(part) == 1] if len(parts) > 1 else []
        top = 0.0
        for part in parts:
            if len(part) == 1 and len(parts) > 1:
                continue
            below = self._part(part)
            drawing.add(below, 0.0, top)
            drawing.width, drawing.bands = max(drawing.width, below.width), below.bands
            top += below.height + PADDING * 1.5
        left, deepest, limit = 0.0, 0.0, max(drawing.width, 900.0)
        for single in singles:
            one = self._part([single])
            if left and left + one.width > limit:
                left, top, deepest = 0.0, top + deepest + PADDING * 1.5, 0.0
            drawing.add(one, left, top)
            left += one.width + PADDING * 1.5
            deepest = max(deepest, one.height)
            drawing.width = max(drawing.width, left - PADDING * 1.5)
        drawing.height = top + deepest if singles else max(0.0, top - PADDING * 1.5)
        self._loose_artifacts(drawing)
        return drawing

    def _loose_artifacts(self, drawing: Drawing) -> None:
        """What belongs to no node in a row below; lines to further nodes around the boxes."""
        left, deepest = 0.0, 0.0
        for artifact in self.artifacts.get("", ()):
            place = Bounds(left, drawing.height + PADDING, artifact.width, artifact.height)
            drawing.shapes[artifact.id] = Shape(place)
            left, deepest = left + artifact.width + PADDING, max(deepest, artifact.height + PADDING)
        drawing.height, drawing.width = drawing.height + deepest, max(drawing.width, left - PADDING)
        for artifact in (item for items in self.artifacts.values() for item in items):
            for key, linked in artifact.links:
                if key not in drawing.edges and linked in drawing.shapes:
                    drawing.edges[key] = Edge(self._around(drawing, artifact.id, linked))

    def _around(self, drawing: Drawing, artifact: str, node: str) -> tuple[Point, ...]:
        ends = {artifact, node, self.attached.get(node, node)}
        obstacles = [s.bounds for key, s in drawing.shapes.items() if key not in ends and s.expanded is not True]
        one, other = drawing.shapes[artifact].bounds, drawing.shapes[node].bounds
        down = one.y < other.y
        start = Point(one.x + one.width / 2, one.y + one.height if down else one.y)
        return detour(start, Point(other.x + other.width / 2, other.y if down else other.y + other.height), obstacles)

    def _connected(self, placed: Sequence[str]) -> list[list[str]]:
        parent = {node: node for node in placed}

        def find(node: str) -> str:
            while parent[node] != node:
                parent[node] = parent[parent[node]]
                node = parent[node]
            return node

        for source, target, _ in self._links():
            parent[find(target)] = find(source)
        parts: dict[str, list[str]] = {}
        for node in placed:
            parts.setdefault(find(node), []).append(node)
        return list(parts.values())

    def _links(self) -> list[tuple[str, str, str]]:
        """(source, target, edge id) between placed nodes; boundary events stand for their hosts."""
        links = [(flow.source, flow.target, flow.id) for flow in self.flows]
        links += [
            (association.source, association.target, association.id)
            for association in self.associations
            if association.source in self.attached and isinstance(self.nodes.get(association.target), Activity)
        ]
        return [(self.attached.get(s, s), self.attached.get(t, t), key) for s, t, key in links]

    # --- one connected part ---

    def _part(self, part: Sequence[str]) -> Drawing:
        number = {node: index for index, node in enumerate(part)}
        boxes = [self._box(self.nodes[node]) for node in part]
        links = [(number[s], number[t], key) for s, t, key in self._links() if s in number and t in number]
        flows = {flow.id: flow for flow in self.flows}
        south: dict[int, float] = {}
        room: dict[int, float] = {}
        for index, (_, _, key) in enumerate(links):
            flow = flows.get(key)
            source = flow.source if flow else next(a.source for a in self.associations if a.id == key)
            if source in self.attached:
                south[index] = self._offset(source)
            if flow and flow.name:
                room[index] = block(flow.name, LABEL_WIDTH, SMALL, 2)[0] + 14
        placement = layered(
            boxes, [(source, target) for source, target, _ in links], south=south, room=room, bands=self.lanes
        )
        drawing = Drawing(width=placement.width, height=placement.height, bands=placement.bands)
        for node, box, corner in zip(part, boxes, placement.positions, strict=True):
            self._shape(drawing, self.nodes[node], Bounds(corner.x, corner.y, box.width, box.height))
        for index, ((_, _, key), points) in enumerate(zip(links, placement.routes, strict=True)):
            if index in south and points:
                points = (Point(points[0].x, points[0].y + EVENT / 2), *points[1:])
            drawing.edges[key] = Edge(points)
        self._node_labels(drawing, part)
        self._beside(drawing, part)
        place_flow_labels(drawing.shapes, drawing.edges, {flow.id: flow.name for flow in self.flows})
        return drawing

    def _box(self, node: FlowNode) -> Box:
        width, height = self._size(node)
        above = below = 0.0
        if isinstance(node, Event):
            below = _label_height(node.name)
        elif isinstance(node, Gateway):
            above = _label_height(node.name)
        elif node.id in self.boundary:
            below = EVENT / 2 + max(_label_height(event.name) for event in self.boundary[node.id])
        for artifact in self.artifacts.get(node.id, ()):
            if artifact.above:
                above += artifact.height + PADDING
            else:
                below += artifact.height + PADDING
        return Box(width, height, above, below, self.bands.get(node.id, 0), isinstance(node, Gateway))

    def _size(self, node: FlowNode) -> tuple[float, float]:
        if isinstance(node, Event):
            return EVENT, EVENT
        if isinstance(node, Gateway):
            return GATEWAY, GATEWAY
        if node.id in self.inner:
            inner = self.inner[node.id]
            named = text_width(node.name, FONT) + 40 if node.name else 0.0
            return max(inner.width + 2 * PADDING, named, 140.0), inner.height + PADDING + HEADER
        return task_size(node.name, len(self.boundary.get(node.id, ())))

    def _offset(self, event: str) -> float:
        """How far from its host's left border a boundary event stands; the first stands at the right."""
        host = self.attached[event]
        events = [other.id for other in self.boundary[host]]
        width = self._size(self.nodes[host])[0]
        return width * (len(events) - events.index(event)) / (len(events) + 1) + (width / 6 if len(events) == 1 else 0)

    def _shape(self, drawing: Drawing, node: FlowNode, bounds: Bounds) -> None:
        expanded = node.id in self.inner if isinstance(node, SubProcess) else None
        drawing.shapes[node.id] = Shape(bounds, expanded=expanded)
        if node.id in self.inner:
            drawing.add(self.inner[node.id], bounds.x + PADDING, bounds.y + HEADER)
        for event in self.boundary.get(node.id, ()):
            x, y = bounds.x + self._offset(event.id) - EVENT / 2, bounds.y + bounds.height - EVENT / 2
            width, height = block(event.name, LABEL_WIDTH, SMALL)
            label = Bounds(x - width - 2, y + EVENT - 2, width, height) if event.name else None
            drawing.shapes[event.id] = Shape(Bounds(x, y, EVENT, EVENT), label)

    def _node_labels(self, drawing: Drawing, part: Sequence[str]) -> None:
        """Names of events below them, of gateways above or beside them, where no line and no box is in the way."""
        taken = [shape.bounds for shape in drawing.shapes.values() if shape.expanded is not True]
        for node in part:
            name, shape = self.nodes[node].name, drawing.shapes[node]
            if not name or not isinstance(self.nodes[node], Event | Gateway):
                continue
            width, height = block(name, LABEL_WIDTH, SMALL)
            x, y, size, tall = shape.bounds
            middle = x + size / 2
            if isinstance(self.nodes[node], Event):
                label = Bounds(middle - width / 2, y + tall + 4, width, height)
            else:
                ups, downs = y - height - 4, y + tall + 4
                left, centre, right = middle - 8 - width, middle - width / 2, middle + 8
                tries = [(centre, ups), (right, ups), (left, ups), (centre, downs), (right, downs), (left, downs)]
                tries += [(right, y - height + 8), (left, y - height + 8)]
                label = first_free([Bounds(at, top, width, height) for at, top in tries], taken, drawing.edges)
                taken.append(label)
            drawing.shapes[node] = replace(shape, label=label)

    def _beside(self, drawing: Drawing, part: Sequence[str]) -> None:
        """Annotations above and data below their nodes, and the lines to them."""
        for node in part:
            box = drawing.shapes[node].bounds
            up, down = box.y - _label_height(self.nodes[node].name) * isinstance(self.nodes[node], Gateway), 0.0
            down = box.y + box.height
            if isinstance(self.nodes[node], Event):
                down += _label_height(self.nodes[node].name)
            elif node in self.boundary:
                down += EVENT / 2 + max(_label_height(event.name) for event in self.boundary[node])
            for artifact in self.artifacts.get(node, ()):
                x = box.x + box.width / 2 - artifact.width / 2
                y = up - artifact.height - PADDING if artifact.above else down + PADDING
                up, down = (y, down) if artifact.above else (up, y + artifact.height)
                drawing.shapes[artifact.id] = Shape(Bounds(x, y, artifact.width, artifact.height))
                near = Point(x + artifact.width / 2, y + artifact.height if artifact.above else y)
                side = Point(box.x + box.width / 2, box.y if artifact.above else box.y + box.height)
                for key, linked in artifact.links:
                    if linked == node:
                        drawing.edges[key] = Edge((side, near))


def task_size(name: str, events: int = 0) -> tuple[float, float]:
    """Width and height of a task that shows its name in at most four lines."""
    word = widest_word(name, FONT) + 16
    width = next((w for w in (100.0, 120.0, 140.0) if w >= word and _sits_well(wrap(name, w - 16, FONT, 9))), 160.0)
    return max(width, 44.0 * events + 20), TASK[1]


def _sits_well(lines: Sequence[str]) -> bool:
    """At most three lines, and no single character alone on the last."""
    return len(lines) <= 3 and (len(lines) < 2 or len(lines[-1]) > 1)


def _label_height(name: str) -> float:
    return block(name, LABEL_WIDTH, SMALL)[1] + 8 if name else 0.0


def _artifacts(
    texts: Sequence[str],
    associations: Sequence[Association],
    nodes: Sequence[FlowNode],
    known: Mapping[str, FlowNode],
    attached: Mapping[str, str],
) -> dict[str, list[Artifact]]:
    """What stands beside which node: annotations by association, data by its associations; the rest by no name."""
    found: dict[str, list[Artifact]] = {}
    data_links = [link for node in nodes for link in _data_links(node)]
    for text in texts:
        element = from_fragment(text)
        kind, key = local(element), element.get("id", "")
        links = [(a.id, a.target if a.source == key else a.source) for a in associations if key in (a.source, a.target)]
        links += [(edge, node) for edge, node, data in data_links if data == key]
        links = [(edge, node) for edge, node in links if node in known]
        if kind not in ("textAnnotation", "dataObjectReference", "dataStoreReference"):
            continue
        if kind == "textAnnotation":
            width, height = block(text_of(element), 120.0, SMALL, 6)
            size = (width + 16, height + 12)
        else:
            size = (DATA[0], DATA[1])
        artifact = Artifact(key, *size, kind == "textAnnotation", tuple(links))
        home = links[0][1] if links else ""
        found.setdefault(attached.get(home, home), []).append(artifact)
    return found


def _data_links(node: FlowNode) -> list[tuple[str, str, str]]:
    """(association id, node id, data id) from the node's foreign data associations."""
    links = []
    for text in node.foreign:
        if "dataInputAssociation" not in text and "dataOutputAssociation" not in text:
            continue
        element = from_fragment(text)
        tag = "sourceRef" if local(element) == "dataInputAssociation" else "targetRef"
        reference: etree._Element | None = element.find(f"{{{BPMN}}}{tag}")
        if reference is not None and element.get("id"):
            links.append((element.get("id", ""), node.id, unprefixed(text_of(reference))))
    return links


def _moved(bounds: Bounds, dx: float, dy: float) -> Bounds:
    return Bounds(bounds.x + dx, bounds.y + dy, bounds.width, bounds.height)
