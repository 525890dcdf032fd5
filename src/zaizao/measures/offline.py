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


def history(
    events: pl.DataFrame, measures: StreamSet, basis: Basis = Basis.ARRIVED, *, threads: int | None = None
) -> pl.DataFrame:
    """``tick`` and the figures of every event, in order of ticks.

    ``threads`` bounds what DuckDB runs at once.

    ``events`` has the set's fields, and ``tick`` (unique) or ``arrived`` (µs UTC), optionally ``occurred`` and
    ``declined``. Raises ``MeasureError`` for missing columns, or where DuckDB is not installed.
    """
    table = _table(events, measures, basis)
    database = _duckdb().connect()
    try:
        if threads is not None:
            database.execute(f"SET threads = {threads:d}")
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
    coded = {name for m in measures.measures for name in m.by} | {
        m.of for m in measures.measures if m.aggregate is Aggregate.DISTINCT and m.of is not None
    }
    table = table.with_columns(_numbered(table[name]).alias(_code(name)) for name in sorted(coded))
    _bounded(table, measures)
    calendars = {m.window.calendar for m in measures.measures if m.window.calendar is not None}
    periods = [
        _periods(table["tick"].to_numpy(), measures.zone, one).alias(f"since_{one}") for one in sorted(calendars)
    ]
    return table.with_columns(periods)


def _bounded(table: pl.DataFrame, measures: StreamSet) -> None:
    """Running sums must fit their columns; a history too long for that is to be cut."""
    for measure in measures.measures:
        if measure.aggregate in _ADDED and measure.of is not None and measures.fields[measure.of].numeric:
            size = table[measure.of].cast(pl.Float64).abs()
            if float(size.sum()) >= _LIMB or float((size * size).sum()) >= 2.0**123:
                raise unmeasurable(
                    "events",
                    "measure.overflow",
                    (f"{measure.of} 的总和超过 62 位", f"the sum of {measure.of} has more than 62 bits"),
                    ("请把历史分段计算", "cut the history"),
                )


def _numbered(values: pl.Series) -> pl.Series:
    """Whole numbers for values, null for null: cheaper to group by than texts."""
    if values.dtype == pl.String:
        return values.cast(pl.Categorical).to_physical()
    return values.cast(pl.Int64)


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
    parts = {measure.name: _Parts(measure, measures) for measure in group}
    run = _Running(by)
    for part in parts.values():
        part.ask(run)
    keyed = " AND ".join(f'"{name}" IS NOT NULL' for name in by) or "TRUE"
    told = _asked(database, run.query(keyed))
    rows = _Rows(told, [told[_code(name)].to_numpy() for name in by])
    columns = {name: values for part in parts.values() for name, values in part.taken(rows)}
    found = pl.DataFrame({"tick": told["tick"], **columns}).sort("tick")
    if table["declined"].any():
        found = _with_declined(database, found, parts, by, keyed)
    if found.height != table.height:
        found = table.select("tick").join(found, on="tick", how="left", maintain_order="left")
    return {name: part.finish(found) for name, part in parts.items()}


def _with_declined(
    database: Any, found: pl.DataFrame, parts: dict[str, _Parts], by: tuple[str, ...], keyed: str
) -> pl.DataFrame:
    """Declined events see themselves: for measures that skip declined ones, their figures anew."""
    same = " AND ".join(f'd."{_code(name)}" = e."{_code(name)}"' for name in by) or "TRUE"
    for part in parts.values():
        if not part.blind or part.measure.aggregate in _ADDED_TO:
            continue
        columns = ", ".join(f"{text} AS {name}" for name, text in part.joined())
        query = (
            f"SELECT d.tick AS tick, {columns} FROM (SELECT * FROM event WHERE declined AND {keyed}) d "  # noqa: S608
            f"JOIN event e ON {same} AND e.tick <= d.tick AND e.tick > {part.limit('d.')} "
            "AND (NOT e.declined OR e.tick = d.tick) GROUP BY d.tick"
        )
        found = found.update(_asked(database, query), on="tick", include_nulls=True)
    return found


def _code(name: str) -> str:
    """The column that numbers the values of a key."""
    return f"{name}__code"


class _Running:
    """What the measures of one key ask of one query over the key's events, in order.

    Counts and sums run over all history, and each window has a column that says how many events lie before it: what a
    window holds is the difference of two running numbers. So no window is added up.
    """

    def __init__(self, by: tuple[str, ...]) -> None:
        codes = [_quoted(_code(name)) for name in by]
        self.keys = codes
        self.order = ("PARTITION BY " + ", ".join(codes) + " " if codes else "") + "ORDER BY tick"
        self.fields: dict[str, None] = {}
        self.conditions: dict[str, str] = {}
        self.columns: dict[str, str] = {}

    def field(self, name: str) -> str:
        """A column of the events."""
        self.fields[_quoted(name)] = None
        return _quoted(name)

    def condition(self, text: str) -> str:
        """A condition on an event, evaluated once."""
        return self.conditions.setdefault(text, f"c{len(self.conditions)}__")

    def column(self, text: str) -> str:
        """A column of the answer."""
        return self.columns.setdefault(text, f"r{len(self.columns)}__")

    def query(self, keyed: str) -> str:
        """The query; its rows come by key, then tick."""
        inner = ["tick", *self.keys, *self.fields]
        inner = list(dict.fromkeys([*inner, *(f"({text}) AS {name}" for text, name in self.conditions.items())]))
        outer = ["tick", *self.keys, *self.fields, *self.conditions.values()]
        outer = list(dict.fromkeys([*outer, *(f"{text} AS {name}" for text, name in self.columns.items())]))
        return (
            f"WITH told AS (SELECT {', '.join(inner)} FROM event WHERE {keyed}) "  # noqa: S608
            f"SELECT {', '.join(outer)} FROM told WINDOW upto AS ({self.order} ROWS UNBOUNDED PRECEDING), "
            f"before AS ({self.order} ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) "
            f"ORDER BY {', '.join([*self.keys, 'tick'])}"
        )


class _Rows:
    """The query's answer, with the place at which each row's key begins."""

    def __init__(self, told: pl.DataFrame, keys: list[NDArray[Any]]) -> None:
        self.told = told
        changes = np.zeros(told.height, dtype=bool)
        for key in keys:
            changes[1:] |= key[1:] != key[:-1]
        places = np.arange(told.height)
        self.start = np.maximum.accumulate(np.where(changes, places, 0))

    def numbers(self, name: str) -> NDArray[np.int64]:
        return self.told[name].fill_null(0).cast(pl.Int64).to_numpy()

    def within(self, now: str, before: str) -> NDArray[np.int64]:
        """What the window holds of a running number: now, less what it was at the window's beginning."""
        running, rank = self.numbers(now), self.numbers(before)
        place = np.maximum(self.start + rank - 1, 0)
        return np.asarray(running - np.where(rank > 0, running[place], 0), dtype=np.int64)


def _quoted(name: str) -> str:
    return f'"{name}"'


class _Parts:
    """The whole numbers that a measure is made of, as SQL, and the figure made of them."""

    def __init__(self, measure: StreamMeasure, measures: StreamSet) -> None:
        self.measure = measure
        self.set = measures
        self.x = _quoted(measure.of) if measure.of else "1"
        self.blind = measure.current and "declined" in measure.skips
        self.self_seen = ""
        self.c = self.before = self.n = self.s = self.high = self.low = ""

    def limit(self, prefix: str = "") -> str:
        """The tick after which the window begins, for the event with ``prefix``."""
        window: Window = self.measure.window
        tick = f"{prefix}tick"
        if window.calendar is not None:
            return f"({prefix}since_{window.calendar} - 1)"
        if window.panes:
            return f"({tick} - {tick} % {window.pane} - {(window.panes - 1) * window.pane} - 1)"
        return f"({tick} - {window.length})"

    def back(self) -> str:
        """How far before the tick the limit lies."""
        window = self.measure.window
        return f"(tick - {self.limit()})" if window.panes or window.calendar else str(window.length)

    def counted(self, prefix: str = "", joined: bool = False) -> str:
        """The condition under which an event counts."""
        measure = self.measure
        tests = []
        if measure.where is not None:
            tests.append(sql_filter(measure.where, {name: f'{prefix}"{name}"' for name in self.set.fields}))
        if measure.of is not None:
            tests.append(f"{prefix}{self.x} IS NOT NULL")
        if "late" in measure.skips:
            tests.append(f"coalesce({prefix}tick - {prefix}occurred <= {self.set.late_after}, TRUE)")
        if "future" in measure.skips:
            tests.append(f"coalesce({prefix}occurred - {prefix}tick <= {self.set.ahead}, TRUE)")
        if "declined" in measure.skips and not joined:
            tests.append("NOT declined")
        return " AND ".join(tests) or "TRUE"

    def ask(self, run: _Running) -> None:
        """Ask the query for what the figure is made of."""
        measure, kind = self.measure, self.measure.aggregate
        self.c = c = run.condition(self.counted())
        x = run.field(measure.of) if measure.of else "1"
        if measure.window.calendar is not None:
            run.field(f"since_{measure.window.calendar}")
        if self.blind and kind in _ADDED_TO:
            self.self_seen = run.condition(f"declined AND ({self.counted(joined=True)})")
        if kind in _ADDED:
            frame = f"{run.order} RANGE BETWEEN UNBOUNDED PRECEDING AND {self.back()} PRECEDING"
            self.before = run.column(f"count(*) OVER ({frame})")
            self.n = run.column(f"CAST(sum(CASE WHEN {c} THEN 1 ELSE 0 END) OVER upto AS BIGINT)")
            if kind is not Aggregate.COUNT:
                self.s = run.column(f"CAST(sum({x}) FILTER (WHERE {c}) OVER upto AS BIGINT)")
            if kind is Aggregate.STDDEV:
                whole = f"sum(CAST({x} AS HUGEINT) * {x}) FILTER (WHERE {c}) OVER upto"
                self.high = run.column(f"CAST({whole} // {_LIMB} AS BIGINT)")
                self.low = run.column(f"CAST({whole} % {_LIMB} AS BIGINT)")
        elif kind in (Aggregate.LAST, Aggregate.SINCE):
            over = "upto" if measure.current else "before"
            at = f"max(tick) FILTER (WHERE {c}) OVER {over}"
            self.n = run.column(f"CASE WHEN {at} > {self.limit()} THEN {at} END")
            if kind is Aggregate.LAST:
                value = f"last_value(CASE WHEN {c} THEN {x} END IGNORE NULLS) OVER {over}"
                self.s = run.column(f"CASE WHEN {at} > {self.limit()} THEN {value} END")
        else:
            end = "CURRENT ROW" if measure.current else "1 PRECEDING"
            frame = f"{run.order} RANGE BETWEEN {self.back()} - 1 PRECEDING AND {end}"
            what = run.field(_code(measure.of or "")) if kind is Aggregate.DISTINCT else x
            call = f"count(DISTINCT {what})" if kind is Aggregate.DISTINCT else f"{kind}({what})"
            self.n = run.column(f"{call} FILTER (WHERE {c}) OVER ({frame})")

    def taken(self, rows: _Rows) -> list[tuple[str, Any]]:
        """Names and values of the whole numbers, in the query's order."""
        kind, names = (
            self.measure.aggregate,
            [f"{self.measure.name}__{part}" for part in _PARTS[self.measure.aggregate]],
        )
        if kind not in _ADDED:
            columns = {"last": self.s, "at": self.n}
            return [
                (name, rows.told[columns.get(part, self.n)]) for name, part in zip(names, _PARTS[kind], strict=True)
            ]
        # What is added to the window: less oneself where the measure does not look at it, oneself where only it does.
        own = np.zeros(rows.told.height, dtype=np.int64)
        if not self.measure.current:
            own = rows.numbers(self.c)
        elif self.blind and kind in _ADDED_TO:
            own = -rows.numbers(self.self_seen)
        x = rows.numbers(self.measure.of) if self.measure.of and kind is not Aggregate.COUNT else own
        found: dict[str, Any] = {"n": rows.within(self.n, self.before) - own}
        if kind is not Aggregate.COUNT:
            found["s"] = rows.within(self.s, self.before) - own * x
        if kind is Aggregate.STDDEV:
            found["high"], found["low"] = rows.within(self.high, self.before), rows.within(self.low, self.before)
            found["own"] = own * x
        return [(f"{self.measure.name}__{part}", found[part]) for part in _PARTS[kind]]

    def joined(self) -> list[tuple[str, str]]:
        """Names and SQL of the whole numbers, over the events ``e`` of a group."""
        measure, c = self.measure, self.counted("e.", joined=True)
        x = f"e.{self.x}" if measure.of else "1"
        only = f"FILTER (WHERE {c})"
        whole = f"sum(CAST({x} AS HUGEINT) * {x}) {only}"
        texts = {
            "n": f"count(*) {only}",
            "s": f"CAST(sum({x}) {only} AS BIGINT)",
            "high": f"CAST({whole} // {_LIMB} AS BIGINT)",
            "low": f"CAST({whole} % {_LIMB} AS BIGINT)",
            "own": "CAST(0 AS BIGINT)",
            "min": f"min({x}) {only}",
            "max": f"max({x}) {only}",
            "distinct": f"count(DISTINCT {x}) {only}",
            "last": f"arg_max({x}, e.tick) {only}",
            "at": f"max(e.tick) {only}",
        }
        return [(f"{measure.name}__{part}", texts[part]) for part in _PARTS[measure.aggregate]]

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


_ADDED = frozenset({Aggregate.COUNT, Aggregate.SUM, Aggregate.AVG, Aggregate.STDDEV})
_ADDED_TO = _ADDED - {Aggregate.STDDEV}
"""Figures to which an event that others do not see is added for itself."""
_PARTS: dict[Aggregate, tuple[str, ...]] = {
    Aggregate.COUNT: ("n",),
    Aggregate.SUM: ("s", "n"),
    Aggregate.AVG: ("n", "s"),
    Aggregate.STDDEV: ("n", "s", "high", "low", "own"),
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


def _spread(n: pl.Series, s: pl.Series, high: pl.Series, low: pl.Series, own: pl.Series) -> pl.Series:
    """The deviations, number by number: squares need more than 64 bits. ``own`` is a value whose square is not in."""
    rows = zip(n.fill_null(0).to_list(), *(part.to_list() for part in (s, high, low, own)), strict=True)
    found = [spread(c, a, h * _LIMB + b - o * o) if c > 1 else None for c, a, h, b, o in rows]
    return pl.Series(found, dtype=pl.Float64)
