"""What is known of a case: its own attributes and the first recorded value of its events' attributes.

Rule kept: only values that a reader could have known; identifiers (a different text for nearly every case) explain
nothing and are left out.
"""

from __future__ import annotations

import polars as pl

from zaizao.eventlog import EventLog

_DERIVED = {"automatic", "cost", "enabled"}
_MOST_LEVELS = 0.5


def recorded(log: EventLog) -> list[str]:
    """The event attributes that the source brought, without those that this package derives."""
    return [name for name in log.event_table.columns if name not in _DERIVED]


def case_values(log: EventLog) -> pl.DataFrame:
    """One row a case, in case order: its own attributes and the first recorded value of its events' attributes."""
    table = log.case_table
    events = [name for name in recorded(log) if name not in table.columns]
    if events:
        first = (
            log.event_table.select(events)
            .with_columns(pl.Series("#case", log.case))
            .group_by("#case", maintain_order=True)
            .agg(pl.col(name).drop_nulls().first() for name in events)
        )
        every = pl.DataFrame({"#case": pl.Series(range(log.cases), dtype=pl.Int32)})
        gathered = every.join(first, on="#case", how="left", maintain_order="left").drop("#case")
        table = table.hstack(gathered.get_columns()) if table.width else gathered
    return table


def case_attributes(log: EventLog) -> pl.DataFrame:
    """One row a case, in case order: typed attributes that could explain something."""
    table = case_values(log)
    return table.select(column for column in table.get_columns() if _tells(column))


def _tells(column: pl.Series) -> bool:
    levels = column.n_unique()
    if levels < 2:
        return False
    if column.dtype.is_numeric() or column.dtype == pl.Boolean:
        return True
    return column.dtype in (pl.String, pl.Categorical, pl.Enum) and levels <= _MOST_LEVELS * len(column)
