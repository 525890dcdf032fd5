"""Which consecutive activities could run side by side: what the log says for and against.

Rule kept: a log can show that an order is not needed (both orders occur, executions overlap, one occurs without the
other) but never prove that it is; the reading says so, and people decide.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import polars as pl

from zaizao.eventlog import MISSING, MISSING_TIME, EventLog
from zaizao.mining.attributes import recorded
from zaizao.mining.enablement import concurrent
from zaizao.mining.flow import directly_follows, followed
from zaizao.mining.spread import MICROSECONDS, Bool, Float64, Int64

_WRITES = 0.05


class Order(StrEnum):
    """How strongly the log speaks for an order of two activities."""

    PARALLEL = "parallel"  # already done side by side
    FREE = "free"  # both orders are usual
    LOOSE = "loose"  # the reverse, or the second without the first, happens now and then
    FIXED = "fixed"  # never otherwise in this log


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Activities ``first`` and ``second`` where second mostly directly follows first, ``count`` times.

    ``reverse`` is the share of their neighbourhoods in the other order, ``overlap`` the share that overlap in time (of
    those with starts), ``alone`` the share of cases with ``second`` but no ``first`` before it, ``same_resource`` the
    share done by one resource (who cannot do both at once), ``writes`` the event attributes that ``first`` sets or
    changes: data that ``second`` may need, a hint and no proof. Times are mean processing seconds (not-a-number where
    unknown).
    """

    first: str
    second: str
    count: int
    reverse: float
    overlap: float
    alone: float
    same_resource: float
    writes: tuple[str, ...]
    first_seconds: float
    second_seconds: float
    order: Order


def neighbours(log: EventLog, *, share: float = 0.02) -> list[Neighbours]:
    """All pairs that follow each other in at least ``share`` of the cases, most frequent first."""
    flow = directly_follows(log).matrix()
    side = concurrent(log)
    size = len(log.activity_names)
    alone = _alone(log)
    same = followed(log)
    seconds = _mean_processing(log)
    written = _written(log)
    pairs = [
        (a, b)
        for a in range(size)
        for b in range(size)
        if a != b
        and flow[a, b] >= max(share * log.cases, 1)
        and (flow[a, b] > flow[b, a] or (flow[a, b] == flow[b, a] and a < b))
    ]
    found = []
    for a, b in sorted(pairs, key=lambda pair: -int(flow[pair])):
        rows = np.flatnonzero(same & (log.activity[:-1] == a) & (log.activity[1:] == b))
        back = np.flatnonzero(same & (log.activity[:-1] == b) & (log.activity[1:] == a))
        both = np.concatenate((rows, back))
        reverse = len(back) / len(both)
        overlap = _overlap(log, both)
        found.append(
            Neighbours(
                first=log.activity_names[a],
                second=log.activity_names[b],
                count=len(rows),
                reverse=reverse,
                overlap=overlap,
                alone=float(alone[a, b]),
                same_resource=_same_resource(log, rows),
                writes=tuple(sorted(written[a])),
                first_seconds=float(seconds[a]),
                second_seconds=float(seconds[b]),
                order=_order(reverse, overlap, float(alone[a, b]), bool(side[a, b])),
            )
        )
    return found


def _order(reverse: float, overlap: float, alone: float, side: bool) -> Order:
    if overlap >= 0.1:
        return Order.PARALLEL
    if side or reverse >= 0.2:
        return Order.FREE
    return Order.LOOSE if reverse >= 0.01 or alone >= 0.02 else Order.FIXED


def _overlap(log: EventLog, rows: Int64) -> float:
    known = log.start[rows + 1] != MISSING_TIME
    return float((log.start[rows + 1] < log.end[rows])[known].mean()) if known.any() else 0.0


def _same_resource(log: EventLog, rows: Int64) -> float:
    left, right = log.resource[rows], log.resource[rows + 1]
    known = (left != MISSING) & (right != MISSING)
    return float((left == right)[known].mean()) if known.any() else 0.0


def _alone(log: EventLog) -> Float64:
    """Entry (a, b): share of the cases with b in which no a comes before the first b."""
    size = len(log.activity_names)
    codes, first = np.unique(log.case.astype(np.int64) * size + log.activity, return_index=True)
    place = np.full((log.cases, size), np.iinfo(np.int64).max, dtype=np.int64)
    place[codes // size, codes % size] = first
    has = place < np.iinfo(np.int64).max
    result = np.zeros((size, size))
    for b in range(size):
        mine = has[:, b]
        if mine.any():
            result[:, b] = (place[mine] >= place[mine, b][:, None]).mean(axis=0)
    return result


def _mean_processing(log: EventLog) -> Float64:
    size = len(log.activity_names)
    known: Bool = log.start != MISSING_TIME
    total = np.bincount(log.activity[known], weights=(log.end - log.start)[known] / MICROSECONDS, minlength=size)
    count = np.bincount(log.activity[known], minlength=size)
    means: Float64 = np.full(size, np.nan)
    np.divide(total, count, out=means, where=count > 0)
    return means


def _written(log: EventLog) -> list[set[str]]:
    """Per activity the event attributes that it sets or changes in at least one of twenty executions."""
    written: list[set[str]] = [set() for _ in log.activity_names]
    names = recorded(log)
    if not names:
        return written
    table = log.event_table.select(names).with_columns(
        pl.Series("#case", log.case), pl.Series("#activity", log.activity)
    )
    changed = table.select(
        "#activity",
        *(
            (pl.col(name).is_not_null() & pl.col(name).ne_missing(pl.col(name).forward_fill().shift(1).over("#case")))
            for name in names
        ),
    )
    shares = changed.group_by("#activity").agg(pl.col(name).mean() for name in names)
    for row in shares.iter_rows(named=True):
        written[row["#activity"]] |= {name for name in names if row[name] >= _WRITES}
    return written
