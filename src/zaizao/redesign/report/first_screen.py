"""The first screen: what happens now, what to do, what it gains, how sure, what it needs. Read in ten seconds."""

from __future__ import annotations

from zaizao.problems import Text
from zaizao.redesign.initiative import Initiative
from zaizao.redesign.options import Objective
from zaizao.redesign.prove import Outcome, Stage
from zaizao.redesign.report.blocks import BigFigure, Block, Figures, Heading, Paragraph, Point, Points, Section
from zaizao.redesign.report.figures import number
from zaizao.redesign.report.reading import gain, gain_span, joined, level, source

_HEROES = (Objective.MEDIAN, Objective.COST, Objective.MANUAL)
_COMPARED = (Objective.MEDIAN.value, Objective.P90.value, Objective.MANUAL.value)
_SHOWN_MOVES = 3


def first_screen(initiative: Initiative) -> Section:
    """The section without a heading of its own."""
    blocks: list[Block] = [Paragraph(_lead(initiative), lead=True), Figures(_heroes(initiative))]
    blocks += [Heading(Text("做什么", "What to do")), Points(_moves(initiative))]
    blocks += [Heading(Text("有多大把握，需要什么", "How sure, and what it needs"))]
    blocks += [Paragraph(_goals(initiative)), Paragraph(_sure(initiative)), Paragraph(_needs(initiative))]
    return Section("first", Text("一页看懂", "At a glance"), tuple(blocks))


def _lead(initiative: Initiative) -> Text:
    now = initiative.proof.figures[Stage.AS_IS]
    chosen = initiative.options.chosen
    median, p90 = level(now[Objective.MEDIAN.value]), level(now[Objective.P90.value])
    if not chosen.proposals:
        return Text(
            f"现在一半案例在 {median.zh} 内办完，九成在 {p90.zh} 内办完。在所给的改造动作中，没有一项经仿真确有改善。",
            f"Today half of the cases take up to {median.en}, nine in ten up to {p90.en}. None of the moves on offer "
            "improves on that in simulation.",
        )
    better = chosen.gains[Objective.MEDIAN]
    return Text(
        f"现在一半案例在 {median.zh} 内办完，九成在 {p90.zh} 内办完。选定方案含 {len(chosen.proposals)} 项改造动作，"
        f"仿真显示办理时长中位数变化 {gain(better).zh}（95% 置信区间 {gain_span(better).zh.strip('()')}）。",
        f"Today half of the cases take up to {median.en}, nine in ten up to {p90.en}. The chosen option combines "
        f"{len(chosen.proposals)} moves and changes the median by {gain(better).en} in simulation "
        f"(95 % interval {gain_span(better).en.strip('()')}).",
    )


def _heroes(initiative: Initiative) -> tuple[BigFigure, ...]:
    now, chosen = initiative.proof.figures, initiative.options.chosen
    heroes = []
    for objective in _HEROES:
        before = now[Stage.AS_IS].get(objective.value)
        simulated = initiative.options.as_is.figures[objective]
        after = chosen.figures[objective]
        change = chosen.gains.get(objective)
        note = Text("", "")
        if change is not None:
            note = Text(
                f"仿真 {level(simulated).zh} → {level(after).zh}，{gain(change).zh} {gain_span(change).zh}",
                f"simulated {level(simulated).en} → {level(after).en}, {gain(change).en} {gain_span(change).en}",
            )
        shown = before or simulated
        heroes.append(BigFigure(objective.words, level(shown), level(after), note, source(shown.evidence)))
    return tuple(heroes)


def _moves(initiative: Initiative) -> tuple[Point, ...]:
    ranked = sorted(initiative.options.chosen.proposals, key=lambda one: -one.gain.cycle)
    points = [Point(one.words, one.thinking.words, one.reason) for one in ranked[:_SHOWN_MOVES]]
    more = len(ranked) - len(points)
    if more > 0:
        points.append(Point(Text(f"另有 {more} 项，见“可以怎样”", f"and {more} more, under 'What could be'")))
    return tuple(points)


def _goals(initiative: Initiative) -> Text:
    rehearsed = [result for result in initiative.proof.results if result.stage is Stage.REHEARSED]
    met = sum(result.outcome is Outcome.MET for result in rehearsed)
    opened = sum(result.outcome is Outcome.OPEN for result in rehearsed)
    missed = len(rehearsed) - met - opened
    return Text(
        f"目标：引擎彩排中 {len(rehearsed)} 个目标达到 {met} 个，未定 {opened} 个，未达 {missed} 个（见“试点与验证”）。",
        f"Goals: of {len(rehearsed)} in the rehearsal on the engine, {met} met, {opened} open, {missed} missed "
        "(see 'Pilot and proof').",
    )


def _sure(initiative: Initiative) -> Text:
    compared = [figure for figure in initiative.calibration.distances if figure.key in _COMPARED]
    apart = joined([Text(f"{one.name.zh} {gain(one).zh}", f"{one.name.en} {gain(one).en}") for one in compared], "，")
    incidents = len(initiative.rehearsal.incidents)
    done, cases = initiative.rehearsal.finished, initiative.rehearsal.cases
    return Text(
        f"现状仿真与日志相比：{apart.zh}。新流程已在真实引擎上彩排 {cases} 个案例，{done} 个办结，{incidents} 起异常。",
        f"Against the log the as-is simulation is off by: {apart.en}. The new process was rehearsed on the real engine: "
        f"{done} of {cases} cases finished, {incidents} incidents.",
    )


def _needs(initiative: Initiative) -> Text:
    chosen, built = initiative.options.chosen, initiative.built
    decisions = len(built.decisions.elements) if built.decisions is not None else 0
    assumed = len(initiative.proof.assumed)
    riskiest = max((one.risk for one in chosen.proposals), default=0.0)
    return Text(
        f"需要：约 {number(chosen.effort)} 人天建设，{len(built.job_types)} 种自动作业，{decisions} 个决策元素；"
        f"单项动作的质量风险最高 {riskiest:.0%}；结论依赖 {assumed} 条假设，全部列在最后一节。",
        f"It needs about {number(chosen.effort)} person-days, {len(built.job_types)} job types and {decisions} decision "
        f"elements; riskiest single move: {riskiest:.0%}; it rests on {assumed} assumptions, all listed in the last section.",
    )
