"""How it would run: who, machines, decisions as tables, and the rehearsal beside the simulation."""

from __future__ import annotations

from zaizao import dmn, mining
from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.prove import Stage
from zaizao.redesign.report.blocks import Block, Cell, Column, Paragraph, Picture, Row, Section, Table, csv_link
from zaizao.redesign.report.charts import Series, cumulative, quantile, time_unit
from zaizao.redesign.report.figures import duration
from zaizao.redesign.report.reading import cell

_RULES = 30


def running(initiative: Initiative) -> Section:
    """Steps 6 and 7: what was built, and how it did on the engine."""
    blocks: list[Block] = [_stages(initiative), _curves(initiative), _who(initiative), *_decisions(initiative)]
    if initiative.rehearsal.incidents:
        blocks.append(_incidents(initiative))
    return Section("running", Text("将如何运行", "How it would run"), tuple(blocks))


def _stages(initiative: Initiative) -> Table:
    stages = [stage for stage in Stage if stage in initiative.proof.figures]
    keys: dict[str, Text] = {}
    for stage in stages:
        for key, figure in initiative.proof.figures[stage].items():
            keys.setdefault(key, figure.name)
    columns = (Column(Text("指标", "measure")), *(Column(stage.words, True) for stage in stages))
    rows = tuple(
        Row((Cell(name), *(cell(initiative.proof.figures[stage].get(key)) for stage in stages)))
        for key, name in keys.items()
    )
    rehearsal = initiative.rehearsal
    line = Text(
        f"来源：日志；仿真 seed {initiative.options.seed}；彩排 {rehearsal.cases} 案例 seed {rehearsal.seed}；"
        "同一指标定义，括号为 95% 区间",
        f"Source: log; simulation seed {initiative.options.seed}; rehearsal of {rehearsal.cases} cases seed "
        f"{rehearsal.seed}; one definition of each measure, 95 % intervals in brackets",
    )
    return Table("stages", columns, rows, line, Text("同一把尺子量四次", "One ruler, four times"))


def _curves(initiative: Initiative) -> Picture:
    samples = (
        (Stage.AS_IS, "s-as-is", initiative.as_is.log),
        (Stage.AS_IS_SIMULATED, "s-model", initiative.calibration.simulated),
        (Stage.REHEARSED, "s-rehearsed", initiative.rehearsal.log),
    )
    short = {
        Stage.AS_IS: Text("现状（日志）", "as is (log)"),
        Stage.AS_IS_SIMULATED: Text("现状（仿真）", "as is (simulated)"),
        Stage.REHEARSED: Text("再造后（彩排）", "to be (rehearsed)"),
    }
    series = [Series(short[stage], (mining.cycle_times(log) / 1e6).tolist(), css) for stage, css, log in samples]
    longest = max((quantile(sorted(one.values), 0.9) for one in series if one.values), default=1.0)
    title = Text("多少案例在多久内办完", "What share of the cases is done by when")
    svg = cumulative(series, show=duration, unit=time_unit(longest), title=title)
    quantiles = [q / 100 for q in range(0, 101, 5)]
    data = [[q, *(quantile(sorted(one.values), q) for one in series)] for q in quantiles]
    line = Text(
        "来源：各日志的案例时长分布；圆点为中位数与九成位", "Source: cycle times of each log; dots are median and p90"
    )
    return Picture(title, svg, line, "cycle-times", csv_link(["share", *(s.label.en for s in series)], data))


def _who(initiative: Initiative) -> Table:
    log = initiative.rehearsal.log
    machine = log.event_table["automatic"].to_list() if "automatic" in log.event_table.columns else [False] * log.events
    counts: dict[str, list[int]] = {}
    for code, automatic in zip(log.activity.tolist(), machine, strict=True):
        counts.setdefault(log.activity_names[code], [0, 0])[1 if automatic else 0] += 1
    columns = (
        Column(Text("步骤", "step")),
        Column(Text("由人完成", "by people"), True),
        Column(Text("由机器完成", "by machines"), True),
        Column(Text("机器占比", "machine share")),
    )
    rows = []
    for name, (people, machines) in sorted(counts.items(), key=lambda item: -sum(item[1])):
        part = machines / max(people + machines, 1)
        rows.append(
            Row(
                (
                    Cell(Text.both(name)),
                    Cell(Text.both(f"{people:,}")),
                    Cell(Text.both(f"{machines:,}")),
                    Cell(Text.both(f"{part:.0%}"), bar=part),
                )
            )
        )
    line = Text("来源：彩排流水（journal.xes.gz）", "Source: the rehearsal's journal (journal.xes.gz)")
    return Table("who", columns, tuple(rows), line, Text("谁在做", "Who does it"))


def _decisions(initiative: Initiative) -> list[Block]:
    decisions = initiative.built.decisions
    if decisions is None:
        return [Paragraph(Text("选定方案不需要新的决策表。", "The chosen option needs no new decision table."))]
    return [
        _decision_table(element.name, element.logic)
        for element in decisions.elements
        if isinstance(element, dmn.Decision) and isinstance(element.logic, dmn.DecisionTable)
    ]


def _decision_table(name: str, table: dmn.DecisionTable) -> Table:
    columns = (
        *(Column(Text.both(one.expression.text)) for one in table.inputs),
        *(Column(Text.both(f"→ {one.name or table.output_label or name}")) for one in table.outputs),
        *(Column(Text.both(one)) for one in table.annotations),
    )
    rows = []
    for rule in table.rules[:_RULES]:
        words = [*rule.inputs, *rule.outputs, *rule.annotations][: len(columns)]
        words += [""] * (len(columns) - len(words))
        rows.append(Row(tuple(Cell(Text.both(word)) for word in words)))
    policy = table.hit_policy.value
    line = Text(
        f"来源：decisions.dmn · 命中策略 {policy}，{len(table.rules)} 条规则",
        f"Source: decisions.dmn · hit policy {policy}, {len(table.rules)} rules",
    )
    return Table(f"decision-{name}", columns, tuple(rows), line, Text(f"决策：{name}", f"Decision: {name}"), small=True)


def _incidents(initiative: Initiative) -> Table:
    rows = tuple(
        Row((Cell(Text.both(problem.where)), Cell(problem.what), Cell(problem.remedy)))
        for problem in initiative.rehearsal.incidents[:_RULES]
    )
    columns = (Column(Text("位置", "place")), Column(Text("异常", "incident")), Column(Text("处理", "remedy")))
    line = Text("来源：彩排流水", "Source: the rehearsal's journal")
    return Table("incidents", columns, rows, line, Text("彩排中的异常", "Incidents in the rehearsal"), small=True)
