"""Logs larger than memory: a Parquet log in parts of whole cases, all parts in one code.

Figures that add up over cases (directly-follows, variants, edge times, hand-overs, measures' sums) can be taken part by
part: an activity or resource has the same code in every part. Only the columns that carry meaning are read.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl

from zaizao.eventlog.columns import XES
from zaizao.eventlog.errors import refuse
from zaizao.eventlog.log import EventLog
from zaizao.eventlog.parquet import from_table, meta_of

PART = 2_000_000


def parts(path: str | Path, *, events: int = PART) -> Iterator[EventLog]:
    """The log in a Parquet file that ``write`` made, some ``events`` at a time, cut between cases.

    Every part has all activity, resource and lifecycle names of the file, sorted, and its own cases; attributes are
    left out. A case longer than ``events`` comes whole. Raises ``LogError`` for another Parquet file.
    """
    path = Path(path)
    meta = meta_of(path)
    if meta is None:
        raise refuse(
            path.name,
            "parquet.not-a-log",
            ("不是本系统写出的日志，不能分段读取", "it was not written by this package and cannot be read in parts"),
            ("请先用 read 与 write 转换", "convert it with read and write first"),
        )
    lazy = pl.scan_parquet(path, glob=False)
    wanted = [name for name in XES.named().values() if name in lazy.collect_schema().names() and name != XES.enabled]
    named = [name for name in (XES.activity, XES.resource, XES.lifecycle) if name in wanted]
    dictionaries = {name: _names(lazy, name) for name in named}
    rest: pl.DataFrame | None = None
    at = 0
    while True:
        frame = lazy.select(wanted).slice(at, events).collect()
        at += len(frame)
        ended = len(frame) < events
        frame = frame if rest is None else pl.concat((rest, frame))
        if frame.is_empty():
            return
        cut = len(frame) if ended else _last_case(frame)
        part = from_table(frame.head(cut), meta, path.name, dictionaries) if cut else None
        if part is not None:
            yield part
        rest = frame.slice(cut)
        if ended:
            return


def _names(lazy: pl.LazyFrame, name: str) -> pl.Series:
    return lazy.select(pl.col(name).drop_nulls().unique()).collect(engine="streaming").to_series().sort()


def _last_case(frame: pl.DataFrame) -> int:
    """Where the last case of the rows begins."""
    case = frame[str(XES.case)]
    first = (case != case.shift(1)).fill_null(True).arg_true()
    return int(first[-1])
