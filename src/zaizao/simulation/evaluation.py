"""How faithful the simulation is: the literature's protocol, with the two rows that keep it honest.

Protocol: the first 80 % of the events by end time train, the rest test; cases cut by the border are dropped. Models and
scenario come from the training part alone; what is compared is the test part, with as many cases from its first arrival
on, over several runs. *Replay* is a random window of the training part moved to the test's begin by whole weeks: what
one gets without any model. *Floor* is one random half of the test cases against the other: no simulation gets below.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.bpmn import Process
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Text
from zaizao.simulation.calibration import calibrate
from zaizao.simulation.calibration.intake import first_times
from zaizao.simulation.distances import Distances, distances, mean_distances
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.running import simulate
from zaizao.simulation.scenario import Scenario

_WEEK = 7 * 86_400_000_000
_SHARE = 0.8
_MOST_CASES = 2000


@dataclass(frozen=True, slots=True)
class Fit:
    """The model whose simulation came nearest: its place in the list, its scenario, and how near."""

    index: int
    scenario: Scenario
    distances: Distances


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean distances to the test part. ``runs`` holds those of each simulated run; ``model`` is the one chosen."""

    simulated: Distances
    replay: Distances
    floor: Distances
    runs: tuple[Distances, ...]
    model: int
    train_cases: int
    test_cases: int


def choose(log: EventLog, models: Sequence[Process], *, seed: int = 1) -> Fit:
    """Calibrate every model and keep the one whose simulation is nearest to the log over all measures.

    Each measure counts as a ratio to the best model's, so hours and shares weigh alike. Ties go to the earlier model.
    """
    cases = min(log.cases, _MOST_CASES)
    some = first_cases(log, cases)
    found = []
    for index, model in enumerate(models):
        scenario = calibrate(log, model, seed=seed)
        found.append(Fit(index, scenario, distances(some, simulate(model, scenario, cases=cases, seed=seed + 1))))
    table = np.array([astuple(fit.distances) for fit in found]) + 1e-9
    return found[int(np.argmin(np.log(table / table.min(axis=0)).sum(axis=1)))]


def split(log: EventLog, share: float = _SHARE) -> tuple[EventLog, EventLog]:
    """The training and the test part; cases that begin before the border and end after it are in neither."""
    border = np.sort(log.end)[min(int(log.events * share), log.events - 1)]
    begins = first_times(log)
    ends = np.maximum.reduceat(log.end, log.offsets[:-1])
    train, test = np.flatnonzero(ends <= border), np.flatnonzero(begins > border)
    if not len(train) or not len(test):
        what = Text("日志太短，无法分成训练与检验两部分", "the log is too short to be split into train and test")
        remedy = Text("分别给出训练日志与检验日志", "give a training log and a test log")
        raise SimulationError(Problem(log.source or "log", what, remedy, "simulation.no-split"))
    return take_cases(log, train), take_cases(log, test)


def evaluate(
    train: EventLog, test: EventLog, models: Sequence[Process], *, runs: int = 10, seed: int = 1
) -> Evaluation:
    """Distances of simulation, replay and floor to the test part. ``models`` were discovered on ``train`` alone."""
    fit = choose(train, models, seed=seed)
    scenario = replace(fit.scenario, start=int(first_times(test).min()))
    luck = np.random.default_rng(seed)
    simulated = [
        distances(test, simulate(models[fit.index], scenario, cases=test.cases, seed=seed + 101 + run))
        for run in range(runs)
    ]
    replayed = [distances(test, _window(train, test, luck)) for _ in range(runs)]
    floor = []
    for _ in range(runs):
        order = luck.permutation(test.cases)
        half = test.cases // 2
        floor.append(distances(take_cases(test, np.sort(order[:half])), take_cases(test, np.sort(order[half:]))))
    return Evaluation(
        simulated=mean_distances(simulated),
        replay=mean_distances(replayed),
        floor=mean_distances(floor),
        runs=tuple(simulated),
        model=fit.index,
        train_cases=train.cases,
        test_cases=test.cases,
    )


def _window(train: EventLog, test: EventLog, luck: np.random.Generator) -> EventLog:
    """As many successive training cases as the test has, moved by whole weeks to the test's begin."""
    order = np.argsort(first_times(train), kind="stable")
    size = min(test.cases, train.cases)
    first = int(luck.integers(0, train.cases - size + 1))
    window = take_cases(train, np.sort(order[first : first + size]))
    weeks = round((int(first_times(test).min()) - int(first_times(window).min())) / _WEEK)
    known = window.start != np.iinfo(np.int64).min
    return replace(
        window, start=np.where(known, window.start + weeks * _WEEK, window.start), end=window.end + weeks * _WEEK
    )


def first_cases(log: EventLog, cases: int) -> EventLog:
    """The ``cases`` cases that began first."""
    if cases >= log.cases:
        return log
    return take_cases(log, np.sort(np.argsort(first_times(log), kind="stable")[:cases]))


def take_cases(log: EventLog, cases: NDArray[np.integer]) -> EventLog:
    """The log of the given cases (numbers, ascending)."""
    sizes = np.diff(log.offsets)[cases]
    rows = np.repeat(log.offsets[:-1][cases] - np.concatenate(([0], np.cumsum(sizes)[:-1])), sizes)
    rows = rows + np.arange(int(sizes.sum()))
    picked = pl.Series(cases)
    return replace(
        log,
        case=np.repeat(np.arange(len(cases), dtype=np.int32), sizes),
        activity=log.activity[rows],
        start=log.start[rows],
        end=log.end[rows],
        resource=log.resource[rows],
        lifecycle=log.lifecycle[rows],
        case_names=tuple(log.case_names[case] for case in cases.tolist()),
        offsets=np.concatenate(([0], np.cumsum(sizes))).astype(np.int64),
        case_table=log.case_table[picked] if log.case_table.width else log.case_table,
        event_table=log.event_table[pl.Series(rows)] if log.event_table.width else log.event_table,
    )
