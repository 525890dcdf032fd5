"""Object-centric maps: one directly-follows map per type of object, over the same events.

Rule kept: nothing is flattened into one count. An event of three invoices and one order counts once, is a step of each of
the four objects, and ``per_event`` says how many of a type it touched; figures of different types are never added up.
Durations are seconds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from html import escape

import polars as pl

from zaizao.bpmn import Box, layered
from zaizao.eventlog import LogError, ObjectLog, flatten
from zaizao.mining.flow import EdgeTimes, edge_times
from zaizao.mining.spread import Float64, Int64

_COLOURS = ("#0B7A75", "#B4541A", "#5B4B9A", "#2F6DB5", "#8A6D00", "#A23A5C")
_EVENT_WIDTH, _HEIGHT, _MARGIN = 8.2, 42.0, 16.0


@dataclass(frozen=True, slots=True, eq=False)
class TypeMap:
    """The map of one type of object.

    ``times`` has its edges (activity codes of ``times.flow.activities``); ``events`` counts by activity the events that
    touch the type, ``per_event`` how many of its objects they touch on average, ``most`` at most.
    """

    type: str
    objects: int
    times: EdgeTimes
    events: Int64
    per_event: Float64
    most: Int64

    def edges(self) -> Iterable[tuple[str, str, int, float]]:
        """(from, to, count, median waiting) of every edge."""
        flow, names = self.times.flow, self.times.flow.activities
        waits = self.times.waiting.median.tolist()
        for a, b, count, wait in zip(
            flow.source.tolist(), flow.target.tolist(), flow.count.tolist(), waits, strict=True
        ):
            yield names[a], names[b], count, wait


@dataclass(frozen=True, slots=True, eq=False)
class ObjectMap:
    """``events`` by activity (each event once), and one map per type that has events, in the log's order of types."""

    events: dict[str, int]
    types: tuple[TypeMap, ...]


def object_map(log: ObjectLog) -> ObjectMap:
    """The map of an object-centric log."""
    counts = log.events.group_by("type", maintain_order=True).len()
    found = []
    for name in log.object_types:
        try:
            seen = flatten(log, name)
        except LogError:
            continue  # a type that no event touches has no map
        touched = (
            log.event_objects.select("event", "object").unique()
            .join(log.objects.filter(pl.col("type") == name).select("id"), left_on="object", right_on="id", how="semi")
            .group_by("event").len("objects")
            .join(log.events.select("id", activity="type"), left_on="event", right_on="id")
            .group_by("activity").agg(pl.len().alias("events"), pl.col("objects").mean().alias("mean"), pl.col("objects").max())
        )  # fmt: skip
        order = pl.DataFrame({"activity": seen.activity_names}).join(
            touched, on="activity", how="left", maintain_order="left"
        )
        found.append(
            TypeMap(
                type=name,
                objects=seen.cases,
                times=edge_times(seen),
                events=order["events"].to_numpy().astype("int64"),
                per_event=order["mean"].to_numpy().astype("float64"),
                most=order["objects"].to_numpy().astype("int64"),
            )
        )
    return ObjectMap(dict(zip(counts["type"].to_list(), counts["len"].to_list(), strict=True)), tuple(found))


def object_map_svg(drawn: ObjectMap) -> str:
    """``drawn`` as one self-contained SVG: an activity a box, a type of object a colour, a line's width its count."""
    names = list(drawn.events)
    number = {name: k for k, name in enumerate(names)}
    boxes = [
        Box(max(96.0, 24 + _EVENT_WIDTH * sum(2 if ord(c) > 0x2E7F else 1 for c in name)), _HEIGHT) for name in names
    ]
    lines = [(t, a, b, n) for t, of_type in enumerate(drawn.types) for a, b, n, _ in of_type.edges() if a != b]
    placed = layered(boxes, [(number[a], number[b]) for _, a, b, _ in lines], weights=[float(n) for *_, n in lines])
    most = max((n for *_, n in lines), default=1)
    width = placed.width + 2 * _MARGIN
    height = placed.height + 2 * _MARGIN + 22 * (len(drawn.types) + 1)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" width="{width:.0f}" '
        f'height="{height:.0f}" font-family="Inter, Noto Sans CJK SC, sans-serif" font-size="12">'
    ]
    for (t, a, b, n), route in zip(lines, placed.routes, strict=True):
        points = " ".join(f"{p.x + _MARGIN:.1f},{p.y + _MARGIN:.1f}" for p in route)
        end = route[-1]
        parts.append(
            f'<g stroke="{_colour(t)}" fill="none"><title>{escape(drawn.types[t].type)}: {escape(a)} → {escape(b)}: {n:,}</title>'
            f'<polyline points="{points}" stroke-width="{1 + 4 * n / most:.1f}" opacity="0.8"/>'
            f'<circle cx="{end.x + _MARGIN:.1f}" cy="{end.y + _MARGIN:.1f}" r="3" fill="{_colour(t)}"/></g>'
        )
    for name, box, at in zip(names, boxes, placed.positions, strict=True):
        x, y = at.x + _MARGIN, at.y + _MARGIN
        parts.append(
            f'<g><rect x="{x:.1f}" y="{y:.1f}" width="{box.width:.1f}" height="{_HEIGHT:.0f}" rx="6" fill="#FFFFFF" stroke="#1B2430"/>'
            f'<text x="{x + box.width / 2:.1f}" y="{y + 18:.1f}" text-anchor="middle" font-weight="600">{escape(name)}</text>'
            f'<text x="{x + box.width / 2:.1f}" y="{y + 34:.1f}" text-anchor="middle" fill="#5B6673">{drawn.events[name]:,}</text></g>'
        )
    for t, of_type in enumerate(drawn.types):
        y = placed.height + 2 * _MARGIN + 22 * (t + 0.7)
        parts.append(
            f'<rect x="{_MARGIN}" y="{y - 10:.1f}" width="18" height="10" fill="{_colour(t)}"/>'
            f'<text x="{_MARGIN + 26}" y="{y:.1f}">{escape(of_type.type)} ({of_type.objects:,})</text>'
        )
    return "".join([*parts, "</svg>\n"])


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]
