"""How long will a running case still take, and how will it end? With intervals, and tested the way it will be used.

Rule kept: learnt on cases that were over before a date, tested on cases that began after it; cases that ran across it
are in neither part. The last fifth of the learning cases chooses the method and gives the interval its width (split
conformal prediction: Vovk et al., 2005). The plain baseline stands beside every figure: the mean of the same position for
remaining time, the share of the learning cases for an outcome. Methods: the median of cases in the same state (last
activities, backing off to fewer), and a ridge regression on the state's figure and everything a prefix knows. Seconds.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from zaizao.eventlog import EventLog
from zaizao.mining.errors import MiningError
from zaizao.mining.prefixes import Design, Prefixes, prefixes, states
from zaizao.mining.selection import only_cases
from zaizao.mining.spread import Bool, Float64, Int64
from zaizao.mining.statistics import Interval, mid_ranks
from zaizao.problems import Problem, Text

DEPTH = 3
_SUPPORT = 20
_LEAST = 50
_RIDGE = 1.0
_ROUNDS = 25


@dataclass(frozen=True, slots=True)
class TimeTest:
    """On later cases: mean absolute error in seconds with its interval (over cases), the baseline's, and how often the
    interval held the truth (aimed at: 0.9)."""

    cases: int
    prefixes: int
    error: Interval
    baseline: float
    coverage: float


@dataclass(frozen=True, slots=True)
class OutcomeTest:
    """On later cases: area under the curve with its interval, Brier scores of the forecast and of the base rate, and by
    tenth of the forecast (lowest first): mean forecast, observed share, prefixes."""

    cases: int
    prefixes: int
    area: Interval
    brier: float
    baseline: float
    calibration: tuple[tuple[float, float, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class RemainingTime:
    """A tested forecast: ``method`` is the chosen one, ``tried`` the error of each on the choosing cases."""

    method: str
    tried: dict[str, float]
    test: TimeTest
    _say: Callable[[Prefixes], Float64]
    _low: float
    _high: float

    def of(self, log: EventLog) -> tuple[Float64, Float64, Float64]:
        """Seconds still to go for each case of ``log`` as it stands: expected, and a 90 % interval."""
        return self._interval(_latest(log))

    def _interval(self, found: Prefixes) -> tuple[Float64, Float64, Float64]:
        value = self._say(found)
        logged = np.log1p(value)
        low, high = (np.maximum(np.expm1(logged + shift), 0.0) for shift in (self._low, self._high))
        return value, np.minimum(low, value), np.maximum(high, value)


@dataclass(frozen=True, slots=True, eq=False)
class Outcome:
    """A tested forecast of a yes-or-no outcome."""

    method: str
    tried: dict[str, float]
    test: OutcomeTest
    _say: Callable[[Prefixes], Float64]

    def of(self, log: EventLog) -> Float64:
        """Probability of the outcome for each case of ``log`` as it stands."""
        return self._say(_latest(log))


def remaining_time(log: EventLog, *, share: float = 0.7) -> RemainingTime:
    """A forecast learnt on the first ``share`` of the time in which cases began. Raises ``MiningError`` for too few cases."""
    learn, choose, test = (prefixes(part) for part in _parts(log, share))
    design = Design(learn)
    by_state = _by_state(learn, np.log1p(learn.remaining), np.median)
    weights = _ridge(np.column_stack((by_state(learn), design.matrix(learn))), np.log1p(learn.remaining))
    limit = float(np.log1p(learn.remaining.max(initial=0.0)))
    methods: dict[str, Callable[[Prefixes], Float64]] = {
        "state": lambda found: np.expm1(by_state(found)),
        "regression": lambda found: np.expm1(
            np.clip(np.column_stack((by_state(found), design.matrix(found))) @ weights, 0.0, limit)
        ),
    }
    tried = {name: float(np.abs(say(choose) - choose.remaining).mean()) for name, say in methods.items()}
    name = min(tried, key=lambda one: tried[one])
    shift = np.log1p(choose.remaining) - np.log1p(methods[name](choose))
    low, high = np.quantile(shift, (0.05, 0.95))
    forecast = RemainingTime(
        name, tried, TimeTest(0, 0, Interval(0, 0, 0), 0, 0), methods[name], float(low), float(high)
    )
    value, least, most = forecast._interval(test)
    plain = _by_position(learn)(test)
    error = np.abs(value - test.remaining)
    return RemainingTime(
        name,
        tried,
        TimeTest(
            cases=test.log.cases,
            prefixes=len(test.row),
            error=_over_cases(error, test.case),
            baseline=float(np.abs(plain - test.remaining).mean()),
            coverage=float(((test.remaining >= least) & (test.remaining <= most)).mean()),
        ),
        methods[name],
        float(low),
        float(high),
    )


def outcome(log: EventLog, happened: Bool | str, *, share: float = 0.7) -> Outcome:
    """A forecast of ``happened``: a flag a case, or the name of an activity (then only cases without it yet count).

    Raises ``MiningError`` for too few cases, or an outcome that is nearly always the same.
    """
    flags, code = _flags(log, happened)
    learn, choose, test = (_undecided(prefixes(part), code) for part in _parts(log, share))
    names = {name: k for k, name in enumerate(log.case_names)}

    def truth(found: Prefixes) -> Float64:
        of_case = np.array([flags[names[name]] for name in found.log.case_names], dtype=np.float64)
        return of_case[found.case]

    base = float(truth(learn).mean()) if len(learn.row) else 0.0
    if min(truth(learn).sum(), (1 - truth(learn)).sum()) < _SUPPORT or not len(test.row):
        raise _refused(
            "结果几乎总是一样，无法预测", "the outcome is nearly always the same: there is nothing to forecast"
        )
    design = Design(learn)
    by_state = _by_state(learn, truth(learn), np.mean)
    weights = _logistic(np.column_stack((_odds(by_state(learn)), design.matrix(learn))), truth(learn))
    methods: dict[str, Callable[[Prefixes], Float64]] = {
        "state": by_state,
        "regression": lambda found: _share(np.column_stack((_odds(by_state(found)), design.matrix(found))) @ weights),
    }
    tried = {name: float(((say(choose) - truth(choose)) ** 2).mean()) for name, say in methods.items()}
    name = min(tried, key=lambda one: tried[one])
    said, true = methods[name](test), truth(test)
    tenths = np.array_split(np.argsort(said, kind="stable"), 10)
    return Outcome(
        name,
        tried,
        OutcomeTest(
            cases=test.log.cases,
            prefixes=len(test.row),
            area=_area(said, true, test.case),
            brier=float(((said - true) ** 2).mean()),
            baseline=float(((base - true) ** 2).mean()),
            calibration=tuple(
                (float(said[rows].mean()), float(true[rows].mean()), len(rows)) for rows in tenths if len(rows)
            ),
        ),
        methods[name],
    )


def _parts(log: EventLog, share: float) -> tuple[EventLog, EventLog, EventLog]:
    """Cases to learn from, to choose by, and to test on: over before a date, and begun after it."""
    if log.cases < 4 * _LEAST:
        raise _refused(f"案例少于 {4 * _LEAST} 个", f"there are fewer than {4 * _LEAST} cases")
    found = prefixes(log, most=1)
    began = log.end[found.row] - np.round(found.elapsed * 1e6).astype(np.int64)
    ended = log.end[found.row] + np.round(found.remaining * 1e6).astype(np.int64)
    date = np.quantile(began, share)
    before = np.flatnonzero(ended < date)
    after = np.flatnonzero(began >= date)
    if min(len(before), len(after)) < _LEAST:
        raise _refused("在时间分割的一侧案例太少", "too few cases lie wholly on one side of the dividing date")
    before = before[np.argsort(ended[before], kind="stable")]
    cut = len(before) * 4 // 5
    return only_cases(log, before[:cut]), only_cases(log, before[cut:]), only_cases(log, after)


def _latest(log: EventLog) -> Prefixes:
    found = prefixes(log, most=int(np.diff(log.offsets).max(initial=0)))
    return _kept(found, np.flatnonzero(found.row == log.offsets[1:][found.case] - 1))


def _kept(found: Prefixes, which: Int64) -> Prefixes:
    return Prefixes(
        found.log,
        found.case[which],
        found.row[which],
        found.length[which],
        found.elapsed[which],
        found.remaining[which],
    )


def _flags(log: EventLog, happened: Bool | str) -> tuple[Bool, str | None]:
    if not isinstance(happened, str):
        return happened, None
    if happened not in log.activity_names:
        raise _refused(f"日志没有活动“{happened}”", f'the log has no activity "{happened}"')
    flags = np.zeros(log.cases, dtype=np.bool_)
    flags[log.case[log.activity == log.activity_names.index(happened)]] = True
    return flags, happened


def _undecided(found: Prefixes, activity: str | None) -> Prefixes:
    """Without the prefixes that have the activity already."""
    if activity is None or activity not in found.log.activity_names:
        return found
    here = found.log.activity == found.log.activity_names.index(activity)
    running = np.concatenate(([0], np.cumsum(here)))
    seen = running[found.row + 1] - running[found.log.offsets[:-1][found.case]]
    return _kept(found, np.flatnonzero(seen == 0))


def _by_state(learn: Prefixes, values: Float64, figure: Callable[..., Float64]) -> Callable[[Prefixes], Float64]:
    """The figure of ``values`` in the same state: the last DEPTH activities, or fewer where that was seldom seen."""
    names = learn.log.activity_names
    overall = float(figure(values)) if len(values) else 0.0
    tables: list[tuple[int, Int64, Float64]] = []
    for depth in range(1, DEPTH + 1):
        keys = states(learn, depth, names)
        order = np.argsort(keys, kind="stable")
        known, first, counts = np.unique(keys[order], return_index=True, return_counts=True)
        ordered = values[order]
        kept = counts >= (_SUPPORT if depth > 1 else 1)
        figures = [float(figure(ordered[a : a + n])) for a, n in zip(first[kept], counts[kept], strict=True)]
        tables.append((depth, known[kept], np.array(figures, dtype=np.float64)))

    def say(found: Prefixes) -> Float64:
        result = np.full(len(found.row), overall)
        for depth, known, figures in tables:
            if len(known):
                keys = states(found, depth, names)
                place = np.minimum(np.searchsorted(known, keys), len(known) - 1)
                result = np.where(known[place] == keys, figures[place], result)
        return result

    return say


def _by_position(learn: Prefixes) -> Callable[[Prefixes], Float64]:
    """The baseline: the mean remaining time after as many events."""
    longest = int(learn.length.max(initial=0)) + 1
    counts = np.bincount(learn.length, minlength=longest)
    sums = np.bincount(learn.length, weights=learn.remaining, minlength=longest)
    means = np.where(counts > 0, sums / np.maximum(counts, 1), learn.remaining.mean())
    return lambda found: means[np.minimum(found.length, longest - 1)]


def _ridge(matrix: Float64, values: Float64) -> Float64:
    penalty = np.full(matrix.shape[1], _RIDGE)
    penalty[1] = 0.0
    result: Float64 = np.linalg.solve(matrix.T @ matrix + np.diag(penalty), matrix.T @ values).astype(np.float64)
    return result


def _logistic(matrix: Float64, truth: Float64) -> Float64:
    """Weights by iteratively reweighted least squares with a ridge."""
    weights: Float64 = np.zeros(matrix.shape[1])
    penalty = np.diag(np.full(matrix.shape[1], 10 * _RIDGE))
    for _ in range(_ROUNDS):
        share = _share(matrix @ weights)
        slope = matrix.T @ (truth - share) - penalty @ weights
        curve = (matrix * np.maximum(share * (1 - share), 1e-6)[:, None]).T @ matrix + penalty
        step = np.linalg.solve(curve, slope)
        weights = weights + step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def _share(odds: Float64) -> Float64:
    result: Float64 = 1 / (1 + np.exp(-np.clip(odds, -30, 30)))
    return result


def _odds(share: Float64) -> Float64:
    clipped = np.clip(share, 0.005, 0.995)
    result: Float64 = np.log(clipped / (1 - clipped))
    return result


def _over_cases(values: Float64, case: Int64) -> Interval:
    """Mean with an interval that takes the prefixes of one case for one observation's worth of doubt."""
    mean = float(values.mean())
    counts = np.bincount(case)
    sums = np.bincount(case, weights=values - mean)[counts > 0]
    error = float(np.sqrt((sums * sums).sum())) / len(values)
    return Interval(mean, mean - 1.959963984540054 * error, mean + 1.959963984540054 * error)


def _area(said: Float64, true: Float64, case: Int64) -> Interval:
    """Area under the curve with Hanley and McNeil's interval (1982), on as many observations as there are cases."""
    hits, size = float(true.sum()), len(true)
    if not 0 < hits < size:
        return Interval(float("nan"), 0.0, 1.0)
    area = (float(mid_ranks(said)[true > 0].sum()) - hits * (hits + 1) / 2) / (hits * (size - hits))
    scale = len(np.unique(case)) / size
    positive, negative = max(hits * scale, 1.0), max((size - hits) * scale, 1.0)
    q1, q2 = area / (2 - area), 2 * area * area / (1 + area)
    spread = area * (1 - area) + (positive - 1) * (q1 - area * area) + (negative - 1) * (q2 - area * area)
    half = 1.959963984540054 * float(np.sqrt(max(spread, 0.0) / (positive * negative)))
    return Interval(area, max(area - half, 0.0), min(area + half, 1.0))


def _refused(zh: str, en: str) -> MiningError:
    return MiningError(
        Problem(
            "log",
            Text(zh, en),
            Text("请换更长的日志或别的结果", "take a longer log or another outcome"),
            "mining.cannot-predict",
        )
    )
