"""As it is: the map, the variants, where time goes, and the findings by size with cases as examples."""

from __future__ import annotations

import numpy as np

from zaizao import mining
from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.report.blocks import Block, Cell, Column, Picture, Row, Section, Table, csv_link
from zaizao.redesign.report.figures import duration, number, share

_VARIANTS, _FINDINGS, _EXAMPLES = 8, 8, 3
_MAP_ACTIVITIES, _MAP_PATHS = 0.95, 0.8


def as_is(initiative: Initiative) -> Section:
    """Step 2 of the eight, drawn and counted."""
    blocks: list[Block] = [_map(initiative), _variants(initiative), _activities(initiative), _findings(initiative)]
    return Section("as-is", Text("现状", "As it is"), tuple(blocks))


def _map(initiative: Initiative) -> Picture:
    log = initiative.as_is.log
    drawn = mining.process_map(log, activities=_MAP_ACTIVITIES, paths=_MAP_PATHS)
    slow = max((edge for edge in drawn.edges if edge.waiting_mean is not None),
               key=lambda edge: edge.count * (edge.waiting_mean or 0.0), default=None)  # fmt: skip
    title = Text("流程地图", "The process map")
    if slow is not None and slow.waiting_mean is not None:
        total = sum(edge.count * (edge.waiting_mean or 0.0) for edge in drawn.edges)
        part = share(slow.count * slow.waiting_mean / total) if total else Text.both("–")
        a, b = drawn.nodes[slow.source].name, drawn.nodes[slow.target].name
        title = Text(f"“{a}”到“{b}”之间的等待占地图上全部等待的 {part.zh}",
                     f"The wait from '{a}' to '{b}' makes {part.en} of all waiting on the map")  # fmt: skip
    rows = [
        ["" if e.source < 0 else drawn.nodes[e.source].name, "" if e.target < 0 else drawn.nodes[e.target].name,
         e.count, e.waiting_median, e.waiting_mean, e.waiting_p90] for e in drawn.edges
    ]  # fmt: skip
    source = Text(
        f"来源：日志 · 直接跟随关系，显示 {drawn.activity_share:.0%} 的活动与 {drawn.path_share:.0%} 的路径；线宽为次数，颜色为等待",
        f"Source: log · directly-follows, {drawn.activity_share:.0%} of executions and {drawn.path_share:.0%} of steps "
        "shown; width is frequency, colour is waiting",
    )
    link = csv_link(["from", "to", "count", "waiting_median_s", "waiting_mean_s", "waiting_p90_s"], rows)
    return Picture(title, mining.map_svg(drawn), source, "process-map", link, wide=True)


def _variants(initiative: Initiative) -> Table:
    found = initiative.as_is.variants
    total = max(int(found.count.sum()), 1)
    cycle = mining.cycle_times(initiative.as_is.log) / 1e6
    rows = []
    for variant in range(min(_VARIANTS, len(found))):
        part = int(found.count[variant]) / total
        median = float(np.median(cycle[found.of_case == variant]))
        steps = found.sequence(variant)
        rows.append(
            Row(
                (
                    Cell(share(part), bar=part, raw=f"{part:.4f}"),
                    Cell(Text.both(f"{int(found.count[variant]):,}")),
                    Cell(duration(median), raw=f"{median:.0f}"),
                    Cell(Text.both(" → ".join(steps)), css="steps"),
                )
            )
        )
    shown = sum(int(found.count[v]) for v in range(len(rows))) / total
    title = Text(
        f"{len(found):,} 种走法；前 {len(rows)} 种占 {share(shown).zh} 的案例",
        f"{len(found):,} ways through; the first {len(rows)} cover {share(shown).en} of the cases",
    )
    columns = (
        Column(Text("占比", "share")),
        Column(Text("案例", "cases"), True),
        Column(Text("时长中位数", "median time"), True),
        Column(Text("步骤", "steps")),
    )
    return Table("variants", columns, tuple(rows), Text("来源：日志 · 变体", "Source: log · variants"), title)


def _activities(initiative: Initiative) -> Table:
    times, rework = initiative.as_is.times, initiative.as_is.rework
    executions = initiative.as_is.flow.executions
    order = np.argsort(-executions, kind="stable")[:24]
    waited = np.nan_to_num(times.waiting.mean) * times.waiting.count
    all_waiting = float(waited.sum()) or 1.0
    rows = []
    for code in order.tolist():
        again = float(rework.repeated_cases[code] / max(int(rework.cases[code]), 1))
        part = float(waited[code] / all_waiting)
        rows.append(
            Row(
                (
                    Cell(Text.both(times.activities[code])),
                    Cell(Text.both(f"{int(executions[code]):,}")),
                    Cell(duration(float(times.waiting.median[code]))),
                    Cell(duration(float(times.waiting.p90[code]))),
                    Cell(share(part), bar=part),
                    Cell(duration(float(times.processing.median[code]))),
                    Cell(duration(float(times.processing.p90[code]))),
                    Cell(share(again)),
                )
            )
        )
    columns = (
        Column(Text("活动", "activity")),
        Column(Text("次数", "count"), True),
        Column(Text("等待中位", "waiting, median"), True),
        Column(Text("等待九成位", "waiting, p90"), True),
        Column(Text("占全部等待", "of all waiting")),
        Column(Text("处理中位", "processing, median"), True),
        Column(Text("处理九成位", "processing, p90"), True),
        Column(Text("返工案例", "cases repeating"), True),
    )
    source = Text(
        f"来源：日志 · 等待为就绪到开始，处理为开始到结束；{share(initiative.as_is.figures.start_known).zh} 的记录有开始时间",
        "Source: log · waiting is enabled to start, processing start to end; "
        f"{share(initiative.as_is.figures.start_known).en} of the rows know their start",
    )
    return Table("activities", columns, tuple(rows), source, Text("时间花在哪里", "Where the time goes"))


def _findings(initiative: Initiative) -> Table:
    rows = [*_rework_rows(initiative), *_hand_over_rows(initiative), *_ping_pong_rows(initiative)]
    rows.sort(key=lambda found: -found[0])
    columns = (
        Column(Text("发现", "finding")),
        Column(Text("规模", "size"), True),
        Column(Text("例子（案例号）", "examples (case ids)")),
    )
    source = Text(
        "来源：日志 · 返工、交接与往返；规模为小时", "Source: log · rework, hand-overs, ping-pong; size in hours"
    )
    title = Text("按规模排列的发现", "Findings by size")
    return Table("findings", columns, tuple(row for _, row in rows[:_FINDINGS]), source, title)


def _rework_rows(initiative: Initiative) -> list[tuple[float, Row]]:
    log, found = initiative.as_is.log, initiative.as_is.rework
    rows = []
    for code in np.flatnonzero(found.repeats).tolist():
        hours = float(found.repeat_seconds[code]) / 3600
        name, times = found.activities[code], int(found.repeats[code])
        text = Text(f"“{name}”重做 {times:,} 次", f"'{name}' done again {times:,} times")
        counts = np.bincount(log.case[log.activity == code], minlength=log.cases)
        rows.append((hours, _finding(text, hours, initiative, np.argsort(-counts, kind="stable"))))
    return rows


def _hand_over_rows(initiative: Initiative) -> list[tuple[float, Row]]:
    log, found = initiative.as_is.log, initiative.as_is.hand_overs
    rows = []
    for k in range(len(found.source)):
        if not found.handed[k] or found.source[k] == found.target[k]:
            continue
        mean = float(found.edge_waiting.mean[k])
        hours = mean * int(found.handed[k]) / 3600 if mean == mean else 0.0
        a, b = found.activities[int(found.source[k])], found.activities[int(found.target[k])]
        times = int(found.handed[k])
        text = Text(
            f"“{a}”到“{b}”换人 {times:,} 次，交接等待",
            f"'{a}' to '{b}' changed hands {times:,} times, waiting",
        )
        has = np.isin(np.arange(log.cases), log.case[log.activity == found.target[k]])
        rows.append((hours, _finding(text, hours, initiative, np.flatnonzero(has))))
    return rows


def _ping_pong_rows(initiative: Initiative) -> list[tuple[float, Row]]:
    found = initiative.as_is.rework
    rows = []
    for a, b, times in found.ping_pong[:5]:
        text = Text(
            f"“{found.activities[a]}”与“{found.activities[b]}”之间往返 {times:,} 次",
            f"'{found.activities[a]}' and '{found.activities[b]}' went back and forth {times:,} times",
        )
        rows.append((0.0, Row((Cell(text), Cell(Text(f"{times:,} 次", f"{times:,} times")), Cell(Text.both(""))))))
    return rows


def _finding(text: Text, hours: float, initiative: Initiative, cases: np.ndarray) -> Row:
    names = initiative.as_is.log.case_names
    examples = ", ".join(names[int(case)] for case in cases[:_EXAMPLES])
    size = Text(f"{number(hours)} 小时", f"{number(hours)} h")
    return Row((Cell(text), Cell(size, raw=f"{hours:.1f}"), Cell(Text.both(examples), css="steps")))
