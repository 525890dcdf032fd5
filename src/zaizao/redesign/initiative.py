"""The initiative: one re-engineering project through the eight steps, as one immutable value.

``run`` is pure orchestration: it calls the rooms in order, reports progress, and returns everything that was found;
nothing is written. Same log, same settings, same seed: the same initiative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import numpy as np

from zaizao.bpmn import Definitions
from zaizao.eventlog import EventLog, activities, subset
from zaizao.measures import Goal, cycle_times, default_goals
from zaizao.mining import (
    ActivityTimes,
    DirectlyFollows,
    EdgeTimes,
    Facts as LogFacts,
    HandOvers,
    Method,
    Performers,
    Rework,
    Variants,
    activity_times,
    directly_follows,
    discover,
    edge_times,
    facts as log_facts,
    hand_overs,
    performers,
    rework,
    variants,
)
from zaizao.problems import Problem, Text
from zaizao.redesign.build import Built, build
from zaizao.redesign.evidence import Figure
from zaizao.redesign.facts import Facts, gather, inferred_rules
from zaizao.redesign.naming import identifier
from zaizao.redesign.options import Options
from zaizao.redesign.plan import Plan, Rules, plan_of
from zaizao.redesign.prove import Proof, Stage, costed, faithfulness, prove
from zaizao.redesign.rehearse import Rehearsal, rehearse
from zaizao.redesign.search import search
from zaizao.redesign.threading import remembering
from zaizao.redesign.value import Valuation, Weights, value
from zaizao.simulation import Distances, Scenario, calibrate, distances, simulate

FAITHFUL = 0.25
"""A model is taken at once where its misfit (see ``misfit``) is below this; else the best of all is."""


class Step(StrEnum):
    """The eight steps, in order."""

    READ = "read"
    MAP = "map"
    VALUE = "value"
    CALIBRATE = "calibrate"
    REDESIGN = "redesign"
    BUILD = "build"
    REHEARSE = "rehearse"
    PROVE = "prove"

    @property
    def words(self) -> Text:
        """Its name in both languages."""
        return _WORDS[self]


_WORDS = {
    Step.READ: Text("读取", "read"),
    Step.MAP: Text("还原现状", "map as it is"),
    Step.VALUE: Text("评估价值", "value"),
    Step.CALIBRATE: Text("标定仿真", "calibrate"),
    Step.REDESIGN: Text("再造", "redesign"),
    Step.BUILD: Text("构建", "build"),
    Step.REHEARSE: Text("彩排", "rehearse"),
    Step.PROVE: Text("验证", "prove"),
}


@dataclass(frozen=True, slots=True)
class Progress:
    """``done`` of ``total`` units of ``step`` (total 0: not known yet); ``note`` says what is being done."""

    step: Step
    done: int
    total: int
    note: Text


@dataclass(frozen=True, slots=True)
class Discovery:
    """A way to discover the model; ``noise`` is the share of behaviour that may be left out."""

    method: Method
    noise: float

    def __str__(self) -> str:
        return f"{self.method.value} {self.noise:g}"


DISCOVERIES = (
    Discovery(Method.HEURISTIC, 0.05),
    Discovery(Method.SPLIT, 0.05),
    Discovery(Method.INDUCTIVE, 0.05),
    Discovery(Method.INDUCTIVE, 0.2),
)
"""Graph-based miners keep probabilities of what follows what; block-structured ones often overload their joins."""


@dataclass(frozen=True, slots=True)
class Settings:
    """All that a person may choose. With the log and the versions it determines every figure.

    ``discoveries`` are tried in turn until the simulation of one is faithful to the log; else the closest is taken.
    """

    seed: int = 20260101
    goals: tuple[Goal, ...] = field(default_factory=default_goals)
    discoveries: tuple[Discovery, ...] = DISCOVERIES
    simulated_cases: int = 1000
    evaluations: int = 120
    replications: int = 10
    rehearsed_cases: int = 200
    front: int = 6
    rules: Rules = field(default_factory=Rules)
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True, slots=True, eq=False)
class Reading:
    """Step 1. ``log`` as read (before lifecycles are joined); ``digest`` is the SHA-256 of the file, where known."""

    source: str
    digest: str
    log: EventLog
    findings: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, eq=False)
class AsIs:
    """Step 2. ``log`` has one row per activity execution with ``automatic``; ``model`` is the discovered BPMN, its
    ways told apart by history, laid out; the rest is what mining shows of it."""

    log: EventLog
    model: Definitions
    figures: LogFacts
    flow: DirectlyFollows
    edges: EdgeTimes
    variants: Variants
    times: ActivityTimes
    rework: Rework
    hand_overs: HandOvers
    performers: Performers
    inferred: Rules


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Step 4. ``simulated`` is one run of the as-is; ``distances`` its figures over the log's − 1; ``apart`` how far it
    is from the log by the literature's measures, ``floor`` how far one random half of the log is from the other.
    ``tried`` lists every way of discovery tried and its misfit; ``discovery`` is the one taken (None: a given model).
    """

    scenario: Scenario
    simulated: EventLog
    distances: tuple[Figure, ...]
    apart: Distances
    floor: Distances
    discovery: Discovery | None
    tried: tuple[tuple[Discovery, float], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Initiative:
    """One re-engineering project: every step's result, what went in, and the versions of what computed it."""

    settings: Settings
    versions: Mapping[str, str]
    reading: Reading
    as_is: AsIs
    valuation: Valuation
    calibration: Calibration
    plan: Plan
    facts: Facts
    options: Options
    built: Built
    rehearsal: Rehearsal
    proof: Proof


Listen = Callable[[Progress], None]


def run(
    log: EventLog,
    *,
    settings: Settings | None = None,
    source: str = "",
    digest: str = "",
    versions: Mapping[str, str] | None = None,
    scenario: Scenario | None = None,
    model: Definitions | None = None,
    listen: Listen | None = None,
) -> Initiative:
    """The whole loop on a log as read. ``model`` and ``scenario`` take the place of discovery and calibration.

    ``source``, ``digest`` and ``versions`` go into the record as given. ``listen`` hears of progress.
    """
    chosen = settings or Settings()
    say = _Teller(listen)
    say(Step.READ, Text("检查数据质量", "data quality"))
    reading = Reading(source or log.source, digest, log, log.findings)
    as_is, calibration, plan = _understood(replace(log, source=reading.source), model, scenario, chosen, say)
    say(Step.VALUE, Text("细分与排序", "segments and ranking"))
    valuation = value(costed(as_is.log, plan), weights=chosen.weights)
    say(Step.REDESIGN, Text("收集事实、提出动作", "facts and proposals"))
    facts = gather(as_is.log, plan)
    options = search(
        plan,
        facts,
        seed=chosen.seed,
        cases=chosen.simulated_cases,
        evaluations=chosen.evaluations,
        replications=chosen.replications,
        front=chosen.front,
        watch=lambda done, total: say(Step.REDESIGN, Text("仿真组合方案", "simulating combinations"), done, total),
    )
    built, rehearsal, proof = _carried_out(as_is, plan, options.chosen.plan, chosen, say)
    return Initiative(
        settings=chosen,
        versions=versions or {},
        reading=reading,
        as_is=as_is,
        valuation=valuation,
        calibration=calibration,
        plan=plan,
        facts=facts,
        options=options,
        built=built,
        rehearsal=rehearsal,
        proof=proof,
    )


def _carried_out(
    as_is: AsIs, before: Plan, after: Plan, settings: Settings, say: _Teller
) -> tuple[Built, Rehearsal, Proof]:
    """Steps 6 to 8: the chosen plan as models, on the engine, against the goals."""
    say(Step.BUILD, Text("生成可部署模型与决策表", "deployable models and decision tables"))
    built = build(after)
    cases, seed = settings.rehearsed_cases, settings.seed
    rehearsal = rehearse(
        built,
        after,
        cases=cases,
        seed=seed,
        watch=lambda done, total: say(Step.REHEARSE, Text("引擎彩排", "rehearsing on the engine"), done, total),
    )
    say(Step.PROVE, Text("对照目标", "goals against figures"))
    logs = {
        Stage.AS_IS: as_is.log,
        Stage.AS_IS_SIMULATED: simulate(before.process, before.scenario, cases=cases, seed=seed),
        Stage.TO_BE_SIMULATED: simulate(after.process, after.scenario, cases=cases, seed=seed),
        Stage.REHEARSED: rehearsal.log,
    }
    proof = prove(logs, before=before, after=after, built=built, goals=settings.goals, seed=seed)
    return built, rehearsal, proof


class _Teller:
    """Tells a listener, where there is one."""

    def __init__(self, listen: Listen | None) -> None:
        self.listen = listen

    def __call__(self, step: Step, note: Text, done: int = 0, total: int = 0) -> None:
        if self.listen is not None:
            self.listen(Progress(step, done, total, note))


def _understood(
    log: EventLog, model: Definitions | None, scenario: Scenario | None, settings: Settings, say: _Teller
) -> tuple[AsIs, Calibration, Plan]:
    """Steps 2 and 4 together: the model is the one with which the simulation comes closest to the log."""
    say(Step.MAP, Text("合并生命周期、区分人与机器", "joining lifecycles, telling people from machines"))
    told = performers(activities(log))
    executed = told.log
    follows = directly_follows(executed)
    tried: list[tuple[Discovery, float]] = []
    best: tuple[float, Discovery | None, Definitions, Scenario, EventLog] | None = None
    for way in (None,) if model is not None else settings.discoveries:
        say(Step.MAP, Text("发现流程模型", "discovering the model"))
        drawn = model if way is None else _discovered(executed, way, follows)
        assert drawn is not None, "a way of discovery or a model is given"
        say(Step.CALIBRATE, Text("从日志标定情景并仿真现状", "reading the scenario off the log, simulating the as-is"))
        read = scenario or calibrate(executed, drawn.processes[0], seed=settings.seed)
        simulated = simulate(drawn.processes[0], read, cases=settings.simulated_cases, seed=settings.seed)
        score = misfit(executed, simulated)
        if way is not None:
            tried.append((way, score))
        if best is None or score < best[0]:
            best = (score, way, drawn, read, simulated)
        if score < FAITHFUL:
            break
    assert best is not None
    _, way, drawn, read, simulated = best
    say(Step.MAP, Text("时长、返工、交接", "times, rework, hand-overs"))
    as_is = _mapped(told, drawn)
    calibration = Calibration(
        scenario=read,
        simulated=simulated,
        distances=faithfulness(executed, simulated, settings.seed),
        apart=distances(_thinned(executed, simulated.cases), simulated),
        floor=_floor(executed, settings.seed),
        discovery=way,
        tried=tuple(tried),
    )
    rules = settings.rules
    merged = replace(rules, four_eyes=rules.four_eyes | as_is.inferred.four_eyes, kept=rules.kept | as_is.inferred.kept)
    return as_is, calibration, plan_of(drawn.processes[0], read, merged)


def _discovered(log: EventLog, way: Discovery, follows: DirectlyFollows) -> Definitions:
    """The model found by ``way``, called after the log's source, so that deployed processes do not share a name."""
    drawn = remembering(discover(log, method=way.method, noise=way.noise), follows)
    stem = log.source.split(".")[0] or "process"
    first = replace(drawn.processes[0], id=identifier(stem), name=stem)
    return replace(drawn, processes=(first, *drawn.processes[1:]))


def misfit(log: EventLog, simulated: EventLog) -> float:
    """How badly a simulation fits: share of executions too many or too few, plus |log| of the ratios of the median and
    of the mean cycle time (the mean at half weight)."""
    counts = np.bincount(log.activity) / max(log.cases, 1)
    mine = dict(zip(log.activity_names, counts.tolist(), strict=True))
    other = np.bincount(simulated.activity, minlength=len(simulated.activity_names)) / max(simulated.cases, 1)
    theirs = dict(zip(simulated.activity_names, other.tolist(), strict=True))
    wrong = sum(abs(mine.get(name, 0.0) - theirs.get(name, 0.0)) for name in {**mine, **theirs})
    recorded, drawn = cycle_times(log), cycle_times(simulated)
    ratios = [
        abs(math.log(max(float(figure(drawn)), 1.0) / max(float(figure(recorded)), 1.0)))
        for figure in (np.median, np.mean)
    ]
    return float(wrong / max(sum(mine.values()), 1e-9) + ratios[0] + ratios[1] / 2.0)


def _thinned(log: EventLog, cases: int) -> EventLog:
    """``cases`` cases spread evenly over the log: distances over n-grams compare logs of one size."""
    if log.cases <= cases:
        return log
    kept = np.zeros(log.cases, dtype=np.bool_)
    kept[np.linspace(0, log.cases - 1, cases).round().astype(np.int64)] = True
    return subset(log, np.flatnonzero(kept[log.case]))


def _floor(log: EventLog, seed: int) -> Distances:
    """One random half of the cases against the other."""
    left = np.random.default_rng(seed).permutation(log.cases) < (log.cases + 1) // 2
    halves = [subset(log, np.flatnonzero(left[log.case] == side)) for side in (True, False)]
    return distances(*halves) if log.cases > 1 else distances(log, log)


def _mapped(told: Performers, model: Definitions) -> AsIs:
    executed = told.log
    return AsIs(
        log=executed,
        model=model,
        figures=log_facts(executed),
        flow=directly_follows(executed),
        edges=edge_times(executed),
        variants=variants(executed),
        times=activity_times(executed),
        rework=rework(executed),
        hand_overs=hand_overs(executed),
        performers=told,
        inferred=inferred_rules(executed),
    )
