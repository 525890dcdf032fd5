"""Why: which segments carry the weight, what was tested, what was not found."""

from __future__ import annotations

from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.report.blocks import Block, Cell, Column, Picture, Row, Section, Table, csv_link
from zaizao.redesign.report.causes import causes
from zaizao.redesign.report.charts import Bubble, bubbles
from zaizao.redesign.report.figures import duration, money, share
from zaizao.redesign.report.reading import source

_SEGMENTS = 12


def why(initiative: Initiative) -> Section:
    """Step 3: value; and the load of the roles that the waiting comes from."""
    blocks: list[Block] = [_picture(initiative), _segments(initiative), *causes(initiative), _roles(initiative)]
    return Section("why", Text("为什么", "Why"), tuple(blocks))


def _picture(initiative: Initiative) -> Picture:
    segments = initiative.valuation.segments[:_SEGMENTS]
    top = max((one.score for one in segments), default=1.0) or 1.0
    widest = max((one.share_of_time for one in segments), default=1.0) or 1.0
    rows = [Bubble(one.name, one.effort, one.score / top, one.share_of_time / widest, one.risk) for one in segments]
    title = Text("从哪里先动手", "Where to begin")
    if segments:
        best = segments[0]
        title = Text(
            f"先动“{best.name.zh}”：{share(best.share).zh} 的案例，{share(best.share_of_time).zh} 的总耗时",
            f"Begin with “{best.name.en}”: {share(best.share).en} of the cases, {share(best.share_of_time).en} of all time",
        )
    link = csv_link(
        ["segment", "cases", "share", "share_of_time", "effort", "risk", "score"],
        [
            [s.name.en, s.cases, s.share, s.share_of_time, s.effort, s.risk, s.score]
            for s in initiative.valuation.segments
        ],
    )
    weights = initiative.valuation.weights
    note = Text(
        f"来源：日志 · 价值 = 量^{weights.volume:g} × 时^{weights.time:g} × 本^{weights.cost:g}，除以投入与风险；圆面积为总耗时占比，颜色为风险",
        f"Source: log · value = volume^{weights.volume:g} × time^{weights.time:g} × cost^{weights.cost:g} over effort and "
        "risk; area is the share of all time, colour is risk",
    )
    return Picture(title, bubbles(rows, title=title), note, "value", link)


def _segments(initiative: Initiative) -> Table:
    columns = (
        Column(Text("", "#"), True),
        Column(Text("候选", "candidate")),
        Column(Text("案例", "cases"), True),
        Column(Text("时长中位数", "median time"), True),
        Column(Text("每案成本", "cost per case"), True),
        Column(Text("占总耗时", "of all time")),
        Column(Text("理由", "reason")),
    )
    rows = tuple(
        Row(
            (
                Cell(Text.both(str(rank))),
                Cell(one.name),
                Cell(Text.both(f"{one.cases:,}")),
                Cell(duration(one.cycle_time)),
                Cell(money(one.cost) if one.cost is not None else Text.both("–")),
                Cell(share(one.share_of_time), bar=min(one.share_of_time, 1.0)),
                Cell(one.reason, css="steps"),
            )
        )
        for rank, one in enumerate(initiative.valuation.segments[:_SEGMENTS], 1)
    )
    shown = initiative.valuation.segments
    line = source(shown[0].evidence) if shown else Text("来源：日志", "Source: log")
    return Table("segments", columns, rows, line, Text("候选子流程排名", "Candidates, ranked"))


def _roles(initiative: Initiative) -> Table:
    columns = (
        Column(Text("岗位", "role")),
        Column(Text("人数", "people"), True),
        Column(Text("每周工作量", "work per week"), True),
        Column(Text("每周工时", "hours on offer"), True),
        Column(Text("利用率", "utilisation")),
        Column(Text("估计排队", "expected queue"), True),
    )
    ranked = sorted(initiative.facts.roles.items(), key=lambda item: -item[1].utilisation)
    rows = []
    for name, load in ranked[:_SEGMENTS]:
        hours, offer = load.demand / 3600, load.capacity / 3600
        css = "missed" if load.utilisation >= 1 else "open" if load.utilisation >= 0.85 else ""
        cells = (
            Cell(Text.both(name)),
            Cell(Text.both(f"{load.people:,}")),
            Cell(Text(f"{hours:,.0f} 小时", f"{hours:,.0f} h"), raw=f"{hours:.1f}"),
            Cell(Text(f"{offer:,.0f} 小时", f"{offer:,.0f} h"), raw=f"{offer:.1f}"),
            Cell(share(load.utilisation), css=css, bar=min(load.utilisation, 1.0)),
            Cell(duration(load.wait) if load.wait != float("inf") else Text("越排越长", "grows without end")),
        )
        rows.append(Row(cells))
    line = Text(
        "来源：标定情景 · 工作量 = 到达 × 期望次数 × 处理时间；排队按 Allen–Cunneen 公式",
        "Source: calibrated scenario · work = arrivals × expected visits × processing time; queue by Allen and Cunneen",
    )
    return Table("roles", columns, tuple(rows), line, Text("谁忙不过来", "Who cannot keep up"))
