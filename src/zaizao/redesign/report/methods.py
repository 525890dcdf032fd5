"""Assumptions, data quality, faithfulness, methods, versions, seeds: complete, in small type."""

from __future__ import annotations

from zaizao.problems import Severity, Text
from zaizao.redesign.evidence import Assumption, Figure
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.report.blocks import Block, Cell, Column, Row, Section, Table
from zaizao.redesign.report.figures import number
from zaizao.redesign.report.reading import basis, cell, gain, gain_span, shown

_SEVERITY = {
    Severity.ERROR: Text("错误", "error"),
    Severity.WARNING: Text("注意", "warning"),
    Severity.INFO: Text("说明", "note"),
}


def methods(initiative: Initiative) -> Section:
    """Everything a sceptic asks for."""
    blocks: list[Block] = [
        _assumptions(initiative.proof.assumed),
        _quality(initiative),
        _faithfulness(initiative),
        _distances(initiative),
        _provenance(initiative),
        _inputs(initiative),
    ]
    return Section("methods", Text("假设、数据质量与方法", "Assumptions, data quality, methods"), tuple(blocks))


def _assumptions(assumed: tuple[Assumption, ...]) -> Table:
    columns = (Column(Text("假设", "assumption")), Column(Text("取值", "value"), True), Column(Text("编号", "key")))
    rows = tuple(Row((Cell(one.words), Cell(shown(one.unit, one.value)), Cell(Text.both(one.key)))) for one in assumed)
    line = Text("来源：改造动作与彩排中未经实测的前提", "Source: what the moves and the rehearsal take as true unseen")
    return Table("assumptions", columns, rows, line, Text("全部假设", "All assumptions"), small=True)


def _quality(initiative: Initiative) -> Table:
    found = initiative.reading.findings
    columns = (Column(Text("程度", "level")), Column(Text("位置", "place")), Column(Text("发现", "finding")),
               Column(Text("如何处理", "how it was handled")))  # fmt: skip
    rows = tuple(
        Row((Cell(_SEVERITY[one.severity]), Cell(Text.both(one.where)), Cell(one.what), Cell(one.remedy)))
        for one in found
    )
    line = Text("来源：读取与标定时的检查", "Source: checks while reading and calibrating")
    return Table("data-quality", columns, rows, line, Text("数据质量", "Data quality"), small=True)


def _faithfulness(initiative: Initiative) -> Table:
    agreement = {figure.key: figure for figure in initiative.proof.agreement}
    columns = (
        Column(Text("指标", "measure")),
        Column(Text("现状仿真相对日志", "as-is simulation against the log"), True),
        Column(Text("彩排相对仿真", "rehearsal against simulation"), True),
    )
    rows = tuple(
        Row((Cell(one.name), _relative(one), _relative(agreement.get(one.key))))
        for one in initiative.calibration.distances
    )
    line = Text(
        f"来源：仿真与彩排 seed {initiative.settings.seed}；相对差，括号为 95% 区间",
        f"Source: simulation and rehearsal, seed {initiative.settings.seed}; relative differences, 95 % intervals",
    )
    title = Text("仿真有多像", "How faithful the simulation is")
    return Table("faithfulness", columns, rows, line, title, small=True)


def _relative(figure: Figure | None) -> Cell:
    return Cell(Text.both("–")) if figure is None else Cell(gain(figure), gain_span(figure), raw=f"{figure.value:.4f}")


def _distances(initiative: Initiative) -> Table:
    apart, floor = initiative.calibration.apart, initiative.calibration.floor
    columns = (
        Column(Text("距离", "distance")),
        Column(Text("仿真与日志", "simulation from log"), True),
        Column(Text("日志两半之间（下限）", "two halves of the log (floor)"), True),
    )
    names = {
        "cycle_time": Text("办理时长（推土机距离，小时）", "cycle time (earth mover's, hours)"),
        "ngram": Text("步骤序列（n 元，0–1）", "sequences (n-gram, 0 to 1)"),
    }
    rows = tuple(
        Row((Cell(name), *(Cell(Text.both(number(getattr(one, key)))) for one in (apart, floor))))
        for key, name in names.items()
    )
    line = Text(
        f"来源：日志距离，越小越像；仿真 {initiative.calibration.simulated.cases:,} 案例 seed {initiative.settings.seed}",
        f"Source: log distances, smaller is closer; {initiative.calibration.simulated.cases:,} simulated cases, "
        f"seed {initiative.settings.seed}",
    )
    return Table("distances", columns, rows, line, Text("日志距离", "Log distances"), small=True)


def _provenance(initiative: Initiative) -> Table:
    columns = (Column(Text("数字", "figure")), Column(Text("取值", "value"), True), Column(Text("观测数", "n"), True),
               Column(Text("依据", "basis")), Column(Text("查询、公式或种子", "query, formula or seed")))  # fmt: skip
    rows = tuple(_traced(stage.words, figure) for stage, figures in initiative.proof.figures.items()
                 for figure in figures.values())  # fmt: skip
    line = Text("来源：每个数字自带的出处", "Source: what each figure carries with it")
    title = Text("每个数字从哪里来", "Where every figure comes from")
    return Table("provenance", columns, rows, line, title, small=True)


def _traced(stage: Text, figure: Figure) -> Row:
    seed = "" if figure.evidence.seed is None else f" · seed {figure.evidence.seed}"
    how = figure.evidence.how
    return Row(
        (
            Cell(Text(f"{figure.name.zh}，{stage.zh}", f"{figure.name.en}, {stage.en}")),
            cell(figure),
            Cell(Text.both(f"{figure.n:,}")),
            Cell(basis(figure.evidence)),
            Cell(Text(how.zh + seed, how.en + seed)),
        )
    )


def _inputs(initiative: Initiative) -> Table:
    settings, reading = initiative.settings, initiative.reading
    options = initiative.options
    tried = "; ".join(f"{way}: {score:.2f}" for way, score in initiative.calibration.tried)
    facts: list[tuple[Text, str]] = [
        (Text("日志", "log"), reading.source),
        (Text("日志指纹", "log digest"), f"sha256:{reading.digest}" if reading.digest else "–"),
        (Text("种子", "seed"), str(settings.seed)),
        (Text("发现方法（方法、噪声、失真）", "discovery (method, noise, misfit)"), tried or "–"),
        (Text("每次仿真案例", "cases per simulation"), f"{options.cases:,}"),
        (Text("搜索次数", "search evaluations"), f"{options.evaluations:,}"),
        (Text("重复次数", "replications"), str(options.replications)),
        (Text("彩排案例", "rehearsed cases"), str(initiative.rehearsal.cases)),
        *((Text.both(name), version) for name, version in initiative.versions.items()),
        *((Text.both(key), words) for key, words in initiative.calibration.scenario.notes.items()),
    ]
    rows = tuple(Row((Cell(name), Cell(Text.both(value)))) for name, value in facts)
    columns = (Column(Text("项目", "item")), Column(Text("取值", "value")))
    line = Text(
        "来源：initiative.toml；同样的命令得到同样的文件",
        "Source: initiative.toml; the same command gives the same files",
    )
    return Table("inputs", columns, rows, line, Text("输入、种子与版本", "Inputs, seeds, versions"), small=True)
