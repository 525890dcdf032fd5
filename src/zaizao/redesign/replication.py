"""Simulated figures: one run for the search, replications with 95 % intervals for what is shown.

Rule kept: every plan is run with the same list of seeds (common random numbers), so that the difference of two plans is
a paired difference. Intervals are Student's over replications.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from zaizao.eventlog import EventLog
from zaizao.measures import cycle_times
from zaizao.problems import Text
from zaizao.redesign.estimate import arrivals_per_week
from zaizao.redesign.evidence import Basis, Evidence, Figure, Unit
from zaizao.redesign.options import Objective
from zaizao.redesign.plan import Plan
from zaizao.simulation import simulate, student_95

WARM_UP = 0.1
"""The first share of the cases fills the queues and is not counted."""
UNITS = {
    Objective.MEDIAN: Unit.SECONDS,
    Objective.P90: Unit.SECONDS,
    Objective.COST: Unit.FEN,
    Objective.MANUAL: Unit.SHARE,
}


def seeds_of(seed: int, count: int) -> list[int]:
    """``count`` seeds that follow from one."""
    return [int(state) for state in np.random.SeedSequence(seed).generate_state(count)]


def run_once(plan: Plan, cases: int, seed: int) -> Mapping[Objective, float]:
    """The objectives of one simulated run of ``plan``."""
    return objectives(simulate(plan.process, plan.scenario, cases=cases, seed=seed), plan)


def objectives(log: EventLog, plan: Plan, warm_up: float = WARM_UP) -> dict[Objective, float]:
    """Median and 90th-percentile cycle time (s), cost per case (fen, standing cost included), manual share."""
    first = int(log.cases * warm_up)
    rows = slice(int(log.offsets[first]), None)
    cycle = cycle_times(log)[first:] / 1e6
    automatic = log.event_table["automatic"].fill_null(False).to_numpy()[rows]
    cost = float(log.event_table["cost"].to_numpy()[rows].sum()) / max(log.cases - first, 1)
    return {
        Objective.MEDIAN: float(np.median(cycle)),
        Objective.P90: float(np.quantile(cycle, 0.9)),
        Objective.COST: cost + plan.weekly_cost / max(arrivals_per_week(plan.scenario), 1e-9),
        Objective.MANUAL: float(1.0 - automatic.mean()) if len(automatic) else 0.0,
    }


def replicated(plan: Plan, cases: int, seeds: Sequence[int]) -> list[Mapping[Objective, float]]:
    """One run per seed, on two threads (the kernel lets go of the interpreter)."""
    with ThreadPoolExecutor(2) as pool:
        return list(pool.map(lambda seed: run_once(plan, cases, seed), seeds))


def levels(runs: Sequence[Mapping[Objective, float]], cases: int, seed: int) -> dict[Objective, Figure]:
    """Means over replications with Student intervals."""
    how = Text(
        f"仿真 {len(runs)} 次、每次 {cases} 案（前 {WARM_UP:.0%} 预热不计）",
        f"{len(runs)} simulations of {cases} cases (the first {WARM_UP:.0%} warm up)",
    )
    evidence = Evidence(Basis.SIMULATION, how, seed)
    return {
        objective: figure(objective, np.array([run[objective] for run in runs]), UNITS[objective], evidence)
        for objective in Objective
    }


def gains(
    before: Sequence[Mapping[Objective, float]], after: Sequence[Mapping[Objective, float]], cases: int, seed: int
) -> dict[Objective, Figure]:
    """Paired relative changes: the mean over replications of after / before − 1."""
    how = Text(
        f"与现状仿真逐次配对（相同随机数），{len(after)} 次、每次 {cases} 案",
        f"paired with the as-is simulation (common random numbers), {len(after)} times {cases} cases",
    )
    evidence = Evidence(Basis.SIMULATION, how, seed)
    found = {}
    for objective in Objective:
        was = np.array([run[objective] for run in before])
        now = np.array([run[objective] for run in after])
        change = np.divide(now - was, was, out=np.zeros_like(now), where=was != 0)
        found[objective] = figure(objective, change, Unit.SHARE, evidence)
    return found


def figure(objective: Objective, values: NDArray[np.float64], unit: Unit, evidence: Evidence) -> Figure:
    """The mean of ``values`` with Student's 95 % interval."""
    mean = float(values.mean())
    half = 0.0
    if len(values) > 1:
        half = student_95(len(values) - 1) * float(values.std(ddof=1)) / len(values) ** 0.5
    return Figure(objective.value, objective.words, mean, mean - half, mean + half, len(values), unit, evidence)
