"""The house's figures, each defined once over a log's columns: history, simulation and live runs share them.

Times are microseconds, money is fen. A case lasts from the first moment it is known to wait or be worked on (enabled,
start, or end where neither is known) to its last end. It is in work while at least one of its executions runs; the rest
of its time it waits. ``automatic`` and ``cost`` are the well-known optional columns of the event table.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.measures import estimates
from zaizao.measures.errors import unmeasurable
from zaizao.measures.estimates import Estimate
from zaizao.problems import Text

Float = NDArray[np.float64]
Int64 = NDArray[np.int64]

DAY = 86_400_000_000


class Kpi(StrEnum):
    """Names of the figures, as goals and reports write them."""

    CYCLE_TIME_MEDIAN = "cycle_time.median"
    CYCLE_TIME_P90 = "cycle_time.p90"
    CYCLE_TIME_MEAN = "cycle_time.mean"
    COST_MEAN = "cost.mean"
    MANUAL_SHARE = "manual_share"
    STRAIGHT_THROUGH = "straight_through"
    REWORK_SHARE = "rework_share"
    WAITING_MEAN = "waiting.mean"
    PROCESSING_MEAN = "processing.mean"
    THROUGHPUT = "throughput"


class Unit(StrEnum):
    """What a figure counts in."""

    TIME = "us"
    MONEY = "fen"
    SHARE = "share"
    PER_DAY = "per day"


class Better(StrEnum):
    """Which direction is an improvement."""

    LOWER = "lower"
    HIGHER = "higher"


@dataclass(frozen=True, slots=True)
class Definition:
    """One figure: its name for people, unit, good direction, and how it is computed."""

    title: Text
    unit: Unit
    better: Better
    compute: Callable[[EventLog, np.random.Generator], Estimate]


def evaluate(kpi: Kpi, log: EventLog, rng: np.random.Generator | None = None) -> Estimate:
    """The figure of a log, with its 95 % interval. ``rng`` draws the bootstrap (default: a fixed seed).

    Raises ``MeasureError`` if the log is empty or lacks a column that the figure needs.
    """
    if not log.events:
        raise unmeasurable(
            log.source or "log",
            "measure.empty-log",
            ("日志是空的", "the log is empty"),
            ("请放宽筛选", "widen the filter"),
        )
    return DEFINITIONS[kpi].compute(log, np.random.default_rng(0) if rng is None else rng)


def first_moments(log: EventLog) -> Int64:
    """Per event the first moment it is known of: enabled, else start, else end."""
    first = np.where(log.start == MISSING_TIME, log.end, log.start)
    if "enabled" in log.event_table.columns:
        enabled = log.event_table["enabled"].fill_null(MISSING_TIME).to_numpy()
        first = np.where(enabled == MISSING_TIME, first, np.minimum(enabled, first))
    return np.asarray(first, dtype=np.int64)


def cycle_times(log: EventLog) -> Float:
    """Per case, microseconds from its first moment to its last end."""
    first = np.minimum.reduceat(first_moments(log), log.offsets[:-1])
    return (np.maximum.reduceat(log.end, log.offsets[:-1]) - first).astype(np.float64)


def work_times(log: EventLog) -> Float:
    """Per case, microseconds in which at least one execution ran (executions of unknown start count nothing)."""
    start = np.where(log.start == MISSING_TIME, log.end, log.start)
    order = np.lexsort((start, log.case))
    case, start, end = log.case[order], start[order], log.end[order]
    # Shift every case behind the one before it, so that one running maximum serves all cases.
    earliest = np.minimum.reduceat(start, log.offsets[:-1])
    length = np.maximum.reduceat(end, log.offsets[:-1]) - earliest
    shift = np.concatenate(([0], np.cumsum(length)[:-1])) - earliest
    start, end = start + shift[case], end + shift[case]
    covered = np.concatenate(([np.iinfo(np.int64).min], np.maximum.accumulate(end)[:-1]))
    gained = np.maximum(end - np.maximum(start, covered), 0)
    return np.add.reduceat(gained, log.offsets[:-1]).astype(np.float64)


def processing_times(log: EventLog) -> Float:
    """Per case, the sum of its executions' times from start to end less suspension; parallel ones count each."""
    length = np.where(log.start == MISSING_TIME, 0, log.end - np.where(log.start == MISSING_TIME, log.end, log.start))
    if "suspended" in log.event_table.columns:
        length = length - log.event_table["suspended"].fill_null(0).to_numpy()
    return np.add.reduceat(length, log.offsets[:-1]).astype(np.float64)


def reworked(log: EventLog) -> NDArray[np.bool_]:
    """Per case, whether an activity occurs more than once."""
    pairs = np.sort(log.case.astype(np.int64) * len(log.activity_names) + log.activity)
    again = pairs[1:][pairs[1:] == pairs[:-1]] // len(log.activity_names)
    found = np.zeros(log.cases, dtype=bool)
    found[again] = True
    return found


def _column(log: EventLog, name: str, kpi: Kpi) -> pl.Series:
    if name not in log.event_table.columns:
        remedies = {
            "automatic": (
                "请先判别机器与人员（mining.performers）",
                "tell machines from people first (mining.performers)",
            ),
            "cost": ("请给出成本列，或由仿真得到", "give a cost column, or take it from a simulation"),
        }
        raise unmeasurable(
            f"{log.source or 'log'}: {kpi}",
            "measure.no-column",
            (f"日志没有 {name} 列", f"the log has no column {name}"),
            remedies[name],
        )
    return log.event_table[name]


def _manual(log: EventLog, kpi: Kpi) -> Float:
    """Per event, 1 if a person did it; what is not known to be automatic counts as a person's work."""
    automatic = _column(log, "automatic", kpi).fill_null(False).to_numpy()
    return (~automatic.astype(bool)).astype(np.float64)


def _known_starts(log: EventLog, kpi: Kpi) -> None:
    if not (log.start != MISSING_TIME).any():
        raise unmeasurable(
            f"{log.source or 'log'}: {kpi}",
            "measure.no-starts",
            ("日志没有任何开始时间", "the log has no start times"),
            ("请用带开始时间的日志", "use a log with start times"),
        )


def _waiting(log: EventLog, rng: np.random.Generator) -> Estimate:
    _known_starts(log, Kpi.WAITING_MEAN)
    return estimates.mean(cycle_times(log) - work_times(log), rng)


def _processing(log: EventLog, rng: np.random.Generator) -> Estimate:
    _known_starts(log, Kpi.PROCESSING_MEAN)
    return estimates.mean(processing_times(log), rng)


def _cost(log: EventLog, rng: np.random.Generator) -> Estimate:
    cost = _column(log, "cost", Kpi.COST_MEAN).fill_null(0).to_numpy().astype(np.float64)
    return estimates.mean(np.add.reduceat(cost, log.offsets[:-1]), rng)


def _manual_share(log: EventLog, rng: np.random.Generator) -> Estimate:
    manual = np.add.reduceat(_manual(log, Kpi.MANUAL_SHARE), log.offsets[:-1])
    return estimates.ratio(manual, np.diff(log.offsets).astype(np.float64), rng)


def _straight_through(log: EventLog, _: np.random.Generator) -> Estimate:
    manual = np.add.reduceat(_manual(log, Kpi.STRAIGHT_THROUGH), log.offsets[:-1])
    return estimates.share(int((manual == 0).sum()), log.cases)


def _throughput(log: EventLog, _: np.random.Generator) -> Estimate:
    last = np.maximum.reduceat(log.end, log.offsets[:-1])
    length = int(last.max()) - int(first_moments(log).min())
    if length <= 0:
        raise unmeasurable(
            f"{log.source or 'log'}: {Kpi.THROUGHPUT}",
            "measure.no-period",
            ("日志只覆盖一个时刻", "the log covers a single moment"),
            ("请用覆盖一段时间的日志", "use a log that covers a period"),
        )
    return estimates.rate(log.cases, length / DAY)


DEFINITIONS: dict[Kpi, Definition] = {
    Kpi.CYCLE_TIME_MEDIAN: Definition(
        Text("办理时长中位数", "median cycle time"),
        Unit.TIME,
        Better.LOWER,
        lambda log, _: estimates.quantile(cycle_times(log), 0.5),
    ),
    Kpi.CYCLE_TIME_P90: Definition(
        Text("办理时长 90 分位", "90th-percentile cycle time"),
        Unit.TIME,
        Better.LOWER,
        lambda log, _: estimates.quantile(cycle_times(log), 0.9),
    ),
    Kpi.CYCLE_TIME_MEAN: Definition(
        Text("平均办理时长", "mean cycle time"),
        Unit.TIME,
        Better.LOWER,
        lambda log, rng: estimates.mean(cycle_times(log), rng),
    ),
    Kpi.COST_MEAN: Definition(Text("单件成本", "cost per case"), Unit.MONEY, Better.LOWER, _cost),
    Kpi.MANUAL_SHARE: Definition(Text("人工占比", "manual share"), Unit.SHARE, Better.LOWER, _manual_share),
    Kpi.STRAIGHT_THROUGH: Definition(
        Text("直通率", "straight-through rate"), Unit.SHARE, Better.HIGHER, _straight_through
    ),
    Kpi.REWORK_SHARE: Definition(
        Text("返工率", "rework share"),
        Unit.SHARE,
        Better.LOWER,
        lambda log, _: estimates.share(int(reworked(log).sum()), log.cases),
    ),
    Kpi.WAITING_MEAN: Definition(Text("平均等待时长", "mean waiting time"), Unit.TIME, Better.LOWER, _waiting),
    Kpi.PROCESSING_MEAN: Definition(Text("平均处理时长", "mean processing time"), Unit.TIME, Better.LOWER, _processing),
    Kpi.THROUGHPUT: Definition(Text("日均办结量", "cases per day"), Unit.PER_DAY, Better.HIGHER, _throughput),
}
