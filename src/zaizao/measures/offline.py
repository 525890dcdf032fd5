"""A stream's measures over history, as SQL on ticks in DuckDB: the same figures as on line, bit for bit.

Rule kept: SQL aggregates whole numbers only (counts, sums, sums of squares, extremes, ticks); what is no whole number is
made of them by the functions that the updater uses. So no figure depends on the order of additions.

Events that were declined see themselves but are not seen by others: their own figures come from a join of the declined
ones, which are few, with the events of their windows.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum
from importlib import import_module
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from zaizao.measures.errors import unmeasurable
from zaizao.measures.filters import FieldType, sql_filter
from zaizao.measures.streams import Aggregate, Calendar, StreamMeasure, StreamSet, Window, period, ticks
from zaizao.measures.updaters import mean, spread

_EXACT = 2**53
"""Whole numbers up to here are doubles without rounding."""
_LIMB = 2**62
_TYPES = {
    FieldType.TEXT: pl.String,
    FieldType.INTEGER: pl.Int64,
    FieldType.MONEY: pl.Int64,
    FieldType.TIME: pl.Int64,
    FieldType.BOOLEAN: pl.Boolean,
}


class Basis(StrEnum):
    """How a back-test sees time: as it happened, or as if every event had come when it says it happened."""

    ARRIVED = "arrived"
    OCCURRED = "occurred"


def history(events: pl.DataFrame, measures: StreamSet, basis: Basis = Basis.ARRIVED) -> pl.DataFrame:
    """``tick`` and the figures of every event, in order of ticks.

    ``events`` has the set's fields, and ``tick`` (unique) or ``arrived`` (µs UTC), optionally ``occurred`` and
    ``declined``. Raises ``MeasureError`` for missing columns, or where DuckDB is not installed.
    """
    table = _table(events, measures, basis)
    database = _duckdb().connect()
    try:
        database.register("given", table.to_arrow())
        database.execute("CREATE TABLE event AS SELECT * FROM given")
        names: dict[str, Any] = {}
        for by in dict.fromkeys(m.by for m in measures.measures if m.aggregate is not Aggregate.RATIO):
            group = [m for m in measures.measures if m.by == by and m.aggregate is not Aggregate.RATIO]
            names |= _figures(database, group, by, measures, table)
    finally:
        database.close()
    for measure in measures.measures:
        if measure.parts is not None:
            names[measure.name] = _ratio(names[measure.parts[0]], names[measure.parts[1]])
    columns = [names[measure.name].alias(measure.name) for measure in measures.measures]
    return pl.DataFrame([table["tick"], *columns])


def _duckdb() -> Any:
    try:
        return import_module("duckdb")
    except ImportError as error:
        raise unmeasurable(
            "measures",
            "measure.duckdb",
            ("离线计算需要 duckdb", "history needs duckdb"),
            ("请安装 zaizao[sql]", "install zaizao[sql]"),
        ) from error


def _asked(database: Any, query: str) -> pl.DataFrame:
    found = pl.from_arrow(database.sql(query).to_arrow_table())
    assert isinstance(found, pl.DataFrame), "a query answers with columns"
    return found


def _table(events: pl.DataFrame, measures: StreamSet, basis: Basis) -> pl.DataFrame:
    """The events with unique rising ticks and the periods of calendar windows."""
    time = "occurred" if basis is Basis.OCCURRED else "tick" if "tick" in events.columns else "arrived"
    missing = [name for name in (time, *measures.fields) if name not in events.columns]
    if missing:
        names = ", ".join(missing)
        raise unmeasurable(
            "events",
            "measure.columns",
            (f"缺少列 {names}", f"the columns {names} are missing"),
            ("请提供这些列", "provide them"),
        )
    table = events.sort(time, maintain_order=True)
    moments = table[time].to_list() if time != "tick" else None
    tick = table["tick"] if moments is None else pl.Series("tick", ticks(moments), dtype=pl.Int64)
    none = pl.lit(None, dtype=pl.Int64)
    table = table.select(
        tick.alias("tick").cast(pl.Int64),
        (pl.col("occurred").cast(pl.Int64) if "occurred" in events.columns else none).alias("occurred"),
        (pl.col("declined").fill_null(False) if "declined" in events.columns else pl.lit(False)).alias("declined"),
        *(pl.col(name).cast(_TYPES[kind]) for name, kind in measures.fields.items()),
    )
    if table["tick"].is_duplicated().any():
        raise unmeasurable(
            "events",
            "measure.ticks",
            ("tick 有重复", "ticks are not unique"),
            ("请改用 arrived 列", "give arrivals instead"),
        )
    calendars = {m.window.calendar for m in measures.measures if m.window.calendar is not None}
    periods = [
        _periods(table["tick"].to_numpy(), measures.zone, one).alias(f"since_{one}") for one in sorted(calendars)
    ]
    return table.with_columns(periods)


def _periods(at: NDArray[np.int64], zone: str, calendar: Calendar) -> pl.Series:
    """The beginning of each tick's period."""
    if not len(at):
        return pl.Series([], dtype=pl.Int64)
    begin, end = period(zone, calendar, int(at[0]))
    starts = [begin]
    while end <= at[-1]:
        begin, end = period(zone, calendar, end)
        starts.append(begin)
    known = np.array(starts, dtype=np.int64)
    return pl.Series(known[np.searchsorted(known, at, side="right") - 1])


# --- SQL --------------------------------------------------------------------------------------------------------------


def _figures(
    database: Any, group: Sequence[StreamMeasure], by: tuple[str, ...], measures: StreamSet, table: pl.DataFrame
) -> dict[str, pl.Series]:
    """The figures of the measures of one key: one query over windows, one more for declined events."""
    parts = {m.name: _Parts(m, measures) for m in group}
    frames: dict[str, str] = {}
    selected = []
    for part in parts.values():
        frame = frames.setdefault(part.frame(by), f"w{len(frames)}")
        selected += [f"{text.format(f'OVER {frame}')} AS {name}" for name, text in part.columns()]
    keyed = " AND ".join(f'"{name}" IS NOT NULL' for name in by) or "TRUE"
    windows = ", ".join(f"{name} AS ({frame})" for frame, name in frames.items())
    query = f"SELECT tick, {', '.join(selected)} FROM event WHERE {keyed} WINDOW {windows} ORDER BY tick"  # noqa: S608
    found = _asked(database, query)
    if table["declined"].any():
        found = _with_declined(database, found, parts, by, keyed)
    if found.height != table.height:
        found = table.select("tick").join(found, on="tick", how="left", maintain_order="left")
    return {name: part.finish(found) for name, part in parts.items()}


def _with_declined(
    database: Any, found: pl.DataFrame, parts: dict[str, _Parts], by: tuple[str, ...], keyed: str
) -> pl.DataFrame:
    """Declined events see themselves: for measures that skip declined ones, their figures anew."""
    same = " AND ".join(f'd."{name}" = e."{name}"' for name in by) or "TRUE"
    for part in parts.values():
        if "declined" not in part.measure.skips or not part.measure.current:
            continue
        columns = ", ".join(f"{text.format('')} AS {name}" for name, text in part.columns(joined=True))
        query = (
            f"SELECT d.tick AS tick, {columns} FROM (SELECT * FROM event WHERE declined AND {keyed}) d "  # noqa: S608
            f"JOIN event e ON {same} AND e.tick <= d.tick AND e.tick > {part.limit('d.')} "
            "AND (NOT e.declined OR e.tick = d.tick) GROUP BY d.tick"
        )
        again = _asked(database, query)
        names = [name for name, _ in part.columns()]
        found = found.update(again.select("tick", *names), on="tick", include_nulls=True)
    return found


class _Parts:
    """The whole numbers that a measure is made of, as SQL, and the figure made of them."""

    def __init__(self, measure: StreamMeasure, measures: StreamSet) -> None:
        self.measure = measure
        self.set = measures

    def limit(self, prefix: str = "") -> str:
        """The tick after which the window begins, for the event with ``prefix``."""
        window: Window = self.measure.window
        tick = f"{prefix}tick"
        if window.calendar is not None:
            return f"({prefix}since_{window.calendar} - 1)"
        if window.panes:
            return f"({tick} - {tick} % {window.pane} - {(window.panes - 1) * window.pane} - 1)"
        return f"({tick} - {window.length})"

    def frame(self, by: tuple[str, ...]) -> str:
        """The window's frame: rows whose tick lies after the limit, with or without the event itself."""
        end = "CURRENT ROW" if self.measure.current else "1 PRECEDING"
        window = self.measure.window
        keys = [f'"{name}"' for name in by]
        if window.calendar is not None:
            keys.append(f"since_{window.calendar}")
        partition = f"PARTITION BY {', '.join(keys)} " if keys else ""
        if window.calendar is not None:
            return f"{partition}ORDER BY tick ROWS BETWEEN UNBOUNDED PRECEDING AND {end}"
        before = str(window.length - 1) if not window.panes else f"tick - {self.limit()} - 1"
        return f"{partition}ORDER BY tick RANGE BETWEEN {before} PRECEDING AND {end}"

    def counted(self, prefix: str, joined: bool) -> str:
        """The condition under which an event counts."""
        measure = self.measure
        tests = []
        if measure.where is not None:
            tests.append(sql_filter(measure.where, {name: f'{prefix}"{name}"' for name in self.set.fields}))
        if measure.of is not None:
            tests.append(f'{prefix}"{measure.of}" IS NOT NULL')
        if "late" in measure.skips:
            tests.append(f"coalesce({prefix}tick - {prefix}occurred <= {self.set.late_after}, TRUE)")
        if "future" in measure.skips:
            tests.append(f"coalesce({prefix}occurred - {prefix}tick <= {self.set.ahead}, TRUE)")
        if "declined" in measure.skips and not joined:
            tests.append("NOT declined")
        return " AND ".join(tests) or "TRUE"

    def columns(self, joined: bool = False) -> list[tuple[str, str]]:
        """Names and SQL of the whole numbers; ``{}`` stands for the window."""
        prefix = "e." if joined else ""
        measure = self.measure
        c = self.counted(prefix, joined).replace("{", "{{").replace("}", "}}")
        x = f'{prefix}"{measure.of}"' if measure.of else "1"
        only = f" FILTER (WHERE {c}) {{}}"
        texts: dict[str, str] = {
            "n": f"count(*){only}",
            "s": f"CAST(sum({x}){only} AS BIGINT)",
            "high": f"CAST(sum(CAST({x} AS HUGEINT) * {x}){only} // {_LIMB} AS BIGINT)",
            "low": f"CAST(sum(CAST({x} AS HUGEINT) * {x}){only} % {_LIMB} AS BIGINT)",
            "min": f"min({x}){only}",
            "max": f"max({x}){only}",
            "distinct": f"count(DISTINCT {x}){only}",
            "last": f"arg_max({x}, {prefix}tick){only}" if joined else self._last(c, x),
            "at": f"max({prefix}tick){only}",
        }
        return [(f"{measure.name}__{part}", texts[part]) for part in _PARTS[measure.aggregate]]

    @staticmethod
    def _last(c: str, x: str) -> str:
        return f"last_value(CASE WHEN {c} THEN {x} END IGNORE NULLS) {{}}"

    def finish(self, found: pl.DataFrame) -> pl.Series:
        """The figures from the whole numbers; null where the key is."""
        kind, name = self.measure.aggregate, self.measure.name
        parts = [found[f"{name}__{part}"] for part in _PARTS[kind]]
        if kind is Aggregate.AVG:
            return _quotient(parts[1], parts[0])
        if kind is Aggregate.STDDEV:
            return _spread(*parts)
        if kind is Aggregate.DISTINCT:
            return parts[0].clip(upper_bound=self.measure.cap)
        if kind is Aggregate.SUM:
            return pl.select(pl.when(parts[1].is_null()).then(None).otherwise(parts[0].fill_null(0))).to_series()
        if kind is Aggregate.SINCE:
            return found["tick"] - parts[0]
        return parts[0]


_PARTS: dict[Aggregate, tuple[str, ...]] = {
    Aggregate.COUNT: ("n",),
    Aggregate.SUM: ("s", "n"),
    Aggregate.AVG: ("n", "s"),
    Aggregate.STDDEV: ("n", "s", "high", "low"),
    Aggregate.MIN: ("min",),
    Aggregate.MAX: ("max",),
    Aggregate.DISTINCT: ("distinct",),
    Aggregate.LAST: ("last",),
    Aggregate.SINCE: ("at",),
}


def _quotient(top: pl.Series, bottom: pl.Series) -> pl.Series:
    """``top / bottom``, null where the bottom is 0 or null: in doubles where those are exact, else number by number."""
    n, s = bottom.fill_null(0).to_numpy(), top.fill_null(0).to_numpy()
    wide = np.flatnonzero((np.abs(s) > _EXACT) | (n > _EXACT))
    safe = np.where(n == 0, 1, n)
    values = s.astype(np.float64) / safe.astype(np.float64)
    for place in wide:
        values[place] = mean(int(safe[place]), int(s[place]))
    empty = pl.Series(n == 0)
    return pl.select(pl.when(empty).then(None).otherwise(pl.Series(values))).to_series()


def _ratio(top: pl.Series, bottom: pl.Series) -> pl.Series:
    found = _quotient(top, bottom)
    return pl.select(pl.when(top.is_null()).then(None).otherwise(found)).to_series()


def _spread(n: pl.Series, s: pl.Series, high: pl.Series, low: pl.Series) -> pl.Series:
    """The deviations, number by number: squares need more than 64 bits."""
    rows = zip(n.fill_null(0).to_list(), s.to_list(), high.to_list(), low.to_list(), strict=True)
    return pl.Series([spread(c, a, h * _LIMB + b) if c > 1 else None for c, a, h, b in rows], dtype=pl.Float64)
