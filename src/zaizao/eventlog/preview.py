"""A first look at a file before it is read as a log: its columns, some rows, and which column is probably what.

Rule kept: looking never refuses for a missing role; what cannot be recognised is simply not suggested, so that a
person can say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations
from pathlib import Path

import polars as pl

from zaizao.eventlog.columns import Roles, recognise
from zaizao.eventlog.delimited import read_table
from zaizao.eventlog.errors import LogError
from zaizao.eventlog.parquet import from_parquet, rows_of
from zaizao.eventlog.source import Form, plain
from zaizao.problems import Problem

ROWS = 20
_SAMPLE = 5000
_NEEDED = ("end", "activity", "case")
_UNKNOWN = tuple(chain.from_iterable(combinations(_NEEDED, size) for size in range(4)))
"""Which of the needed roles may have to be left to a person, fewest first."""


@dataclass(frozen=True, slots=True)
class Preview:
    """``columns`` and the first ``rows`` as text, how many rows there are, ``roles`` by role name, what was wrong.

    ``mapped`` is false where the file says itself what each column means (XES), so that there is nothing to choose.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str | None, ...], ...]
    total: int
    roles: Mapping[str, str]
    findings: tuple[Problem, ...]
    mapped: bool


def preview(path: str | Path) -> Preview:
    """Look at the log file ``path``. Raises ``LogError`` where it cannot be opened or is no table and no XES."""
    with plain(Path(path)) as source:
        if source.form is Form.XES or (
            source.form is Form.PARQUET and from_parquet(source.path, source.name) is not None
        ):
            return Preview((), (), 0, {}, (), mapped=False)
        frame, findings = (rows_of(source.path, source.name), ()) if source.form is Form.PARQUET else read_table(source)
        shown = frame.head(ROWS).select(pl.all().cast(pl.String))
        return Preview(
            tuple(frame.columns), tuple(shown.rows()), frame.height, _guessed(frame, source.name), findings, mapped=True
        )


def _guessed(frame: pl.DataFrame, name: str) -> dict[str, str]:
    """What ``recognise`` makes of the columns; a role that it cannot find is filled in, so that it finds the others."""
    sample = frame.head(_SAMPLE)
    for unknown in _UNKNOWN:
        filled = {role: f"{role}\0" for role in unknown}
        columns = [pl.lit("-").alias(column) for column in filled.values()]
        try:
            found = recognise(sample.with_columns(columns), replace(Roles(), **filled), name).named()
        except LogError:
            continue
        return {role: column for role, column in found.items() if role not in filled}
    return {}
