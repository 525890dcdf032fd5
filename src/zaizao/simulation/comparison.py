"""Replications and comparisons: what differs between scenarios, with intervals; here or on other machines.

Rule kept: replications share their seeds between the scenarios compared (common random numbers), so the interval is that
of the paired differences, not of two unrelated means. Where they run changes nothing: each is determined by its seed.
"""

from __future__ import annotations

import importlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from zaizao.bpmn import Process
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Text
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.intervals import student_95
from zaizao.simulation.running import simulate
from zaizao.simulation.scenario import Scenario
from zaizao.simulation.settings import Backend

Figure = Callable[[EventLog], float]


@dataclass(frozen=True, slots=True)
class Difference:
    """The mean of a figure in both scenarios and the 95 % interval of the paired difference (other minus one)."""

    one: float
    other: float
    difference: float
    low: float
    high: float
    replications: int


def replicate(
    process: Process,
    scenario: Scenario,
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
    backend: Backend | None = None,
) -> tuple[EventLog, ...]:
    """Independent runs with seeds derived from ``seed``.

    ``warm_up`` is the share of first cases that is simulated but left out, so that queues have filled.
    """
    seeds = [int(number) for number in np.random.SeedSequence(seed).generate_state(replications, dtype=np.uint64)]
    skipped = round(cases * warm_up)
    if backend is None or replications == 1:
        return tuple(run_one(process, scenario, cases, skipped, number) for number in seeds)
    try:
        joblib = importlib.import_module("joblib")
    except ImportError as error:
        what = Text("没有安装 joblib", "joblib is not installed")
        remedy = Text("pip install 'zaizao[parallel]'", "pip install 'zaizao[parallel]'")
        raise SimulationError(Problem("backend", what, remedy, "simulation.no-joblib")) from error
    with joblib.parallel_config(backend=backend.name, n_jobs=backend.jobs):
        work = (joblib.delayed(run_one)(process, scenario, cases, skipped, number) for number in seeds)
        return tuple(joblib.Parallel()(work))


def run_one(process: Process, scenario: Scenario, cases: int, skipped: int, seed: int) -> EventLog:
    """One replication without its warm-up; a function of its own so that it travels to other machines."""
    return without_first(simulate(process, scenario, cases=cases + skipped, seed=seed), skipped)


def without_first(log: EventLog, cases: int) -> EventLog:
    """The log without its first ``cases`` cases."""
    if not cases:
        return log
    at = int(log.offsets[cases])
    return replace(
        log,
        case=log.case[at:] - cases,
        activity=log.activity[at:],
        start=log.start[at:],
        end=log.end[at:],
        resource=log.resource[at:],
        lifecycle=log.lifecycle[at:],
        case_names=log.case_names[cases:],
        offsets=log.offsets[cases:] - at,
        case_table=log.case_table[cases:] if log.case_table.width else log.case_table,
        event_table=log.event_table[at:] if log.event_table.width else log.event_table,
    )


def paired(one: Sequence[float], other: Sequence[float]) -> Difference:
    """The difference of two figures replication by replication."""
    first, second = np.asarray(one, dtype=np.float64), np.asarray(other, dtype=np.float64)
    difference = second - first
    mean = float(difference.mean())
    half = math.inf
    if len(difference) > 1:
        half = student_95(len(difference) - 1) * float(difference.std(ddof=1)) / math.sqrt(len(difference))
    return Difference(float(first.mean()), float(second.mean()), mean, mean - half, mean + half, len(difference))


def compare(
    one: tuple[Process, Scenario],
    other: tuple[Process, Scenario],
    figures: Mapping[str, Figure],
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
    backend: Backend | None = None,
) -> dict[str, Difference]:
    """Simulate both with the same luck and compare each figure, replication by replication."""
    return compare_all(
        (one, other), figures, cases=cases, replications=replications, seed=seed, warm_up=warm_up, backend=backend
    )[0]


def compare_all(
    ways: Sequence[tuple[Process, Scenario]],
    figures: Mapping[str, Figure],
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
    backend: Backend | None = None,
) -> list[dict[str, Difference]]:
    """Every way after the first against the first, all with the same luck."""
    found: list[dict[str, list[float]]] = []
    for process, scenario in ways:
        logs = replicate(
            process, scenario, cases=cases, replications=replications, seed=seed, warm_up=warm_up, backend=backend
        )
        found.append({name: [figure(log) for log in logs] for name, figure in figures.items()})
    return [{name: paired(found[0][name], other[name]) for name in figures} for other in found[1:]]
