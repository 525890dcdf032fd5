"""Running cases as they stood after each of their events: what a forecast may look at.

Rule kept: a prefix knows its events so far, the attributes of the case and the last values of event attributes, the time
of day and week, and nothing that comes later. Words that were not seen while learning are nobody's column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from zaizao.eventlog import MISSING_TIME, EventLog
from zaizao.mining.attributes import recorded
from zaizao.mining.spread import MICROSECONDS, Float64, Int64

_LEVELS = 25
_DAY = 86_400 * MICROSECONDS


@dataclass(frozen=True, slots=True, eq=False)
class Prefixes:
    """One entry a prefix: its case, last row, length; seconds since the case began and to its (recorded) end."""

    log: EventLog
    case: Int64
    row: Int64
    length: Int64
    elapsed: Float64
    remaining: Float64


def prefixes(log: EventLog, *, most: int = 60) -> Prefixes:
    """Every prefix of every case, up to ``most`` events long."""
    rows = np.arange(log.events, dtype=np.int64)
    first = log.offsets[:-1][log.case]
    length = rows - first + 1
    rows = rows[length <= most]
    case = log.case[rows].astype(np.int64)
    begin = np.where(log.start == MISSING_TIME, log.end, np.minimum(log.start, log.end))
    began = np.minimum.reduceat(begin, log.offsets[:-1]) if log.cases else np.zeros(0, dtype=np.int64)
    ended = np.maximum.reduceat(log.end, log.offsets[:-1]) if log.cases else np.zeros(0, dtype=np.int64)
    return Prefixes(
        log,
        case,
        rows,
        length[rows],
        (log.end[rows] - began[case]) / MICROSECONDS,
        (ended[case] - log.end[rows]) / MICROSECONDS,
    )


def states(found: Prefixes, depth: int, names: tuple[str, ...]) -> Int64:
    """The last ``depth`` activities of each prefix as one number, in codes of ``names``; unknown activities are one."""
    code = {name: k + 1 for k, name in enumerate(names)}
    known = np.array([code.get(name, len(names) + 1) for name in found.log.activity_names], dtype=np.int64)
    size, result = len(names) + 2, np.zeros(len(found.row), dtype=np.int64)
    for back in range(depth):
        there = found.row - back
        inside = back < found.length
        result = result * size + np.where(inside, known[found.log.activity[np.maximum(there, 0)]], 0)
    return result


class Design:
    """Columns of numbers for prefixes, fixed by the prefixes that were learnt from."""

    def __init__(self, learnt: Prefixes) -> None:
        self.names = learnt.log.activity_names
        values = _values(learnt)
        self.levels: dict[str, list[str]] = {}
        self.numbers: list[str] = []
        for column in values.get_columns():
            if column.dtype.is_numeric():
                if column.n_unique() > 1:
                    self.numbers.append(column.name)
            else:
                counts = column.drop_nulls().value_counts(sort=True)
                self.levels[column.name] = counts[column.name].to_list()[:_LEVELS] if 1 < len(counts) <= 1000 else []
        raw = self._raw(learnt)
        self.mean = raw.mean(axis=0)
        self.scale = np.maximum(raw.std(axis=0), 1e-9)

    def matrix(self, found: Prefixes) -> Float64:
        """One standardised row a prefix, the first column being one."""
        scaled = (self._raw(found) - self.mean) / self.scale
        return np.column_stack((np.ones(len(found.row)), np.clip(scaled, -8, 8)))

    def _raw(self, found: Prefixes) -> Float64:
        log, rows = found.log, found.row
        columns = [np.log1p(found.elapsed), np.log1p(found.length), found.length.astype(np.float64)]
        local = pl.Series(log.end[rows]).cast(pl.Datetime("us", "UTC")).dt.convert_time_zone(log.zone)
        hour = local.dt.hour().to_numpy() * (2 * np.pi / 24)
        columns += [np.sin(hour), np.cos(hour), (local.dt.weekday().to_numpy() >= 6).astype(np.float64)]
        since = log.end[rows] - log.end[np.maximum(rows - 1, 0)]
        columns.append(np.log1p(np.where(found.length > 1, np.maximum(since, 0), 0) / MICROSECONDS))
        by_name = {name: k for k, name in enumerate(log.activity_names)}
        for name in self.names:
            here = (log.activity == by_name[name]) if name in by_name else np.zeros(log.events, dtype=np.bool_)
            running = np.concatenate(([0], np.cumsum(here)))
            columns.append(here[rows].astype(np.float64))
            columns.append(np.log1p(running[rows + 1] - running[log.offsets[:-1][found.case]]))
        values = _values(found)
        for name in self.numbers:
            number = _numeric(values, name)
            columns += [np.nan_to_num(number), np.isnan(number).astype(np.float64)]
        for name, levels in self.levels.items():
            column = (
                values[name].cast(pl.String)
                if name in values.columns
                else pl.Series([None] * len(rows), dtype=pl.String)
            )
            columns += [(column == level).fill_null(False).to_numpy().astype(np.float64) for level in levels]
        return np.column_stack(columns).astype(np.float64)


def _numeric(values: pl.DataFrame, name: str) -> Float64:
    if name not in values.columns:
        return np.full(len(values), np.nan)
    result: Float64 = values[name].cast(pl.Float64, strict=False).fill_null(float("nan")).to_numpy()
    return result


def _values(found: Prefixes) -> pl.DataFrame:
    """Attributes as known at each prefix: numbers as they are, truths and words as words."""
    log = found.log
    columns = [log.case_table[name][found.case] for name in log.case_table.columns]
    names = [name for name in recorded(log) if name not in log.case_table.columns]
    if names:
        filled = log.event_table.select(names).with_columns(pl.Series("#case", log.case))
        filled = filled.select(pl.col(name).forward_fill().over("#case") for name in names)
        columns += [filled[name].gather(found.row) for name in names]
    kept = [
        column if column.dtype.is_numeric() else column.cast(pl.String)
        for column in columns
        if column.dtype.is_numeric() or column.dtype in (pl.Boolean, pl.String, pl.Categorical, pl.Enum)
    ]
    return pl.DataFrame(kept) if kept else pl.DataFrame({"": np.zeros(len(found.row))})
