"""The event log: rows of (case, activity, start, end, resource, lifecycle), integer-encoded and sorted once.

Rule kept: a log is immutable, and its rows are sorted by case (in order of first appearance), then by end, then by
start, then by their order in the source. Every kernel relies on that order; no function re-sorts. Times are
microseconds since 1970-01-01T00:00:00Z. Vocabulary follows IEEE 1849-2016 (XES): ``end`` is the time stamp of an
event, ``start`` is known only where a start was recorded or a lifecycle pair was joined.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.problems import Problem

Int32 = NDArray[np.int32]
Int64 = NDArray[np.int64]

MISSING = -1
"""Code of a missing resource or lifecycle."""
MISSING_TIME = int(np.iinfo(np.int64).min)
"""A start that is not known. Equals polars' and NumPy's not-a-time."""


@dataclass(frozen=True, slots=True, eq=False)
class EventLog:
    """An immutable event log of ``events`` rows in ``cases`` cases.

    ``case``, ``activity``, ``resource`` and ``lifecycle`` are codes into the name tuples (``MISSING`` where absent);
    the rows of case ``k`` are ``offsets[k]:offsets[k + 1]``. ``case_table`` has one row a case (in case order) and
    ``event_table`` one row an event: the other attributes, typed. ``zone`` is the IANA zone in which people read the
    times. ``findings`` is what reading found wrong with the data and how it went on.
    """

    case: Int32
    activity: Int32
    start: Int64
    end: Int64
    resource: Int32
    lifecycle: Int32
    case_names: tuple[str, ...]
    activity_names: tuple[str, ...]
    resource_names: tuple[str, ...]
    lifecycle_names: tuple[str, ...]
    offsets: Int64
    case_table: pl.DataFrame
    event_table: pl.DataFrame
    zone: str = "Asia/Shanghai"
    source: str = ""
    findings: tuple[Problem, ...] = field(default=())

    @property
    def cases(self) -> int:
        """Number of cases."""
        return len(self.case_names)

    @property
    def events(self) -> int:
        """Number of rows."""
        return len(self.case)


def encode(values: pl.Series, names: pl.Series | None = None) -> tuple[Int32, tuple[str, ...]]:
    """Codes and names of a string column; null becomes ``MISSING``.

    ``names`` are given where several logs share one code; by default they are in order of first appearance.
    """
    text = values.cast(pl.String)
    if names is None:
        names = text.drop_nulls().unique(maintain_order=True)
    codes = text.cast(pl.Enum(names)).to_physical().cast(pl.Int32)
    return codes.fill_null(MISSING).to_numpy().astype(np.int32), tuple(names.to_list())


def from_columns(
    *,
    case: Sequence[str] | pl.Series,
    activity: Sequence[str] | pl.Series,
    end: Int64,
    start: Int64 | None = None,
    resource: Sequence[str | None] | pl.Series | None = None,
    lifecycle: Sequence[str | None] | pl.Series | None = None,
    case_table: pl.DataFrame | None = None,
    event_table: pl.DataFrame | None = None,
    zone: str = "Asia/Shanghai",
    source: str = "",
    findings: tuple[Problem, ...] = (),
) -> EventLog:
    """Build a log from unsorted columns of equal length.

    ``start`` and ``end`` are int64 microseconds UTC (``MISSING_TIME`` allowed in ``start`` only). ``case_table`` has
    one row per case in order of first appearance in ``case``; ``event_table`` one row per event in the given order.
    """
    case_codes, case_names = encode(_series(case))
    activity_codes, activity_names = encode(_series(activity))
    rows = len(case_codes)
    resource_codes, resource_names = encode(_series(resource, rows))
    lifecycle_codes, lifecycle_names = encode(_series(lifecycle, rows))
    starts = np.full(rows, MISSING_TIME, dtype=np.int64) if start is None else np.asarray(start, dtype=np.int64)
    order = np.lexsort((starts, end, case_codes))
    counts = np.bincount(case_codes, minlength=len(case_names))
    events = pl.DataFrame() if event_table is None else event_table
    return EventLog(
        case=case_codes[order],
        activity=activity_codes[order],
        start=starts[order],
        end=np.asarray(end, dtype=np.int64)[order],
        resource=resource_codes[order],
        lifecycle=lifecycle_codes[order],
        case_names=case_names,
        activity_names=activity_names,
        resource_names=resource_names,
        lifecycle_names=lifecycle_names,
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        case_table=pl.DataFrame() if case_table is None else case_table,
        event_table=events[order] if events.width else events,
        zone=zone,
        source=source,
        findings=findings,
    )


def subset(log: EventLog, rows: Int64) -> EventLog:
    """The log of some rows (ascending positions): cases without rows and names that no longer occur are gone."""
    kept_cases, case = _compact(log.case[rows], len(log.case_names))
    kept_activities, activity = _compact(log.activity[rows], len(log.activity_names))
    kept_resources, resource = _compact(log.resource[rows], len(log.resource_names))
    kept_lifecycles, lifecycle = _compact(log.lifecycle[rows], len(log.lifecycle_names))
    counts = np.bincount(case, minlength=len(kept_cases))
    return replace(
        log,
        case=case,
        activity=activity,
        start=log.start[rows],
        end=log.end[rows],
        resource=resource,
        lifecycle=lifecycle,
        case_names=tuple(log.case_names[k] for k in kept_cases),
        activity_names=tuple(log.activity_names[k] for k in kept_activities),
        resource_names=tuple(log.resource_names[k] for k in kept_resources),
        lifecycle_names=tuple(log.lifecycle_names[k] for k in kept_lifecycles),
        offsets=np.concatenate(([0], np.cumsum(counts))).astype(np.int64),
        case_table=log.case_table[kept_cases] if log.case_table.width else log.case_table,
        event_table=log.event_table[rows] if log.event_table.width else log.event_table,
    )


def _compact(codes: Int32, size: int) -> tuple[Int64, Int32]:
    """Which codes occur, ascending, and the column in codes without gaps."""
    occurs = np.zeros(size + 1, dtype=bool)
    occurs[codes] = True  # MISSING (-1) marks the spare last place
    renumbered = np.append(np.cumsum(occurs[:size]) - 1, MISSING).astype(np.int32)
    return np.flatnonzero(occurs[:size]).astype(np.int64), renumbered[codes]


def _series(values: Sequence[str | None] | pl.Series | None, rows: int = 0) -> pl.Series:
    if isinstance(values, pl.Series):
        return values
    return pl.Series([None] * rows if values is None else list(values), dtype=pl.String)
