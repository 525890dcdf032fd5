"""``svg``: a model as one self-contained drawing, to read on screen, in dark and on paper.

Rule kept: colours are variables with fallbacks (``--ink``, ``--paper``, ``--accent`` …), so the page that embeds the
drawing rules them; every rule is scoped by the class prefix. A changed element has a sign, not only a colour.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from zaizao.bpmn.diff import Change, Changes
from zaizao.bpmn.labels import wrap
from zaizao.bpmn.layout import layout, leaf_lanes
from zaizao.bpmn.model import (
    Activity,
    Association,
    Bounds,
    Definitions,
    Diagram,
    Edge,
    Event,
    FlowNode,
    Gateway,
    Lane,
    MessageFlow,
    Point,
    SequenceFlow,
    Shape,
    SubProcess,
)
from zaizao.bpmn.picture.shapes import FONT, SMALL, label, node_picture, plain, words
from zaizao.bpmn.xml import from_fragment, local, text_of

_STYLE = """
.{p}{{font-family:Inter,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;max-width:100%;height:auto}}
.{p} text{{fill:var(--ink,#1B2430)}} .{p} .n{{font-size:12px}} .{p} .s{{font-size:11px}}
.{p} .o,.{p} .q{{fill:var(--secondary,#5B6673)}} .{p} .q{{font-variant-numeric:tabular-nums}} .{p} .h{{font-weight:600}}
.{p} .o,.{p} .w{{paint-order:stroke;stroke:var(--paper,#FFFFFF);stroke-width:3px;stroke-linejoin:round}}
.{p} .b{{fill:var(--paper,#FFFFFF);stroke:var(--ink,#1B2430);stroke-width:1.2}}
.{p} .r{{fill:none;stroke:var(--ink,#1B2430);stroke-width:1.2}}
.{p} .call{{stroke-width:2.6}} .{p} .end{{stroke-width:2.8}}
.{p} .c{{fill:var(--wash,#F6F7F9);stroke:var(--secondary,#5B6673);stroke-width:1}}
.{p} .dotted{{stroke-dasharray:2 3}} .{p} .dashed{{stroke-dasharray:5 3}}
.{p} .l{{fill:none;stroke:var(--ink,#1B2430);stroke-width:1.15;stroke-linejoin:round;stroke-linecap:round}}
.{p} .t{{fill:none;stroke:var(--ink,#1B2430);stroke-width:.72;stroke-linejoin:round}}
.{p} .g{{fill:none;stroke:var(--ink,#1B2430);stroke-width:1.9;stroke-linecap:round}}
.{p} .f{{fill:var(--ink,#1B2430)}} .{p} .p{{fill:none;stroke:var(--paper,#FFFFFF);stroke-width:1.3}}
.{p} .flow{{fill:none;stroke:var(--secondary,#5B6673);stroke-width:1.2}} .{p} .tip{{fill:var(--secondary,#5B6673)}}
.{p} .message{{stroke-dasharray:7 4}} .{p} .association{{stroke-dasharray:1.5 3.5;stroke-linecap:round}}
.{p} .pool{{fill:none;stroke:var(--secondary,#5B6673);stroke-width:1}}
.{p} .lane{{fill:none;stroke:var(--hairline,#E6E9ED);stroke-width:1}} .{p} .head{{fill:var(--wash,#F6F7F9)}}
.{p} .added .b,.{p} .added .c{{fill:var(--accent-wash,#E3F1F0);stroke:var(--accent,#0B7A75);stroke-width:1.8}}
.{p} .added .flow{{stroke:var(--accent,#0B7A75);stroke-width:1.8}} .{p} .added .tip{{fill:var(--accent,#0B7A75)}}
.{p} .changed .b,.{p} .changed .c{{stroke:var(--info,#2F5D9B);stroke-width:1.8}}
.{p} .changed .flow{{stroke:var(--info,#2F5D9B);stroke-width:1.8}} .{p} .changed .tip{{fill:var(--info,#2F5D9B)}}
.{p} .removed .b,.{p} .removed .c{{stroke:var(--bad,#B3261E);stroke-dasharray:5 3}} .{p} .removed text{{opacity:.72}}
.{p} .removed .flow{{stroke:var(--bad,#B3261E);stroke-dasharray:5 3}} .{p} .removed .tip{{fill:var(--bad,#B3261E)}}
.{p} .sign{{stroke:var(--paper,#FFFFFF);stroke-width:1.5}}
.{p} .sign+path{{stroke:var(--paper,#FFFFFF);stroke-width:1.6}}
.{p} .added .sign{{fill:var(--accent,#0B7A75)}} .{p} .changed .sign{{fill:var(--info,#2F5D9B)}}
.{p} .removed .sign{{fill:var(--bad,#B3261E)}}
"""
_SIGNS = {"added": "M-4 0h8M0-4v8", "changed": "M-4 0c1.4-3 2.8-2 4 0s2.600 3 4 0", "removed": "M-4 0h8"}
_MARGIN = 12.0
_HEADER = 30.0


def svg(
    definitions: Definitions,
    *,
    highlight: Mapping[str, Change | str] | None = None,
    changes: Changes | None = None,
    counts: Mapping[str, str] | None = None,
    prefix: str = "zb",
    title: str = "",
) -> str:
    """The model's diagram as an ``<svg>`` element; a model without one is laid out first.

    ``highlight`` marks elements by id as added, changed or removed, ``changes`` marks what ``diff`` found; ``counts``
    are small figures by element id (nodes and flows); ``prefix`` is the class that scopes the style; ``title`` is read
    out in place of the drawing.
    """
    if definitions.diagram is None or not definitions.diagram.shapes:
        definitions = layout(definitions)
    diagram = definitions.diagram or Diagram()
    marks = {**(changes.marks() if changes else {}), **(highlight or {})}
    painter = _Painter(definitions, diagram, {key: str(mark) for key, mark in marks.items()}, counts or {})
    body = "".join(painter.paint())
    x, y, width, height = _frame(diagram)
    named = title or "，".join(process.name or process.id for process in definitions.processes)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{plain(prefix)}" role="img" aria-label="{plain(named)}" '
        f'viewBox="{x:g} {y:g} {width:g} {height:g}" width="{width:g}" height="{height:g}">'
        f"<style>{_STYLE.format(p=prefix)}</style>{body}</svg>"
    )


class _Painter:
    """Paints a diagram from back to front: pools, sub-processes, lines, nodes, words of lines."""

    def __init__(
        self,
        definitions: Definitions,
        diagram: Diagram,
        highlight: Mapping[str, str],
        counts: Mapping[str, str],
    ) -> None:
        self.definitions = definitions
        self.diagram = diagram
        self.highlight = highlight
        self.counts = counts
        self.nodes = {node.id: node for process in definitions.processes for node in process.walk()}
        self.hosts = {node.attached_to for node in self.nodes.values() if isinstance(node, Event)}
        self.defaults = {node.default for node in self.nodes.values() if isinstance(node, Activity | Gateway)}

    def paint(self) -> Iterator[str]:
        """The drawing's parts in painting order."""
        yield from self._pools()
        containers = [node for node in self.nodes.values() if self._expanded(node)]
        for node in containers:
            yield self._node(node)
        flows = [flow for scope in self._scopes() for flow in scope[0]]
        for flow in flows:
            yield self._group(flow.id, "edge", self._sequence_flow(flow))
        for scope in self._scopes():
            for association in scope[1]:
                yield self._group(association.id, "edge", self._association(association))
        for message_flow in self.definitions.message_flows:
            yield self._group(message_flow.id, "edge", self._message_flow(message_flow))
        for scope in self._scopes():
            for artifact in scope[2]:
                yield self._artifact(artifact)
        for node in self.nodes.values():
            if not self._expanded(node):
                yield self._node(node)
        for flow in flows:
            yield self._flow_words(flow.id, flow.name)
        for message_flow in self.definitions.message_flows:
            yield self._flow_words(message_flow.id, message_flow.name)

    def _expanded(self, node: FlowNode) -> bool:
        shape = self.diagram.shapes.get(node.id)
        return isinstance(node, SubProcess) and shape is not None and shape.expanded is True

    def _scopes(self) -> Iterator[tuple[tuple[SequenceFlow, ...], tuple[Association, ...], tuple[str, ...]]]:
        for process in self.definitions.processes:
            yield process.flows, process.associations, process.artifacts
        for node in self.nodes.values():
            if isinstance(node, SubProcess):
                yield node.flows, node.associations, node.artifacts

    def _group(self, key: str, style: str, content: str) -> str:
        if not content:
            return ""
        change = self.highlight.get(key, "")
        return f'<g class="{" ".join(filter(None, (style, change)))}" data-id="{plain(key)}">{content}</g>'

    def _node(self, node: FlowNode) -> str:
        shape = self.diagram.shapes.get(node.id)
        if shape is None:
            return ""
        content = node_picture(node, shape, self.counts.get(node.id, ""), crowded=node.id in self.hosts)
        change = self.highlight.get(node.id, "")
        if change in _SIGNS:
            x, y = shape.bounds.x + shape.bounds.width, shape.bounds.y
            inset = shape.bounds.width * 0.12 if not isinstance(node, Activity) else 2.0
            content += (
                f'<g transform="translate({x - inset:g} {y + inset:g})"><circle class="sign" r="8"/>'
                f'<path fill="none" stroke-linecap="round" d="{_SIGNS[change]}"/></g>'
            )
        tip = f"<title>{plain(node.name)}</title>" if node.name else ""
        return self._group(node.id, "node", tip + content)

    # --- lines ---

    def _sequence_flow(self, flow: SequenceFlow) -> str:
        edge = self.diagram.edges.get(flow.id)
        if edge is None or len(edge.points) < 2:
            return ""
        parts = [_line(edge.points, "flow", arrow=True)]
        start, second = edge.points[0], edge.points[1]
        source = self.nodes.get(flow.source)
        dx, dy = _direction(start, second)
        if flow.id in self.defaults:
            if len(edge.points) > 2 and dx:  # beyond a stretch that other ways on may share
                start, (dx, dy) = second, _direction(second, edge.points[2])
            x, y = start.x + dx * 11, start.y + dy * 11
            tilt = (dx * 3 - dy * 5, dy * 3 + dx * 5)
            parts.append(f'<path class="flow" d="M{x - tilt[0]:g} {y - tilt[1]:g}L{x + tilt[0]:g} {y + tilt[1]:g}"/>')
        elif flow.condition is not None and isinstance(source, Activity):
            x, y = start.x, start.y
            points = [(0.0, 0.0), (7.0, -4.0), (14.0, 0.0), (7.0, 4.0)]
            corners = " ".join(f"{x + a * dx - b * dy:g},{y + a * dy + b * dx:g}" for a, b in points)
            parts.append(f'<polygon class="b" points="{corners}"/>')
        return "".join(parts)

    def _association(self, association: Association) -> str:
        edge = self.diagram.edges.get(association.id)
        if edge is None or len(edge.points) < 2:
            return ""
        return _line(edge.points, "flow association", arrow=association.directed)

    def _message_flow(self, flow: MessageFlow) -> str:
        edge = self.diagram.edges.get(flow.id)
        if edge is None or len(edge.points) < 2:
            return ""
        start = edge.points[0]
        return (
            _line(edge.points, "flow message", arrow=True)
            + f'<circle class="b" cx="{start.x:g}" cy="{start.y:g}" r="4"/>'
        )

    def _flow_words(self, key: str, name: str) -> str:
        edge = self.diagram.edges.get(key)
        if edge is None or not edge.points:
            return ""
        parts = []
        if name:
            middle = edge.points[len(edge.points) // 2]
            parts.append(label(name, edge.label or Bounds(middle.x + 4, middle.y - 16, 80, 14), Bounds(0, 0, 0, 0)))
        if figure := self.counts.get(key, ""):
            x, y = _middle_of(edge)
            parts.append(words([figure], x, y - 4, SMALL, style="q w"))
        return self._group(key, "words", "".join(parts))

    # --- pools, lanes, artifacts ---

    def _pools(self) -> Iterator[str]:
        for pool in self.definitions.participants:
            shape = self.diagram.shapes.get(pool.id)
            if shape is None:
                continue
            empty = not any(process.id == pool.process for process in self.definitions.processes)
            process = next((p for p in self.definitions.processes if p.id == pool.process), None)
            yield self._group(pool.id, "container", _banner(shape, pool.name, "pool", whole=empty))
            for lane in _all_lanes(process.lanes if process else ()):
                if lane.id in self.diagram.shapes:
                    yield self._group(lane.id, "container", _banner(self.diagram.shapes[lane.id], lane.name, "lane"))
            if process is not None and list(leaf_lanes(process.lanes)):
                x, y, width, height = shape.bounds
                size = f'width="{width:g}" height="{height:g}"'
                yield f'<rect class="pool" x="{x:g}" y="{y:g}" {size}/>'

    def _artifact(self, text: str) -> str:
        element = from_fragment(text)
        key = element.get("id", "")
        shape = self.diagram.shapes.get(key)
        if shape is None:
            return ""
        x, y, width, height = shape.bounds
        match local(element):
            case "textAnnotation":
                lines = wrap(text_of(element), width - 12, SMALL, max(1, int(height / 14)))
                bracket = f'<path class="flow" d="M{x + 10:g} {y:g}H{x:g}V{y + height:g}H{x + 10:g}"/>'
                content = bracket + words(lines, x + 8, y + 6 + SMALL, SMALL, "start", "q")
            case "group":
                size = f'width="{width:g}" height="{height:g}"'
                content = f'<rect class="r dashed" x="{x:g}" y="{y:g}" {size} rx="8"/>'
            case "dataStoreReference":
                content = _cylinder(shape.bounds) + label(element.get("name", ""), shape.label, shape.bounds)
            case _:
                content = _page(shape.bounds) + label(element.get("name", ""), shape.label, shape.bounds)
        return self._group(key, "artifact", content)


def _all_lanes(lanes: tuple[Lane, ...]) -> Iterator[Lane]:
    for lane in lanes:
        yield lane
        yield from _all_lanes(lane.lanes)


def _banner(shape: Shape, name: str, style: str, *, whole: bool = False) -> str:
    """A pool or lane: its border, its header, and its name along the header."""
    x, y, width, height = shape.bounds
    border = f'<rect class="{style}" x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}"/>'
    if whole:
        lines = wrap(name, width - 20, FONT, 2)
        return border + words(lines, x + width / 2, y + height / 2 + 4, FONT)
    head = f'<rect class="head {style}" x="{x:g}" y="{y:g}" width="{_HEADER:g}" height="{height:g}"/>' * (
        style == "pool"
    )
    lines = wrap(name, height - 8, FONT if style == "pool" else SMALL, 1)
    text = words(lines, 0, 4, FONT if style == "pool" else SMALL, style="h" if style == "pool" else "")
    return f'{border}{head}<g transform="translate({x + _HEADER / 2:g} {y + height / 2:g}) rotate(-90)">{text}</g>'


def _line(points: tuple[Point, ...], style: str, *, arrow: bool) -> str:
    """A line with rounded corners and, at its end, a tip."""
    last, before = points[-1], points[-2]
    dx, dy = _direction(before, last)
    end = Point(last.x - dx * 7, last.y - dy * 7) if arrow else last
    stops = [*points[:-1], end]
    path = [f"M{stops[0].x:g} {stops[0].y:g}"]
    for one, corner, other in zip(stops, stops[1:], stops[2:], strict=False):
        before_length = abs(one.x - corner.x) + abs(one.y - corner.y)
        after_length = abs(other.x - corner.x) + abs(other.y - corner.y)
        radius = min(6.0, before_length / 2, after_length / 2)
        ix, iy = _direction(one, corner)
        ox, oy = _direction(corner, other)
        enter, leave = (
            (corner.x - ix * radius, corner.y - iy * radius),
            (corner.x + ox * radius, corner.y + oy * radius),
        )
        path.append(f"L{enter[0]:g} {enter[1]:g}Q{corner.x:g} {corner.y:g} {leave[0]:g} {leave[1]:g}")
    path.append(f"L{end.x:g} {end.y:g}")
    line = f'<path class="{style}" d="{"".join(path)}"/>'
    if not arrow:
        return line
    foot = Point(end.x - dx * 2, end.y - dy * 2)
    wings = f"{foot.x - dy * 3.6:g},{foot.y + dx * 3.6:g} {foot.x + dy * 3.6:g},{foot.y - dx * 3.6:g}"
    return line + f'<polygon class="tip" points="{last.x:g},{last.y:g} {wings}"/>'


def _direction(one: Point, other: Point) -> tuple[float, float]:
    length = ((other.x - one.x) ** 2 + (other.y - one.y) ** 2) ** 0.5
    return ((other.x - one.x) / length, (other.y - one.y) / length) if length else (1.0, 0.0)


def _middle_of(edge: Edge) -> tuple[float, float]:
    """The middle of the edge's longest level stretch."""
    pairs = list(zip(edge.points, edge.points[1:], strict=False))
    one, other = max(pairs, key=lambda pair: abs(pair[0].x - pair[1].x))
    return (one.x + other.x) / 2, (one.y + other.y) / 2


def _page(bounds: Bounds) -> str:
    x, y, width, height = bounds
    fold = min(10.0, width / 3)
    outline = f"M{x:g} {y:g}h{width - fold:g}l{fold:g} {fold:g}v{height - fold:g}h{-width:g}z"
    return f'<path class="b" d="{outline}"/><path class="r" d="M{x + width - fold:g} {y:g}v{fold:g}h{fold:g}"/>'


def _cylinder(bounds: Bounds) -> str:
    x, y, width, height = bounds
    half, rim = width / 2, min(6.0, height / 5)
    arc = f"a{half:g} {rim:g} 0 0 0 {width:g} 0"
    body = f"M{x:g} {y + rim:g}{arc}v{height - 2 * rim:g}a{half:g} {rim:g} 0 0 1 {-width:g} 0z"
    top = f"M{x:g} {y + rim:g}a{half:g} {rim:g} 0 0 1 {width:g} 0"
    return f'<path class="b" d="{body}"/><path class="r" d="{top}"/>'


def _frame(diagram: Diagram) -> tuple[float, float, float, float]:
    """What the drawing covers, with a margin."""
    boxes = [shape.bounds for shape in diagram.shapes.values()]
    boxes += [shape.label for shape in diagram.shapes.values() if shape.label]
    boxes += [edge.label for edge in diagram.edges.values() if edge.label]
    boxes += [Bounds(point.x, point.y, 0, 0) for edge in diagram.edges.values() for point in edge.points]
    if not boxes:
        return 0.0, 0.0, 40.0, 40.0
    left, top = min(box.x for box in boxes) - _MARGIN, min(box.y for box in boxes) - _MARGIN
    right = max(box.x + box.width for box in boxes) + _MARGIN
    bottom = max(box.y + box.height for box in boxes) + _MARGIN
    return left, top, right - left, bottom - top
