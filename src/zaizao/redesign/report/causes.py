"""Why cases wait and what slow cases have in common; what was tested and not found."""

from __future__ import annotations

import numpy as np

from zaizao import mining
from zaizao.mining import Cause
from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.report.blocks import Block, Cell, Column, Paragraph, Picture, Row, Table, csv_link
from zaizao.redesign.report.charts import Stack, stacks
from zaizao.redesign.report.figures import duration, number, share

_ROWS = 12
_CAUSES = {
    Cause.CONTENTION: Text("排队（人在忙）", "contention"),
    Cause.UNAVAILABILITY: Text("下班、节假日", "unavailability"),
    Cause.OUTSIDE: Text("外部", "outside"),
    Cause.PRIORITISATION: Text("插队", "prioritisation"),
    Cause.BATCHING: Text("攒批", "batching"),
    Cause.UNKNOWN: Text("原因不明", "unknown"),
}


def causes(initiative: Initiative) -> list[Block]:
    """The waiting by cause, and the effects of case attributes on cycle time."""
    return [*_waiting(initiative), *_effects(initiative)]


def _waiting(initiative: Initiative) -> list[Block]:
    log = initiative.as_is.log
    found = mining.waiting_causes(log)
    total = found.total
    if not total.sum():
        words = Text(
            "日志没有开始时间，等待的原因无从分辨。", "The log has no start times; causes of waiting cannot be told."
        )
        return [Paragraph(words)]
    order = list(_CAUSES)
    rows = []
    for edge in range(min(_ROWS, len(found.count))):
        a, b = found.activities[int(found.source[edge])], found.activities[int(found.target[edge])]
        hours = tuple(float(found.seconds[edge, cause]) / 3600 / log.cases for cause in order)
        rows.append(Stack(Text.both(f"{a} → {b}"), hours))
    shown = sum(sum(row.amounts) for row in rows) / (float(total.sum()) / 3600 / log.cases)
    first = max(order, key=lambda cause: float(total[cause]))
    part = share(float(total[first] / total.sum()))
    title = Text(
        f"等待的 {part.zh} 出于：{_CAUSES[first].zh}", f"{part.en} of the waiting comes from {_CAUSES[first].en}"
    )
    svg = stacks(rows, [_CAUSES[cause] for cause in order], show=_hours, unit=1.0, title=title)
    line = Text(
        f"来源：日志 · 每案等待小时数，按交接；所列占全部等待的 {shown:.0%}；流程效率（处理÷总时）{found.efficiency:.1%}",
        f"Source: log · waiting hours per case by hand-over; shown: {shown:.0%} of all waiting; cycle efficiency "
        f"(processing over all time) {found.efficiency:.1%}",
    )
    header = ["hand-over", *(_CAUSES[cause].en for cause in order)]
    link = csv_link(header, [[row.label.en, *row.amounts] for row in rows])
    return [Picture(title, svg, line, "waiting-causes", link)]


def _hours(value: float) -> Text:
    return Text(f"{number(value)} 小时", f"{number(value)} h")


def _effects(initiative: Initiative) -> list[Block]:
    log = initiative.as_is.log
    hours = mining.cycle_times(log).astype(np.float64) / 3.6e9
    found = mining.effects(log, hours)
    tested = mining.case_attributes(log).columns
    seen = {effect.attribute for effect in found}
    silent = "、".join(name for name in tested if name not in seen) or "–"
    silent_en = ", ".join(name for name in tested if name not in seen) or "–"
    columns = (
        Column(Text("案例特征", "cases where")),
        Column(Text("案例", "cases"), True),
        Column(Text("比其余慢", "slower than the rest by"), True),
        Column(Text("其他特征相同时", "other attributes equal"), True),
    )
    rows = []
    for effect in found[:_ROWS]:
        raw, held = effect.difference, effect.adjusted
        cells = (
            Cell(Text.both(f"{effect.attribute} = {effect.level}")),
            Cell(Text.both(f"{effect.cases:,}")),
            Cell(_difference(raw.value), _between(raw), raw=f"{raw.value:.3f}"),
            Cell(_difference(held.value), _between(held), raw=f"{held.value:.3f}") if held else Cell(Text.both("–")),
        )
        rows.append(Row(cells))
    line = Text(
        f"来源：日志 · 平均办理时长之差，括号为 95% 区间，多重检验已校正；检验过而未见差别的特征：{silent}",
        "Source: log · differences of mean cycle time with 95 % intervals, corrected for many tests; tested without a "
        f"difference found: {silent_en}",
    )
    title = Text("慢的案例有什么共同点", "What slow cases have in common")
    return [Table("effects", columns, tuple(rows), line, title)]


def _difference(hours: float) -> Text:
    words = duration(abs(hours) * 3600)
    sign = "−" if hours < 0 else "+"
    return Text(f"{sign}{words.zh}", f"{sign}{words.en}")


def _between(interval: mining.Interval) -> Text:
    low, high = _difference(interval.low), _difference(interval.high)
    return Text(f"({low.zh} … {high.zh})", f"({low.en} … {high.en})")
