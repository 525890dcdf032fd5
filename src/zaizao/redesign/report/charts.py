"""Charts as inline SVG: intervals on a shared axis, Pareto picture, stacked waiting, distributions, value picture.

Rule kept: a chart is drawn from plain numbers and bilingual words, knows nothing of initiatives, uses only the CSS
classes that ``report.css`` defines (so that dark mode and print work), and never shows a mean without its spread.
Positions are pixels in the drawing's own coordinates; the drawing scales to its column.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape

from zaizao.problems import Text

Format = Callable[[float], Text]
_NAMED = 12
_AXIS_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


def words(x: float, y: float, text: Text, css: str = "", anchor: str = "start") -> str:
    """A bilingual label; one element when both languages read the same."""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    if text.zh == text.en:
        return f'<text {place} class="{css}">{escape(text.en)}</text>'
    return (
        f'<text {place} class="{css} zh">{escape(text.zh)}</text>'
        f'<text {place} class="{css} en">{escape(text.en)}</text>'
    )


def drawing(width: float, height: float, body: Sequence[str], title: Text) -> str:
    """An SVG root with a name for those who cannot see it."""
    name = f"{escape(title.zh)} / {escape(title.en)}"
    frame = f'viewBox="0 0 {width:.0f} {height:.0f}" preserveAspectRatio="xMinYMin meet"'
    return f'<svg class="chart" role="img" aria-label="{name}" {frame}>{"".join(body)}</svg>'


def ticks(low: float, high: float, wanted: int = 5, unit: float = 1.0) -> list[float]:
    """Round numbers of ``unit`` that span ``[low, high]``."""
    span = max(high - low, 1e-9) / unit
    raw = span / max(wanted, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s for s in _AXIS_STEPS if s * power >= raw - 1e-12) * power
    first = math.ceil(low / unit / step - 1e-9)
    last = math.floor(high / unit / step + 1e-9)
    return [k * step * unit for k in range(first, last + 1)]


def time_unit(seconds: float) -> float:
    """The unit (in seconds) in which an axis up to ``seconds`` is divided."""
    return next((u for u in (86400.0, 3600.0, 60.0) if seconds >= 1.5 * u), 1.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """A linear scale from data to pixels."""

    low: float
    high: float
    start: float
    end: float

    def at(self, value: float) -> float:
        """The pixel of ``value``, kept inside the axis."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return self.start + min(max(share, 0.0), 1.0) * (self.end - self.start)


@dataclass(frozen=True, slots=True)
class Interval:
    """A row of the interval plot: a value with its 95 % interval, and words beside it."""

    label: Text
    value: float
    low: float
    high: float
    beside: Text
    chosen: bool = False


def intervals(
    rows: Sequence[Interval],
    *,
    reference: float,
    goal: float | None,
    show: Format,
    unit: float,
    title: Text,
    reference_name: Text | None = None,
) -> str:
    """Rows with a dot and its interval on a shared axis; ``reference`` is a vertical line, ``goal`` a thin mark."""
    width, left, right, top, step = 860.0, 270.0, 180.0, 34.0, 26.0
    reference_name = reference_name or Text("现状", "as is")
    bottom = top + step * len(rows)
    high = max([reference, goal or 0.0, *(row.high for row in rows)]) * 1.04
    axis = Axis(0.0, high, left, width - right)
    body = _grid(axis, ticks(0.0, high, 5, unit), top - 6, bottom, show)
    x = axis.at(reference)
    body.append(f'<line class="c-reference" x1="{x:.1f}" x2="{x:.1f}" y1="{top - 12:.1f}" y2="{bottom:.1f}"/>')
    body.append(words(x, top - 17, reference_name, "c-note", "middle"))
    if goal is not None:
        g = axis.at(goal)
        body.append(f'<line class="c-goal" x1="{g:.1f}" x2="{g:.1f}" y1="{top - 12:.1f}" y2="{bottom:.1f}"/>')
        if abs(g - x) > 44:
            body.append(words(g, top - 17, Text("目标", "goal"), "c-note", "middle"))
    for index, row in enumerate(rows):
        y = top + step * index + step / 2
        css = "c-chosen" if row.chosen else ""
        body.append(words(left - 14, y + 4, row.label, f"c-label {css}", "end"))
        a, b, v = axis.at(row.low), axis.at(row.high), axis.at(row.value)
        body.append(f'<line class="c-interval {css}" x1="{a:.1f}" x2="{b:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(f'<circle class="c-dot {css}" cx="{v:.1f}" cy="{y:.1f}" r="4"/>')
        body.append(words(width - right + 14, y + 4, row.beside, f"c-figure {css}"))
    return drawing(width, bottom + 26, body, title)


def _grid(axis: Axis, marks: Sequence[float], top: float, bottom: float, show: Format) -> list[str]:
    lines = []
    for mark in marks:
        x = axis.at(mark)
        lines.append(f'<line class="c-grid" x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"/>')
        lines.append(words(x, bottom + 16, show(mark), "c-tick", "middle"))
    return lines


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the Pareto picture. ``kind``: ``as-is``, ``chosen``, ``front`` or ``dominated``."""

    x: float
    y: float
    label: Text
    kind: str


def pareto(
    dots: Sequence[Dot], *, x_title: Text, y_title: Text, x_show: Format, y_show: Format, x_unit: float, title: Text
) -> str:
    """Two axes from zero; as-is a cross, dominated options faint, the chosen one filled, labels on the front."""
    width, height, left, right, top, foot = 860.0, 400.0, 84.0, 150.0, 30.0, 50.0
    xs, ys = [d.x for d in dots] or [1.0], [d.y for d in dots] or [1.0]
    across = Axis(0.0, (max(xs) or 1.0) * 1.06, left, width - right)
    upward = Axis(0.0, (max(ys) or 1.0) * 1.08, height - foot, top)
    body = _grid(across, ticks(0, across.high, 6, x_unit), top, height - foot, x_show)
    for mark in ticks(0, upward.high, 5, 1.0):
        y = upward.at(mark)
        body.append(f'<line class="c-grid" x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(words(left - 10, y + 4, y_show(mark), "c-tick", "end"))
    body.append(words(width - right, height - 12, x_title, "c-axis", "end"))
    body.append(words(left, 16, y_title, "c-axis"))
    front = sorted((d for d in dots if d.kind in {"front", "chosen"}), key=lambda d: d.x)
    if len(front) > 1:
        path = " ".join(f"{across.at(d.x):.1f},{upward.at(d.y):.1f}" for d in front)
        body.append(f'<polyline class="c-front" points="{path}"/>')
    taken: list[tuple[float, float]] = []
    for dot in sorted(dots, key=lambda d: ("dominated", "front", "chosen", "as-is").index(d.kind)):
        body.append(_dot(dot, across.at(dot.x), upward.at(dot.y)))
    for dot in sorted(dots, key=lambda d: ("chosen", "as-is", "front", "dominated").index(d.kind)):
        if dot.kind == "dominated":
            continue
        x, y = across.at(dot.x) + 9, upward.at(dot.y) + 4
        if any(abs(x - a) < 110 and abs(y - b) < 13 for a, b in taken):
            continue
        taken.append((x, y))
        body.append(words(x, y, dot.label, "c-label c-chosen" if dot.kind == "chosen" else "c-note"))
    return drawing(width, height, body, title)


def _dot(dot: Dot, x: float, y: float) -> str:
    if dot.kind == "as-is":
        return f'<path class="c-cross" d="M{x - 6:.1f} {y - 6:.1f}l12 12m0 -12l-12 12"/>'
    radius = {"chosen": 7, "front": 4.5, "dominated": 2.5}[dot.kind]
    return f'<circle class="c-{dot.kind}-dot" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"/>'


@dataclass(frozen=True, slots=True)
class Stack:
    """A row of the stacked bars: one amount per category."""

    label: Text
    amounts: tuple[float, ...]


def stacks(rows: Sequence[Stack], categories: Sequence[Text], *, show: Format, unit: float, title: Text) -> str:
    """Horizontal stacked bars on one scale, with a legend on top and the sum beside each bar."""
    width, left, right, top, step = 860.0, 330.0, 80.0, 44.0, 24.0
    bottom = top + step * len(rows)
    high = max((sum(row.amounts) for row in rows), default=1.0) * 1.02 or 1.0
    axis = Axis(0.0, high, left, width - right)
    body = _grid(axis, ticks(0, high, 5, unit), top - 4, bottom, show)
    x = 60.0
    for index, category in enumerate(categories):
        body.append(f'<rect class="c-cat{index}" x="{x:.1f}" y="8" width="10" height="10" rx="2"/>')
        body.append(words(x + 15, 17, category, "c-note"))
        x += 15 + max(len(category.en) * 6.4, len(category.zh) * 12) + 18
    for index, row in enumerate(rows):
        y = top + step * index
        body.append(words(left - 14, y + step / 2 + 4, _short(row.label, 46), "c-label", "end"))
        done = 0.0
        for category_index, amount in enumerate(row.amounts):
            a, b = axis.at(done), axis.at(done + amount)
            done += amount
            if b - a >= 0.3:
                place = f'x="{a:.1f}" y="{y + 5:.1f}" width="{b - a:.1f}" height="{step - 10:.1f}"'
                body.append(f'<rect class="c-cat{category_index}" {place}/>')
        body.append(words(axis.at(done) + 6, y + step / 2 + 4, show(done), "c-figure"))
    return drawing(width, bottom + 26, body, title)


@dataclass(frozen=True, slots=True)
class Series:
    """A named sample for the cumulative picture; ``css`` one of ``s-as-is``, ``s-simulated``, ``s-rehearsed``."""

    label: Text
    values: Sequence[float]
    css: str


def cumulative(series: Sequence[Series], *, show: Format, unit: float, title: Text) -> str:
    """Shares of cases finished within a time (ECDF), median and 90th percentile marked on each curve."""
    width, height, left, right, top, foot = 860.0, 320.0, 60.0, 150.0, 16.0, 46.0
    samples = [sorted(s.values) for s in series]
    high = max((quantile(s, 0.97) for s in samples if s), default=1.0) or 1.0
    across, upward = Axis(0.0, high, left, width - right), Axis(0.0, 1.0, height - foot, top)
    body = _grid(across, ticks(0, high, 6, unit), top, height - foot, show)
    for mark in (0.0, 0.25, 0.5, 0.75, 0.9, 1.0):
        y = upward.at(mark)
        body.append(f'<line class="c-grid" x1="{left}" x2="{width - right}" y1="{y:.1f}" y2="{y:.1f}"/>')
        body.append(words(left - 8, y + 4, Text.both(f"{mark * 100:.0f} %"), "c-tick", "end"))
    legend = top + 8
    for one, sample in zip(series, samples, strict=True):
        if not sample:
            continue
        points = [(quantile(sample, q / 200), q / 200) for q in range(201)]
        path = " ".join(f"{across.at(v):.1f},{upward.at(q):.1f}" for v, q in points if v <= high)
        body.append(f'<polyline class="c-curve {one.css}" points="{path}"/>')
        for q in (0.5, 0.9):
            x, y = across.at(quantile(sample, q)), upward.at(q)
            body.append(f'<circle class="c-mark {one.css}" cx="{x:.1f}" cy="{y:.1f}" r="3.5"/>')
        body.append(f'<line class="c-curve {one.css}" x1="{width - right + 12}" x2="{width - right + 30}" '
                    f'y1="{legend:.1f}" y2="{legend:.1f}"/>')  # fmt: skip
        body.append(words(width - right + 36, legend + 4, one.label, "c-note"))
        legend += 20
    return drawing(width, height, body, title)


def quantile(ordered: Sequence[float], q: float) -> float:
    """The ``q`` quantile of an ordered sample, linear between neighbours (type 7)."""
    if not ordered:
        return math.nan
    place = q * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


@dataclass(frozen=True, slots=True)
class Bubble:
    """A candidate of the value picture: marks from 0 to 1; ``size`` is a share of the largest area."""

    label: Text
    effort: float
    value: float
    size: float
    risk: float


def bubbles(rows: Sequence[Bubble], *, title: Text) -> str:
    """Effort across, value upwards, size by volume times time, colour by risk; the quadrants are named in words.

    Both axes span the candidates shown (a comparison among them, not a grade); the number in a circle is the rank of
    its row in ``rows``, and the first few are named beside the picture.
    """
    width, height, left, right, top, foot = 900.0, 400.0, 40.0, 290.0, 20.0, 40.0
    across = _spanning([row.effort for row in rows], left + 40, width - right - 40)
    upward = _spanning([row.value for row in rows], height - foot - 40, top + 40)
    middle_x, middle_y = (left + width - right) / 2, (top + height - foot) / 2
    body = [
        f'<rect class="c-frame" x="{left}" y="{top}" width="{width - left - right}" height="{height - top - foot}"/>',
        f'<line class="c-grid" x1="{middle_x}" x2="{middle_x}" y1="{top}" y2="{height - foot}"/>',
        f'<line class="c-grid" x1="{left}" x2="{width - right}" y1="{middle_y}" y2="{middle_y}"/>',
        words(left + 10, top + 18, Text("先做", "do first"), "c-quadrant"),
        words(width - right - 10, top + 18, Text("立项做", "plan as a project"), "c-quadrant", "end"),
        words(left + 10, height - foot - 8, Text("顺手做", "do on the side"), "c-quadrant"),
        words(width - right - 10, height - foot - 8, Text("暂不做", "leave for now"), "c-quadrant", "end"),
        words(width - right, height - 12, Text("投入 →", "effort →"), "c-axis", "end"),
        words(left, 14, Text("↑ 价值", "↑ value"), "c-axis"),
    ]
    ranked = sorted(enumerate(rows, 1), key=lambda item: -item[1].size)
    for rank, row in ranked:
        x, y, radius = across.at(row.effort), upward.at(row.value), 9 + 24 * math.sqrt(max(row.size, 0.0))
        level = min(int(row.risk * 3), 2)
        body.append(f'<circle class="c-risk{level}" cx="{x:.1f}" cy="{y:.1f}" r="{radius:.1f}"/>')
        body.append(words(x, y + 4, Text.both(str(rank)), "c-number", "middle"))
    for rank, row in enumerate(rows[:_NAMED], 1):
        y = top + 16 + 22 * (rank - 1)
        body.append(words(width - right + 36, y, Text.both(f"{rank}"), "c-number", "end"))
        body.append(words(width - right + 44, y, _short(row.label), "c-note"))
    return drawing(width, height, body, title)


def _short(text: Text, most: int = 34) -> Text:
    zh = text.zh if len(text.zh) <= most else text.zh[: most - 1] + "…"
    en = text.en if len(text.en) <= most else text.en[: most - 1] + "…"
    return Text(zh, en)


def _spanning(values: Sequence[float], start: float, end: float) -> Axis:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return Axis(low, high if high > low else low + 1.0, start, end)
