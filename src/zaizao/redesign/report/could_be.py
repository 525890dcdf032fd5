"""What could be: the options with intervals, the Pareto picture, and the chosen one before and after."""

from __future__ import annotations

from collections.abc import Mapping

from zaizao import bpmn
from zaizao.problems import Text
from zaizao.redesign.build import build
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.options import Objective, Option
from zaizao.redesign.report.blocks import (
    Block,
    Cell,
    Column,
    Heading,
    Paragraph,
    Picture,
    Point,
    Points,
    Row,
    Section,
    Table,
    csv_link,
)
from zaizao.redesign.report.charts import Dot, Interval, intervals, pareto, time_unit
from zaizao.redesign.report.figures import duration, money, number, share
from zaizao.redesign.report.reading import cell, gain, gain_span, level


def could_be(initiative: Initiative) -> Section:
    """Step 5: the search's front, and the chosen option."""
    if not initiative.options.chosen.proposals:
        words = Text(
            f"试过 {len(initiative.options.trials)} 个组合，没有一个在仿真中优于现状；现状如下。",
            f"{len(initiative.options.trials)} combinations were tried and none beat the as-is in simulation.",
        )
        return Section("could-be", Text("可以怎样", "What could be"), (Paragraph(words), _diagrams(initiative)[0]))
    blocks: list[Block] = [_table(initiative), _intervals(initiative), _pareto(initiative), _search(initiative)]
    blocks.append(_contents(initiative))
    chosen = label(initiative.options.chosen)
    blocks.append(
        Heading(Text(f"选定的{chosen.zh}：动作、依据与假设", f"The chosen {chosen.en}: moves, grounds, assumptions"))
    )
    blocks += [_steps(initiative), _moves(initiative.options.chosen), *_diagrams(initiative)]
    return Section("could-be", Text("可以怎样", "What could be"), tuple(blocks))


def label(option: Option) -> Text:
    """The option's number, or the as-is: short enough for an axis."""
    number = option.key.removeprefix("option-")
    return Text("现状", "as is") if not option.proposals else Text(f"方案 {number}", f"option {number}")


def _how(initiative: Initiative) -> Text:
    options = initiative.options
    return Text(
        f"来源：仿真 · {options.replications} 次重复 × {options.cases:,} 案例，公共随机数，seed {options.seed}",
        f"Source: simulation · {options.replications} replications × {options.cases:,} cases, common random numbers, "
        f"seed {options.seed}",
    )


def _table(initiative: Initiative) -> Table:
    options = initiative.options
    columns = (
        Column(Text("方案", "option")),
        *(Column(objective.words, True) for objective in Objective),
        Column(Text("时长变化", "change of median"), True),
        Column(Text("人天", "person-days"), True),
        Column(Text("联合风险", "joint risk"), True),
    )
    rows = []
    for option in (options.as_is, *options.front):
        better = option.gains.get(Objective.MEDIAN)
        name, count = label(option), len(option.proposals)
        words = Text(f"{count} 项动作", f"{count} moves") if count else Text("", "")
        change = Cell(gain(better), gain_span(better)) if better and option.proposals else Cell(Text.both("–"))
        cells = (
            Cell(name, words),
            *(cell(option.figures[objective]) for objective in Objective),
            change,
            Cell(Text.both(number(option.effort))),
            Cell(Text.both(f"{option.risk:.0%}")),
        )
        rows.append(Row(cells, chosen=option.key == options.chosen.key and bool(option.proposals)))
    title = Text(
        f"{len(options.front)} 个互不占优的方案与现状",
        f"{len(options.front)} options that none of the others beats, beside the as-is",
    )
    how = _how(initiative)
    note = Text(
        f"{how.zh}；联合风险 = 1 − ∏(1 − 各动作风险)，即至少一项动作损及质量的程度",
        f"{how.en}; joint risk = 1 − ∏(1 − risk of each move): how likely at least one of them harms quality",
    )
    return Table("options", columns, tuple(rows), note, title)


def _contents(initiative: Initiative) -> Table:
    """Which moves each option holds: one row a move, a mark an option."""
    front = initiative.options.front
    moves = {one.key: one for option in front for one in option.proposals}
    held = [{one.key for one in option.proposals} for option in front]
    columns = (
        Column(Text("动作", "move")),
        Column(Text("思维", "thinking")),
        *(Column(label(option), True) for option in front),
    )
    ranked = sorted(moves.values(), key=lambda one: (-sum(one.key in keys for keys in held), -one.gain.cycle))
    rows = tuple(
        Row(
            (
                Cell(one.words),
                Cell(one.thinking.words),
                *(Cell(Text.both("●" if one.key in keys else "")) for keys in held),
            )
        )
        for one in ranked
    )
    line = Text("来源：搜索所得前沿方案的构成", "Source: what the options of the front consist of")
    title = Text("每个方案含哪些动作", "Which moves each option holds")
    return Table("contents", columns, rows, line, title, small=True)


def _steps(initiative: Initiative) -> Table:
    """The chosen option step by step, the most worthwhile first: a bank may stop after any of them."""
    options = initiative.options
    columns = (
        Column(Text("依次加上", "one after the other")),
        *(Column(objective.words, True) for objective in (Objective.MEDIAN, Objective.COST, Objective.MANUAL)),
        Column(Text("投入（人日）", "effort (person-days)"), True),
    )
    was = {objective: figure.value for objective, figure in options.as_is.figures.items()}
    rows = [Row(_level_cells(Text("现状", "as is"), was, 0.0))]
    rows += [Row(_level_cells(step.proposal.words, step.values, step.proposal.effort)) for step in options.steps]
    note = Text(
        f"{_how(initiative).zh}；每步一次仿真，同一批案件、同样的运气",
        f"{_how(initiative).en}; one simulation a step, same cases and luck",
    )
    title = Text(
        "选定方案逐步见效：每一步之后都可以停", "The chosen option step by step: one may stop after any of them"
    )
    return Table("steps", columns, tuple(rows), note, title, small=True)


def _level_cells(name: Text, values: Mapping[Objective, float], effort: float) -> tuple[Cell, ...]:
    return (
        Cell(name),
        Cell(duration(values[Objective.MEDIAN])),
        Cell(money(values[Objective.COST])),
        Cell(share(values[Objective.MANUAL])),
        Cell(Text.both(f"{effort:g}" if effort else "")),
    )


def _intervals(initiative: Initiative) -> Picture:
    options = initiative.options
    reference = options.as_is.figures[Objective.MEDIAN]
    rows = []
    for option in sorted(options.front, key=lambda one: one.figures[Objective.MEDIAN].value):
        figure, better = option.figures[Objective.MEDIAN], option.gains[Objective.MEDIAN]
        beside = Text(f"{level(figure).zh}  {gain(better).zh}", f"{level(figure).en}  {gain(better).en}")
        rows.append(
            Interval(label(option), figure.value, figure.low, figure.high, beside, option.key == options.chosen.key)
        )
    goal = next((r.target for r in initiative.proof.results if r.key == Objective.MEDIAN.value), None)
    title = Text("办理时长中位数：各方案及 95% 置信区间", "Median cycle time of each option with its 95 % interval")
    svg = intervals(rows, reference=reference.value, goal=goal, show=duration, unit=time_unit(reference.value),
                    title=title)  # fmt: skip
    header = ["option", "median_s", "low_s", "high_s"]
    data = [[r.label.en, r.value, r.low, r.high] for r in rows]
    return Picture(title, svg, _how(initiative), "median", csv_link(header, data))


def _pareto(initiative: Initiative) -> Picture:
    options = initiative.options
    dots = [
        Dot(trial.values[Objective.MEDIAN], trial.values[Objective.COST], Text.both(""), "dominated")
        for trial in options.trials
    ]
    for option in options.front:
        kind = "chosen" if option.key == options.chosen.key else "front"
        figures = option.figures
        dots.append(Dot(figures[Objective.MEDIAN].value, figures[Objective.COST].value, label(option), kind))
    now = options.as_is.figures
    dots.append(Dot(now[Objective.MEDIAN].value, now[Objective.COST].value, label(options.as_is), "as-is"))
    title = Text(
        f"时间与成本：试过 {len(options.trials)} 个组合", f"Time against cost: {len(options.trials)} combinations tried"
    )
    svg = pareto(dots, x_title=Objective.MEDIAN.words, y_title=Objective.COST.words, x_show=duration, y_show=money,
                 x_unit=time_unit(max(dot.x for dot in dots)), title=title)  # fmt: skip
    header = ["kind", "median_s", "cost_fen", "label"]
    data = [[dot.kind, dot.x, dot.y, dot.label.en] for dot in dots]
    return Picture(title, svg, _how(initiative), "pareto", csv_link(header, data))


def _search(initiative: Initiative) -> Paragraph:
    base = initiative.options.baseline
    return Paragraph(
        Text(
            f"搜索是否值得：同样 {base.evaluations} 次仿真，搜索得到的前沿体积 {base.search:.3f}，随机尝试 {base.random:.3f}。",
            f"Was the search worth it: with the same {base.evaluations} simulations the search's front covers a volume of "
            f"{base.search:.3f}, random trials {base.random:.3f}.",
        )
    )


def _moves(chosen: Option) -> Points:
    points = []
    for one in chosen.proposals:
        assumed = "；".join(a.words.zh for a in one.assumptions)
        assumed_en = "; ".join(a.words.en for a in one.assumptions)
        why = Text(
            one.reason.zh + (f"。假设：{assumed}" if assumed else ""),
            one.reason.en + (f". Assumed: {assumed_en}" if assumed_en else ""),
        )
        points.append(Point(one.words, one.thinking.words, why))
    return Points(tuple(points))


def _diagrams(initiative: Initiative) -> list[Picture]:
    # The as-is in the same executable form: only what the moves did differs, not that people's steps became user tasks.
    before, after = build(initiative.plan).definitions, initiative.built.definitions
    changes = bpmn.diff(before, after)
    found = initiative.calibration.discovery or "–"
    return [
        Picture(
            Text("现状模型", "The model as it is"),
            bpmn.svg(before, highlight=changes.before(), prefix="before"),
            Text(
                f"来源：日志 · 发现方法 {found}；将删除或改动的部分有标记",
                f"Source: log · discovered by {found}; what goes or changes is marked",
            ),
            wide=True,
        ),
        Picture(
            Text("再造后的模型（可部署）", "The model to be (deployable)"),
            bpmn.svg(after, highlight=changes.after(), prefix="after"),
            Text("来源：to_be.bpmn；新增与改动的部分有标记", "Source: to_be.bpmn; what is new or changed is marked"),
            wide=True,
        ),
    ]
