"""Proof: the goals against what was measured, simulated and rehearsed; what was seen and what was assumed.

Rule kept: a goal is judged per stage, and only the as-is log is measured reality. A simulation or a rehearsal shows
what would follow if the assumptions hold; every one of them is listed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import polars as pl

from zaizao.calendars import working
from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.measures import (
    DEFINITIONS,
    Estimate,
    Goal,
    Kpi,
    MeasureError,
    Outcome as Outcome,
    Unit as MeasureUnit,
    describe,
    evaluate,
    judge,
    relative_change,
)
from zaizao.problems import Text
from zaizao.redesign.build import Built
from zaizao.redesign.estimate import arrivals_per_week, hourly_rate
from zaizao.redesign.evidence import Assumption, Basis, Evidence, Figure, Unit
from zaizao.redesign.plan import Plan
from zaizao.simulation import Origin


class Stage(StrEnum):
    """Where a figure was taken."""

    AS_IS = "as-is"
    AS_IS_SIMULATED = "as-is-simulated"
    TO_BE_SIMULATED = "to-be-simulated"
    REHEARSED = "to-be-rehearsed"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Stage.AS_IS: Text("现状（日志实测）", "as is (measured in the log)"),
    Stage.AS_IS_SIMULATED: Text("现状（仿真）", "as is (simulated)"),
    Stage.TO_BE_SIMULATED: Text("再造后（仿真）", "to be (simulated)"),
    Stage.REHEARSED: Text("再造后（引擎彩排）", "to be (rehearsed on the engine)"),
}


@dataclass(frozen=True, slots=True)
class GoalResult:
    """One goal at one stage. ``target`` is the level wanted, in the figure's unit, ``reference`` the level before."""

    key: str
    goal: Text
    stage: Stage
    reference: Figure
    target: float
    reached: Figure
    outcome: Outcome


@dataclass(frozen=True, slots=True)
class Proof:
    """``figures`` by stage and measure key; ``results`` per goal and stage after the change; ``measured`` says in words
    what was seen, ``assumed`` lists every assumption that the chosen option and the rehearsal rest on."""

    figures: Mapping[Stage, Mapping[str, Figure]]
    results: tuple[GoalResult, ...]
    measured: tuple[Text, ...]
    assumed: tuple[Assumption, ...]
    agreement: tuple[Figure, ...]
    """How far the rehearsal is from the simulation of the same option, per figure (relative)."""


_UNITS = {
    MeasureUnit.TIME: (Unit.SECONDS, 1e-6),
    MeasureUnit.MONEY: (Unit.FEN, 1.0),
    MeasureUnit.SHARE: (Unit.SHARE, 1.0),
    MeasureUnit.PER_DAY: (Unit.PER_DAY, 1.0),
}


def prove(
    logs: Mapping[Stage, EventLog],
    *,
    before: Plan,
    after: Plan,
    built: Built,
    goals: Sequence[Goal],
    seed: int,
) -> Proof:
    """Judge ``goals`` on the logs of all four stages.

    Changes are judged against the as-is simulation, like with like: same scenario, same cases, same seed. ``before``
    and ``after`` are the plans behind the simulated and rehearsed logs; their standing costs join the cost per case.
    """
    plans = {Stage.AS_IS: before, Stage.AS_IS_SIMULATED: before}
    estimates: dict[Stage, dict[Kpi, Estimate]] = {}
    figures: dict[Stage, dict[str, Figure]] = {}
    missing: list[Text] = []
    for stage, log in logs.items():
        plan = plans.get(stage, after)
        log = costed(log, plan) if stage is Stage.AS_IS else log
        estimates[stage], lacking = _measured(log, plan, seed)
        missing += [Text(f"{stage.words.zh}：{text.zh}", f"{stage.words.en}: {text.en}") for text in lacking]
        figures[stage] = {
            kpi.value: _figure(kpi, estimate, _evidence(stage, log, kpi, seed))
            for kpi, estimate in estimates[stage].items()
        }
    return Proof(
        figures=figures,
        results=_results(goals, estimates, figures),
        measured=(*_seen(logs), *missing),
        assumed=_assumed(after, built),
        agreement=_agreement(estimates, seed),
    )


def costed(log: EventLog, plan: Plan) -> EventLog:
    """The log with a ``cost`` column (fen): hours worked at the role's assumed rate, where it records no cost itself."""
    if "cost" in log.event_table.columns or log.events == 0:
        return log
    works = {node.name: plan.scenario.work[node.id] for node in plan.process.nodes if node.id in plan.scenario.work}
    known = [works.get(name) for name in log.activity_names]
    rates = np.array([hourly_rate(plan.scenario, work.role) if work else 0.0 for work in known])
    fees = np.array([float(work.cost) if work else 0.0 for work in known])
    hours = np.zeros(log.events)
    for code, work in enumerate(known):
        role = plan.scenario.roles.get(work.role or "") if work else None
        rows = np.flatnonzero((log.activity == code) & (log.start != MISSING_TIME))
        if role is not None and role.resources and len(rows):
            calendar = plan.scenario.calendars[role.resources[0].calendar]
            hours[rows] = working(calendar, log.start[rows], log.end[rows]) / 3.6e9
    cost = np.rint(hours * rates[log.activity] + fees[log.activity]).astype(np.int64)
    table = log.event_table if log.event_table.width else pl.DataFrame({"row": range(log.events)}).drop("row")
    return replace(log, event_table=table.with_columns(pl.Series("cost", cost)))


def _measured(log: EventLog, plan: Plan, seed: int) -> tuple[dict[Kpi, Estimate], list[Text]]:
    """Every figure that the log allows, standing cost included; and why the others are not there."""
    found: dict[Kpi, Estimate] = {}
    lacking: list[Text] = []
    for kpi in Kpi:
        try:
            estimate = evaluate(kpi, log, np.random.default_rng(seed))
        except MeasureError as error:
            lacking += [problem.what for problem in error.problems]
            continue
        if kpi is Kpi.COST_MEAN and plan.weekly_cost:
            extra = plan.weekly_cost / max(arrivals_per_week(plan.scenario), 1e-9)
            estimate = replace(
                estimate, value=estimate.value + extra, low=estimate.low + extra, high=estimate.high + extra
            )
        found[kpi] = estimate
    return found, lacking


def _figure(kpi: Kpi, estimate: Estimate, evidence: Evidence) -> Figure:
    definition = DEFINITIONS[kpi]
    unit, factor = _UNITS[definition.unit]
    value, low, high = (number * factor for number in (estimate.value, estimate.low, estimate.high))
    return Figure(kpi.value, definition.title, value, low, high, estimate.n, unit, evidence)


def _evidence(stage: Stage, log: EventLog, kpi: Kpi, seed: int) -> Evidence:
    cases = log.cases
    if stage is Stage.AS_IS:
        if kpi is Kpi.COST_MEAN and "cost" in log.event_table.columns:
            how = Text(
                f"日志 {cases} 案的工时 × 假设的工时费率", f"hours in the log ({cases} cases) × assumed hourly rates"
            )
            return Evidence(Basis.ASSUMPTION, how)
        return Evidence(Basis.LOG, Text(f"日志全部 {cases} 案", f"all {cases} cases of the log"))
    if stage is Stage.REHEARSED:
        how = Text(f"引擎彩排 {cases} 案的流水", f"the engine's journal of {cases} rehearsed cases")
        return Evidence(Basis.REHEARSAL, how, seed)
    return Evidence(Basis.SIMULATION, Text(f"仿真 {cases} 案", f"simulation of {cases} cases"), seed)


def _results(
    goals: Sequence[Goal],
    estimates: Mapping[Stage, Mapping[Kpi, Estimate]],
    figures: Mapping[Stage, Mapping[str, Figure]],
) -> tuple[GoalResult, ...]:
    found = []
    reference = Stage.AS_IS_SIMULATED
    for goal in goals:
        for stage in (Stage.TO_BE_SIMULATED, Stage.REHEARSED):
            if goal.measure not in estimates[stage] or goal.measure not in estimates[reference]:
                continue
            verdict = judge(goal, estimates[reference][goal.measure], estimates[stage][goal.measure])
            before = figures[reference][goal.measure.value]
            factor = _UNITS[DEFINITIONS[goal.measure].unit][1]
            target = before.value * (1.0 + goal.change) if goal.change is not None else (goal.target or 0.0) * factor
            found.append(
                GoalResult(
                    key=goal.measure.value,
                    goal=describe(goal),
                    stage=stage,
                    reference=before,
                    target=target,
                    reached=figures[stage][goal.measure.value],
                    outcome=verdict.outcome,
                )
            )
    return tuple(found)


def _seen(logs: Mapping[Stage, EventLog]) -> tuple[Text, ...]:
    as_is, rehearsed = logs[Stage.AS_IS], logs[Stage.REHEARSED]
    return (
        Text(
            f"实测：现状的时长、人工占比、返工与走法，来自日志的 {as_is.cases} 案、{as_is.events} 次作业",
            f"measured: times, manual share, rework and ways of the as-is, from {as_is.cases} cases and "
            f"{as_is.events} executions in the log",
        ),
        Text(
            f"实际运行：再造后的模型与决策表在真实引擎上跑完 {rehearsed.cases} 案；人员、机器与客户由情景模拟",
            f"really run: the to-be model and its decision tables on the real engine for {rehearsed.cases} cases; people, "
            "machines and customers are simulated by the scenario",
        ),
        Text(
            "再造后的改善幅度与“现状（仿真）”相比：同一情景、同一批案件、同一种子",
            'gains are judged against "as is (simulated)": same scenario, same cases, same seed',
        ),
    )


def _assumed(plan: Plan, built: Built) -> tuple[Assumption, ...]:
    """The option's, the build's and the scenario's assumptions, each once."""
    found = {one.key: one for proposal in plan.applied for one in proposal.assumptions}
    found.update((one.key, one) for one in built.assumed)
    for name, role in plan.scenario.roles.items():
        if role.resources and not all(resource.automatic for resource in role.resources):
            rate = hourly_rate(plan.scenario, name)
            words = Text(f"“{name}”的工时费率（分/小时）", f'hourly rate of "{name}" (fen per hour)')
            found[f"rate:{name}"] = Assumption(f"rate:{name}", words, rate, Unit.FEN)
    for node in plan.process.nodes:
        work = plan.scenario.work.get(node.id)
        if work is not None and work.origin is Origin.ASSUMED and node.id not in plan.automated and node.name:
            words = Text(f"“{node.name}”的处理时间分布", f'the distribution of the time that "{node.name}" takes')
            found[f"duration:{node.id}"] = Assumption(f"duration:{node.id}", words, 1.0)
    return tuple(found.values())


def _agreement(estimates: Mapping[Stage, Mapping[Kpi, Estimate]], seed: int) -> tuple[Figure, ...]:
    """Per figure: rehearsed over simulated − 1, with the intervals of both."""
    how = Text("彩排与同一方案的仿真之比 − 1（同一批案件）", "rehearsed over simulated − 1, same option, same cases")
    evidence = Evidence(Basis.REHEARSAL, how, seed)
    return _ratios(estimates[Stage.TO_BE_SIMULATED], estimates[Stage.REHEARSED], evidence)


def faithfulness(log: EventLog, simulated: EventLog, seed: int) -> tuple[Figure, ...]:
    """Per figure that both logs allow: simulated over recorded − 1, with the intervals of both."""
    left, right = ({kpi: one for kpi in _COMPARED if (one := _maybe(kpi, each, seed))} for each in (log, simulated))
    how = Text(
        f"现状仿真 {simulated.cases} 案与日志之比 − 1", f"as-is simulation ({simulated.cases} cases) over the log − 1"
    )
    return _ratios(left, right, Evidence(Basis.SIMULATION, how, seed))


_COMPARED = (
    Kpi.CYCLE_TIME_MEDIAN,
    Kpi.CYCLE_TIME_P90,
    Kpi.CYCLE_TIME_MEAN,
    Kpi.MANUAL_SHARE,
    Kpi.REWORK_SHARE,
    Kpi.PROCESSING_MEAN,
)


def _maybe(kpi: Kpi, log: EventLog, seed: int) -> Estimate | None:
    try:
        return evaluate(kpi, log, np.random.default_rng(seed))
    except MeasureError:
        return None


def _ratios(before: Mapping[Kpi, Estimate], after: Mapping[Kpi, Estimate], evidence: Evidence) -> tuple[Figure, ...]:
    found = []
    for kpi in Kpi:
        if kpi in before and kpi in after and before[kpi].value > 0:
            change = relative_change(before[kpi], after[kpi])
            title = DEFINITIONS[kpi].title
            found.append(
                Figure(kpi.value, title, change.value, change.low, change.high, change.n, Unit.SHARE, evidence)
            )
    return tuple(found)
