"""Pilot and proof: goals against what was measured, simulated and rehearsed; how long a pilot must run, when to stop."""

from __future__ import annotations

from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.prove import Outcome
from zaizao.redesign.report.blocks import Block, Cell, Column, Paragraph, Point, Points, Row, Section, Table
from zaizao.redesign.report.reading import cell, level, shown

_OUTCOME = {
    Outcome.MET: (Text("达到", "met"), "met"),
    Outcome.OPEN: (Text("未定", "open"), "open"),
    Outcome.MISSED: (Text("未达", "missed"), "missed"),
}


def pilot_proof(initiative: Initiative) -> Section:
    """Steps 7 and 8 of the eight."""
    blocks: list[Block] = [_goals(initiative), _seen(initiative)]
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
        "Source: the goals file or the defaults; “met” means that the whole 95 % interval is on the right side, "
        "“open” that it covers the target",
    )
    return Table("goals", columns, tuple(rows), line, Text("目标与结果", "Goals and results"))


def _seen(initiative: Initiative) -> Points:
    points = [Point(text, Text("实测", "measured")) for text in initiative.proof.measured]
    return Points(tuple(points))


def nothing_assumed() -> Paragraph:
    """Said where no assumption was needed."""
    return Paragraph(Text("没有额外假设。", "Nothing else was assumed."))
