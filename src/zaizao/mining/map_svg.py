"""The process map as one self-contained drawing, to read on screen, in dark and on paper.

Rule kept: left to right; a box is an activity with its executions and median processing time; a line's width is how often
it is taken (logarithm), its colour the median waiting on it. A label stands in a gap of its own line: it is placed like
a box, so no line ever crosses it. Words come in both languages; the page's (or drawing's) ``lang`` chooses, Chinese where
none is set. Colours of ink and paper are variables with fallbacks, so the page that embeds the drawing rules them.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape

from zaizao.bpmn import Box, Placement, Point, layered
from zaizao.mining.process_map import BORDER, MapEdge, MapNode, ProcessMap
from zaizao.problems import Text

_PALE, _DARK = (0xFF, 0xF3, 0xE0), (0x8A, 0x3B, 0x00)
_MARGIN, _LEGEND = 16.0, 52.0
_CIRCLE, _NAME, _FIGURE, _LABEL = 26.0, 13.0, 11.0, 11.0
_THIN, _THICK = 1.2, 7.0
_BESIDE = 20.0
_UNITS = ((86_400.0, "天", "d"), (3_600.0, "小时", "h"), (60.0, "分", "min"), (1.0, "秒", "s"))
_STYLE = """
.{p}{{font-family:Inter,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif;font-variant-numeric:tabular-nums}}
.{p} text{{fill:var(--ink,#1B2430)}} .{p} .name{{font-size:13px;font-weight:600}} .{p} .figure{{font-size:11px}}
.{p} .quiet{{fill:var(--secondary,var(--second,#5B6673))}}
.{p} .box{{fill:var(--paper,#FFFFFF);stroke:var(--ink,#1B2430);stroke-width:1.1}}
.{p} .load{{fill:var(--accent,#0B7A75)}} .{p} .ring{{fill:var(--paper,#FFFFFF);stroke:var(--ink,#1B2430)}}
.{p} .dot{{fill:var(--ink,#1B2430)}} .{p} .line,.{p} .case{{fill:none;stroke-linejoin:round;stroke-linecap:butt}}
.{p} .case{{stroke:#C9B59B}} .{p} .border{{stroke:var(--secondary,var(--second,#9AA3AD));opacity:.6}}
.{p} .tip{{stroke:#C9B59B;stroke-width:.8}} .{p} .tip.border{{fill:var(--secondary,var(--second,#9AA3AD));stroke:none}}
.{p} g.e,.{p} g.n{{transition:opacity .12s}}
:root:not([lang=en]) .{p} .en,.{p}:root:not([lang=en]) .en{{display:none}}
:root[lang=en] .{p} .zh,.{p}:root[lang=en] .zh{{display:none}}
@media (prefers-reduced-motion:reduce){{.{p} g.e,.{p} g.n{{transition:none}}}}
"""


@dataclass(frozen=True, slots=True)
class _Label:
    """What stands on one edge: count, and waiting where known."""

    count: str
    waiting: Text | None
    width: float
    height: float


def map_svg(drawn: ProcessMap, *, prefix: str = "zm") -> str:
    """The drawing of ``drawn``; ``prefix`` scopes its style where a page has several."""
    drawing = _Drawing(drawn, prefix)
    return drawing.svg()


def waiting_colour(share: float) -> str:
    """The colour of a waiting at ``share`` (0 to 1) of the scale."""
    mixed = (round(a + (b - a) * min(max(share, 0.0), 1.0)) for a, b in zip(_PALE, _DARK, strict=True))
    return "#" + "".join(f"{part:02X}" for part in mixed)


class _Drawing:
    """One map on its way to SVG: boxes 0 (start), 1 … n (activities), n + 1 (end), then one a label."""

    def __init__(self, drawn: ProcessMap, prefix: str) -> None:
        self.drawn = drawn
        self.prefix = prefix
        self.last = len(drawn.nodes) + 1
        self.names = [_broken(node.name) for node in drawn.nodes]
        self.labels = [_label(edge) for edge in drawn.edges]
        self.most = max((edge.count for edge in drawn.edges), default=1)
        self.heaviest = max((node.count for node in drawn.nodes), default=1)
        waits = [edge.waiting_median for edge in drawn.edges if edge.waiting_median is not None]
        self.longest = max(waits, default=0.0)
        self.boxes, self.links, self.weights = self._graph()
        self.placed: Placement = layered(
            self.boxes, self.links, weights=self.weights, gap=22.0, line_gap=14.0, channel=26.0, track=9.0, spread=True
        )

    def _graph(self) -> tuple[list[Box], list[tuple[int, int]], list[float]]:
        loops = {
            edge.source: label
            for edge, label in zip(self.drawn.edges, self.labels, strict=True)
            if edge.source == edge.target
        }
        boxes = [Box(_CIRCLE, _CIRCLE)]
        for number, (node, rows) in enumerate(zip(self.drawn.nodes, self.names, strict=True)):
            width = max([*(_width(row, _NAME) * 1.06 for row in rows), _width(_figures(node).en, _FIGURE), 72.0]) + 24
            loop = loops.get(number)
            width = width if loop is None else max(width, 2 * (_BESIDE + loop.width))
            boxes.append(Box(width, 30.0 + 17.0 * len(rows), above=0.0 if loop is None else 12.0))
        boxes.append(Box(_CIRCLE, _CIRCLE))
        links: list[tuple[int, int]] = []
        weights: list[float] = []
        trunk = set(self._trunk())
        for number, (edge, label) in enumerate(zip(self.drawn.edges, self.labels, strict=True)):
            source, target = self._ends(edge)
            # What leads from the start to everything runs forward; so does what leads to the end.
            weight = edge.count + (1e12 if number in trunk or target == self.last else 0.0)
            if source == target:
                links.append((source, target))
                weights.append(weight)
                continue
            boxes.append(Box(label.width, label.height))
            links += [(source, len(boxes) - 1), (len(boxes) - 1, target)]
            weights += [weight, weight]
        return boxes, links, weights

    def _trunk(self) -> Iterator[int]:
        """The edges that reach every box from the start, each time the most frequent first."""
        order = sorted(range(len(self.drawn.edges)), key=lambda k: -self.drawn.edges[k].count)
        reached = {0}
        while True:
            for k in order:
                source, target = self._ends(self.drawn.edges[k])
                if source in reached and target not in reached and target != self.last:
                    reached.add(target)
                    yield k
                    break
            else:
                return

    def _ends(self, edge: MapEdge) -> tuple[int, int]:
        return (
            0 if edge.source == BORDER else edge.source + 1,
            self.last if edge.target == BORDER else edge.target + 1,
        )

    def svg(self) -> str:
        width = max(self.placed.width, 420.0) + 2 * _MARGIN
        height = self.placed.height + 2 * _MARGIN + _LEGEND
        title = Text("流程地图", "Process map")
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" class="{self.prefix}" width="{width:g}" height="{height:g}" '
            f'viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{title.zh} / {title.en}">',
            f"<style>{_STYLE.format(p=self.prefix)}{self._fading()}</style>",
            f'<g transform="translate({_MARGIN:g} {_MARGIN:g})">',
            *self._edges(),
            *self._nodes(),
            "</g>",
            *self._legend(self.placed.height + 2 * _MARGIN),
            "</svg>",
        ]
        return "".join(parts)

    def _fading(self) -> str:
        """Pointing at a box fades all that does not touch it."""
        p = self.prefix
        return "".join(
            f".{p}:has(.n{k}:hover) :is(g.e:not(.t{k}),g.n:not(.n{k},.a{k})){{opacity:.15}}"
            for k in range(1, self.last)
        )

    # --- lines ---

    def _edges(self) -> Iterator[str]:
        order = sorted(range(len(self.drawn.edges)), key=lambda k: self.drawn.edges[k].count)
        places, box, link = {}, self.last + 1, 0
        for k, edge in enumerate(self.drawn.edges):
            loop = edge.source == edge.target
            places[k] = (box, link)
            box, link = (box, link + 1) if loop else (box + 1, link + 2)
        for k in order:
            yield self._edge(self.drawn.edges[k], self.labels[k], *places[k])

    def _edge(self, edge: MapEdge, label: _Label, box: int, link: int) -> str:
        source, target = self._ends(edge)
        routes = self.placed.routes
        width = _THIN + (_THICK - _THIN) * math.log1p(edge.count) / math.log1p(self.most)
        if source == target:
            corner, size = self.placed.positions[source], self.boxes[source]
            lines: list[Sequence[Point]] = [routes[link]]
            # Lines that come back enter the top left of the middle: the words stand on its right.
            words = _words(label, corner.x + size.width / 2 + _BESIDE + label.width / 2, corner.y - label.height - 1)
        else:
            lines = [routes[link], routes[link + 1]]
            at = self.placed.positions[box]
            words = _words(label, at.x + label.width / 2, at.y)
        return f'<g class="e t{source} t{target}">{self._strokes(edge, lines, width)}{words}</g>'

    def _strokes(self, edge: MapEdge, lines: list[Sequence[Point]], width: float) -> str:
        tip = 4.0 + width
        paths = [*lines[:-1], _shortened(lines[-1], tip * 0.8)]
        data = "".join(_path(points) for points in paths)
        head = _head(lines[-1], tip)
        if edge.waiting_median is None:
            return f'<path class="line border" d="{data}" stroke-width="{width:.1f}"/><path class="tip border" d="{head}"/>'
        colour = waiting_colour(self._share(edge.waiting_median))
        return (
            f'<path class="case" d="{data}" stroke-width="{width + 1.2:.1f}"/>'
            f'<path class="line" d="{data}" stroke="{colour}" stroke-width="{width:.1f}"/>'
            f'<path class="tip" d="{head}" fill="{colour}"/>'
        )

    def _share(self, waiting: float) -> float:
        """Place on the waiting scale: logarithmic from a minute to the longest."""
        floor, top = 60.0, max(self.longest, 120.0)
        return math.log(max(waiting, floor) / floor) / math.log(top / floor)

    # --- boxes ---

    def _nodes(self) -> Iterator[str]:
        start, end = self.placed.positions[0], self.placed.positions[self.last]
        half = _CIRCLE / 2
        for number, corner, ring in ((0, start, 1.4), (self.last, end, 3.2)):
            x, y = corner.x + half, corner.y + half
            dot = f'<circle class="dot" cx="{x:g}" cy="{y:g}" r="3.5"/>' if number else ""
            tip = Text("结束", "end") if number else Text("开始", "start")
            yield (
                f'<g class="n n{number}{self._neighbours(number)}"><title>{tip.zh} / {tip.en}</title>'
                f'<circle class="ring" cx="{x:g}" cy="{y:g}" r="{half - 2:g}" stroke-width="{ring}"/>{dot}</g>'
            )
        for number, (node, rows) in enumerate(zip(self.drawn.nodes, self.names, strict=True), start=1):
            yield self._node(number, node, rows)

    def _node(self, number: int, node: MapNode, rows: list[str]) -> str:
        corner, size = self.placed.positions[number], self.boxes[number]
        middle = corner.x + size.width / 2
        load = (size.width - 16) * node.count / self.heaviest
        text = "".join(
            f'<text class="name" text-anchor="middle" x="{middle:g}" y="{corner.y + 19 + 17 * k:g}">{escape(row)}</text>'
            for k, row in enumerate(rows)
        )
        figures = _both(_figures(node), middle, corner.y + size.height - 13, "figure quiet", "middle")
        return (
            f'<g class="n n{number}{self._neighbours(number)}"><title>{escape(node.name)}</title>'
            f'<rect class="box" x="{corner.x:g}" y="{corner.y:g}" width="{size.width:g}" height="{size.height:g}" rx="6"/>'
            f'<rect class="load" x="{corner.x + 8:g}" y="{corner.y + size.height - 6:g}" width="{load:.1f}" height="2.5" '
            f'rx="1.2"/>{text}{figures}</g>'
        )

    def _neighbours(self, number: int) -> str:
        """Classes ``a<k>`` of the boxes that touch box ``number``, so that they stay when ``k`` is pointed at."""
        touching = set()
        for edge in self.drawn.edges:
            source, target = self._ends(edge)
            if number in (source, target):
                touching |= {source, target}
        return "".join(f" a{k}" for k in sorted(touching - {number}))

    # --- legend ---

    def _legend(self, top: float) -> Iterator[str]:
        x, y = _MARGIN, top + 14
        yield _both(Text("线宽：次数", "width: times taken"), x, y, "figure quiet", "start")
        for k, count in enumerate((1, self.most)):
            width = _THIN + (_THICK - _THIN) * math.log1p(count) / math.log1p(self.most)
            left = x + 70 * k
            yield f'<path class="line border" d="M{left:g} {y + 14:g}h26" stroke-width="{width:.1f}"/>'
            yield f'<text class="figure" x="{left + 31:g}" y="{y + 18:g}">{count:,}</text>'
        x += 170
        yield _both(Text("颜色：等待中位数", "colour: median waiting"), x, y, "figure quiet", "start")
        steps = 16
        for k in range(steps):
            yield (
                f'<rect x="{x + 7 * k:g}" y="{y + 9:g}" width="7.2" height="10" fill="{waiting_colour(k / (steps - 1))}"/>'
            )
        yield _both(Text("≤ 1 分", "≤ 1 min"), x, y + 31, "figure", "start")
        yield _both(short_duration(max(self.longest, 60.0)), x + 7 * steps, y + 31, "figure", "end")
        x += 150
        shown = f"{self.drawn.activity_share:.0%}", f"{self.drawn.path_share:.0%}"
        yield _both(
            Text(f"显示 {shown[0]} 的活动、{shown[1]} 的路径", f"shown: {shown[0]} of executions, {shown[1]} of steps"),
            x, y, "figure quiet", "start",
        )  # fmt: skip


def short_duration(seconds: float) -> Text:
    """A duration of three digits at most: ``2.3 天`` / ``2.3 d``."""
    unit, zh, en = next((row for row in _UNITS if seconds >= row[0]), _UNITS[-1])
    value = seconds / unit
    shown = f"{value:.1f}" if 0 < value < 9.95 and unit > 1 else f"{value:.0f}"
    return Text(f"{shown} {zh}", f"{shown} {en}")


def _figures(node: MapNode) -> Text:
    count = f"{node.count:,}"
    if node.processing is None:
        return Text.both(count)
    median = short_duration(node.processing)
    return Text(f"{count} · {median.zh}", f"{count} · {median.en}")


def _label(edge: MapEdge) -> _Label:
    count = f"{edge.count:,}"
    waiting = None if edge.waiting_median is None or edge.waiting_median < 1 else short_duration(edge.waiting_median)
    words = [count] if waiting is None else [count, waiting.zh, waiting.en]
    width = max(_width(word, _LABEL) for word in words) + 8
    return _Label(count, waiting, width, 15.0 if waiting is None else 28.0)


def _words(label: _Label, middle: float, top: float) -> str:
    count = f'<text class="figure" text-anchor="middle" x="{middle:g}" y="{top + 11:g}">{label.count}</text>'
    if label.waiting is None:
        return count
    return count + _both(label.waiting, middle, top + 24, "figure quiet", "middle")


def _both(text: Text, x: float, y: float, css: str, anchor: str) -> str:
    """A text in both languages at one place; one element where they read the same."""
    place = f'text-anchor="{anchor}" x="{x:g}" y="{y:g}"'
    if text.zh == text.en:
        return f'<text class="{css}" {place}>{escape(text.en)}</text>'
    return f'<text class="{css} zh" {place}>{escape(text.zh)}</text><text class="{css} en" {place}>{escape(text.en)}</text>'


def _path(points: Sequence[Point], radius: float = 7.0) -> str:
    """A line with rounded corners."""
    if len(points) < 2:
        return ""
    data = [f"M{points[0].x:g} {points[0].y:g}"]
    for before, corner, after in zip(points, points[1:], points[2:], strict=False):
        bend = min(radius, math.dist(before, corner) / 2, math.dist(corner, after) / 2)
        one, other = _towards(corner, before, bend), _towards(corner, after, bend)
        data.append(f"L{one.x:.1f} {one.y:.1f}Q{corner.x:g} {corner.y:g} {other.x:.1f} {other.y:.1f}")
    return "".join(data) + f"L{points[-1].x:g} {points[-1].y:g}"


def _head(points: Sequence[Point], size: float) -> str:
    """A triangle at the end of a line."""
    end, before = points[-1], points[-2]
    base = _towards(end, before, size, beyond=True)
    across_x, across_y = (end.y - base.y) * 0.5, (base.x - end.x) * 0.5
    return (
        f"M{end.x:g} {end.y:g}L{base.x + across_x:.1f} {base.y + across_y:.1f}"
        f"L{base.x - across_x:.1f} {base.y - across_y:.1f}z"
    )


def _shortened(points: Sequence[Point], by: float) -> Sequence[Point]:
    return [*points[:-1], _towards(points[-1], points[-2], by)]


def _towards(origin: Point, goal: Point, distance: float, *, beyond: bool = False) -> Point:
    length = math.dist(origin, goal)
    share = distance / length if length else 0.0
    share = share if beyond else min(share, 1.0)
    return Point(origin.x + (goal.x - origin.x) * share, origin.y + (goal.y - origin.y) * share)


def _width(text: str, size: float) -> float:
    """A generous estimate of a line's width in pixels: full for ideographs, 0.6 of the size for the rest."""
    return size * sum(1.0 if ord(character) > 0x2E7F else 0.6 for character in text)


def _broken(name: str, longest: float = 150.0) -> list[str]:
    """The name in one row, or in two or three of much the same width, broken at blanks (ideographs: anywhere)."""
    rows = min(math.ceil(_width(name, _NAME) / longest), 3)
    if rows <= 1:
        return [name]
    pieces = name.split(" ") if " " in name else list(name)
    blank = " " if " " in name else ""
    goal = _width(name, _NAME) / rows
    result: list[str] = []
    row = pieces[0]
    for piece in pieces[1:]:
        if len(result) < rows - 1 and _width(row + blank + piece, _NAME) > goal * 1.12:
            result.append(row)
            row = piece
        else:
            row += blank + piece
    return [*result, row if _width(row, _NAME) < 1.8 * longest else row[: int(longest / _NAME * 2.4)] + "…"]
