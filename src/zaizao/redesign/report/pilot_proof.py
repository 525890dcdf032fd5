"""Pilot and proof: goals against what was measured, simulated and rehearsed; how long a pilot must run, when to stop."""

from __future__ import annotations

from zaizao import mining
from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.pilot import pilot_size
from zaizao.redesign.prove import Outcome
from zaizao.redesign.report.blocks import Block, Cell, Column, Heading, Paragraph, Point, Points, Row, Section, Table
from zaizao.redesign.report.figures import number
from zaizao.redesign.report.reading import cell, level, shown

_OUTCOME = {
    Outcome.MET: (Text("达到", "met"), "met"),
    Outcome.OPEN: (Text("未定", "open"), "open"),
    Outcome.MISSED: (Text("未达", "missed"), "missed"),
}


def pilot_proof(initiative: Initiative) -> Section:
    """Steps 7 and 8 of the eight."""
    blocks: list[Block] = [_goals(initiative), *_pilot(initiative), Heading(Text("什么是看到的", "What was seen"))]
    blocks.append(_seen(initiative))
    return Section("proof", Text("试点与验证", "Pilot and proof"), tuple(blocks))


def _goals(initiative: Initiative) -> Table:
    columns = (
        Column(Text("目标", "goal")),
        Column(Text("阶段", "stage")),
        Column(Text("基准", "reference"), True),
        Column(Text("目标值", "target"), True),
        Column(Text("达到值", "reached"), True),
        Column(Text("结论", "verdict")),
    )
    rows = []
    for result in initiative.proof.results:
        words, css = _OUTCOME[result.outcome]
        cells = (
            Cell(result.goal),
            Cell(result.stage.words),
            Cell(level(result.reference)),
            Cell(shown(result.reached.unit, result.target)),
            cell(result.reached),
            Cell(words, css=css),
        )
        rows.append(Row(cells))
    line = Text(
        "来源：目标文件或默认目标；“达到”指整个 95% 区间在目标一侧，“未定”指区间跨过目标",
        "Source: the goals file or the defaults; 'met' means that the whole 95 % interval is on the right side, "
        "'open' that it covers the target",
    )
    return Table("goals", columns, tuple(rows), line, Text("目标与结果", "Goals and results"))


def _seen(initiative: Initiative) -> Points:
    points = [Point(text, Text("实测", "measured")) for text in initiative.proof.measured]
    return Points(tuple(points))


def _pilot(initiative: Initiative) -> list[Block]:
    before = mining.cycle_times(initiative.calibration.simulated) / 1e6
    after = mining.cycle_times(initiative.rehearsal.log) / 1e6
    size = pilot_size(before, after, initiative.facts.arrivals_per_week)
    heading = Heading(Text("试点多大、多久、何时停", "How large a pilot, how long, when to stop"))
    if size is None:
        words = Text(
            "仿真的现状与彩排的办理时长没有可分辨的差别，不建议为时长做试点。",
            "Cycle times of the simulated as-is and the rehearsal do not differ; a pilot for time is not advised.",
        )
        return [heading, Paragraph(words)]
    words = Text(
        f"一半走新流程、一半照旧，共需 {size.cases:,} 个案例，按现有来件约 {number(size.weeks)} 周；以 {size.power:.0%} 的把握、"
        f"{size.level:.0%} 的显著性看出差别（新流程的案例更快的概率 {size.faster:.0%}）。每周比较一次；差错、投诉或合规事件"
        "多于对照时立即停。四眼与职责分离在试点中不变。",
        f"With half of the cases on the new way and half on the old, {size.cases:,} cases are needed, about "
        f"{number(size.weeks)} weeks at today's arrivals, to see the difference with {size.power:.0%} power at the "
        f"{size.level:.0%} level (a new case is faster with probability {size.faster:.0%}). Compare once a week; stop at "
        "once when errors, complaints or compliance events exceed the control's. Four eyes and separation of duties stay.",
    )
    line = Text(
        "来源：公式 · Noether (1987)，概率取自仿真的现状与彩排",
        "Source: formula · Noether (1987), the probability from the simulated as-is and the rehearsal",
    )
    return [heading, Paragraph(words), Paragraph(line)]
