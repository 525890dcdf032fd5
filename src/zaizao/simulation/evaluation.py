"""How faithful the simulation is: the literature's protocol, with the two rows that keep it honest.

Protocol: the first 80 % of the events by end time train, the rest test; cases cut by the border are dropped. Models and
scenario come from the training part alone; what is compared is the test part, with as many cases from its first arrival
on, over several runs. How it is simulated (model, detail, warm start, which cases end up in a log) is chosen by what each
way makes of a later slice of the training part from its earlier slice: nothing is fitted to the test part. *Replay* is a
random window of the training part moved to the test's begin by whole weeks: what one gets without any model. *Floor* is
one random half of the test cases against the other: no simulation gets below.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, field, replace
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.bpmn import Process
from zaizao.eventlog import EventLog
from zaizao.problems import Problem, Text
from zaizao.simulation.calibration.arriving import settled
from zaizao.simulation.calibration.detail import PLAIN, Detail
from zaizao.simulation.calibration.intake import first_times
from zaizao.simulation.calibration.reading import calibrate
from zaizao.simulation.distances import Distances, distances, mean_distances
from zaizao.simulation.errors import SimulationError
from zaizao.simulation.running import simulate
from zaizao.simulation.scenario import Scenario
from zaizao.simulation.settings import Holds

_WEEK = 7 * 86_400_000_000
_SHARE = 0.8
_MOST_CASES = 2000
_FEWEST = 15
_LOOKS = 3
_HOPELESS = 5.0
"""Sum of the logarithms of ratios to the best so far: on average each distance is e times as large."""
_NOTHING = 1e-6
_LONGEST_WARM_UP = 20
_PATIENCE = 4
_WAYS = ((False, False), (True, False), (False, True), (True, True))
# The border cuts the training part to ended cases: arrivals must count those it cut off, or only settled cases be read.
_FIRST = (
    PLAIN,
    Detail(memory=2, gaps=True, unseen=True),
    Detail(memory=2, gaps=True, settled=True),
    Detail(memory=2, gaps=True, rhythm=True, settled=True, queues=False),
)
_CHANGES: tuple[tuple[str, tuple[Any, ...]], ...] = (
    ("memory", (0, 1, 3, 4)),
    ("rhythm", (True, False)),
    ("queues", (True, False)),
    ("settled", (True, False)),
    ("own_hours", (True,)),
    ("drift", (True,)),
    ("absence", (True,)),
    ("speed", (True,)),
    ("batching", (True,)),
    ("priorities", (True,)),
)
"""Details tried one after the other on the best variant so far."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The model whose simulation came nearest: its place in the list, its scenario, and how near."""

    index: int
    scenario: Scenario
    distances: Distances


@dataclass(frozen=True, slots=True)
class Variant:
    """How the future is simulated: from which model, in what detail, whether the past is still under way when it begins
    (``warm``), and whether it holds the cases that end first (a log of ended cases) or those that begin first.
    """

    model: int = 0
    detail: Detail = PLAIN
    warm: bool = False
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Trial:
    """A variant tried on the later slice of the training part, and how far it was from it."""

    variant: Variant
    distances: Distances


Watch = Callable[[Trial], None]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Mean distances to the test part. ``runs`` holds those of each simulated run; ``variant`` is the one chosen, by
    ``trials`` within the training part."""

    simulated: Distances
    replay: Distances
    floor: Distances
    runs: tuple[Distances, ...]
    variant: Variant
    trials: tuple[Trial, ...]
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
    train: EventLog,
    test: EventLog,
    models: Sequence[Process],
    *,
    runs: int = 10,
    seed: int = 1,
    holds: Holds = Holds.ENDED,
    watch: Watch | None = None,
) -> Evaluation:
    """Distances of simulation, replay and floor to the test part. ``models`` were discovered on ``train`` alone.

    Of the test part only the number of cases and the first arrival are used, and of the export what it ``holds``.
    ``watch`` hears of each trial.
    """
    trials = _tried(train, models, seed, holds, watch)
    variant = min(trials, key=lambda trial: _badness(trial, trials[0])).variant if trials else Variant()
    scenario = calibrate(train, models[variant.model], seed=seed, detail=variant.detail)
    begin = int(first_times(test).min())
    simulated = [
        distances(test, future(train, models[variant.model], scenario, variant, begin, test.cases, seed + 101 + run))
        for run in range(runs)
    ]
    luck = np.random.default_rng(seed)
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
        variant=variant,
        trials=tuple(trials),
        train_cases=train.cases,
        test_cases=test.cases,
    )


def _tried(train: EventLog, models: Sequence[Process], seed: int, holds: Holds, watch: Watch | None) -> list[Trial]:
    """Variants on the later slice of the training part: every model in a few details, then the best one with one detail
    changed at a time, keeping what helps. Nothing where the training part is too short to be split again.

    The border cuts the training part itself to cases that ended; where the log holds cases that began, only those that
    began early enough to have ended can be compared.
    """
    try:
        early, late = split(train if holds is Holds.ENDED else settled(train))
    except SimulationError:
        return []
    if early.cases < _FEWEST or late.cases < _FEWEST:
        return []
    bench = _Bench(early, late, models, seed, watch)
    ways = [way for way in _WAYS if holds is Holds.ENDED or not way[1]]
    for model in range(len(models)):
        bench.attempt([Variant(model)])
        for detail in () if bench.hopeless(model) else _FIRST:
            bench.attempt([Variant(model, detail, warm, ended) for warm, ended in ways])
    for name, values in _CHANGES if bench.tried else ():
        now = bench.best()
        bench.attempt([replace(now, detail=replace(now.detail, **{name: value})) for value in values])
    if bench.tried:
        now = bench.best()
        bench.attempt([replace(now, warm=warm, ended=ended) for warm, ended in ways])
    return list(bench.tried.values())


@dataclass(slots=True, eq=False)
class _Bench:
    """The two slices, and every variant tried on them once."""

    early: EventLog
    late: EventLog
    models: Sequence[Process]
    seed: int
    watch: Watch | None
    tried: dict[Variant, Trial] = field(default_factory=dict)

    def attempt(self, variants: Sequence[Variant]) -> None:
        """Try those that are new; those that cannot run are left out."""
        fresh = [variant for variant in variants if variant not in self.tried]
        for model, detail in dict.fromkeys((variant.model, variant.detail) for variant in fresh):
            try:
                scenario = calibrate(self.early, self.models[model], seed=self.seed, detail=detail)
            except SimulationError:
                continue
            for variant in fresh:
                if (variant.model, variant.detail) == (model, detail):
                    self._look(variant, scenario)

    def _look(self, variant: Variant, scenario: Scenario) -> None:
        """A few runs of a variant against the later slice; nothing where its queues grow without end."""
        model, begin = self.models[variant.model], int(first_times(self.late).min())
        try:
            logs = [
                future(self.early, model, scenario, variant, begin, self.late.cases, self.seed + run)
                for run in range(_LOOKS)
            ]
        except SimulationError:
            return
        trial = self.tried[variant] = Trial(variant, mean_distances([distances(self.late, log) for log in logs]))
        if self.watch is not None:
            self.watch(trial)

    def hopeless(self, model: int) -> bool:
        """Is a model so much worse in what was tried of it that more detail is not worth the time?"""
        reference = next(iter(self.tried.values()), None)
        mine = [trial for trial in self.tried.values() if trial.variant.model == model]
        if reference is None or not mine:
            return not mine
        bad = min(_badness(trial, reference) for trial in mine)
        return bad - min(_badness(trial, reference) for trial in self.tried.values()) > _HOPELESS

    def best(self) -> Variant:
        """The least bad so far, by ratios to the first that ran."""
        reference = next(iter(self.tried.values()))
        return min(self.tried.values(), key=lambda trial: _badness(trial, reference)).variant


def _badness(trial: Trial, reference: Trial) -> float:
    """The logarithms of the five distances' ratios to a reference, summed: halving one is worth doubling another."""
    mine, theirs = np.array(astuple(trial.distances)), np.array(astuple(reference.distances))
    return float(np.log((mine + _NOTHING) / (theirs + _NOTHING)).sum())


def future(
    past: EventLog, model: Process, scenario: Scenario, variant: Variant, begin: int, cases: int, seed: int
) -> EventLog:
    """``cases`` cases from ``begin`` on, as ``variant`` says; ``past`` is what the scenario was read off."""
    if not variant.warm and not variant.ended:
        return simulate(model, moved(scenario, begin), cases=cases, seed=seed)
    ends = np.maximum.reduceat(past.end, past.offsets[:-1])
    lasting = float(np.quantile(ends - first_times(past), 0.95))
    weeks = min(math.ceil(lasting / _WEEK), _LONGEST_WARM_UP) if variant.warm else 0
    earlier = moved(scenario, begin - weeks * _WEEK)
    before = sum(earlier.arrivals.hourly) * weeks
    wanted = math.ceil(before * 1.2 + cases * (3.0 if variant.ended else 1.2)) + 20
    for _ in range(_PATIENCE):
        log = simulate(model, earlier, cases=wanted, seed=seed)
        log = take_cases(log, np.flatnonzero(np.diff(log.offsets)))
        begins, finished = first_times(log), np.maximum.reduceat(log.end, log.offsets[:-1])
        after = np.flatnonzero(begins >= begin)
        if variant.ended:
            after = after[np.argsort(finished[after], kind="stable")]
            enough = len(after) >= cases and finished[after[cases - 1]] <= begins.max()
        else:
            enough = len(after) >= cases
        if enough:
            break
        wanted *= 2
    return take_cases(log, np.sort(after[:cases]))


def moved(scenario: Scenario, begin: int) -> Scenario:
    """The scenario begun at another time, its arrivals drifted so far."""
    factor = (1.0 + scenario.arrivals.drift) ** ((begin - scenario.start) / _WEEK)
    hourly = tuple(rate * factor for rate in scenario.arrivals.hourly)
    return replace(scenario, start=begin, arrivals=replace(scenario.arrivals, hourly=hourly))


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
