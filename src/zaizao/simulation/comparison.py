"""Replications and comparisons: what differs between two scenarios, with an interval.

Rule kept: replications share their seeds between the scenarios compared (common random numbers), so the interval is that
of the paired differences, not of two unrelated means.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from zaizao.bpmn import Process
from zaizao.eventlog import EventLog
from zaizao.simulation.intervals import student_95
from zaizao.simulation.running import simulate
from zaizao.simulation.scenario import Scenario

Figure = Callable[[EventLog], float]

# Two-sided 95 % quantiles of Student's t for 1..30 degrees of freedom; beyond, Cornish-Fisher from the normal.


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
    process: Process, scenario: Scenario, *, cases: int, replications: int, seed: int, warm_up: float = 0.0
) -> tuple[EventLog, ...]:
    """Independent runs with seeds derived from ``seed``.

    ``warm_up`` is the share of first cases that is simulated but left out, so that queues have filled.
    """
    seeds = np.random.SeedSequence(seed).generate_state(replications, dtype=np.uint64)
    skipped = round(cases * warm_up)
    return tuple(
        without_first(simulate(process, scenario, cases=cases + skipped, seed=int(number)), skipped) for number in seeds
    )


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


def compare(
    one: tuple[Process, Scenario],
    other: tuple[Process, Scenario],
    figures: Mapping[str, Figure],
    *,
    cases: int,
    replications: int,
    seed: int,
    warm_up: float = 0.0,
) -> dict[str, Difference]:
    """Simulate both with the same luck and compare each figure, replication by replication."""
    runs = [
        replicate(process, scenario, cases=cases, replications=replications, seed=seed, warm_up=warm_up)
        for process, scenario in (one, other)
    ]
    found = {}
    for name, figure in figures.items():
        first, second = (np.array([figure(log) for log in logs]) for logs in runs)
        difference = second - first
        mean = float(difference.mean())
        half = math.inf
        if replications > 1:
            half = student_95(replications - 1) * float(difference.std(ddof=1)) / math.sqrt(replications)
        found[name] = Difference(
            float(first.mean()), float(second.mean()), mean, mean - half, mean + half, replications
        )
    return found
