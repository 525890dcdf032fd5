"""The aggregates as SQL: the same figures on DuckDB, Spark or any engine that Ibis speaks, beyond one machine's memory.

Rule kept: an expression, never a result: every function takes an Ibis table of events in the layout that ``export``
writes and gives an Ibis table; nothing runs until the engine is asked. Times are whole microseconds, so that no engine's
time zone has a say; ``position`` is the log's own order and settles ties the same way everywhere.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from zaizao.eventlog.log import MISSING, MISSING_TIME, EventLog, Int32, Int64

if TYPE_CHECKING:
    from ibis.expr.types import Table, Value  # type: ignore[import-not-found, import-untyped, unused-ignore]

SEPARATOR = "\u241f"
"""Between the activities of a variant: the symbol for a unit separator, which names do not contain."""

_DIGITS = 19  # of the largest position


def export(logs: EventLog | Iterable[EventLog], folder: str | Path) -> int:
    """Write a log, or its ``parts``, as Parquet files for SQL engines; returns the number of events.

    Columns: ``case``, ``activity``, ``resource`` (text), ``start``, ``end`` (µs UTC), ``position``.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    position = 0
    for number, log in enumerate([logs] if isinstance(logs, EventLog) else logs):
        frame = pl.DataFrame(
            {
                "case": pl.Series(log.case_names, dtype=pl.String).gather(log.case),
                "activity": _names(log.activity, log.activity_names),
                "resource": _names(log.resource, log.resource_names),
                "start": _micros(log.start),
                "end": _micros(log.end),
                "position": np.arange(position, position + log.events, dtype=np.int64),
            }
        )
        frame.write_parquet(folder / f"part-{number:05}.parquet", compression_level=1)
        position += log.events
    return position


def _names(codes: Int32, names: tuple[str, ...]) -> pl.Series:
    series = pl.Series(codes)
    return pl.Series(names, dtype=pl.String).gather(series.set(series == MISSING, None))


def _micros(times: Int64) -> pl.Series:
    series = pl.Series(times)
    return series.set(series == MISSING_TIME, None)


def _pairs(events: Table) -> Table:
    """Every event that is followed by another of its case, with that one's activity, resource and beginning."""
    following = {
        "target": events.activity.lead(),
        "taker": events.resource.lead(),
        "next_begin": events.start.fill_null(events.end).lead(),
    }
    ordered = {name: _in_case(value, events) for name, value in following.items()}
    return events.mutate(source=events.activity, **ordered).filter(lambda t: t.target.notnull())


def _in_case(value: Value, events: Table) -> Value:
    return value.over(group_by=events.case, order_by=events.position)


def directly_follows(events: Table) -> Table:
    """``source``, ``target``, ``count``: which activity directly follows which, by end time."""
    return _pairs(events).group_by("source", "target").aggregate(count=lambda t: t.count())


def edge_times(events: Table) -> Table:
    """Per edge the waiting in µs, from the end of one event to the beginning of the next (never negative).

    Columns ``source``, ``target``, ``count``, ``total``, ``least``, ``most``, ``median``.
    """
    pairs = _pairs(events)
    gap = pairs.next_begin - pairs.end
    waited = pairs.mutate(waiting=(gap > 0).ifelse(gap, 0))
    return waited.group_by("source", "target").aggregate(
        count=waited.count(),
        total=waited.waiting.sum(),
        least=waited.waiting.min(),
        most=waited.waiting.max(),
        median=waited.waiting.quantile(0.5),
    )


def variants(events: Table) -> Table:
    """``variant`` (the activities in order, joined by ``SEPARATOR``) and ``cases``."""
    # Not every engine orders within an aggregate: each name carries its position, the list is sorted, the position cut.
    placed = events.mutate(step=events.position.cast("string").lpad(_DIGITS, "0").concat(events.activity))
    steps = placed.group_by("case").aggregate(steps=placed.step.collect())
    names = steps.steps.sort().map(lambda step: step.substr(_DIGITS))
    sequences = steps.mutate(variant=names.join(SEPARATOR))
    return sequences.group_by("variant").aggregate(cases=sequences.count())


def hand_overs(events: Table) -> Table:
    """``giver``, ``taker``, ``count``: neighbouring events of a case done by different, known resources."""
    pairs = _pairs(events)
    changed = pairs.filter(pairs.resource.notnull() & pairs.taker.notnull() & (pairs.resource != pairs.taker))
    return changed.group_by(giver=changed.resource, taker=changed.taker).aggregate(count=changed.count())


def cases(events: Table) -> Table:
    """Per case: ``events``, ``cycle_time`` in µs (first start or end to last end), ``reworked`` (an activity repeats)."""
    begun = events.mutate(begin=events.start.fill_null(events.end))
    per_case = begun.group_by("case").aggregate(
        events=begun.count(),
        first=begun.begin.min(),
        last=begun.end.max(),
        kinds=begun.activity.nunique(),
    )
    return per_case.mutate(
        cycle_time=per_case["last"] - per_case["first"], reworked=per_case["kinds"] < per_case["events"]
    ).select("case", "events", "cycle_time", "reworked")


def figures(events: Table) -> Table:
    """One row: ``cases``, ``events``, ``cycle_mean``, ``cycle_median``, ``cycle_p90`` (µs), ``rework_share``."""
    per_case = cases(events)
    return per_case.aggregate(
        cases=per_case.count(),
        events=per_case["events"].sum(),
        cycle_mean=per_case.cycle_time.mean(),
        cycle_median=per_case.cycle_time.quantile(0.5),
        cycle_p90=per_case.cycle_time.quantile(0.9),
        rework_share=per_case.reworked.cast("float64").mean(),
    )
